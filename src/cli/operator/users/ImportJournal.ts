/**
 * What an import has done, in a file beside its input. With it, an import that was killed goes on where it was.
 *
 * The first line says which import it is. Then come two kinds of lines: a line of the input up to which requests may have been sent, written
 * before they are sent; and the outcome of a line. A line that may have been sent and has no outcome is in doubt: its request may have reached
 * the service, or not.
 */
import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type CommandFailed, wrongUsage } from "../../CommandFailed.js"
import * as Files from "./Files.js"

const Outcome = Schema.Literal("created", "updated", "rejected")

export type Outcome = typeof Outcome.Type

const Header = Schema.Struct({
  effect_dintero_import: Schema.Literal(1),
  /** The customer_id of a line that has none is made from it. */
  import_id: Schema.UUID,
  account_id: Schema.String,
  base_url: Schema.String,
  sha256: Schema.String,
  lines: Schema.Int,
  update: Schema.Boolean
})

export type Header = typeof Header.Type

const Entry = Schema.Union(
  Schema.Struct({ sending: Schema.Int }),
  Schema.Struct({ line: Schema.Int, outcome: Outcome }),
  Schema.Struct({ finished: Schema.Literal(true) })
)

const decodeHeader = Schema.decodeUnknownEither(Schema.parseJson(Header))
const decodeEntry = Schema.decodeUnknownEither(Schema.parseJson(Entry))

/** How many further lines may be in doubt after a crash. Each write of the journal takes the time of the disk, so it is not one. */
const ahead = 256

export interface Journal {
  readonly header: Header
  readonly isFinished: boolean
  readonly outcomeOf: (line: number) => Outcome | undefined
  /** Whether the request of this line may have been sent by an earlier run. */
  readonly isInDoubt: (line: number) => boolean
  readonly counts: () => { readonly [Key in Outcome]: number }
  /** Returns when the journal on the disk says that requests up to this line may have been sent. */
  readonly sending: (line: number) => Effect.Effect<void, CommandFailed>
  readonly settle: (line: number, outcome: Outcome) => Effect.Effect<void, CommandFailed>
  readonly flush: Effect.Effect<void, CommandFailed>
  readonly finish: Effect.Effect<void, CommandFailed>
}

export type Wanted = Omit<Header, "effect_dintero_import" | "import_id">

const outcomes: ReadonlyArray<Outcome> = ["created", "updated", "rejected"]

const damaged = (path: string) =>
  wrongUsage(`${path} is not a journal of an import. Give another with --journal, or begin anew with --restart.`)

/** Why the journal is of another import. */
const differs = (path: string, before: Header, wanted: Wanted): CommandFailed | undefined => {
  const anew = `With --restart the import begins anew: lines without a customer_id are then created once more.`
  if (before.account_id !== wanted.account_id || before.base_url !== wanted.base_url) {
    return wrongUsage(
      `${path} is of an import into the account ${before.account_id} at ${before.base_url}, and not into ${wanted.account_id} at ${wanted.base_url}. Give another journal with --journal.`
    )
  }
  if (before.sha256 !== wanted.sha256) {
    return wrongUsage(
      `The file has changed since its import began, so it is not known which of its lines are done. Put further or corrected lines into a file of their own. ${anew}`
    )
  }
  if (before.update !== wanted.update) {
    return wrongUsage(`The import began ${before.update ? "with" : "without"} --update, and can only go on so. ${anew}`)
  }
  return undefined
}

/** Opens the journal of an import, or begins one. */
export const open = (path: string, wanted: Wanted): Effect.Effect<Journal, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const size = yield* Files.sizeOf(path)
    const text = size === undefined ? "" : yield* Files.tried(path, () => readFile(path, "utf8"))
    // A crash can leave a part of the last line.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1)
    const [first, ...rest] = whole.split("\n").slice(0, -1)
    // Nothing was sent before the first line was whole.
    if (first === undefined && text.length > 0 && !text.startsWith('{"effect_dintero_import"'.slice(0, text.length)))
      return yield* damaged(path)
    const kept = first === undefined ? undefined : decodeHeader(first)
    if (kept !== undefined && Either.isLeft(kept)) return yield* damaged(path)
    const header: Header = kept?.right ?? { effect_dintero_import: 1, import_id: randomUUID(), ...wanted }
    const other = differs(path, header, wanted)
    if (other !== undefined) return yield* other

    /** By line: 0, or 1 and the place in `outcomes`. */
    const settled = new Uint8Array(header.lines + 1)
    const counts = { created: 0, updated: 0, rejected: 0 }
    let sent = 0
    let isFinished = false
    for (const entryText of rest) {
      const entry = decodeEntry(entryText)
      if (Either.isLeft(entry)) return yield* damaged(path)
      if ("sending" in entry.right) sent = Math.max(sent, entry.right.sending)
      else if ("finished" in entry.right) isFinished = true
      else if (settled[entry.right.line] === 0) {
        settled[entry.right.line] = 1 + outcomes.indexOf(entry.right.outcome)
        counts[entry.right.outcome]++
      }
    }
    const inDoubtUpTo = sent

    const file = yield* Files.appender(path, Buffer.byteLength(whole))
    if (first === undefined) yield* file.append(`${JSON.stringify(header)}\n`)
    let waiting = ""
    const turns = yield* Effect.makeSemaphore(1)
    const write = (more: string) =>
      turns.withPermits(1)(
        Effect.suspend(() => {
          const lines = waiting + more
          waiting = ""
          return lines === "" ? Effect.void : file.append(lines)
        })
      )
    return {
      header,
      isFinished,
      outcomeOf: (line) => outcomes[(settled[line] ?? 0) - 1],
      isInDoubt: (line) => line <= inDoubtUpTo && settled[line] === 0,
      counts: () => ({ ...counts }),
      sending: (line) => {
        if (line <= sent) return Effect.void
        const upTo = Math.min(line + ahead - 1, header.lines)
        return Effect.tap(write(`${JSON.stringify({ sending: upTo })}\n`), () =>
          Effect.sync(() => {
            sent = upTo
          })
        )
      },
      settle: (line, outcome) =>
        Effect.suspend(() => {
          settled[line] = 1 + outcomes.indexOf(outcome)
          counts[outcome]++
          waiting += `${JSON.stringify({ line, outcome })}\n`
          // An outcome that is lost in a crash leaves its line in doubt, and that is found out later. So most of them wait for the next write.
          return waiting.length > 4_096 ? write("") : Effect.void
        }),
      flush: write(""),
      finish: write('{"finished":true}\n')
    }
  })
