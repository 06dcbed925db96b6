/**
 * The tables of logins that wait for a one-time code, and of failed logins.
 */
import { integer, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import * as Audience from "../clients/Audience.js"

export const mfaTokens = Table.make(
  "mfa_tokens",
  {
    account_id: text,
    token_digest: text,
    client_id: text,
    subject: text,
    audience: Audience.column,
    created_at: millis,
    expires_at: millis,
    // `recovery` when its code makes way for a login, and does not end one.
    stage: nullable(text),
    // The next three columns are about the code that was sent last. Before the first code, all three are NULL.
    oob_digest: nullable(text),
    code_mac: nullable(text),
    tries_left: nullable(integer),
    // The `id` of the auth user that logs in. NULL when a customer does.
    auth_user: nullable(text),
    // Of a recovery whose two codes go over different channels: the channel of the first one.
    first_channel: nullable(text)
  },
  {
    primaryKey: ["account_id", "token_digest"],
    references: ofAccount,
    indices: {
      mfa_tokens_by_subject: ["account_id", "subject"],
      mfa_tokens_by_auth_user: ["account_id", "auth_user"]
    }
  }
)

export const failedLogins = Table.make(
  "failed_logins",
  {
    account_id: text,
    // The `customer_id` of a customer, or the `id` of an auth user. Empty in the row that counts logins with an unknown user name.
    customer_id: text,
    // In a row.
    failures: integer,
    // The number of attempts since the last failure that came too early.
    refused: integer,
    refused_until: millis
  },
  // After a reset, no customer has to wait.
  { primaryKey: ["account_id", "customer_id"], references: ofAccount, isEmptyAfterReset: true }
)
