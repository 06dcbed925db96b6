/**
 * The table of account users.
 */
import { nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { scopes } from "../clients/Tables.js"

export const accountUsers = Table.make(
  "account_users",
  { account_id: text, id: text, email: text, email_lower: text, scope: nullable(scopes) },
  { primaryKey: ["account_id", "id"], unique: [["account_id", "email_lower"]], references: ofAccount }
)
