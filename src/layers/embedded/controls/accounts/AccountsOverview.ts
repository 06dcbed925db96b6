/**
 * The accounts, as the inspector page shows them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Array from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { Accounts } from "../../rooms/accounts/Accounts.js"
import { ApiClients } from "../../rooms/clients/ApiClients.js"
import { CustomerRecords } from "../../rooms/logins/CustomerRecords.js"
import type { AccountOverview } from "./AccountOverview.js"

/** The secret that a seed gave to a client, by the client's label. `undefined` when no seed had the client. */
export type SecretOf = (accountId: string, clientId: string) => string | undefined

export interface AccountsOverviewService {
  /** A secret is only shown when it is still the client's: it is compared with the stored digest. */
  readonly list: (secretOf: SecretOf) => Effect.Effect<ReadonlyArray<AccountOverview>>
}

export class AccountsOverview extends Context.Tag("effect-dintero/embedded/AccountsOverview")<
  AccountsOverview,
  AccountsOverviewService
>() {}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords

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
      }).pipe(sql.withTransaction, Effect.orDie)
  } satisfies AccountsOverviewService
})
