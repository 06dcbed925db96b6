/**
 * The table of the audit events.
 */
import { JsonObject } from "../../../../schemas/JsonValue.js"
import { json, millis, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"

const object = json(JsonObject, "the JSON of an object")

export const auditEvents = Table.make(
  "audit_events",
  {
    account_id: text,
    id: text,
    // The `id` of the API client, account user or login that did it.
    actor: text,
    // Such as `auth.clients.create`.
    action: text,
    entity: object,
    created_at: millis,
    position: millis
  },
  {
    primaryKey: ["account_id", "id"],
    references: ofAccount,
    indices: { audit_events_by_actor: ["account_id", "actor", "position"], audit_events_by_position: ["account_id", "position"] }
  }
)
