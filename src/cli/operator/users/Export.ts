/**
 * `users export`: writes every customer to a file, one in each line.
 *
 * The file has another name until it is whole, so an export that was stopped is never taken for a finished one. Each page is on the disk before
 * the next is asked for, and the cursor of the next page is that of the last customer that was written.
 */
import { createReadStream } from "node:fs"
import { open } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { protect } from "../../../layers/http/Paging.js"
import { Cursor } from "../../../schemas/Cursor.js"
import { Customer } from "../../../schemas/Customer.js"
import { Customers } from "../../../services/Customers.js"
import { CommandFailed, wrongUsage } from "../../CommandFailed.js"
import * as Account from "../Account.js"
import { leaf } from "../Leaf.js"
import * as Output from "../Output.js"
import * as Parameters from "../Parameters.js"
import * as Files from "./Files.js"
import * as Pace from "./Pace.js"
import * as Progress from "./Progress.js"

const Written = Schema.parseJson(
  Schema.Struct({
    paging_token: Schema.optional(Cursor),
    customer_id: Schema.optional(Cursor),
    id: Schema.optional(Cursor)
  })
)

/** The fields are those by which the list goes on (assumed: cursor). */
const cursorOf = (line: string): Cursor | undefined =>
  Either.match(Schema.decodeUnknownEither(Written)(line), {
    onLeft: () => undefined,
    onRight: ({ customer_id, id, paging_token }) => {
      const cursor = paging_token ?? customer_id ?? id
      return cursor === undefined ? undefined : protect(cursor)
    }
  })

interface Before {
  /** The bytes of all whole lines. */
  readonly length: number
  readonly count: number
  readonly cursor: Cursor | undefined
}

/** How far an export came. A crash can leave a part of the last line. */
const readBefore = (path: string): Effect.Effect<Before, CommandFailed> =>
  Effect.gen(function* () {
    const found = yield* Files.tried(path, async () => {
      let count = 0
      let at = 0
      /** Where the last whole line begins and ends. */
      let last: readonly [number, number] = [0, 0]
      for await (const chunk of createReadStream(path)) {
        // Seam: a stream without an encoding gives buffers.
        const bytes = chunk as Buffer
        for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, end + 1)) {
          count++
          last = [last[1], at + end + 1]
        }
        at += bytes.length
      }
      const [start, end] = last
      const line = Buffer.alloc(end - start)
      const file = await open(path)
      try {
        await file.read(line, 0, line.length, start)
      } finally {
        await file.close()
      }
      return { count, length: end, line: line.toString("utf8") }
    })
    const cursor = cursorOf(found.line)
    if (found.count > 0 && cursor === undefined) {
      return yield* wrongUsage(
        `${path} is not of an export: its last line is no customer. Remove it, and export without --resume.`
      )
    }
    return { length: found.length, count: found.count, cursor }
  })

/** Where customers go. */
interface Sink {
  readonly before: Before
  readonly write: (text: string, count: number) => Effect.Effect<void, CommandFailed>
  readonly end: Effect.Effect<void, CommandFailed>
}

const nothing: Before = { length: 0, count: 0, cursor: undefined }

/** A reader that has gone away, such as `head`, ends the export. */
const output: Sink = {
  before: nothing,
  write: (text, count) =>
    Effect.async((resume) => {
      process.stdout.write(text, (error) =>
        resume(
          error
            ? new CommandFailed({
                message: `The reader of the output has closed it. At least ${count} customers were left unread.`
              })
            : Effect.void
        )
      )
    }),
  end: Effect.void
}

const fileSink = (path: string, resume: boolean): Effect.Effect<Sink, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const part = `${path}.part`
    if ((yield* Files.sizeOf(path)) !== undefined) {
      return yield* wrongUsage(
        resume
          ? `${path} is whole already: there is nothing to go on with.`
          : `${path} is there already. Give another name, or remove it.`
      )
    }
    const isBegun = (yield* Files.sizeOf(part)) !== undefined
    if (isBegun && !resume) {
      return yield* wrongUsage(`${part} is of an export that has not ended. Go on with it by --resume, or remove it.`)
    }
    yield* Files.lock(`${part}.lock`)
    const before = isBegun ? yield* readBefore(part) : nothing
    const file = yield* Files.appender(part, before.length)
    return { before, write: (text) => file.append(text), end: Files.rename(part, path) }
  })

export const exportUsers = leaf({
  name: "export",
  summary: "Write every customer to a file, one in each line",
  details: [
    "The lines are what users import takes. Until the export has ended, the file is named FILE.part. After a stop, --resume goes on behind the last customer in it."
  ],
  examples: ["users export customers.ndjson", "users export - --type company | wc -l"],
  config: {
    file: Parameters.argument("FILE", "the file to write, or - for standard output"),
    type: Parameters.choice("--type TYPE", "customer, company, contact, employee, other or any (default any)", [
      "customer",
      "company",
      "contact",
      "employee",
      "other",
      "any"
    ]),
    deleted: Parameters.flag("--include-deleted", "deleted customers too, of which only ids and times are left"),
    resume: Parameters.flag("--resume", "go on with an export that was stopped"),
    rate: Parameters.count("--rate NUMBER", "pages of 100 customers a second at most, 0 for no limit (default 10)", {
      between: [0, 10_000],
      fallback: 10
    }),
    json: Parameters.json
  },
  run: ({ deleted, file, json, rate, resume, type = "any" }) =>
    Effect.gen(function* () {
      if (file === "-" && resume) return yield* wrongUsage("--resume needs a file: what standard output had is not known.")
      yield* Account.call({}, () =>
        Effect.gen(function* () {
          const { users } = yield* Customers
          const sink = file === "-" ? output : yield* fileSink(file, resume)
          const progress = yield* Progress.make
          const pace = Pace.make(rate)
          if (sink.before.count > 0) yield* progress.say(`Going on after ${sink.before.count} customers.`)
          let { count, cursor } = sink.before
          for (;;) {
            yield* pace.turn
            const page = yield* users.list({
              limit: 100,
              type,
              ...(deleted ? { include_deleted: true } : {}),
              ...(cursor === undefined ? {} : { starting_after: cursor })
            })
            const items = yield* Output.encoded(Schema.Array(Customer), page.items)
            if (items.length > 0) {
              yield* sink.write(items.map((item) => `${JSON.stringify(item)}\n`).join(""), items.length)
            }
            count += items.length
            yield* progress.tell(() => `${count} customers are written.`)
            if (Option.isNone(page.next)) break
            cursor = page.next.value
          }
          yield* sink.end
          yield* progress.clear
          if (file === "-") return
          yield* json ? Output.json({ customers: count, file }) : Output.line(`${count} customers are in ${file}.`)
        }).pipe(Effect.scoped)
      )
    })
})
