/**
 * The tables of the API clients and their grants.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Fields.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import * as Audience from "./Audience.js"

/** A list of scopes. */
export const scopes = json(Schema.Array(Schema.String), "the JSON of a list of scopes")

const OidcProvider = Schema.Struct({
  client_id: Schema.String,
  client_secret: optional(Schema.String),
  authority: Schema.String
})

/** A provider as it is stored, with its secret. */
export const storedProvider = ({
  authority,
  client_id,
  client_secret
}: {
  readonly authority: string
  readonly client_id: string
  readonly client_secret?: Redacted.Redacted
}): typeof OidcProvider.Type => ({
  client_id,
  ...(client_secret === undefined ? {} : { client_secret: Redacted.value(client_secret) }),
  authority
})

export const apiClients = Table.make(
  "api_clients",
  {
    account_id: text,
    id: text,
    client_id: text,
    name: nullable(text),
    secret_digest: text,
    created_at: millis,
    description: nullable(text),
    callbacks: nullable(json(Schema.Array(Schema.String), "the JSON of a list of URLs")),
    created_by: nullable(text),
    updated_at: millis,
    // Of the secret before the last rotation, and when it ends. Without an overlap both are NULL.
    previous_digest: nullable(text),
    previous_until: nullable(millis)
  },
  { primaryKey: ["account_id", "id"], unique: [["account_id", "client_id"]], references: ofAccount }
)

export const grants = Table.make(
  "grants",
  {
    account_id: text,
    id: text,
    api_client_id: text,
    audience: Audience.column,
    type: text,
    scope: scopes,
    created_at: millis,
    // With the secret as it is: it is sent to the provider.
    oidc: nullable(json(OidcProvider, "the JSON of an OpenID provider")),
    created_by: nullable(text),
    updated_at: millis
  },
  {
    primaryKey: ["account_id", "id"],
    references: {
      api_clients: [
        ["account_id", "account_id"],
        ["api_client_id", "id"]
      ]
    },
    indices: { grants_by_client: ["account_id", "api_client_id"] }
  }
)
