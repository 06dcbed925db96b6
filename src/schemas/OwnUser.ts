/**
 * What a signed-in account user sees and changes of their own.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Timestamp } from "./Entity.js"
import { openStruct, optional, secret } from "./Fields.js"
import { JsonObject } from "./JsonValue.js"

const AuthenticatedAccountUser_ = openStruct({
  id: Schema.String,
  configuration: optional(JsonObject),
  accounts: Schema.Array(
    openStruct({
      account_id: Schema.String,
      business_name: optional(Schema.String),
      organization_number: optional(Schema.String),
      display_name: optional(Schema.String),
      icon_url: optional(Schema.String),
      user: openStruct({
        id: Schema.String,
        email: Schema.String,
        name: optional(Schema.String),
        scope: optional(Schema.Array(Schema.String)),
        last_seen_at: optional(Timestamp)
      })
    })
  )
}).annotations({ identifier: "AuthenticatedAccountUser" })

/**
 * A decoded {@link AuthenticatedAccountUser}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthenticatedAccountUser extends Schema.Schema.Type<typeof AuthenticatedAccountUser_> {}

/**
 * A {@link AuthenticatedAccountUser} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthenticatedAccountUserEncoded extends Schema.Schema.Encoded<typeof AuthenticatedAccountUser_> {}

/**
 * The signed-in account user, with the accounts that they work with.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthenticatedAccountUser: Schema.Schema<AuthenticatedAccountUser, AuthenticatedAccountUserEncoded> =
  AuthenticatedAccountUser_

const MfaSms_ = Schema.Struct({
  enabled: Schema.Boolean,
  phone_number: optional(Schema.String.pipe(Schema.pattern(/^\+?\d{5,15}$/)))
}).annotations({ identifier: "MfaSms" })

/**
 * A decoded {@link MfaSms}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaSms extends Schema.Schema.Type<typeof MfaSms_> {}

/**
 * A {@link MfaSms} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaSmsEncoded extends Schema.Schema.Encoded<typeof MfaSms_> {}

/**
 * Switches one-time codes by SMS on or off. `phone_number` is needed to switch them on.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_mfa_sms_put
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaSms: Schema.Schema<MfaSms, MfaSmsEncoded> = MfaSms_

const OwnPasswordChange_ = Schema.Struct({ previous_password: secret, proposed_password: secret }).annotations({
  identifier: "OwnPasswordChange"
})

/**
 * A decoded {@link OwnPasswordChange}.
 *
 * @since 0.1.0
 * @category models
 */
export interface OwnPasswordChange extends Schema.Schema.Type<typeof OwnPasswordChange_> {}

/**
 * A {@link OwnPasswordChange} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OwnPasswordChangeEncoded extends Schema.Schema.Encoded<typeof OwnPasswordChange_> {}

/**
 * The old password and the new one.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_password_put
 *
 * @since 0.1.0
 * @category schemas
 */
export const OwnPasswordChange: Schema.Schema<OwnPasswordChange, OwnPasswordChangeEncoded> = OwnPasswordChange_

const EmailAuthorizedUser_ = openStruct({
  account_id: optional(Schema.String),
  access_token: optional(secret),
  expires_in: optional(Schema.Finite),
  token_type: optional(Schema.String),
  refresh_token: optional(secret),
  email: optional(Schema.String),
  previous_password_token: optional(secret)
}).annotations({ identifier: "EmailAuthorizedUser" })

/**
 * A decoded {@link EmailAuthorizedUser}.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmailAuthorizedUser extends Schema.Schema.Type<typeof EmailAuthorizedUser_> {}

/**
 * A {@link EmailAuthorizedUser} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmailAuthorizedUserEncoded extends Schema.Schema.Encoded<typeof EmailAuthorizedUser_> {}

/**
 * The account user whose email was verified, with an access token. The documentation promises none of the fields.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/accounts_oid_signup_verify_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmailAuthorizedUser: Schema.Schema<EmailAuthorizedUser, EmailAuthorizedUserEncoded> = EmailAuthorizedUser_
