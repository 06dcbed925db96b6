/**
 * The people who work with an account, in Dintero's back office or over its API.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AuthRole } from "./AuthRole.js"
import { entityFields, Timestamp } from "./Entity.js"
import { optional, scopeToken } from "./Fields.js"
import { JsonObject } from "./JsonValue.js"
import { openEnum } from "./OpenEnum.js"

const Switch = Schema.Struct({ updated_at: optional(Timestamp), enabled: optional(Schema.Boolean) })

/** Which second factors a person uses. The service sets it. */
const Configuration = Schema.Struct({ mfa: optional(Schema.Struct({ sms: optional(Switch), totp: optional(Switch) })) })

const changeable = {
  name: optional(Schema.String),
  scope: optional(Schema.Array(scopeToken)),
  authentication_type: optional(openEnum("external")),
  roles: optional(Schema.Array(Schema.Struct({ id: Schema.String }))),
  agreement: optional(JsonObject)
}

const AccountUser_ = Schema.Struct({
  ...entityFields,
  email: Schema.String,
  name: optional(Schema.String),
  scope: optional(Schema.Array(Schema.String)),
  authentication_type: optional(openEnum("external")),
  roles: optional(Schema.Array(AuthRole)),
  last_seen_at: optional(Timestamp),
  configuration: optional(Configuration),
  agreement: optional(JsonObject)
}).annotations({ identifier: "AccountUser" })

/**
 * A decoded {@link AccountUser}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUser extends Schema.Schema.Type<typeof AccountUser_> {}

/**
 * A {@link AccountUser} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserEncoded extends Schema.Schema.Encoded<typeof AccountUser_> {}

/**
 * A person who works with the account.
 *
 * - `scope`: the scopes that the person has beside those of the roles
 * - `authentication_type`: `external` for a person whom the account's own identity provider signs in
 * - `roles`: are there when the list was asked for them
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUser: Schema.Schema<AccountUser, AccountUserEncoded> = AccountUser_

const AccountUserCreate_ = Schema.Struct({ email: Schema.String, ...changeable }).annotations({ identifier: "AccountUserCreate" })

/**
 * A decoded {@link AccountUserCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserCreate extends Schema.Schema.Type<typeof AccountUserCreate_> {}

/**
 * A {@link AccountUserCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserCreateEncoded extends Schema.Schema.Encoded<typeof AccountUserCreate_> {}

/**
 * A new account user. `roles` are given by their ids. The caller has to have every scope that it gives.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUserCreate: Schema.Schema<AccountUserCreate, AccountUserCreateEncoded> = AccountUserCreate_

const AccountUserUpdate_ = Schema.Struct(changeable).annotations({ identifier: "AccountUserUpdate" })

/**
 * A decoded {@link AccountUserUpdate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserUpdate extends Schema.Schema.Type<typeof AccountUserUpdate_> {}

/**
 * A {@link AccountUserUpdate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserUpdateEncoded extends Schema.Schema.Encoded<typeof AccountUserUpdate_> {}

/**
 * What an account user becomes. The email cannot be changed.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_put
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUserUpdate: Schema.Schema<AccountUserUpdate, AccountUserUpdateEncoded> = AccountUserUpdate_
