/**
 * The accounts and customers, as the inspector page shows them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Array from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Accounts } from "../../rooms/accounts/Accounts.js"
import { ApiClients } from "../../rooms/clients/ApiClients.js"
import { CustomerRecords } from "../../rooms/logins/CustomerRecords.js"
import type { UnknownAccount } from "../ControlErrors.js"
import type { AccountOverview, CustomerOverview } from "./AccountOverview.js"
import * as StoredAccounts from "./StoredAccounts.js"

/** The secret that a seed gave to a client, by the client's label. `undefined` when no seed had the client. */
export type SecretOf = (accountId: string, clientId: string) => string | undefined

export interface AccountsOverviewService {
  /** A secret is only shown when it is still the client's: it is compared with the stored digest. */
  readonly list: (secretOf: SecretOf) => Effect.Effect<ReadonlyArray<AccountOverview>>
  /** The first 1,000 customers, the oldest first. */
  readonly customers: (accountId: string) => Effect.Effect<ReadonlyArray<CustomerOverview>, UnknownAccount>
}

export class AccountsOverview extends Context.Tag("effect-dintero/embedded/AccountsOverview")<
  AccountsOverview,
  AccountsOverviewService
>() {}

const maximumCustomers = 1_000

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords
  const rows = yield* StoredAccounts.make

  return {
    list: (secretOf) =>
      Effect.gen(function* () {
        const all = yield* accounts.list
        const counts = yield* customers.counts
        const clientsOf = Array.groupBy(yield* clients.list, ({ accountId }) => accountId)
        return all.map(
          ({ accessTokenLifetime, accountId, createdAt }): AccountOverview => ({
            account_id: accountId,
            access_token_lifetime: accessTokenLifetime,
            created_at: DateTime.unsafeMake(createdAt),
            customers: counts.get(accountId) ?? 0,
            clients: (clientsOf[accountId] ?? []).map(({ clientId, grants, hasSecret, id, name }) => {
              const secret = secretOf(accountId, clientId)
              return {
                id,
                client_id: clientId,
                name,
                client_secret: secret !== undefined && hasSecret(secret) ? secret : null,
                grants
              }
            })
          })
        )
      }).pipe(sql.withTransaction, Effect.orDie),

    customers: (accountId) =>
      Effect.zipRight(rows.expect(accountId), customers.list(accountId, maximumCustomers)).pipe(
        Effect.map((found) =>
          found.map(
            ({ createdAt, customerId, email, id, passwordHash, phoneNumber, type }): CustomerOverview => ({
              id,
              customer_id: customerId,
              type,
              email: Option.getOrNull(email),
              phone_number: Option.getOrNull(phoneNumber),
              has_password: Option.isSome(passwordHash),
              created_at: DateTime.unsafeMake(createdAt)
            })
          )
        ),
        Effect.catchTag("SqlError", (error) => Effect.die(error))
      )
  } satisfies AccountsOverviewService
})
