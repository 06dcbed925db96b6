/**
 * The activities of an account user.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Timestamp } from "./Entity.js"
import { openStruct, optional } from "./Fields.js"
import { JsonObject, JsonValue } from "./JsonValue.js"

const AuditEvent_ = openStruct({
  id: Schema.String,
  created_at: Timestamp,
  action: Schema.String,
  entity: JsonValue,
  context: JsonObject,
  actor: optional(JsonValue)
}).annotations({ identifier: "AuditEvent" })

/**
 * A decoded {@link AuditEvent}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuditEvent extends Schema.Schema.Type<typeof AuditEvent_> {}

/**
 * A {@link AuditEvent} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuditEventEncoded extends Schema.Schema.Encoded<typeof AuditEvent_> {}

/**
 * Something that was done with the account.
 *
 * - `action`: such as `auth.token`
 * - `entity`: what it was done to
 * - `context`: from where, such as an IP address and a user agent
 * - `actor`: who did it
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_activities_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuditEvent: Schema.Schema<AuditEvent, AuditEventEncoded> = AuditEvent_
