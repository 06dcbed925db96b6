/**
 * The customers of an account with what belongs to them, as the inspector page shows them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Customer from "../../rooms/customers/Customer.js"
import * as CustomerPages from "../../rooms/customers/CustomerPages.js"
import { customers, customerWords } from "../../rooms/customers/Tables.js"
import { folded } from "../../rooms/Folded.js"
import { countOf } from "../../rooms/Sql.js"
import * as CustomerTags from "../../rooms/tags/CustomerTags.js"
import * as CustomerTokens from "../../rooms/tokens/CustomerTokens.js"
import { tokenEvents } from "../../rooms/tokens/Tables.js"
import * as TokenEvents from "../../rooms/tokens/TokenEvents.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { UnknownCustomer } from "../ControlErrors.js"
import type { AccountControl } from "../Controls.js"
import type { CustomerDetails, CustomerOverview } from "./AccountOverview.js"
import * as StoredAccounts from "./StoredAccounts.js"

export type CustomersOverviewService = Pick<AccountControl, "customers" | "customer" | "tags">

export class CustomersOverview extends Context.Tag("effect-dintero/embedded/CustomersOverview")<
  CustomersOverview,
  CustomersOverviewService
>() {}

/** How many customers are listed at a time, and how many of a customer's tokens are shown. */
const most = 100

/** So many customers are soon looked at one by one. */
const few = 2_000

const overviews = Table.select(
  customers,
  "id",
  "customer_id",
  "type",
  "email",
  "phone_number",
  "password_hash",
  "created_at",
  "deleted_at",
  "profile",
  "position"
)

type OverviewRow = Pick<
  Customer.CustomerRow,
  | "id"
  | "customer_id"
  | "type"
  | "email"
  | "phone_number"
  | "password_hash"
  | "created_at"
  | "deleted_at"
  | "profile"
  | "position"
>

const positions = Table.select(customers, "id", "position")
const words = Table.select(customerWords, "position", "word")

const { created_at, event, expires_at, metadata, position, status } = tokenEvents.columns

const decodeEvents = Table.decodeRows(
  Schema.Struct({
    token: Schema.String,
    position: position.schema,
    event: event.schema,
    status: status.schema,
    metadata: metadata.schema,
    created_at: created_at.schema,
    expires_at: expires_at.schema
  })
)

const timeOf = (millis: number | null): DateTime.Utc | null => (millis === null ? null : DateTime.unsafeMake(millis))

const overviewOf = ({ profile, ...row }: OverviewRow): CustomerOverview => ({
  id: row.id,
  customer_id: row.customer_id,
  type: row.type,
  name: [profile.first_name, profile.last_name].filter(Boolean).join(" ") || (profile.company?.bussiness_name ?? null),
  email: row.email,
  phone_number: row.phone_number,
  has_password: row.password_hash !== null,
  created_at: DateTime.unsafeMake(row.created_at),
  deleted_at: timeOf(row.deleted_at)
})

const unknown = (accountId: string, customerId: string) =>
  new UnknownCustomer({
    message: `The account ${accountId} has no customer ${customerId}.`,
    account_id: accountId,
    customer_id: customerId
  })

