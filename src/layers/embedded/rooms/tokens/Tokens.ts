/**
 * Docs tag `tokens`.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Customers } from "../customers/Customers.js"
import type { Handlers } from "../Handler.js"
import * as CustomerTokens from "./CustomerTokens.js"
import * as Tables from "./Tables.js"
import { TokenEvents } from "./TokenEvents.js"

const live = Table.select(
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
  "deleted_by"
)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const customers = yield* Customers
  const entropy = yield* Entropy
  const events = yield* TokenEvents
  const tokens = yield* CustomerTokens.CustomerTokens
  return {
    "customers.tokens.list": ({ accountId, parameters: { customer_id }, query }) => tokens.list(accountId, customer_id, query),
    "customers.tokens.create": ({
      accountId,
      body,
      parameters: { customer_id },
      principal,
      query: { delete_token_events = false }
    }) => tokens.create(accountId, principal, customer_id, body, { deleteEvents: delete_token_events }),
    "customers.tokens.delete": ({ accountId, parameters: { customer_id, tid }, principal }) =>
      tokens.remove(accountId, principal, customer_id, tid),
    "customers.tokens.events.list": ({ accountId, query }) => events.list(accountId, query),
    "customers.tokens.events.lookup": ({ accountId, body, principal }) =>
      Effect.gen(function* () {
        const known = yield* events.record(accountId, body)
        const { type, value } = body.token
        const [token] =
          isStorable(type) && isStorable(value)
            ? yield* live.from(sql, sql`WHERE account_id = ${accountId} AND type = ${type} AND live = ${value}`)
            : []
        const customer = token === undefined ? Option.none() : yield* customers.byId(accountId, principal, token.owner_id)
        const own = Option.flatMapNullable(customer, ({ status }) => status)
        // Another one for each call, as long as nobody has the token and it has no event. A token that the system has made, or that a seed
        // has, gets the one that stays when it is looked up.
        const id = Option.isSome(known.id)
          ? known.id.value
          : token === undefined || Option.isNone(customer)
            ? yield* entropy.uuid
            : yield* sql.withTransaction(events.attach(accountId, body.token, { deleteEvents: false }))
        return {
          id,
          ...(Option.isSome(customer) ? { customer: customer.value } : {}),
          ...(token !== undefined && Option.isSome(customer) ? { token: CustomerTokens.ofRow(token) } : {}),
          status: Option.getOrElse(
            Option.orElse(own, () => known.status),
            () => "UNKNOWN"
          ),
          events: known.events
        }
      }),
    "customers.tokens.events.delete": ({ accountId, body }) => events.remove(accountId, body)
  } satisfies Partial<Handlers<typeof operations>>
})
