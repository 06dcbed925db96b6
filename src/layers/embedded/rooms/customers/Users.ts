/**
 * Docs tag `users`, and the departments of companies.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import * as Table from "../../storage/Table.js"
import type { Handlers } from "../Handler.js"
import { Customers } from "./Customers.js"
import * as Tables from "./Tables.js"

const companies = Table.select(Tables.customers, "profile")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const customers = yield* Customers
  return {
    "customers.users.list": ({ accountId, now, principal, query }) =>
      customers.list(accountId, principal, query, now !== undefined),
    "customers.users.exists": ({ accountId, query }) => customers.exists(accountId, query),
    "customers.users.create": ({ accountId, body, principal }) => customers.create(accountId, principal, body),
    "customers.users.get": ({ accountId, now, parameters: { customer_id }, principal }) =>
      customers.get(accountId, principal, customer_id, now !== undefined),
    "customers.users.update": ({ accountId, body, parameters: { customer_id }, principal }) =>
      customers.update(accountId, principal, customer_id, body),
    "customers.users.delete": ({ accountId, parameters: { customer_id }, principal, query: { delete_tokens = false } }) =>
      // Without the parameter the tokens stay (assumed: delete-tokens-default).
      customers.remove(accountId, principal, customer_id, { deleteTokens: delete_tokens }),
    "customers.users.changeCustomerId": ({ accountId, body, parameters: { customer_id }, principal }) =>
      customers.changeCustomerId(accountId, principal, customer_id, body.customer_id),
    // The documentation says no more than the shape (assumed: departments).
    "customers.company.departments": ({ accountId, query: { organization_number } }) =>
      Effect.map(
        companies.from(sql, sql`WHERE account_id = ${accountId} AND type = 'company' AND deleted_at IS NULL ORDER BY position`),
        (rows) => {
          const departments = rows.flatMap(({ profile: { company } }) =>
            company?.organization_number === organization_number && company.department !== undefined ? [company.department] : []
          )
          return departments.length === 0 ? [] : [{ organization_number, departments: [...new Set(departments)] }]
        }
      )
  } satisfies Partial<Handlers<typeof operations>>
})
