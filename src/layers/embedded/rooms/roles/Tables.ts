/**
 * The table of the roles.
 */
import { millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { scopes } from "../clients/Tables.js"

export const authRoles = Table.make(
  "auth_roles",
  {
    account_id: text,
    id: text,
    name: nullable(text),
    description: nullable(text),
    scope: scopes,
    searched: text,
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis,
    deleted_at: nullable(millis),
    deleted_by: nullable(text),
    position: millis
  },
  { primaryKey: ["account_id", "id"], references: ofAccount, indices: { auth_roles_by_position: ["account_id", "position"] } }
)
