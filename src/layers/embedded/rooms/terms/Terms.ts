/**
 * Docs tag `terms`.
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { TermsAndConditions } from "../../../../schemas/TermsAndConditions.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Counters } from "../customers/Counters.js"
import type { Handlers } from "../Handler.js"
import { domain, notFound } from "../Refusal.js"
import * as Tables from "./Tables.js"

const selection = Table.select(
  Tables.terms,
  "id",
  "terms",
  "created_at",
  "created_by",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "position"
)

type TermsRow = Omit<Table.Row<typeof Tables.terms>, "account_id" | "position">

const ofRow = (row: TermsRow): TermsAndConditions => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  ...(row.deleted_at === null ? {} : { deleted_at: DateTime.unsafeMake(row.deleted_at) }),
  ...(row.deleted_by === null ? {} : { deleted_by: row.deleted_by }),
  terms: row.terms
})

const defaultLimit = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { deletedTerms } = yield* Assumed
  const counters = yield* Counters
  const entropy = yield* Entropy

  const find = (accountId: string, id: string) =>
    isStorable(id)
      ? Effect.map(selection.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id}`), ([row]) => row)
      : Effect.succeed(undefined)

  const expect = (accountId: string, id: string) =>
    Effect.flatMap(find(accountId, id), (row) =>
      row === undefined || row.deleted_at !== null ? notFound("Terms") : Effect.succeed(row)
    )

  /** (assumed: get-of-deleted) */
  const expectToShow = (accountId: string, id: string) =>
    deletedTerms === "notFound"
      ? expect(accountId, id)
      : Effect.flatMap(find(accountId, id), (row) => (row === undefined ? notFound("Terms") : Effect.succeed(row)))

  return {
    "customers.terms.list": ({ accountId, query: { include_deleted, limit = defaultLimit, starting_after } }) =>
      Effect.gen(function* () {
        const before = starting_after === undefined ? undefined : yield* find(accountId, starting_after)
        if (starting_after !== undefined && before === undefined) {
          return yield* domain(400, "starting_after is none of this list")
        }
        const rows = yield* selection.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            ...(include_deleted === true ? [] : [sql`deleted_at IS NULL`]),
            ...(before === undefined ? [] : [sql`position > ${before.position}`])
          ])} ORDER BY position LIMIT ${limit}`
        )
        return { items: rows.map(ofRow) }
      }),
    "customers.terms.create": ({ accountId, body: { terms }, principal }) =>
      isStorable(terms)
        ? sql.withTransaction(
            Effect.gen(function* () {
              const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
              const row = {
                account_id: accountId,
                id: yield* entropy.uuid,
                terms,
                created_at: at,
                created_by: principal.subject,
                updated_at: at,
                deleted_at: null,
                deleted_by: null,
                position
              }
              yield* Table.insert(sql, Tables.terms, row)
              return ofRow(row)
            })
          )
        : domain(400, "terms has a NUL character or half a surrogate pair in it"),
    "customers.terms.get": ({ accountId, parameters: { tid } }) => Effect.map(expectToShow(accountId, tid), ofRow),
    "customers.terms.delete": ({ accountId, parameters: { tid }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, tid)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          yield* sql`UPDATE terms SET updated_at = ${at}, deleted_at = ${at}, deleted_by = ${principal.subject}
            WHERE account_id = ${accountId} AND id = ${tid}`
          return ofRow({ ...row, updated_at: at, deleted_at: at, deleted_by: principal.subject })
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
