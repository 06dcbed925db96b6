/**
 * The accounts and customers, as a person sees them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Millis } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Tables from "../../storage/Tables.js"
import * as Digest from "../../system/Digest.js"
import type { UnknownAccount } from "../ControlErrors.js"
import type { AccountOverview, CustomerOverview } from "./AccountOverview.js"
import * as AccountRows from "./AccountRows.js"

/** The secret that a seed gave a client, by the client's label; none when no seed told. */
export type SecretOf = (accountId: string, clientId: string) => string | undefined

export interface AccountsOverviewService {
  /** A secret is shown only if it is still the client's: its digest is compared. */
  readonly list: (secretOf: SecretOf) => Effect.Effect<ReadonlyArray<AccountOverview>>
  /** The first 1,000, the oldest first. */
  readonly customers: (accountId: string) => Effect.Effect<ReadonlyArray<CustomerOverview>, UnknownAccount>
}

export class AccountsOverview extends Context.Tag("effect-dintero/embedded/AccountsOverview")<
  AccountsOverview,
  AccountsOverviewService
>() {}

const maximumCustomers = 1_000

const decodeAccounts = Table.decodeRows(
  Schema.Struct({
    account_id: Schema.String,
    access_token_lifetime: Schema.Number,
    created_at: Millis,
    customers: Schema.Number
  })
)

const clientRows = Table.select(Tables.apiClients, "account_id", "id", "client_id", "name", "secret_digest")
const grantRows = Table.select(Tables.grants, "account_id", "api_client_id", "audience", "type", "scope")
const customerRows = Table.select(
  Tables.customers,
  "id",
  "customer_id",
  "type",
  "email",
  "phone_number",
  "password_hash",
  "created_at"
)

/** In the order that they have. */
const groupBy = <A>(items: ReadonlyArray<A>, keyOf: (item: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

const clientKey = (accountId: string, id: string): string => JSON.stringify([accountId, id])

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* AccountRows.make

  const customersOf = (accountId: string) =>
    customerRows.from(sql, sql`WHERE account_id = ${accountId} ORDER BY created_at, id LIMIT ${maximumCustomers}`)

  return {
    list: (secretOf) =>
      Effect.gen(function* () {
        const accounts = yield* decodeAccounts(sql`SELECT account_id, access_token_lifetime, created_at,
          (SELECT CAST(count(*) AS INTEGER) FROM customers WHERE customers.account_id = accounts.account_id) AS customers
          FROM accounts ORDER BY created_at, account_id`)
        const clients = yield* clientRows.from(sql, sql`ORDER BY created_at, id`)
        const grants = yield* grantRows.from(sql, sql`ORDER BY created_at, id`)
        const clientsOf = groupBy(clients, ({ account_id }) => account_id)
        const grantsOf = groupBy(grants, (grant) => clientKey(grant.account_id, grant.api_client_id))
        return accounts.map(
          ({ account_id, access_token_lifetime, created_at, customers }): AccountOverview => ({
            account_id,
            access_token_lifetime,
            created_at: DateTime.unsafeMake(created_at),
            customers,
            clients: (clientsOf.get(account_id) ?? []).map(({ client_id, id, name, secret_digest }) => {
              const secret = secretOf(account_id, client_id)
              return {
                id,
                client_id,
                name,
                client_secret: secret !== undefined && Digest.isClientSecret(secret, secret_digest) ? secret : null,
                grants: (grantsOf.get(clientKey(account_id, id)) ?? []).map(({ audience, scope, type }) => ({
                  audience,
                  type,
                  scope
                }))
              }
            })
          })
        )
      }).pipe(sql.withTransaction, Effect.orDie),

    customers: (accountId) =>
      Effect.gen(function* () {
        yield* rows.expect(accountId)
        return (yield* customersOf(accountId)).map(
          ({ created_at, password_hash, ...row }): CustomerOverview => ({
            ...row,
            has_password: password_hash !== null,
            created_at: DateTime.unsafeMake(created_at)
          })
        )
      }).pipe(Effect.catchTag("SqlError", (error) => Effect.die(error)))
  } satisfies AccountsOverviewService
})

export const layer: Layer.Layer<AccountsOverview, never, SqlClient.SqlClient> = Layer.effect(AccountsOverview, make)
