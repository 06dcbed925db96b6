/**
 * The tables of account users and of which roles they have.
 */
import { JsonObject } from "../../../../schemas/JsonValue.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { scopes } from "../clients/Tables.js"

export const accountUsers = Table.make(
  "account_users",
  {
    account_id: text,
    id: text,
    email: text,
    email_lower: text,
    name: nullable(text),
    scope: nullable(scopes),
    authentication_type: nullable(text),
    agreement: nullable(json(JsonObject, "the JSON of an object")),
    searched: text,
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis,
    position: millis
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [["account_id", "email_lower"]],
    references: ofAccount,
    indices: { account_users_by_position: ["account_id", "position"] }
  }
)

export const accountUserRoles = Table.make(
  "account_user_roles",
  { account_id: text, user_id: text, role_id: text },
  {
    primaryKey: ["account_id", "user_id", "role_id"],
    references: {
      account_users: [
        ["account_id", "account_id"],
        ["user_id", "id"]
      ],
      auth_roles: [
        ["account_id", "account_id"],
        ["role_id", "id"]
      ]
    },
    indices: { account_user_roles_by_role: ["account_id", "role_id"] }
  }
)
