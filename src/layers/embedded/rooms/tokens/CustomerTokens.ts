/**
 * The tokens of customers.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { CustomerToken, CustomerTokenCreate } from "../../../../schemas/CustomerToken.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Counters } from "../customers/Counters.js"
import { Customers } from "../customers/Customers.js"
import type { Listed } from "../Handler.js"
import type { Principal } from "../Principal.js"
import { domain, duplicateBy, notFound, type Refusal } from "../Refusal.js"
import { countOf } from "../Sql.js"
import * as Tables from "./Tables.js"
import { TokenEvents } from "./TokenEvents.js"

export interface CustomerTokensService {
  readonly list: (
    accountId: string,
    customerId: string,
    query: {
      readonly limit?: number
      readonly starting_after?: string
      readonly total?: boolean
      readonly type?: string
      readonly include_deleted?: boolean
    }
  ) => Effect.Effect<Listed<CustomerToken>, Refusal<400> | Refusal<404> | SqlError>
  readonly create: (
    accountId: string,
    principal: Principal,
    customerId: string,
    given: CustomerTokenCreate,
    options: { readonly deleteEvents: boolean }
  ) => Effect.Effect<CustomerToken, Refusal<400> | Refusal<404> | SqlError>
  readonly remove: (
    accountId: string,
    principal: Principal,
    customerId: string,
    tokenId: string
  ) => Effect.Effect<CustomerToken, Refusal<404> | SqlError>
}

export class CustomerTokens extends Context.Tag("effect-dintero/embedded/CustomerTokens")<
  CustomerTokens,
  CustomerTokensService
>() {}

export const tokens = Table.select(
  Tables.customerTokens,
  "id",
  "token_id",
  "owner_id",
  "type",
  "value",
  "metadata",
  "created_at",
  "created_by",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "position"
)

type TokenRow = Pick<
  Table.Row<typeof Tables.customerTokens>,
  "id" | "token_id" | "type" | "value" | "metadata" | "created_at" | "created_by" | "updated_at" | "deleted_at" | "deleted_by"
>

export const ofRow = (row: TokenRow): CustomerToken => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  ...(row.deleted_at === null ? {} : { deleted_at: DateTime.unsafeMake(row.deleted_at) }),
  ...(row.deleted_by === null ? {} : { deleted_by: row.deleted_by }),
  token_id: row.token_id,
  type: row.type,
  value: row.value,
  ...(row.metadata === null ? {} : { metadata: row.metadata })
})

const defaultLimit = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const counters = yield* Counters
  const customers = yield* Customers
  const entropy = yield* Entropy
  const events = yield* TokenEvents

  const duplicate = duplicateBy(assumed.duplicateAnswer)

  const markDeleted = (accountId: string, id: string, by: string, at: number) =>
    sql`UPDATE customer_tokens SET live = NULL, updated_at = ${at}, deleted_at = ${at}, deleted_by = ${by}
      WHERE account_id = ${accountId} AND id = ${id}`

  return {
    list: (accountId, customerId, { include_deleted, limit = defaultLimit, starting_after, total, type }) =>
      Effect.gen(function* () {
        const owner = yield* customers.expect(accountId, customerId)
        if (type !== undefined && !isStorable(type)) return { items: [], ...(total === true ? { total: 0 } : {}) }
        const where = sql.and([
          sql`account_id = ${accountId}`,
          sql`owner_id = ${owner.id}`,
          ...(include_deleted === true ? [] : [sql`deleted_at IS NULL`]),
          ...(type === undefined ? [] : [sql`type = ${type}`])
        ])
        const after =
          starting_after === undefined
            ? []
            : yield* Effect.flatMap(
                isStorable(starting_after)
                  ? tokens.from(
                      sql,
                      sql`WHERE account_id = ${accountId} AND owner_id = ${owner.id}
                        AND (token_id = ${starting_after} OR id = ${starting_after}) ORDER BY position DESC LIMIT 1`
                    )
                  : Effect.succeed([]),
                ([found]) =>
                  found === undefined
                    ? domain(400, "starting_after is none of this list")
                    : Effect.succeed([sql`position > ${found.position}`])
              )
        const rows = yield* tokens.from(sql, sql`WHERE ${sql.and([where, ...after])} ORDER BY position LIMIT ${limit}`)
        return {
          items: rows.map(ofRow),
          ...(total === true ? { total: yield* countOf(sql`SELECT count(*) AS count FROM customer_tokens WHERE ${where}`) } : {})
        }
      }),
    create: (accountId, principal, customerId, { metadata, token_id, type, value }, { deleteEvents }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const owner = yield* customers.expect(accountId, customerId)
          if (![token_id, type, value].every((text) => text === undefined || isStorable(text))) {
            return yield* domain(400, "a text has a NUL character or half a surrogate pair in it")
          }
          // A token of a deleted customer leads to nobody, so an equal one may be made (assumed: deleted-customer).
          yield* sql`UPDATE customer_tokens SET live = NULL WHERE account_id = ${accountId} AND type = ${type} AND live = ${value}
            AND owner_id IN (SELECT id FROM customers WHERE account_id = ${accountId} AND deleted_at IS NOT NULL)`
          const [equal] = yield* tokens.from(sql, sql`WHERE account_id = ${accountId} AND type = ${type} AND live = ${value}`)
          // (assumed: token-unique)
          const isMoved = equal !== undefined && equal.owner_id !== owner.id && assumed.equalToken === "moved"
          if (equal !== undefined && !isMoved) return yield* duplicate("the token")
          if (token_id !== undefined) {
            const known = yield* sql`SELECT 1 FROM customer_tokens
              WHERE account_id = ${accountId} AND owner_id = ${owner.id} AND token_id = ${token_id} AND deleted_at IS NULL`
            if (known.length > 0) return yield* duplicate("token_id")
          }
          const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          if (isMoved) yield* markDeleted(accountId, equal.id, principal.subject, at)
          const id = yield* entropy.uuid
          const row = {
            account_id: accountId,
            id,
            token_id: token_id ?? id,
            owner_id: owner.id,
            type,
            value,
            live: value,
            metadata: metadata ?? null,
            created_at: at,
            created_by: principal.subject,
            updated_at: at,
            deleted_at: null,
            deleted_by: null,
            position
          }
          yield* Table.insert(sql, Tables.customerTokens, row)
          yield* events.attach(accountId, { type, value }, { deleteEvents })
          return ofRow(row)
        })
      ),
    remove: (accountId, principal, customerId, tokenId) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const owner = yield* customers.expect(accountId, customerId)
          const [row] = isStorable(tokenId)
            ? yield* tokens.from(
                sql,
                sql`WHERE account_id = ${accountId} AND owner_id = ${owner.id} AND (token_id = ${tokenId} OR id = ${tokenId})
                  AND deleted_at IS NULL ORDER BY CASE WHEN token_id = ${tokenId} THEN 0 ELSE 1 END LIMIT 1`
              )
            : []
          if (row === undefined) return yield* notFound("Token")
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const deleted = { ...row, updated_at: at, deleted_at: at, deleted_by: principal.subject }
          yield* markDeleted(accountId, row.id, principal.subject, at)
          return ofRow(deleted)
        })
      )
  } satisfies CustomerTokensService
})
