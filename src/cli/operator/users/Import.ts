/**
 * `users import`: creates a customer for each line of a file.
 *
 * Each customer is created exactly once, although a create is never repeated blindly and the process can end at any point. A line without a
 * `customer_id` gets one that is made from the id of the import and the number of the line, so it is the same in each run. Before a create whose
 * answer was lost is sent again, the customer is looked up by its `customer_id`. The service takes a `customer_id` only once, so a create that is
 * still on its way cannot make a second customer.
 */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { issuesOf } from "../../../internal/Issues.js"
import * as JsonSyntax from "../../../internal/JsonSyntax.js"
import { Connection } from "../../../layers/http/Connection.js"
import * as RetryPolicy from "../../../policies/RetryPolicy.js"
import { Customer, CustomerCreate } from "../../../schemas/Customer.js"
import type { DinteroError } from "../../../schemas/DinteroError.js"
import { sentence } from "../../../schemas/Sentence.js"
import { Customers } from "../../../services/Customers.js"
import { CommandFailed, wrongUsage } from "../../CommandFailed.js"
import * as Account from "../Account.js"
import { leaf } from "../Leaf.js"
import * as Output from "../Output.js"
import * as Parameters from "../Parameters.js"
import * as Refusal from "../Refusal.js"
import * as Files from "./Files.js"
import * as Journal from "./ImportJournal.js"
import * as InputLines from "./InputLines.js"
import * as Pace from "./Pace.js"
import * as Progress from "./Progress.js"
import * as Rejects from "./Rejects.js"

/** How often a line is tried while the service or the network fails. */
const maximumTries = 8

const backoff = (tries: number): Duration.Duration => Duration.millis(Math.min(30_000, 250 * 2 ** tries))

/** A line that can be sent. */
interface Wanted {
  readonly line: InputLines.InputLine
  readonly customer: CustomerCreate
  readonly customerId: string
  /** Whether the line has the `customer_id` itself. Then another customer can have it already. */
  readonly isOwnId: boolean
  readonly given: Readonly<Record<string, unknown>>
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const decodeCustomer = Schema.decodeUnknownEither(CustomerCreate, { errors: "all" })

/** The form of a UUID (RFC 9562, 5.8), from the id of the import and the number of the line. */
export const derivedId = (importId: string, line: number): string => {
  const hex = createHash("sha256").update(`${importId}\n${line}`).digest("hex")
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The customer of a line, or why it is none. The reason has no value of the line, which can be a password. */
const parse = (
  line: InputLines.InputLine,
  importId: string
): Either.Either<Wanted, { readonly reason: string; readonly given?: object }> => {
  const { bytes } = line
  if (bytes === undefined) return Either.left({ reason: `the line is longer than ${InputLines.maximumBytes} bytes` })
  const decoded = Either.try(() => utf8.decode(bytes).replace(/\r$/, ""))
  if (Either.isLeft(decoded)) return Either.left({ reason: "the line is not UTF-8 text" })
  const text = decoded.right
  const fault = JsonSyntax.find(text)
  if (fault !== undefined) return Either.left({ reason: `it is not JSON, column ${fault.column}: ${fault.message}` })
  const twice = JsonSyntax.issues(text)
  if (twice.length > 0) return Either.left({ reason: sentence(twice.map(({ path }) => ({ path, message: "stands twice" }))) })
  const value: unknown = JSON.parse(text)
  if (!Predicate.isRecord(value)) return Either.left({ reason: 'expected an object, such as {"type":"customer"}' })
  const customer = decodeCustomer(value)
  if (Either.isLeft(customer)) return Either.left({ reason: sentence(issuesOf(customer.left)), given: value })
  const customerId = customer.right.customer_id ?? derivedId(importId, line.number)
  return Either.right({
    line,
    customer: { ...customer.right, customer_id: customerId },
    customerId,
    isOwnId: customer.right.customer_id !== undefined,
    given: value
  })
}

/** A reject says what was in the line, but no secret. */
const withoutSecrets = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([key]) => key !== "password" && key !== "pin"))

const instantOf = (value: unknown): number =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN

/** Whether the customer has all that was given. The service may write an email or a time in another way, and adds fields of its own. */
export const hasAll = (given: unknown, found: unknown): boolean => {
  if (given === null || given === undefined) return found === null || found === undefined
  if (Array.isArray(given)) {
    return Array.isArray(found) && given.length === found.length && given.every((part, index) => hasAll(part, found[index]))
  }
  if (Predicate.isRecord(given)) {
    return Predicate.isRecord(found) && Object.entries(given).every(([key, part]) => hasAll(part, found[key]))
  }
  return (
    given === found ||
    (typeof given === "string" && typeof found === "string" && given.toLowerCase() === found.toLowerCase()) ||
    instantOf(given) === instantOf(found)
  )
}

type Settled = { readonly outcome: "created" | "updated" } | { readonly outcome: "rejected"; readonly reason: string }

/** Some answers of the service say no more than their status. */
const rejectedFor = ({ message, request: { status } }: DinteroError): Settled => ({
  outcome: "rejected",
  reason: status === undefined ? message : `${message} (status ${status})`
})

interface Sending {
  readonly pace: Pace.Pace
  readonly update: boolean
  readonly say: (sentence: string) => Effect.Effect<void>
}

/** Brings one line to its outcome. Fails with the error of a call after which no further line would do better. */
const settle = (
  { customer, customerId, given, isOwnId }: Wanted,
  isInDoubt: boolean,
  { pace, say, update }: Sending
): Effect.Effect<Settled, DinteroError, Customers> =>
  Effect.gen(function* () {
    const { users } = yield* Customers
    const paced = <A, E>(call: Effect.Effect<A, E>) => Effect.zipRight(pace.turn, call)
    const find = paced(users.get(customerId)).pipe(
      Effect.map(Option.some),
      Effect.catchTag("NotFound", () => Effect.succeedNone)
    )
    /** Whether the customer that has this id has come from this line. The service makes no such id, so a derived one has. */
    const isOurs = (found: Customer) =>
      isOwnId
        ? Effect.map(Output.encoded(Customer, found), (stored) => hasAll(withoutSecrets(given), stored))
        : Effect.succeed(true)
    const change = () => {
      const { customer_id: _, ...changes } = customer
      return Effect.as(paced(users.update(customerId, changes)), { outcome: "updated" } as const)
    }

    let inDoubt = isInDoubt
    const once: Effect.Effect<Settled, DinteroError> = Effect.gen(function* () {
      if (inDoubt) {
        const found = yield* find
        if (Option.isSome(found)) {
          if (yield* isOurs(found.value)) return { outcome: "created" }
          if (update) return yield* change()
          return { outcome: "rejected", reason: `${customerId} is the customer_id of another customer` }
        }
      }
      return yield* paced(users.create(customer)).pipe(
        Effect.as<Settled>({ outcome: "created" }),
        Effect.catchTag(
          "Duplicate",
          (duplicate): Effect.Effect<Settled, DinteroError> =>
            // An earlier request of this line may have arrived between the look-up and this one.
            inDoubt || (update && isOwnId)
              ? Effect.flatMap(find, (found) =>
                  Option.isNone(found)
                    ? Effect.succeed(rejectedFor(duplicate))
                    : Effect.flatMap(
                        isOurs(found.value),
                        (ours): Effect.Effect<Settled, DinteroError> =>
                          inDoubt && ours
                            ? Effect.succeed({ outcome: "created" })
                            : update
                              ? change()
                              : Effect.succeed(rejectedFor(duplicate))
                      )
                )
              : Effect.succeed(rejectedFor(duplicate))
        )
      )
    })

    for (let tries = 1; ; ) {
      const end = yield* Effect.either(once)
      if (Either.isRight(end)) return end.right
      const error = end.left
      switch (error._tag) {
        case "BadRequest":
        case "InvalidRequest":
        case "NotFound":
        case "MethodNotAllowed":
        case "Duplicate":
          return rejectedFor(error)
        case "RateLimited": {
          // The service has not acted on the request, and the wait is what it asks for, so this is no failed try.
          const wait = Option.getOrElse(error.retryAfter, () => backoff(tries))
          if (Option.isNone(error.retryAfter) && ++tries > maximumTries) return yield* error
          if (Duration.toSeconds(wait) >= 5) yield* say(`The service asks to wait for ${Math.ceil(Duration.toSeconds(wait))} s.`)
          yield* pace.pause(wait)
          continue
        }
        case "ServerError":
        case "TransportError":
        case "InvalidResponse":
          inDoubt = inDoubt || error._tag !== "TransportError" || error.sent === "maybe"
          if (++tries > maximumTries) return yield* error
          yield* pace.pause(Option.getOrElse(error.retryAfter, () => backoff(tries)))
          continue
        default:
          return yield* error
      }
    }
  })

