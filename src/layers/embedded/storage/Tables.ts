/**
 * All tables. A change of one needs a step in `Migrations.ts`.
 */
import * as Schema from "effect/Schema"
import { CustomersSettings } from "../../../schemas/CustomersSettings.js"
import { integer, json, millis, nullable, text } from "./Column.js"
import * as Table from "./Table.js"

/** A list of scopes. */
const scopes = json(Schema.Array(Schema.String), "the JSON of a list of scopes")

const ofAccount = { accounts: [["account_id", "account_id"]] } as const

export const accounts = Table.make(
  "accounts",
  {
    account_id: text,
    access_token_lifetime: integer,
    settings: json(CustomersSettings, "the JSON of an account's settings"),
    created_at: millis
  },
  { primaryKey: ["account_id"] }
)

export const apiClients = Table.make(
  "api_clients",
  { account_id: text, id: text, client_id: text, name: nullable(text), secret_digest: text, created_at: millis },
  { primaryKey: ["account_id", "id"], unique: [["account_id", "client_id"]], references: ofAccount }
)

export const grants = Table.make(
  "grants",
  { account_id: text, id: text, api_client_id: text, audience: text, type: text, scope: scopes, created_at: millis },
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

export const customers = Table.make(
  "customers",
  {
    account_id: text,
    id: text,
    customer_id: text,
    type: text,
    email: nullable(text),
    email_lower: nullable(text),
    phone_number: nullable(text),
    password_hash: nullable(text),
    created_at: millis
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [
      ["account_id", "customer_id"],
      ["account_id", "type", "email_lower"]
    ],
    references: ofAccount,
    // Not unique: settings can allow that a phone number is shared.
    indices: { customers_by_phone: ["account_id", "type", "phone_number"] }
  }
)

export const refreshTokens = Table.make(
  "refresh_tokens",
  {
    account_id: text,
    token_digest: text,
    client_id: text,
    subject: text,
    audience: text,
    scope: scopes,
    created_at: millis,
    // The digest of the token that the login gave: the same in all that came of it.
    family: text,
    predecessor_digest: nullable(text),
    // While the token can answer its successor again; the successor is the token's HMAC of it.
    successor_nonce: nullable(text),
    logged_in_at: millis,
    // When it was given, or used for the last time.
    active_at: millis,
    // When it got its successor.
    used_at: nullable(millis),
    revoked_at: nullable(millis)
  },
  {
    primaryKey: ["account_id", "token_digest"],
    // No token has two successors, whatever happens.
    unique: [["account_id", "predecessor_digest"]],
    references: ofAccount,
    indices: { refresh_tokens_by_family: ["account_id", "family"] }
  }
)

export const mfaTokens = Table.make(
  "mfa_tokens",
  {
    account_id: text,
    token_digest: text,
    client_id: text,
    subject: text,
    audience: text,
    created_at: millis,
    expires_at: millis,
    // Of the last code that was sent for it; all or none.
    oob_digest: nullable(text),
    code_mac: nullable(text),
    tries_left: nullable(integer)
  },
  { primaryKey: ["account_id", "token_digest"], references: ofAccount }
)

export const failedLogins = Table.make(
  "failed_logins",
  {
    account_id: text,
    // Empty for those who are no customer.
    customer_id: text,
    // In a row.
    failures: integer,
    // How many attempts came too early since the last failure.
    refused: integer,
    refused_until: millis
  },
  { primaryKey: ["account_id", "customer_id"], references: ofAccount }
)

/**
 * What belongs to an account, in the order in which rows can be inserted. Each table starts with an `account_id`. An `audience` may name
 * the account.
 */
export const accountTables = {
  accounts,
  api_clients: apiClients,
  grants,
  customers,
  refresh_tokens: refreshTokens,
  mfa_tokens: mfaTokens,
  failed_logins: failedLogins
} as const satisfies { readonly [name: string]: Table.Table }

export type AccountTable = keyof typeof accountTables

// Seam: the keys of a constant are known, and `Object.keys` types them as text.
export const accountTableNames = Object.keys(accountTables) as ReadonlyArray<AccountTable>

export const signingKeys = Table.make(
  "signing_keys",
  { kid: text, private_key: text, created_at: millis },
  { primaryKey: ["kid"] }
)
