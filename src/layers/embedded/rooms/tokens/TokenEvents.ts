/**
 * What happened to tokens, whether a customer has them or not.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import type {
  CustomerTokenEvent,
  TokenEventsDelete,
  TokenEvents as TokenEventsItem,
  TokenLookup,
  TokenTypeValue
} from "../../../../schemas/CustomerToken.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Accounts } from "../accounts/Accounts.js"
import { Counters } from "../customers/Counters.js"
import type { Listed } from "../Handler.js"
import { domain, type Refusal } from "../Refusal.js"
import * as Tables from "./Tables.js"

export interface KnownPair {
  /** None for a type and value that was never attached and has no event. */
  readonly id: Option.Option<string>
  readonly events: ReadonlyArray<CustomerTokenEvent>
  /** That of the last event which has one and has not expired. */
  readonly status: Option.Option<string>
}

export interface TokenEventsService {
  readonly list: (
    accountId: string,
    query: {
      readonly limit?: number
      readonly starting_after?: string
      readonly since_datetime?: DateTime.Utc
      readonly deleted_since?: DateTime.Utc
    }
  ) => Effect.Effect<Listed<TokenEventsItem>, Refusal<400> | SqlError>
  /** Records the event, when there is one, and answers what is known then. */
  readonly record: (accountId: string, lookup: TokenLookup) => Effect.Effect<KnownPair, Refusal<400> | SqlError>
  readonly remove: (accountId: string, deletion: TokenEventsDelete) => Effect.Effect<void, Refusal<400> | SqlError>
  /** The type and value belong to a customer, so they have an id that stays, which is answered. For inside a transaction. */
  readonly attach: (
    accountId: string,
    token: TokenTypeValue,
    options: { readonly deleteEvents: boolean }
  ) => Effect.Effect<string, SqlError>
}

export class TokenEvents extends Context.Tag("effect-dintero/embedded/TokenEvents")<TokenEvents, TokenEventsService>() {}

const pairs = Table.select(Tables.tokenPairs, "id", "position", "updated_at", "deleted_at")
const events = Table.select(Tables.tokenEvents, "pair_id", "position", "event", "status", "metadata", "created_at", "expires_at")

type EventRow = Pick<Table.Row<typeof Tables.tokenEvents>, "event" | "status" | "metadata" | "created_at" | "expires_at">

export const eventOf = (row: EventRow): CustomerTokenEvent => ({
  event: row.event,
  ...(row.status === null ? {} : { status: row.status }),
  ...(row.metadata === null ? {} : { metadata: row.metadata }),
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.expires_at === null ? {} : { expires_at: DateTime.unsafeMake(row.expires_at) })
})

/** An expired event counts no longer, and the one before it does. */
export const statusOf = (rows: ReadonlyArray<EventRow>, now: number): Option.Option<string> =>
  Option.fromNullable(
    rows.filter(({ expires_at, status }) => status !== null && (expires_at === null || expires_at > now)).at(-1)?.status
  )

/** In seconds, by the status of the event. */
const lifeOf = (settings: CustomersSettings, status: string | undefined): number | undefined =>
  settings.tokens?.event_expiry?.find((expiry) => expiry.status === status)?.time_to_live

/** The end of the year 9999. Later times have a form that not every reader knows. */
const latest = 253_402_300_799_999

const expiryOf = (at: number, life: number): number => Math.min(Math.max(at + Math.round(life * 1000), 0), latest)

const defaultLimit = 10

