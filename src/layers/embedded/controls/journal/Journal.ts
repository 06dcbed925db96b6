/**
 * Keeps the last requests, in memory or in the database that processes share.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Principal } from "../../rooms/Principal.js"
import { isStorable, Millis } from "../../storage/Column.js"
import { decodeRows } from "../../storage/Table.js"
import * as Changes from "../Changes.js"
import { UnhandledRequests } from "../ControlErrors.js"
import type { JournalControl } from "../Controls.js"
import type { AppliedFault } from "../faults/Faults.js"
import { JournalEntry, type JournalMatch, matches, type NearMiss } from "./JournalEntry.js"

/** What the server learns about a request while it handles it. Bodies are decoded, so their secrets are wrapped. */
export interface Note {
  operation: string | null
  accountId: string | null
  caller: Principal | null
  customerIds: ReadonlyArray<string>
  request: unknown
  response: unknown
  status: number | null
  fault: AppliedFault | null
  nearMisses: ReadonlyArray<NearMiss>
  /** An explanation of a refusal for a developer, which is not in its body. */
  hint: string | null
}

export interface JournalService extends JournalControl {
  /** Adds a request that was answered at once. `false` when that is not possible at once, since the entries are in a database. */
  readonly add: (at: number, method: string, path: string, note: Readonly<Note>, duration?: number) => boolean
  /** Runs `f`, and keeps its note of the request, also when it fails or is interrupted. `begun`: the note, if the request has begun already. */
  readonly record: <A, E, R>(
    method: string,
    path: string,
    f: (note: Note) => Effect.Effect<A, E, R>,
    begun?: Note
  ) => Effect.Effect<A, E, R>
}

/** The note of a request of which nothing is known yet. */
export const emptyNote = (): Note => ({
  operation: null,
  accountId: null,
  caller: null,
  customerIds: [],
  request: null,
  response: null,
  status: null,
  fault: null,
  nearMisses: [],
  hint: null
})

export class Journal extends Context.Tag("effect-dintero/embedded/Journal")<Journal, JournalService>() {}

const capacity = 1_000

interface Recorded {
  readonly id: number
  readonly at: number
  readonly method: string
  readonly path: string
  readonly duration: number
  readonly note: Readonly<Note>
}

/** The JSON of a value, in which every wrapped secret is `<redacted>`. */
const json = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

const entryOf = ({ at, duration, id, method, note, path }: Recorded): JournalEntry => ({
  id,
  at: DateTime.unsafeMake(at),
  duration_millis: duration,
  method,
  path,
  operation: note.operation,
  account_id: note.accountId,
  caller:
    note.caller === null
      ? null
      : { client_id: note.caller.clientId, subject: note.caller.subject, scopes: [...note.caller.scopes] },
  customer_ids: note.customerIds,
  request: json(note.request),
  status: note.status,
  response: json(note.response),
  fault: note.fault === null ? null : { rule: note.fault.rule, kind: note.fault.fault.kind },
  near_misses: note.nearMisses,
  hint: note.hint
})

/** What listeners get. The entry is made once for all of them, and not when nobody wants it. */
interface Told {
  readonly recorded: Recorded
  readonly entry: () => JournalEntry
}

const toldOf = (recorded: Recorded): Told => {
  let entry: JournalEntry | undefined
  return {
    recorded,
    entry: () => {
      entry ??= entryOf(recorded)
      return entry
    }
  }
}

const fitting = (match: JournalMatch) => {
  const fits = matches(match)
  return ({ note: { accountId, customerIds, operation, status } }: Recorded): boolean =>
    fits({ operation, account_id: accountId, customer_ids: customerIds, status })
}

const describe = ({ method, note, path }: Recorded): string => {
  const [nearest] = note.nearMisses
  return `${method} ${path}${nearest === undefined ? "" : ` (nearest: ${nearest.operation}, with ${nearest.why})`}`
}

/** The place where the entries are kept. */
interface Store {
  /** The number of the next request. */
  readonly nextId: Effect.Effect<number>
  readonly add: (recorded: Recorded) => Effect.Effect<void>
  /** The same at once, with the next number. `undefined` where it takes time. */
  readonly addNow: ((recorded: Omit<Recorded, "id">) => Recorded) | undefined
  /** Of the last entries those that match, in the order of arrival. */
  readonly list: (match: JournalMatch) => Effect.Effect<ReadonlyArray<JournalEntry>>
  readonly clear: Effect.Effect<void>
}

const inMemory = (): Store => {
  let kept: Array<Recorded> = []
  let lastId = 0
  const push = (recorded: Recorded) => {
    kept.push(recorded)
    if (kept.length >= 2 * capacity) kept = kept.slice(-capacity)
  }
  return {
    nextId: Effect.sync(() => ++lastId),
    add: (recorded) => Effect.sync(() => push(recorded)),
    addNow: (entry) => {
      const recorded = { id: ++lastId, ...entry }
      push(recorded)
      return recorded
    },
    list: (match) =>
      Effect.sync(() =>
        kept
          .slice(-capacity)
          .filter(fitting(match))
          // Requests do not end in the order of arrival.
          .sort((a, b) => a.id - b.id)
          .map(entryOf)
      ),
    clear: Effect.sync(() => {
      kept = []
    })
  }
}

