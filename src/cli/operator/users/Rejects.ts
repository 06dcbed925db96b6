/**
 * The lines of an import that were rejected, each with its reason, in a file.
 */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type CommandFailed, wrongUsage } from "../../CommandFailed.js"
import * as Files from "./Files.js"

export interface Reject {
  /** From 1. */
  readonly line: number
  /** The byte at which the line begins. */
  readonly offset: number
  readonly reason: string
  /** What the line has, without password and PIN. None for a line that is not JSON, since a secret could be anywhere in it. */
  readonly customer?: object | undefined
}

export interface Rejects {
  readonly add: (reject: Reject) => Effect.Effect<void, CommandFailed>
}

const Numbered = Schema.parseJson(Schema.Struct({ line: Schema.Int }))

const decode = Schema.decodeUnknownEither(Numbered)

/**
 * Opens the file. `isRejected` says whether the journal has a line as rejected: a reject without that came just before a crash, and its line is
 * imported again. The file is made when a line is rejected.
 */
export const open = (
  path: string,
  isNew: boolean,
  isRejected: (line: number) => boolean
): Effect.Effect<Rejects, CommandFailed> =>
  Effect.gen(function* () {
    const size = yield* Files.sizeOf(path)
    if (isNew && size !== undefined && size > 0) {
      return yield* wrongUsage(`${path} is already there, and is not of this import. Remove it, or give another with --rejects.`)
    }
    if (size !== undefined) {
      const text = yield* Files.tried(path, () => readFile(path, "utf8"))
      const kept = text.split("\n").filter((line) => {
        const reject = decode(line)
        return Either.isRight(reject) && isRejected(reject.right.line)
      })
      yield* Files.replace(path, kept.map((line) => `${line}\n`).join(""))
    }
    return {
      add: (reject) => Effect.scoped(Effect.flatMap(Files.appender(path), (file) => file.append(`${JSON.stringify(reject)}\n`)))
    }
  })
