/**
 * The table of the accounts.
 */
import { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { integer, json, millis, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"

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

/** For the tables of other rooms: each row belongs to an account. */
export const ofAccount = { accounts: [["account_id", "account_id"]] } as const