interface Looked {
  readonly sha256: string
  readonly lines: number
}

/** The file is read once before anything is sent, to know whether it is still the same, and how far the import is. */
const look = (path: string): Effect.Effect<Looked, CommandFailed> =>
  Effect.gen(function* () {
    const size = yield* Files.sizeOf(path)
    if (size === undefined) return yield* Files.refuse(path, "there is no such file", 2)
    return yield* Files.tried(path, async () => {
      const hash = createHash("sha256")
      let lines = 0
      let last = 0x0a
      for await (const chunk of createReadStream(path)) {
        // Seam: a stream without an encoding gives buffers.
        const bytes = chunk as Buffer
        hash.update(bytes)
        for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines++
        last = bytes[bytes.length - 1] ?? last
      }
      return { sha256: hash.digest("hex"), lines: last === 0x0a ? lines : lines + 1 }
    })
  })

const isBlank = ({ bytes }: InputLines.InputLine): boolean => bytes !== undefined && /^\s*$/.test(bytes.toString("latin1"))

const beside = (path: string, ending: string): string => `${path.replace(/\.(?:ndjson|jsonl)$/i, "")}${ending}`

const shown = (count: number): string => count.toLocaleString("en")

interface Summary {
  readonly lines: number
  readonly created: number
  readonly updated: number
  readonly rejected: number
}

const told = ({ created, lines, rejected, updated }: Summary): string =>
  `${shown(lines)} ${lines === 1 ? "line" : "lines"}: ${shown(created)} created, ${shown(updated)} updated, ${shown(rejected)} rejected.`

const stopped = (error: DinteroError, line: number): CommandFailed => {
  const failure = Refusal.toFailure(error)
  return new CommandFailed({
    ...(failure.json === undefined ? {} : { json: { ...failure.json, line } }),
    message: `The import has stopped at line ${line}. ${failure.message}\nThen run the same command again: it goes on where it was.`
  })
}

