/**
 * Keeps the last requests, in memory or in the database that processes share.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Principal } from "../../rooms/Principal.js"
import { isStorable, Millis } from "../../storage/Column.js"
import { decodeRows } from "../../storage/Table.js"
import * as Changes from "../Changes.js"
import { UnhandledRequests } from "../ControlErrors.js"
import type { JournalControl, Page } from "../Controls.js"
import { bounded, dateOf } from "../clock/Instant.js"
import type { AppliedFault } from "../faults/Faults.js"
import { inParts, newest } from "../Page.js"
import * as Recent from "../Recent.js"
import * as CutBody from "./CutBody.js"
import { JournalEntry, type JournalMatch, matches, type NearMiss } from "./JournalEntry.js"

/** What the server learns about a request while it handles it. Bodies are decoded, so their secrets are wrapped. */
export interface Note {
  operation: string | null
  accountId: string | null
  caller: Principal | null
  customerIds: ReadonlyArray<string>
  request: unknown
  response: unknown
  /** The bytes of the response's body, as far as they are known. */
  responseLength: number | null
  status: number | null
  fault: AppliedFault | null
  nearMisses: ReadonlyArray<NearMiss>
  /** An explanation of a refusal for a developer, which is not in its body. */
  hint: string | null
}

export interface JournalService extends JournalControl {
  /** The requests from now on, each when it has ended. */
  readonly told: Changes.Changes<Told>
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
  responseLength: null,
  status: null,
  fault: null,
  nearMisses: [],
  hint: null
})

export class Journal extends Context.Tag("effect-dintero/embedded/Journal")<Journal, JournalService>() {}

const capacity = 1_000

/** Of all entries, measured as JSON. With the values of small bodies they can take several times as much memory. */
const mostBytes = 8 * 1024 * 1024

export interface Recorded {
  readonly id: number
  readonly at: number
  readonly method: string
  readonly path: string
  readonly duration: number
  /** Without a long body. */
  readonly note: Readonly<Note>
  /** About the bytes of the entry's JSON. */
  readonly size: number
}

/** What an entry takes besides its path and its bodies. */
const ownSize = 512

const isLong = (size: number): boolean => size > CutBody.mostBytes

/** The same with the beginning of each long body instead of the body. A note is kept for a long time, and a body can have any size. */
export const withoutLongBodies = (note: Readonly<Note>): Readonly<Note> => {
  const isRequestLong = isLong(CutBody.sizeOf(note.request, null))
  const isResponseLong = isLong(CutBody.sizeOf(note.response, note.responseLength))
  if (!isRequestLong && !isResponseLong) return note
  const request = isRequestLong ? CutBody.make(note.request, null) : note.request
  const response = isResponseLong ? CutBody.make(note.response, note.responseLength) : note.response
  return { ...note, request, response, responseLength: isResponseLong ? null : note.responseLength }
}

const recordedOf = (id: number, at: number, method: string, path: string, duration: number, whole: Readonly<Note>): Recorded => {
  const request = CutBody.sizeOf(whole.request, null)
  const response = CutBody.sizeOf(whole.response, whole.responseLength)
  const size = ownSize + path.length
  if (!isLong(request) && !isLong(response))
    return { id, at, method, path, duration, note: whole, size: size + request + response }
  const note = withoutLongBodies(whole)
  const bodies = CutBody.sizeOf(note.request, null) + CutBody.sizeOf(note.response, note.responseLength)
  return { id, at, method, path, duration, note, size: size + bodies }
}

/** The JSON of a value, in which every wrapped secret is `<redacted>`. */
const json = (value: unknown): unknown =>
  value === undefined ? null : JSON.parse(value instanceof CutBody.CutBody ? value.json : JSON.stringify(value))

const lengthOf = (value: unknown): number | null => (value instanceof CutBody.CutBody ? value.length : null)

const entryOf = ({ at, duration, id, method, note, path }: Recorded): JournalEntry => ({
  id,
  at: dateOf(at),
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
  request_length: lengthOf(note.request),
  status: note.status,
  response: json(note.response),
  response_length: lengthOf(note.response),
  fault: note.fault === null ? null : { rule: note.fault.rule, kind: note.fault.fault.kind },
  near_misses: note.nearMisses,
  hint: note.hint
})

