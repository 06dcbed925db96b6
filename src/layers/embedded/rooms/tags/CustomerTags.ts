/**
 * Docs tag `tags`: labels of the account, and which customers have them.
 *
 * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { CustomerTag } from "../../../../schemas/CustomerTag.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Counters } from "../customers/Counters.js"
import { Customers } from "../customers/Customers.js"
import type { Handlers } from "../Handler.js"
import { domain, duplicateBy, notFound } from "../Refusal.js"
import * as Tables from "./Tables.js"

export const tags = Table.select(Tables.customerTags, "id", "tag", "metadata", "created_at", "created_by")

type TagRow = Pick<Table.Row<typeof Tables.customerTags>, "id" | "tag" | "metadata" | "created_at" | "created_by">

export const ofRow = (row: TagRow): CustomerTag => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.created_at),
  tag: row.tag,
  ...(row.metadata === null ? {} : { metadata: row.metadata })
})

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const counters = yield* Counters
  const customers = yield* Customers
  const entropy = yield* Entropy

  const duplicate = duplicateBy(assumed.duplicateAnswer)

  const find = (accountId: string, rest: Fragment) =>
    Effect.map(tags.from(sql, sql`WHERE account_id = ${accountId} ${rest}`), (rows) => rows.map(ofRow))

  const ofCustomer = (accountId: string, position: number) =>
    find(
      accountId,
      sql`AND id IN (SELECT tag_id FROM tagged_customers WHERE account_id = ${accountId} AND position = ${position})
        ORDER BY position`
    )

  return {
    "customers.tags.list": ({ accountId }) => find(accountId, sql`ORDER BY position`),
    "customers.tags.create": ({ accountId, body: { metadata, tag }, principal }) =>
      isStorable(tag)
        ? sql.withTransaction(
            Effect.gen(function* () {
              // (assumed: equal-tags)
              if (assumed.equalTags === "refused" && (yield* find(accountId, sql`AND tag = ${tag}`)).length > 0) {
                return yield* duplicate("tag")
              }
              const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
              const row = {
                account_id: accountId,
                id: yield* entropy.uuid,
                tag,
                metadata: metadata ?? null,
                created_at: at,
                created_by: principal.subject,
                position
              }
              yield* Table.insert(sql, Tables.customerTags, row)
              return ofRow(row)
            })
          )
        : domain(400, "tag has a NUL character or half a surrogate pair in it"),
    "customers.tags.delete": ({ accountId, parameters: { tag_id } }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const [tag] = isStorable(tag_id) ? yield* find(accountId, sql`AND id = ${tag_id}`) : []
          // (assumed: deleted-tag-404)
          if (tag === undefined) return yield* notFound("Tag")
          yield* sql`DELETE FROM tagged_customers WHERE account_id = ${accountId} AND tag_id = ${tag_id}`
          yield* sql`DELETE FROM customer_tags WHERE account_id = ${accountId} AND id = ${tag_id}`
          return tag
        })
      ),
    "customers.tags.ofCustomer": ({ accountId, parameters: { customer_id } }) =>
      Effect.flatMap(customers.expect(accountId, customer_id), ({ position }) => ofCustomer(accountId, position)),
    "customers.tags.setOfCustomer": ({ accountId, body, parameters: { customer_id } }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const { id, position } = yield* customers.expect(accountId, customer_id)
          const wanted = [...new Set(body)]
          const storable = wanted.filter(isStorable)
          const known = storable.length === 0 ? [] : yield* find(accountId, sql`AND ${sql.in("id", storable)}`)
          const present = wanted.filter((tagId) => known.some(({ id }) => id === tagId))
          // (assumed: unknown-tag)
          if (present.length < wanted.length && assumed.unknownTag === "refused") {
            return yield* domain(400, `The account has no tag ${wanted.find((tagId) => !present.includes(tagId))}`)
          }
          yield* sql`DELETE FROM tagged_customers WHERE account_id = ${accountId} AND position = ${position}`
          if (present.length > 0) {
            yield* Table.insertAll(
              sql,
              Tables.taggedCustomers,
              present.map((tag_id) => ({ account_id: accountId, tag_id, position }))
            )
          }
          yield* customers.touch(accountId, id)
          return yield* ofCustomer(accountId, position)
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