const orDie = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E | SqlError>) =>
  Effect.catchTag(effect, "SqlError", (error) => Effect.die(error))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const accounts = yield* StoredAccounts.make

  const tagsOf = (accountId: string, ownerPosition?: number) => {
    const ofOwner =
      ownerPosition === undefined
        ? sql.literal("")
        : sql`AND id IN (SELECT tag_id FROM tagged_customers WHERE account_id = ${accountId} AND position = ${ownerPosition})`
    return Effect.map(CustomerTags.tags.from(sql, sql`WHERE account_id = ${accountId} ${ofOwner} ORDER BY position`), (rows) =>
      rows.map(CustomerTags.ofRow)
    )
  }

  /** The newest first, along the positions of all customers, of a type or of a tag. */
  const newest = (accountId: string, type: string | undefined, tagId: string | undefined, deleted: boolean, after?: string) =>
    Effect.gen(function* () {
      const [last] =
        after === undefined ? [] : yield* positions.from(sql, sql`WHERE account_id = ${accountId} AND customer_id = ${after}`)
      if (after !== undefined && last === undefined) return yield* unknown(accountId, after)
      const where = sql.and([
        sql`account_id = ${accountId}`,
        ...(type === undefined ? [] : [sql`type = ${type}`]),
        ...(deleted ? [] : [sql`deleted_at IS NULL`])
      ])
      const older = last === undefined ? sql.literal("") : sql`AND position < ${last.position}`
      if (tagId === undefined) {
        return yield* overviews.from(sql, sql`WHERE ${where} ${older} ORDER BY position DESC LIMIT ${most}`)
      }
      return yield* overviews.decode(sql`SELECT ${sql.literal(overviews.columns)}
        FROM (SELECT position AS place FROM tagged_customers WHERE account_id = ${accountId} AND tag_id = ${tagId} ${older}) AS tagged
        CROSS JOIN customers WHERE ${where} AND position = place ORDER BY place DESC LIMIT ${most}`)
    })

  /** The first of these lists of positions that is short. */
  const shortest = (lists: ReadonlyArray<Fragment>) =>
    Effect.findFirst(lists, (list) =>
      Effect.map(countOf(sql`SELECT count(*) AS count FROM (${list} LIMIT ${few + 1}) AS counted`), (count) => count <= few)
    )

  /**
   * By the first word of each customer that begins so, along the index of the words. To sort all that a short text finds by something else
   * would take seconds among a million customers, and so would to go through them for the few of a type or a tag: their words are looked up.
   */
  const found = (accountId: string, text: string, type: string | undefined, tagId: string | undefined, after?: string) =>
    Effect.gen(function* () {
      const begins = sql`word >= ${text} AND word < ${CustomerPages.endOf(text)}`
      const [last] =
        after === undefined
          ? []
          : yield* words.from(
              sql,
              sql`WHERE account_id = ${accountId} AND ${begins}
                AND position = (SELECT position FROM customers WHERE account_id = ${accountId} AND customer_id = ${after})
                ORDER BY word LIMIT 1`
            )
      if (after !== undefined && last === undefined) return yield* unknown(accountId, after)
      const narrowing = [
        ...(tagId === undefined
          ? []
          : [sql`SELECT position AS place FROM tagged_customers WHERE account_id = ${accountId} AND tag_id = ${tagId}`]),
        ...(type === undefined
          ? []
          : [sql`SELECT position AS place FROM customers WHERE account_id = ${accountId} AND type = ${type}`])
      ]
      const short = Option.getOrUndefined(yield* shortest(narrowing))
      const where = sql.and([
        sql`account_id = ${accountId}`,
        ...narrowing.filter((list) => list !== short).map((list) => sql`EXISTS (${list} AND position = customer_words.position)`)
      ])
      const later = last === undefined ? undefined : sql`> (${last.word}, ${last.position})`
      const page =
        short === undefined
          ? words.from(
              sql,
              // One lower bound alone, since SQLite begins at the first one.
              sql`WHERE ${where} AND ${later === undefined ? begins : sql`(word, position) ${later} AND word < ${CustomerPages.endOf(text)}`}
                AND NOT EXISTS (SELECT 1 FROM customer_words AS other WHERE other.account_id = customer_words.account_id
                  AND other.position = customer_words.position AND other.word >= ${text} AND other.word < customer_words.word)
                ORDER BY word, position LIMIT ${most}`
            )
          : words.decode(sql`SELECT min(word) AS word, place AS position FROM (${short}) AS narrowed CROSS JOIN customer_words
              WHERE ${where} AND customer_words.position = place AND ${begins}
              GROUP BY place ${later === undefined ? sql.literal("") : sql`HAVING (min(word), place) ${later}`}
              ORDER BY 1, 2 LIMIT ${most}`)
      const found = (yield* page).map(({ position }) => position)
      if (found.length === 0) return []
      const rows = yield* overviews.from(sql, sql`WHERE account_id = ${accountId} AND ${sql.in("position", found)}`)
      const byPosition = new Map(rows.map((row) => [row.position, row]))
      return found.flatMap((position) => byPosition.get(position) ?? [])
    })

  const tokensOf = ({ account_id, id, profile }: Customer.CustomerRow) =>
    Effect.gen(function* () {
      const where = sql`WHERE account_id = ${account_id} AND owner_id = ${id}`
      const tokens = yield* CustomerTokens.tokens.from(sql, sql`${where} ORDER BY position DESC LIMIT ${most}`)
      if (tokens.length === 0) return { tokens: [], token_count: 0 }
      const events = yield* decodeEvents(sql`
        SELECT customer_tokens.id AS token, token_events.position, event, status, token_events.metadata, token_events.created_at, expires_at
        FROM customer_tokens
        JOIN token_pairs ON token_pairs.account_id = customer_tokens.account_id AND token_pairs.type = customer_tokens.type
          AND token_pairs.value = customer_tokens.value
        JOIN token_events ON token_events.account_id = token_pairs.account_id AND pair_id = token_pairs.id
        WHERE customer_tokens.account_id = ${account_id} AND ${sql.in(
          "customer_tokens.id",
          tokens.map((token) => token.id)
        )}
        ORDER BY token_events.position`)
      const eventsOf = Array.groupBy(events, ({ token }) => token)
      const now = yield* Clock.currentTimeMillis
      return {
        tokens: tokens.map((token) => {
          const own = eventsOf[token.id] ?? []
          const latest = own.at(-1)
          const byEvents = Option.getOrElse(TokenEvents.statusOf(own, now), () => "UNKNOWN")
          return {
            token: CustomerTokens.ofRow(token),
            status: (token.deleted_at === null ? profile.status : undefined) ?? byEvents,
            events: own.length,
            latest_event: latest === undefined ? null : TokenEvents.eventOf(latest)
          }
        }),
        token_count: yield* countOf(sql`SELECT count(*) AS count FROM customer_tokens ${where}`)
      }
    })

  return {
    customers: (accountId, { after, include_deleted = false, search = "", tag_id, type } = {}) =>
      Effect.gen(function* () {
        yield* accounts.expect(accountId)
        if (after !== undefined && !isStorable(after)) return yield* unknown(accountId, after)
        const text = folded(search.trim())
        // No stored text can match.
        if (![text, tag_id ?? "", type ?? ""].every(isStorable)) return []
        const rows = yield* text === ""
          ? newest(accountId, type, tag_id, include_deleted, after)
          : found(accountId, text, type, tag_id, after)
        return rows.map(overviewOf)
      }).pipe(orDie),

    customer: (accountId, customerId) =>
      Effect.gen(function* () {
        yield* accounts.expect(accountId)
        const [row] = isStorable(customerId)
          ? yield* CustomerPages.customers.from(sql, sql`WHERE account_id = ${accountId} AND customer_id = ${customerId}`)
          : []
        if (row === undefined) return yield* unknown(accountId, customerId)
        const details: CustomerDetails = {
          customer: Customer.ofRow(row, new Set()),
          has_password: row.password_hash !== null,
          has_pin: row.pin_hash !== null,
          email_verified_at: timeOf(row.email_verified_at),
          phone_verified_at: timeOf(row.phone_verified_at),
          tags: yield* tagsOf(accountId, row.position),
          ...(yield* tokensOf(row))
        }
        return details
      }).pipe(orDie),

    tags: (accountId) => Effect.zipRight(accounts.expect(accountId), tagsOf(accountId)).pipe(orDie)
  } satisfies CustomersOverviewService
})
