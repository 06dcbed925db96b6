/**
 * How a page of a list of customers is found, whatever the number of customers.
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Table from "../../storage/Table.js"
import { folded } from "../Folded.js"
import { countOf } from "../Sql.js"
import * as Tables from "./Tables.js"

/** All that is given has to match. */
export interface CustomerQuery {
  readonly token_value?: string
  readonly token_type?: string
  readonly email?: string
  readonly phone_number?: string
  readonly type?: string
  readonly search?: string
  readonly tag_id?: string
  readonly include_deleted?: boolean
  readonly attributes_keys?: ReadonlyArray<string>
  readonly attributes_values?: ReadonlyArray<string>
  readonly since_datetime?: DateTime.Utc
  readonly limit?: number
  readonly starting_after?: string
  readonly total?: boolean
}

/** Customers with all their columns. */
export const customers = Table.select(
  Tables.customers,
  "account_id",
  "id",
  "customer_id",
  "type",
  "email",
  "email_lower",
  "phone_number",
  "password_hash",
  "created_at",
  "pin_hash",
  "profile",
  "metadata",
  "created_by",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "position",
  "email_verified_at",
  "phone_verified_at"
)

/** Nothing is greater, and begins with the prefix. Both databases compare by code points. */
export const endOf = (prefix: string): string => `${prefix}\u{10ffff}`

/** A filter of a list, by the index that finds its customers. */
export interface Filter {
  /** The table with its condition. */
  readonly source: Fragment
  /** Whether the table has the positions of the customers. Otherwise it has their `id`s, as `owner_id`. */
  readonly hasPositions: boolean
  /** Whether it has each customer once, in the order of the positions. */
  readonly isInOrder: boolean
  /** Whether a customer matches. */
  readonly matches: Fragment
}

/** The positions of so many can be sorted in less time than a page takes. */
const fewPositions = 5_000

/** So many customers can be read and sorted in less time than a page takes. */
const fewCustomers = 200

/** Where many match, a page of them is probably among so many customers. */
const window = 5_000

export const over = (sql: SqlClient) => {
  const filtersOf = (accountId: string, query: CustomerQuery): ReadonlyArray<Filter> => {
    const begins = (column: string, prefix: string) => sql`${sql(column)} >= ${prefix} AND ${sql(column)} < ${endOf(prefix)}`
    const filter = (table: string, condition: Fragment, isInOrder = false): Filter => {
      const source = sql`${sql(table)} WHERE account_id = ${accountId} AND ${condition}`
      const hasPositions = table !== "customer_tokens"
      const own = hasPositions ? sql`${sql(table)}.position = customers.position` : sql`owner_id = customers.id`
      return {
        source,
        hasPositions,
        isInOrder,
        // Without the OFFSET, PostgreSQL may first find all that match.
        matches: table === "customers" ? sql`(${condition})` : sql`EXISTS (SELECT 1 FROM ${source} AND ${own} LIMIT 1 OFFSET 0)`
      }
    }
    const { attributes_keys = [], attributes_values = [], email, phone_number, search, tag_id, token_type, token_value } = query
    return [
      ...(email === undefined ? [] : [filter("customers", begins("email_lower", folded(email)))]),
      ...(phone_number === undefined ? [] : [filter("customers", begins("phone_number", phone_number))]),
      ...(search === undefined ? [] : [filter("customer_words", begins("word", folded(search)))]),
      ...(token_type === undefined && token_value === undefined
        ? []
        : [
            filter(
              "customer_tokens",
              sql.and([
                ...(token_type === undefined ? [] : [sql`type = ${token_type}`]),
                token_value === undefined ? sql`live IS NOT NULL` : begins("live", token_value)
              ])
            )
          ]),
      ...(tag_id === undefined ? [] : [filter("tagged_customers", sql`tag_id = ${tag_id}`, true)]),
      ...attributes_keys.map((name, i) => {
        const value = attributes_values[i]
        return value === undefined
          ? filter("customer_attributes", sql`name = ${name}`)
          : filter("customer_attributes", sql`name = ${name} AND value = ${value}`, true)
      })
    ]
  }

  const isSqlite = sql.onDialectOrElse({ sqlite: () => true, orElse: () => false })

  const found = ({ hasPositions, source }: Filter) =>
    hasPositions ? sql`position IN (SELECT position FROM ${source})` : sql`id IN (SELECT owner_id FROM ${source})`

  /** The first filter that few customers match. */
  const firstOfFew = (filters: ReadonlyArray<Filter>, order: "position" | "updated_at") =>
    Effect.map(
      Effect.findFirst(filters, ({ hasPositions, source }) => {
        const few = hasPositions && order === "position" ? fewPositions : fewCustomers
        const counted = countOf(sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${source} LIMIT ${few + 1}) AS some_matches`)
        return Effect.map(counted, (count) => count <= few)
      }),
      Option.getOrUndefined
    )

  /**
   * One page of the customers that all filters match. How they are found depends on how many match, so that a page of a million customers takes
   * as long as a page of a few thousand.
   */
  const pageOf = (
    filters: ReadonlyArray<Filter>,
    where: Fragment,
    order: "position" | "updated_at",
    after: number,
    limit: number
  ) =>
    Effect.gen(function* () {
      const cursor = after === 0 ? [] : [sql`position > ${after}`]
      const page = (conditions: ReadonlyArray<Fragment>, sorted: string) =>
        customers.from(sql, sql`WHERE ${sql.and([where, ...conditions])} ORDER BY ${sql.literal(sorted)} LIMIT ${limit}`)
      // One filter that has the order needs no other one to be compared with.
      const [first] = filters
      const isAlone = filters.length === 1 && order === "position" && first?.isInOrder === true
      const few = isAlone ? first : yield* firstOfFew(filters, order)
      const leading = few ?? (order === "position" ? filters.find(({ isInOrder }) => isInOrder) : undefined)
      const matches = filters.filter((filter) => filter !== leading).map((filter) => filter.matches)
      if (leading?.hasPositions === true && order === "position") {
        const later = sql`${leading.source} AND position > ${after}`
        // SQLite goes through these positions in their order, and ends with the page.
        if (!leading.isInOrder && isSqlite)
          return yield* page([sql`position IN (SELECT position FROM ${later})`, ...matches], order)
        const places = leading.isInOrder
          ? sql`SELECT position AS place FROM ${later}`
          : sql`SELECT DISTINCT position AS place FROM ${later} ORDER BY place`
        return yield* customers.decode(
          sql`SELECT ${sql.literal(customers.columns)} FROM (${places}) AS listed CROSS JOIN customers
            WHERE ${sql.and([where, ...matches])} AND position = place ORDER BY place LIMIT ${limit}`
        )
      }
      // With a sign, the database sorts the few that match, and does not look for them among all customers in their order.
      if (leading !== undefined) return yield* page([found(leading), ...matches, ...cursor], `+${order}`)
      if (filters.length === 0 || order === "updated_at") return yield* page([...matches, ...cursor], order)
      const near = yield* page([...matches, sql`position > ${after}`, sql`position <= ${after + window}`], order)
      return near.length === limit ? near : yield* page([...filters.map(found), ...cursor], `+${order}`)
    })

  return { filtersOf, found, pageOf }
}
