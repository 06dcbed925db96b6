/**
 * The table of the refresh tokens.
 */
import { millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import * as Audience from "../clients/Audience.js"
import { scopes } from "../clients/Tables.js"

export const refreshTokens = Table.make(
  "refresh_tokens",
  {
    account_id: text,
    token_digest: text,
    client_id: text,
    subject: text,
    audience: Audience.column,
    scope: scopes,
    created_at: millis,
    // The digest of the token that the login gave. All of its successors have the same.
    family: text,
    predecessor_digest: nullable(text),
    // While the token can still return its successor again. The successor is the HMAC of this nonce, with the token as the key.
    successor_nonce: nullable(text),
    logged_in_at: millis,
    // When the token was issued, or used for the last time.
    active_at: millis,
    // When the token got its successor.
    used_at: nullable(millis),
    revoked_at: nullable(millis),
    // The `id` of the auth user that logged in. NULL when a customer did.
    auth_user: nullable(text)
  },
  {
    primaryKey: ["account_id", "token_digest"],
    // The database itself ensures that no token has two successors.
    unique: [["account_id", "predecessor_digest"]],
    references: ofAccount,
    indices: {
      refresh_tokens_by_family: ["account_id", "family"],
      refresh_tokens_by_subject: ["account_id", "subject"],
      refresh_tokens_by_auth_user: ["account_id", "auth_user"]
    }
  }
)