const notStorable = domain(400, "the type or value of the token has a NUL character or half a surrogate pair in it")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const accounts = yield* Accounts
  const counters = yield* Counters
  const entropy = yield* Entropy

  const find = (accountId: string, { type, value }: TokenTypeValue) =>
    Effect.map(pairs.from(sql, sql`WHERE account_id = ${accountId} AND type = ${type} AND value = ${value}`), ([pair]) => pair)

  const findOrMake = (accountId: string, token: TokenTypeValue) =>
    Effect.gen(function* () {
      const found = yield* find(accountId, token)
      if (found !== undefined) return found.id
      const id = yield* entropy.uuid
      const { position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
      yield* Table.insert(sql, Tables.tokenPairs, { account_id: accountId, id, ...token, position })
      return id
    })

  const eventsOf = (accountId: string, pairIds: ReadonlyArray<string>) =>
    pairIds.length === 0
      ? Effect.succeed([])
      : events.from(sql, sql`WHERE account_id = ${accountId} AND ${sql.in("pair_id", pairIds)} ORDER BY position`)

  const append = (
    accountId: string,
    pairId: string,
    {
      event,
      metadata,
      status
    }: { readonly event: string; readonly status?: string | undefined; readonly metadata?: CustomerTokenEvent["metadata"] }
  ) =>
    Effect.gen(function* () {
      const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
      const account = yield* accounts.find(accountId)
      const life = Option.isNone(account) ? undefined : lifeOf(account.value.settings, status)
      yield* Table.insert(sql, Tables.tokenEvents, {
        account_id: accountId,
        pair_id: pairId,
        position,
        event,
        status: status ?? null,
        metadata: metadata ?? null,
        created_at: at,
        expires_at: life === undefined ? null : expiryOf(at, life)
      })
      return at
    })

  const removeEvents = (accountId: string, pairId: string) =>
    sql`DELETE FROM token_events WHERE account_id = ${accountId} AND pair_id = ${pairId}`

  return {
    list: (accountId, { deleted_since, limit = defaultLimit, since_datetime, starting_after }) =>
      Effect.gen(function* () {
        if (since_datetime !== undefined && starting_after !== undefined) {
          return yield* domain(400, "since_datetime and starting_after exclude each other")
        }
        const after =
          starting_after === undefined
            ? []
            : yield* Effect.flatMap(
                isStorable(starting_after)
                  ? pairs.from(sql, sql`WHERE account_id = ${accountId} AND id = ${starting_after}`)
                  : Effect.succeed([]),
                ([found]) =>
                  found === undefined
                    ? domain(400, "starting_after is none of this list")
                    : Effect.succeed([sql`position > ${found.position}`])
              )
        const rows = yield* pairs.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            sql`updated_at IS NOT NULL`,
            // A token without events is in the list only to say since when it has none.
            ...(since_datetime === undefined && deleted_since === undefined
              ? [
                  sql`(deleted_at IS NULL OR EXISTS (SELECT 1 FROM token_events
                    WHERE token_events.account_id = token_pairs.account_id AND pair_id = token_pairs.id))`
                ]
              : []),
            ...after,
            ...(since_datetime === undefined ? [] : [sql`updated_at >= ${DateTime.toEpochMillis(since_datetime)}`]),
            ...(deleted_since === undefined ? [] : [sql`deleted_at >= ${DateTime.toEpochMillis(deleted_since)}`])
          ])} ORDER BY ${sql.literal(since_datetime === undefined ? "position" : "updated_at")} LIMIT ${limit}`
        )
        const found = yield* eventsOf(
          accountId,
          rows.map(({ id }) => id)
        )
        const now = yield* Clock.currentTimeMillis
        return {
          items: rows.map(({ id, updated_at }) => {
            const own = found.filter(({ pair_id }) => pair_id === id)
            return {
              id,
              status: Option.getOrElse(statusOf(own, now), () => "UNKNOWN"),
              events: own.map(eventOf),
              ...(updated_at === null ? {} : { updated_at: DateTime.unsafeMake(updated_at) })
            }
          })
        }
      }),
    record: (accountId, { event, token }) =>
      isStorable(token.type) && isStorable(token.value)
        ? sql.withTransaction(
            Effect.gen(function* () {
              if (event !== undefined) {
                if (!isStorable(event.event) || !isStorable(event.status ?? "")) return yield* notStorable
                const id = yield* findOrMake(accountId, token)
                const at = yield* append(accountId, id, event)
                yield* sql`UPDATE token_pairs SET updated_at = ${at}, deleted_at = NULL WHERE account_id = ${accountId} AND id = ${id}`
              }
              const pair = yield* find(accountId, token)
              if (pair === undefined) return { id: Option.none(), events: [], status: Option.none() }
              const rows = yield* eventsOf(accountId, [pair.id])
              return {
                id: Option.some(pair.id),
                events: rows.map(eventOf),
                status: statusOf(rows, yield* Clock.currentTimeMillis)
              }
            })
          )
        : notStorable,
    remove: (accountId, { event, token }) =>
      isStorable(token.type) && isStorable(token.value) && isStorable(event?.event ?? "")
        ? sql.withTransaction(
            Effect.gen(function* () {
              const pair = yield* find(accountId, token)
              if (pair === undefined) return
              yield* removeEvents(accountId, pair.id)
              // It stays visible that the events were deleted, and why.
              const at = yield* append(accountId, pair.id, {
                event: event?.event ?? "",
                status: "DELETED",
                ...(event?.metadata === undefined ? {} : { metadata: event.metadata })
              })
              yield* sql`UPDATE token_pairs SET updated_at = ${at}, deleted_at = ${at} WHERE account_id = ${accountId} AND id = ${pair.id}`
            })
          )
        : notStorable,
    attach: (accountId, token, { deleteEvents }) =>
      Effect.gen(function* () {
        const id = yield* findOrMake(accountId, token)
        if (!deleteEvents) return id
        yield* removeEvents(accountId, id)
        const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
        // A list by time has to say that its events are gone.
        yield* sql`UPDATE token_pairs SET updated_at = ${at}, deleted_at = ${at}
          WHERE account_id = ${accountId} AND id = ${id} AND updated_at IS NOT NULL`
        return id
      })
  } satisfies TokenEventsService
})
