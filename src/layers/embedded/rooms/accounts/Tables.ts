/**
 * The table of the accounts.
 */
import { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { integer, json, millis, nullable, restricted, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { AccessTokenLifetime, lifetimes } from "./AccessTokenLifetime.js"
import { IssuerKeys } from "./IssuerKeys.js"

export const accounts = Table.make(
  "accounts",
  {
    account_id: text,
    access_token_lifetime: restricted(integer, AccessTokenLifetime, lifetimes),
    settings: json(CustomersSettings, "the JSON of an account's settings"),
    created_at: millis,
    // The account of the partner whose merchant this is.
    partner: nullable(text),
    // The keys of the issuer who signs in the account's users from outside.
    jwks: nullable(json(IssuerKeys, "the JSON of an account's jwks"))
  },
  { primaryKey: ["account_id"] }
)

/** For the tables of other rooms: each row belongs to an account. */
export const ofAccount = { accounts: [["account_id", "account_id"]] } as const
