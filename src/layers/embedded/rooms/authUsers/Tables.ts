/**
 * The table of the auth users.
 */
import { AuthUserMfa } from "../../../../schemas/AuthUser.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { ofCustomerAs } from "../customers/Tables.js"
import * as Links from "./Links.js"

export const authUsers = Table.make(
  "auth_users",
  {
    account_id: text,
    id: text,
    username: text,
    password_hash: text,
    links: Links.column,
    mfa: nullable(json(AuthUserMfa, "the JSON of a second factor")),
    // The `id` of the customer in the links. The `customer_id` in a link can pass to another customer, and an `id` cannot.
    customer: nullable(text),
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [["account_id", "username"]],
    references: { ...ofAccount, ...ofCustomerAs("customer") }
  }
)