const Stored = Schema.parseJson(JournalEntry)
const encode = Schema.encodeSync(Stored)
const decodeIds = decodeRows(Schema.Struct({ id: Millis }))
const decodeEntries = decodeRows(Schema.Struct({ entry: Stored }))

/** The journal never makes a request fail. An entry that cannot be written is lost. */
const inDatabase = (sql: SqlClient.SqlClient): Store => ({
  nextId: decodeIds(sql`SELECT nextval('effect_dintero_requests') AS id`).pipe(
    Effect.map(([row]) => row?.id ?? 0),
    Effect.orElseSucceed(() => 0)
  ),
  add: (recorded) =>
    Effect.gen(function* () {
      if (recorded.id === 0) return
      const { customerIds, operation } = recorded.note
      // The driver has no type for a list of texts.
      const customers = sql`ARRAY(SELECT json_array_elements_text(${JSON.stringify(customerIds)}::json))`
      yield* sql`INSERT INTO effect_dintero_journal (id, operation, customer_ids, entry)
        VALUES (${recorded.id}, ${operation}, ${customers}, ${encode(entryOf(recorded))})`
      if (recorded.id % 100 === 0) yield* sql`DELETE FROM effect_dintero_journal WHERE id <= ${recorded.id - 2 * capacity}`
    }).pipe(Effect.ignore),
  addNow: undefined,
  list: (match) => {
    const { customer_id, operation } = match
    // No stored text can match.
    if (![customer_id, operation].every((text) => text === undefined || isStorable(text))) return Effect.succeed([])
    const where = sql.and([
      sql`id > (SELECT coalesce(max(id), 0) - ${capacity} FROM effect_dintero_journal)`,
      ...(operation === undefined ? [] : [operation === "none" ? sql`operation IS NULL` : sql`operation = ${operation}`]),
      ...(customer_id === undefined ? [] : [sql`customer_ids @> ARRAY[${customer_id}::text]`])
    ])
    return decodeEntries(sql`SELECT entry FROM effect_dintero_journal WHERE ${where} ORDER BY id`).pipe(
      Effect.map((rows) => rows.map(({ entry }) => entry).filter(matches(match))),
      Effect.orDie
    )
  },
  clear: Effect.asVoid(Effect.orDie(sql`DELETE FROM effect_dintero_journal`))
})

/** `shared`: the database that several processes share. */
export const make = (shared: Option.Option<SqlClient.SqlClient> = Option.none()) =>
  Effect.gen(function* () {
    const changes = Changes.make<Told>(4_096)
    const store = Option.match(shared, { onNone: inMemory, onSome: inDatabase })
    /** The requests of this process for no operation. */
    let unhandled: Array<Recorded> = []

    const keep = (recorded: Recorded) => {
      if (recorded.note.operation === null && recorded.note.status === 404 && unhandled.length < capacity) {
        unhandled.push(recorded)
      }
      return store.add(recorded)
    }

    const record = <A, E, R>(
      method: string,
      path: string,
      f: (note: Note) => Effect.Effect<A, E, R>,
      begun?: Note
    ): Effect.Effect<A, E, R> =>
      Effect.flatMap(store.nextId, (id) =>
        Effect.clockWith((clock) => {
          const at = clock.unsafeCurrentTimeMillis()
          const note = begun ?? emptyNote()
          return Effect.onExit(f(note), () => {
            const recorded = { id, at, method, path, duration: clock.unsafeCurrentTimeMillis() - at, note }
            return Effect.zipRight(keep(recorded), changes.publish(toldOf(recorded)))
          })
        })
      )

    return {
      record,
      add: (at, method, path, note, duration = 0) => {
        if (store.addNow === undefined) return false
        const recorded = store.addNow({ at, method, path, duration, note })
        if (changes.hasListener()) Effect.runSync(changes.publish(toldOf(recorded)))
        return true
      },
      list: (match = {}) => store.list(match),
      changes: (match = {}) => {
        const fits = fitting(match)
        return Stream.map(
          Stream.filter(changes.stream, ({ recorded }) => fits(recorded)),
          ({ entry }) => entry()
        )
      },
      verify: Effect.suspend(() => {
        if (unhandled.length === 0) return Effect.void
        const told = unhandled.slice(0, 5).map(describe)
        const more = unhandled.length - told.length
        return new UnhandledRequests({
          message: `${unhandled.length} ${unhandled.length === 1 ? "request was" : "requests were"} for no operation of the API: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`
        })
      }),
      clear: Effect.suspend(() => {
        unhandled = []
        return store.clear
      })
    } satisfies JournalService
  })