export const importUsers = leaf({
  name: "import",
  summary: "Create a customer for each line of a file",
  details: [
    "Each line of the file is a customer in JSON, as users create takes it. A line that cannot be imported goes to the file of rejects with its number and the reason, and the others go on; the exit code is then 1.",
    "What is done is kept in a journal beside the file. When the import was stopped or killed, the same command goes on, and each customer is created once. A line without a customer_id gets one.",
    "It slows down when the service asks for it (Retry-After)."
  ],
  examples: ["users import customers.ndjson", "users import customers.ndjson --update --rate 20 --yes"],
  config: {
    file: Parameters.argument("FILE", "a file with a customer in each line (NDJSON)"),
    update: Parameters.flag("--update", "change a customer whose customer_id is there already, instead of rejecting the line"),
    rejects: Parameters.text("--rejects FILE", "where rejected lines go (default NAME.rejects.ndjson)"),
    journal: Parameters.text("--journal FILE", "where the journal is kept (default NAME.import.journal)"),
    restart: Parameters.flag("--restart", "forget the journal and the rejects, and begin anew"),
    rate: Parameters.count("--rate NUMBER", "requests a second at most, 0 for no limit (default 50)", {
      between: [0, 10_000],
      fallback: 50
    }),
    concurrency: Parameters.count("--concurrency NUMBER", "requests at the same time, 1 to 64 (default 8)", {
      between: [1, 64],
      fallback: 8
    }),
    yes: Parameters.yes,
    json: Parameters.json
  },
  run: ({ concurrency, file, json, rate, restart, update, yes, ...paths }) =>
    Effect.gen(function* () {
      if (file === "-") {
        return yield* wrongUsage("users import needs a file: it could not go on with standard input after a stop.")
      }
      const looked = yield* look(file)
      const journalPath = paths.journal ?? beside(file, ".import.journal")
      const rejectsPath = paths.rejects ?? beside(file, ".rejects.ndjson")
      // The customers come with the policy of the import: it has to know of each failed attempt.
      yield* Account.call({ changes: { yes }, retry: RetryPolicy.none }, ({ accountId }) =>
        Effect.gen(function* () {
          const { target } = yield* Connection
          yield* Files.lock(`${journalPath}.lock`)
          if (restart) yield* Effect.zipRight(Files.remove(journalPath), Files.remove(rejectsPath))
          const isNew = (yield* Files.sizeOf(journalPath)) === undefined
          const journal = yield* Journal.open(journalPath, { ...looked, account_id: accountId, base_url: target.baseUrl, update })
          const rejects = yield* Rejects.open(rejectsPath, isNew, (line) => journal.outcomeOf(line) === "rejected")
          const progress = yield* Progress.make
          const pace = Pace.make(rate)
          const summary = (): Summary => {
            const counts = journal.counts()
            return { lines: counts.created + counts.updated + counts.rejected, ...counts }
          }
          if (journal.isFinished) yield* progress.say("This file is imported already. Nothing was sent.")
          else if (summary().lines > 0)
            yield* progress.say(`Going on after ${shown(summary().lines)} of ${shown(looked.lines)} lines.`)

          const reject = ({ number, offset }: InputLines.InputLine, reason: string, given: object | undefined) =>
            Effect.zipRight(
              rejects.add({
                line: number,
                offset,
                reason,
                ...(given === undefined ? {} : { customer: withoutSecrets(given) })
              }),
              journal.settle(number, "rejected")
            )
          const seen = new Map<string, number>()
          /** What remains to be sent of a line. In the order of the file, so that the first of two lines with the same id wins. */
          const prepare = (line: InputLines.InputLine): Effect.Effect<Option.Option<Wanted>, CommandFailed> =>
            Effect.gen(function* () {
              if (isBlank(line)) return Option.none()
              const parsed = parse(line, journal.header.import_id)
              const isDone = journal.outcomeOf(line.number) !== undefined
              if (Either.isLeft(parsed)) {
                if (!isDone) yield* reject(line, parsed.left.reason, parsed.left.given)
                return Option.none()
              }
              const { customerId, given } = parsed.right
              const before = seen.get(customerId)
              if (before === undefined) seen.set(customerId, line.number)
              if (isDone) return Option.none()
              if (before !== undefined) {
                yield* reject(line, `line ${before} has the same customer_id`, given)
                return Option.none()
              }
              yield* journal.sending(line.number)
              return Option.some(parsed.right)
            })
          const finish = (wanted: Wanted) =>
            Effect.gen(function* () {
              const { line } = wanted
              const settled = yield* settle(wanted, journal.isInDoubt(line.number), { pace, update, say: progress.say }).pipe(
                Effect.mapError((error) => stopped(error, line.number))
              )
              yield* settled.outcome === "rejected"
                ? reject(line, settled.reason, wanted.given)
                : journal.settle(line.number, settled.outcome)
              yield* progress.tell(() => `${shown(summary().lines)} of ${shown(looked.lines)} lines are done.`)
            })

          if (!journal.isFinished) {
            yield* Stream.fromAsyncIterable(InputLines.read(file), (error) => Files.refuse(file, String(error))).pipe(
              Stream.mapEffect(prepare),
              Stream.filterMap((wanted) => wanted),
              Stream.mapEffect(finish, { concurrency, unordered: true }),
              Stream.runDrain,
              // Also after a stop, so that as few lines as possible are in doubt.
              Effect.ensuring(Effect.ignore(journal.flush))
            )
            yield* journal.finish
          }
          const end = summary()
          yield* progress.clear
          yield* json
            ? Output.json({ ...end, rejects_file: end.rejected > 0 ? rejectsPath : null, journal_file: journalPath })
            : Output.line(told(end))
          if (end.rejected > 0) {
            return yield* new CommandFailed({
              message: `${shown(end.rejected)} ${end.rejected === 1 ? "line was" : "lines were"} rejected. The reasons are in ${rejectsPath}.`,
              json: { tag: "LinesRejected", message: `${end.rejected} rejected`, rejects_file: rejectsPath }
            })
          }
        }).pipe(Effect.scoped)
      )
    })
})
