/**
 * The customers of an account, with the fields that a login needs.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Tables from "../customers/Tables.js"
import { folded } from "../Folded.js"

export interface CustomerRecord {
  readonly id: string
  readonly customerId: string
  readonly type: string
  readonly email: Option.Option<string>
  readonly phoneNumber: Option.Option<string>
  readonly passwordHash: Option.Option<string>
  readonly pinHash: Option.Option<string>
  readonly createdAt: number
}

export type HashColumn = "password_hash" | "pin_hash"

type Found = Effect.Effect<Option.Option<CustomerRecord>, SqlError>

export interface CustomerRecordsService {
  /** Emails are unique within a type, in any case (https://docs.dintero.com/api-reference/users/customer-details). */
  readonly byEmail: (accountId: string, type: string, email: string) => Found
  /** `None` when several customers share the number, since any of them could be meant. */
  readonly byPhone: (accountId: string, type: string, phone: string) => Found
  readonly byId: (accountId: string, id: string) => Found
  readonly byCustomerId: (accountId: string, customerId: string) => Found
  /** By `customer_id` or `id`. A `customer_id` comes first. */
  readonly byAnyId: (accountId: string, id: string) => Found
  /** By `customer_id`, `id` or email. An email is looked up first among customers, then among companies (assumed: password-grant-user-name). */
  readonly byUsername: (accountId: string, username: string) => Found
  /** The number of customers without those that are deleted, by account. */
  readonly counts: Effect.Effect<ReadonlyMap<string, number>, SqlError>
  /** Replaces a hash by a better one of the same password or PIN, unless that was changed meanwhile. */
  readonly rehash: (accountId: string, id: string, of: HashColumn, from: string, to: string) => Effect.Effect<void, SqlError>
}

export class CustomerRecords extends Context.Tag("effect-dintero/embedded/CustomerRecords")<
  CustomerRecords,
  CustomerRecordsService
>() {}

const selection = Table.select(
  Tables.customers,
  "id",
  "customer_id",
  "type",
  "email",
  "phone_number",
  "password_hash",
  "pin_hash",
  "created_at"
)

const decodeCounts = Table.decodeRows(Schema.Struct({ account_id: Schema.String, customers: Schema.Number }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const customers = (where: Fragment) =>
    Effect.map(selection.from(sql, where), (found) =>
      found.map(
        (row): CustomerRecord => ({
          id: row.id,
          customerId: row.customer_id,
          type: row.type,
          email: Option.fromNullable(row.email),
          phoneNumber: Option.fromNullable(row.phone_number),
          passwordHash: Option.fromNullable(row.password_hash),
          pinHash: Option.fromNullable(row.pin_hash),
          createdAt: row.created_at
        })
      )
    )

  const lookingFor = (text: string, found: Found): Found => (isStorable(text) ? found : Effect.succeed(Option.none()))

  const byEmail: CustomerRecordsService["byEmail"] = (accountId, type, email) =>
    lookingFor(
      email,
      customers(sql`WHERE account_id = ${accountId} AND type = ${type} AND email_lower = ${folded(email)}`).pipe(
        Effect.map(([customer]) => Option.fromNullable(customer))
      )
    )

  const byAnyId: CustomerRecordsService["byAnyId"] = (accountId, id) =>
    lookingFor(
      id,
      customers(sql`WHERE account_id = ${accountId} AND (customer_id = ${id} OR id = ${id}) AND deleted_at IS NULL`).pipe(
        // The merchant chooses a `customer_id`, so it can be equal to the `id` of another customer.
        Effect.map((found) => Option.fromNullable(found.find(({ customerId }) => customerId === id) ?? found[0]))
      )
    )

  return {
    byEmail,
    byAnyId,
    byPhone: (accountId, type, phone) =>
      lookingFor(
        phone,
        customers(sql`WHERE account_id = ${accountId} AND type = ${type} AND phone_number = ${phone} LIMIT 2`).pipe(
          Effect.map(([customer, another]) => (another === undefined ? Option.fromNullable(customer) : Option.none()))
        )
      ),
    byId: (accountId, id) =>
      Effect.map(customers(sql`WHERE account_id = ${accountId} AND id = ${id} AND deleted_at IS NULL`), ([customer]) =>
        Option.fromNullable(customer)
      ),
    byCustomerId: (accountId, customerId) =>
      lookingFor(
        customerId,
        Effect.map(
          customers(sql`WHERE account_id = ${accountId} AND customer_id = ${customerId} AND deleted_at IS NULL`),
          ([customer]) => Option.fromNullable(customer)
        )
      ),
    byUsername: (accountId, username) =>
      Effect.flatMap(byAnyId(accountId, username), (found) =>
        Option.isSome(found)
          ? Effect.succeed(found)
          : Effect.flatMap(byEmail(accountId, "customer", username), (customer) =>
              Option.isSome(customer) ? Effect.succeed(customer) : byEmail(accountId, "company", username)
            )
      ),
    counts: Effect.map(
      decodeCounts(sql`SELECT account_id, CAST(count(*) AS INTEGER) AS customers FROM customers
        WHERE deleted_at IS NULL GROUP BY account_id`),
      (rows) => new Map(rows.map((row) => [row.account_id, row.customers]))
    ),
    rehash: (accountId, id, of, from, to) =>
      Effect.asVoid(sql`UPDATE customers SET ${sql(of)} = ${to}
        WHERE account_id = ${accountId} AND id = ${id} AND ${sql(of)} = ${from}`)
  } satisfies CustomerRecordsService
})
