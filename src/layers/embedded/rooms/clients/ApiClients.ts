/**
 * The API clients of an account and what they may ask for.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Tables from "../../storage/Tables.js"
import * as Digest from "../../system/Digest.js"
import * as Audience from "./Audience.js"

export interface ApiClientsService {
  /** The client's `id`, when the secret is its own. `name` is its `id` or its label `client_id` (assumed: basic-user-name). */
  readonly authenticate: (
    accountId: string,
    name: string,
    secret: Redacted.Redacted
  ) => Effect.Effect<Option.Option<string>, SqlError>
  /**
   * The scopes of a token for this audience: those of all the client's grants that cover it and serve this grant type. None
   * when there is no such grant.
   */
  readonly scopes: (
    accountId: string,
    clientId: string,
    audience: string,
    grantType: "client_credentials" | "password"
  ) => Effect.Effect<Option.Option<ReadonlyArray<string>>, SqlError>
}

export class ApiClients extends Context.Tag("effect-dintero/embedded/ApiClients")<ApiClients, ApiClientsService>() {}

const clients = Table.select(Tables.apiClients, "id", "secret_digest")
const grants = Table.select(Tables.grants, "audience", "type", "scope")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return {
    authenticate: (accountId, name, secret) =>
      Effect.map(
        isStorable(name)
          ? clients.from(sql, sql`WHERE account_id = ${accountId} AND (id = ${name} OR client_id = ${name})`)
          : Effect.succeed([]),
        ([client]) =>
          Digest.isClientSecret(Redacted.value(secret), client?.secret_digest) && client !== undefined
            ? Option.some(client.id)
            : Option.none()
      ),
    scopes: (accountId, clientId, audience, grantType) =>
      grants.from(sql, sql`WHERE account_id = ${accountId} AND api_client_id = ${clientId} ORDER BY created_at, id`).pipe(
        Effect.map((grants) => {
          const matching = grants.filter(
            (grant) => Audience.isSame(grant.audience, audience) && (grant.type === "any" || grant.type === grantType)
          )
          return matching.length === 0 ? Option.none() : Option.some([...new Set(matching.flatMap((grant) => grant.scope))])
        })
      )
  } satisfies ApiClientsService
})
