/**
 * The API clients in a seed.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { optional, scopeToken } from "../../../../schemas/Fields.js"
import type * as Table from "../../storage/Table.js"
import * as Digest from "../../system/Digest.js"
import { Entropy } from "../../system/Entropy.js"
import { WebAddress } from "../accounts/IssuerKeys.js"
import { repetitions, type SeedPart, StorableText, text, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"
import * as Audience from "./Audience.js"
import * as Tables from "./Tables.js"

// A colon ends the user name in `Authorization: Basic`.
const ClientLabel = text(/^[\x21-\x39\x3b-\x7e]{1,255}$/, "1 to 255 visible ASCII characters without a colon")

const ClientSecret = text(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible ASCII characters")

/**
 * The grant types of the token endpoint that a client may use, for which audience, and with which scopes. `audience` is the account's own
 * URL by default. `oidc` is for the type `authorization_code` alone: the OpenID provider whose codes `auth.oidcToken` takes.
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const GrantSeed = Schema.Struct({
  audience: optional(StorableText.pipe(Schema.nonEmptyString())),
  type: Schema.optionalWith(Schema.Literal("any", "authorization_code", "client_credentials", "password"), {
    exact: true,
    default: () => "any" as const
  }),
  scope: Schema.Array(scopeToken),
  oidc: optional(
    Schema.Struct({
      client_id: Schema.NonEmptyString,
      client_secret: optional(Schema.Redacted(Schema.NonEmptyString)),
      authority: WebAddress
    })
  )
}).annotations({ identifier: "GrantSeed" })

/**
 * An API client. `client_id` is its label. `id` is made by the system when it is left out. Both are accepted as the user name
 * (assumed: basic-user-name). `callbacks`: the URLs to which its users may be sent.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientSeed = Schema.Struct({
  id: optional(Uuid),
  client_id: ClientLabel,
  name: optional(StorableText.pipe(Schema.maxLength(255))),
  description: optional(StorableText),
  callbacks: optional(Schema.Array(StorableText)),
  client_secret: Schema.Redacted(ClientSecret),
  grants: Schema.Array(GrantSeed)
}).annotations({ identifier: "ClientSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  clients: Schema.optionalWith(Schema.Array(ClientSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly clients: ReadonlyArray<typeof ClientSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ clients }, at) => {
    // Both are user names, so an `id` must not be the `client_id` of another client either.
    const unique = repetitions()
    return clients.flatMap(({ client_id, grants, id }, i) => [
      ...(id === undefined ? [] : unique(`${at}.clients[${i}].id`, id)),
      ...(client_id === id ? [] : unique(`${at}.clients[${i}].client_id`, client_id)),
      ...grants.flatMap(({ oidc, type }, j) =>
        oidc === undefined || type === "authorization_code"
          ? []
          : [{ path: `${at}.clients[${i}].grants[${j}].oidc`, message: "needs the type authorization_code" }]
      )
    ])
  },
  prepare: () =>
    Effect.gen(function* () {
      const { add } = yield* accountRows
      const entropy = yield* Entropy
      return ({ account_id, clients }, created_at) =>
        Effect.gen(function* () {
          const clientRows: Array<Table.NewRow<typeof Tables.apiClients>> = []
          const grantRows: Array<Table.NewRow<typeof Tables.grants>> = []
          for (const client of clients) {
            const id = client.id ?? (yield* entropy.uuid)
            const secret_digest = Digest.ofClientSecret(Redacted.value(client.client_secret), yield* entropy.bytes(16))
            clientRows.push({
              account_id,
              id,
              client_id: client.client_id,
              name: client.name ?? null,
              description: client.description ?? null,
              callbacks: client.callbacks ?? null,
              secret_digest,
              created_at,
              updated_at: created_at
            })
            for (const grant of client.grants) {
              grantRows.push({
                account_id,
                id: yield* entropy.uuid,
                api_client_id: id,
                audience: grant.audience ?? Audience.ofAccount(account_id),
                type: grant.type,
                scope: grant.scope,
                oidc: grant.oidc === undefined ? null : Tables.storedProvider(grant.oidc),
                created_at,
                updated_at: created_at
              })
            }
          }
          yield* add("api_clients", clientRows)
          yield* add("grants", grantRows)
        })
    })
}
