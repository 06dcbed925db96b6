/**
 * The logins of users: names with passwords, apart from the profiles of customers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { optional, secretOf, textBetween } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const Username = textBetween(1, 255)

const Password = secretOf(textBetween(8, Number.MAX_SAFE_INTEGER, "a password of at least 8 characters"))

const AuthLink_ = Schema.Struct({ rel: openEnum("customers_user", "phone_number", "email"), href: Schema.String })

/**
 * A decoded {@link AuthLink}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthLink extends Schema.Schema.Type<typeof AuthLink_> {}

/**
 * Who a user is. `href` is the URL of a customer for `customers_user`, a `tel:` URL for `phone_number`, and a `mailto:` URL for `email`.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthLink: Schema.Schema<AuthLink, Schema.Schema.Encoded<typeof AuthLink_>> = AuthLink_

const AuthUserMfa_ = Schema.Struct({
  challenge_type: openEnum("oob"),
  oob_channels: optional(Schema.Array(openEnum("sms", "email")))
})

/**
 * A decoded {@link AuthUserMfa}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserMfa extends Schema.Schema.Type<typeof AuthUserMfa_> {}

/**
 * The second factor of a login: a one-time code over one of the `oob_channels`.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthUserMfa: Schema.Schema<AuthUserMfa, Schema.Schema.Encoded<typeof AuthUserMfa_>> = AuthUserMfa_

const settings = { links: optional(Schema.Array(AuthLink)), mfa: optional(AuthUserMfa) }

const AuthUser_ = Schema.Struct({ ...entityFields, username: Username, ...settings }).annotations({ identifier: "AuthUser" })

/**
 * A decoded {@link AuthUser}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUser extends Schema.Schema.Type<typeof AuthUser_> {}

/**
 * A {@link AuthUser} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserEncoded extends Schema.Schema.Encoded<typeof AuthUser_> {}

/**
 * The login of a user. The service never shows its password.
 *
 * - `links`: who the user is: the URL of a customer (`customers_user`), a `tel:` or a `mailto:` URL. One-time codes go to the last two.
 * - `mfa`: the channels over which one-time codes are sent. Without it, the password is enough.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthUser: Schema.Schema<AuthUser, AuthUserEncoded> = AuthUser_

const AuthUserCreate_ = Schema.Struct({ username: Username, password: Password, ...settings }).annotations({
  identifier: "AuthUserCreate"
})

/**
 * A decoded {@link AuthUserCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserCreate extends Schema.Schema.Type<typeof AuthUserCreate_> {}

/**
 * A {@link AuthUserCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserCreateEncoded extends Schema.Schema.Encoded<typeof AuthUserCreate_> {}

/**
 * A new login. `links` are needed with `mfa`. A password has at least 8 characters.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthUserCreate: Schema.Schema<AuthUserCreate, AuthUserCreateEncoded> = AuthUserCreate_

const AuthUserUpdate_ = Schema.Struct({ password: Password, ...settings }).annotations({ identifier: "AuthUserUpdate" })

/**
 * A decoded {@link AuthUserUpdate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserUpdate extends Schema.Schema.Type<typeof AuthUserUpdate_> {}

/**
 * A {@link AuthUserUpdate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthUserUpdateEncoded extends Schema.Schema.Encoded<typeof AuthUserUpdate_> {}

/**
 * What a login becomes. The password has to be given, and may be the old one.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_put
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthUserUpdate: Schema.Schema<AuthUserUpdate, AuthUserUpdateEncoded> = AuthUserUpdate_

const ChangeUsername_ = Schema.Struct({ username: Username }).annotations({ identifier: "ChangeUsername" })

/**
 * A decoded {@link ChangeUsername}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangeUsername extends Schema.Schema.Type<typeof ChangeUsername_> {}

/**
 * A {@link ChangeUsername} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangeUsernameEncoded extends Schema.Schema.Encoded<typeof ChangeUsername_> {}

/**
 * The new name of a login.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_change_username_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChangeUsername: Schema.Schema<ChangeUsername, ChangeUsernameEncoded> = ChangeUsername_
