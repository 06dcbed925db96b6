/**
 * Numbers that count up in an account: positions, times of change, and the `customer_id`s of the format `sequence`.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Table from "../../storage/Table.js"
import { countOf } from "../Sql.js"
import * as Tables from "./Tables.js"

export interface Tick {
  /** Greater than each earlier one. */
  readonly position: number
  /** The time of the change in milliseconds: now, or one more than that of the last change, so that no two changes have one time. */
  readonly at: number
}

export interface CountersService {
  /** For inside a transaction, as the others. */
  readonly tick: (accountId: string, now: number) => Effect.Effect<Tick, SqlError>
  /** The next free `customer_id` of the format `sequence`: one more than the greatest that is a number. */
  readonly nextInSequence: (accountId: string) => Effect.Effect<string, SqlError>
  /** Notes a `customer_id` that the caller has chosen, which may be a number. */
  readonly note: (accountId: string, customerId: string) => Effect.Effect<void, SqlError>
}

export class Counters extends Context.Tag("effect-dintero/embedded/Counters")<Counters, CountersService>() {}

const counters = Table.select(Tables.customerCounters, "position", "sequence", "changed_at")
const last = Table.select(Tables.customers, "position", "updated_at")

/** Longer numbers are not counted: JavaScript does not hold them exactly. */
const numberIn = (customerId: string): number => (/^\d{1,15}$/.test(customerId) ? Number(customerId) : 0)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = (accountId: string) =>
    Effect.flatMap(counters.from(sql, sql`WHERE account_id = ${accountId}`), ([found]) =>
      found === undefined
        ? Effect.gen(function* () {
            const [created] = yield* last.from(sql, sql`WHERE account_id = ${accountId} ORDER BY position DESC LIMIT 1`)
            const [changed] = yield* last.from(sql, sql`WHERE account_id = ${accountId} ORDER BY updated_at DESC LIMIT 1`)
            const row = { position: created?.position ?? 0, sequence: null, changed_at: changed?.updated_at ?? 0 }
            yield* Table.insert(sql, Tables.customerCounters, { account_id: accountId, ...row })
            return row
          })
        : Effect.succeed(found)
    )

  const isNumber = sql.onDialectOrElse({
    pg: () => sql.literal("customer_id ~ '^[0-9]{1,15}$'"),
    orElse: () => sql.literal("length(customer_id) BETWEEN 1 AND 15 AND customer_id NOT GLOB '*[^0-9]*'")
  })

  const greatestIn = (accountId: string) =>
    countOf(sql`SELECT coalesce(max(CASE WHEN ${isNumber} THEN CAST(customer_id AS BIGINT) END), 0) AS count
      FROM customers WHERE account_id = ${accountId}`)

  const isTaken = (accountId: string, customerId: string) =>
    Effect.map(
      sql`SELECT 1 FROM customers WHERE account_id = ${accountId} AND customer_id = ${customerId}`,
      (found) => found.length > 0
    )

  const write = (accountId: string, sequence: number) =>
    sql`UPDATE customer_counters SET sequence = ${sequence} WHERE account_id = ${accountId}`

  return {
    tick: (accountId, now) =>
      Effect.gen(function* () {
        const { changed_at, position } = yield* find(accountId)
        const tick = { position: position + 1, at: Math.max(now, changed_at + 1) }
        yield* sql`UPDATE customer_counters SET position = ${tick.position}, changed_at = ${tick.at} WHERE account_id = ${accountId}`
        return tick
      }),
    nextInSequence: (accountId) =>
      Effect.gen(function* () {
        const { sequence } = yield* find(accountId)
        // Looked up once: no index has the greatest number among texts.
        const greatest = sequence ?? (yield* greatestIn(accountId))
        let next = greatest + 1
        // A longer number is not counted, so it may stand in the way.
        while (yield* isTaken(accountId, String(next))) next += 1
        yield* write(accountId, next)
        return String(next)
      }),
    note: (accountId, customerId) =>
      Effect.gen(function* () {
        const { sequence } = yield* find(accountId)
        const given = numberIn(customerId)
        if (sequence !== null && given > sequence) yield* write(accountId, given)
      })
  } satisfies CountersService
})
