/**
 * The tables of login codes, and of how often they were sent.
 */
import { integer, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import * as Audience from "../clients/Audience.js"

export const loginCodes = Table.make(
  "login_codes",
  {
    account_id: text,
    // The `id` of the API client that redeems the code.
    client_id: text,
    audience: Audience.column,
    // `email` or `user_id`.
    ident_type: text,
    // The email in lower case, or the `id` of the user.
    ident: text,
    // The `id` of the user. NULL when nobody has the email.
    owner_id: nullable(text),
    // Of a short code as slow as that of a password, and of a long one as fast as that of a token.
    code_hash: text,
    // While the code can be sent again. The code is the HMAC of this nonce, with the `login_session_id` as the key.
    nonce: nullable(text),
    tries_left: integer,
    expires_at: millis
  },
  {
    primaryKey: ["account_id", "client_id", "audience", "ident_type", "ident"],
    references: ofAccount,
    indices: { login_codes_by_owner: ["account_id", "owner_id"] }
  }
)

export const sendings = Table.make(
  "login_code_sendings",
  {
    account_id: text,
    // In lower case.
    email: text,
    // Since `began_at`.
    sendings: integer,
    // The number of requests since the last sending that came too early.
    refused: integer,
    began_at: millis,
    sent_at: millis
  },
  // After a reset, nobody has to wait.
  { primaryKey: ["account_id", "email"], references: ofAccount, isEmptyAfterReset: true }
)