/** What listeners get. The entry is made once for all of them, and not when nobody wants it. */
export interface Told {
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

/** Whether a request matches. */
export const fitting = (match: JournalMatch) => {
  const fits = matches(match)
  return ({ note: { accountId, customerIds, operation, status } }: Recorded): boolean =>
    fits({ operation, account_id: accountId, customer_ids: customerIds, status })
}

/** In the error of `verify`. */
const mostDescribed = 5

const describe = ({ method, note, path }: Recorded): string => {
  const [nearest] = note.nearMisses
  return `${method} ${path}${nearest === undefined ? "" : ` (nearest: ${nearest.operation}, with ${nearest.why})`}`
}

/** The place where the entries are kept. */
interface Store {
  /** The number of the next request. */
  readonly nextId: Effect.Effect<number>
  readonly add: (recorded: Recorded) => Effect.Effect<void>
  /** The next number, where an entry with it can be added at once. `undefined` where that takes time. */
  readonly addNow: { readonly nextId: () => number; readonly add: (recorded: Recorded) => void } | undefined
  /** Of the last entries those that match, in the order of arrival. */
  readonly list: (match: JournalMatch, page: Page) => Effect.Effect<ReadonlyArray<JournalEntry>>
  readonly clear: Effect.Effect<void>
}

const inMemory = (): Store => {
  const kept = Recent.make<Recorded>({ most: capacity, mostSize: mostBytes, sizeOf: ({ size }) => size })
  let lastId = 0
  return {
    nextId: Effect.sync(() => ++lastId),
    add: (recorded) => Effect.sync(() => kept.add(recorded)),
    addNow: { nextId: () => ++lastId, add: kept.add },
    list: (match, page) =>
      Effect.sync(() =>
        newest(
          kept
            .all()
            .filter(fitting(match))
            // Requests do not end in the order of arrival.
            .sort((a, b) => a.id - b.id),
          page
        ).map(entryOf)
      ),
    clear: Effect.sync(() => kept.retain(() => false))
  }
}

const Stored = Schema.parseJson(JournalEntry)
const encode = Schema.encodeSync(Stored)
const decodeIds = decodeRows(Schema.Struct({ id: Millis }))
const decodeEntries = decodeRows(Schema.Struct({ entry: Stored }))

/** Of the entries that are read with one statement. */
const partSize = 100

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
      if (recorded.id % 100 !== 0) return
      yield* sql`DELETE FROM effect_dintero_journal WHERE id <= ${recorded.id - 2 * capacity} OR id IN (
        SELECT id FROM (
          SELECT id, sum(octet_length(entry)) OVER (ORDER BY id DESC) AS bytes, row_number() OVER (ORDER BY id DESC) AS position
          FROM effect_dintero_journal
        ) AS newer WHERE bytes > ${mostBytes} AND position > 1
      )`
    }).pipe(Effect.ignore),
  addNow: undefined,
  list: (match, page) => {
    const { account_id, customer_id, operation, status } = match
    // No stored text can match.
    if (![customer_id, operation].every((text) => text === undefined || isStorable(text))) return Effect.succeed([])
    const fits = sql.and([
      sql`id > (SELECT coalesce(max(id), 0) - ${capacity} FROM effect_dintero_journal)`,
      ...(operation === undefined ? [] : [operation === "none" ? sql`operation IS NULL` : sql`operation = ${operation}`]),
      ...(customer_id === undefined ? [] : [sql`customer_ids @> ARRAY[${customer_id}::text]`])
    ])
    const read = (before: number | undefined, limit: number) => {
      const older = before === undefined ? fits : sql.and([fits, sql`id < ${before}`])
      return Effect.map(
        decodeEntries(sql`SELECT entry FROM effect_dintero_journal WHERE ${older} ORDER BY id DESC LIMIT ${limit}`),
        (rows) => rows.map(({ entry }) => entry).reverse()
      )
    }
    const isMore = account_id !== undefined || status !== undefined
    return Effect.orDie(inParts(read, page, partSize, isMore ? matches(match) : undefined))
  },
  clear: Effect.asVoid(Effect.orDie(sql`DELETE FROM effect_dintero_journal`))
})

/** `shared`: the database that several processes share. */
export const make = (shared: Option.Option<SqlClient.SqlClient> = Option.none()) =>
  Effect.gen(function* () {
    const changes = Changes.make<Told>(4_096)
    const store = Option.match(shared, { onNone: inMemory, onSome: inDatabase })
    /** The first requests of this process for no operation, in words, and the number of all. */
    let unhandled: ReadonlyArray<string> = []
    let unhandledCount = 0

    const keep = (recorded: Recorded) => {
      if (recorded.note.operation === null && recorded.note.status === 404) {
        unhandledCount++
        if (unhandled.length < mostDescribed) unhandled = [...unhandled, describe(recorded)]
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
          const at = bounded(clock.unsafeCurrentTimeMillis())
          const note = begun ?? emptyNote()
          return Effect.onExit(f(note), () => {
            const recorded = recordedOf(id, at, method, path, bounded(clock.unsafeCurrentTimeMillis()) - at, note)
            return Effect.zipRight(keep(recorded), changes.publish(toldOf(recorded)))
          })
        })
      )

    return {
      told: changes,
      record,
      add: (at, method, path, note, duration = 0) => {
        if (store.addNow === undefined) return false
        const recorded = recordedOf(store.addNow.nextId(), at, method, path, duration, note)
        store.addNow.add(recorded)
        if (changes.hasListener()) Effect.runSync(changes.publish(toldOf(recorded)))
        return true
      },
      list: (match = {}, page = {}) => store.list(match, page),
      changes: (match = {}) => {
        const fits = fitting(match)
        return Stream.map(
          Stream.filter(changes.stream, ({ recorded }) => fits(recorded)),
          ({ entry }) => entry()
        )
      },
      verify: Effect.suspend(() => {
        if (unhandledCount === 0) return Effect.void
        const more = unhandledCount - unhandled.length
        return new UnhandledRequests({
          message: `${unhandledCount} ${unhandledCount === 1 ? "request was" : "requests were"} for no operation of the API: ${unhandled.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`
        })
      }),
      clear: Effect.suspend(() => {
        unhandled = []
        unhandledCount = 0
        return store.clear
      })
    } satisfies JournalService
  })
