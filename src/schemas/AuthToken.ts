/**
 * The grants of the token endpoint. `grant_type` tells them apart.
 *
 * The credential that authorises a grant is not part of its body: it is the API client's id and secret for `client_credentials`, and the
 * client's access token for every other grant. The client of this package adds the right one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { secret } from "./Fields.js"

const ClientCredentialsGrant_ = Schema.Struct({
  grant_type: Schema.Literal("client_credentials"),
  audience: Schema.String
}).annotations({ identifier: "ClientCredentialsGrant" })

/**
 * A decoded {@link ClientCredentialsGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientCredentialsGrant extends Schema.Schema.Type<typeof ClientCredentialsGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientCredentialsGrantEncoded extends Schema.Schema.Encoded<typeof ClientCredentialsGrant_> {}

/**
 * The grant of the API client itself.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientCredentialsGrant: Schema.Schema<ClientCredentialsGrant, ClientCredentialsGrantEncoded> =
  ClientCredentialsGrant_

const PasswordGrant_ = Schema.Struct({
  grant_type: Schema.Literal("password"),
  username: Schema.String,
  password: secret,
  audience: Schema.String
}).annotations({ identifier: "PasswordGrant" })

/**
 * A decoded {@link PasswordGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordGrant extends Schema.Schema.Type<typeof PasswordGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordGrantEncoded extends Schema.Schema.Encoded<typeof PasswordGrant_> {}

/**
 * The grant of a user, by name and password. RFC 9700, section 2.4, advises against it. Prefer `customers.password.login`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordGrant: Schema.Schema<PasswordGrant, PasswordGrantEncoded> = PasswordGrant_

const AuthorizationCodeGrant_ = Schema.Struct({
  grant_type: Schema.Literal("authorization_code"),
  ident_type: Schema.Literal("email", "user_id"),
  ident: Schema.String,
  verification_code: secret,
  audience: Schema.String
}).annotations({ identifier: "AuthorizationCodeGrant" })

/**
 * A decoded {@link AuthorizationCodeGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizationCodeGrant extends Schema.Schema.Type<typeof AuthorizationCodeGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizationCodeGrantEncoded extends Schema.Schema.Encoded<typeof AuthorizationCodeGrant_> {}

/**
 * The grant of a user, by the code of a passwordless login.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizationCodeGrant: Schema.Schema<AuthorizationCodeGrant, AuthorizationCodeGrantEncoded> =
  AuthorizationCodeGrant_

const RefreshTokenGrant_ = Schema.Struct({
  grant_type: Schema.Literal("refresh_token"),
  refresh_token: secret
}).annotations({ identifier: "RefreshTokenGrant" })

/**
 * A decoded {@link RefreshTokenGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshTokenGrant extends Schema.Schema.Type<typeof RefreshTokenGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshTokenGrantEncoded extends Schema.Schema.Encoded<typeof RefreshTokenGrant_> {}

/**
 * The grant of a session, by its refresh token. Only the API client that got the refresh token can use it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshTokenGrant: Schema.Schema<RefreshTokenGrant, RefreshTokenGrantEncoded> = RefreshTokenGrant_

const MfaOobGrant_ = Schema.Struct({
  grant_type: Schema.Literal("mfa_oob", "mfa-oob"),
  oob_code: secret,
  binding_code: secret,
  mfa_token: secret
}).annotations({ identifier: "MfaOobGrant" })

/**
 * A decoded {@link MfaOobGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaOobGrant extends Schema.Schema.Type<typeof MfaOobGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaOobGrantEncoded extends Schema.Schema.Encoded<typeof MfaOobGrant_> {}

/**
 * The grant of a user, by a one-time code. `oob_code` comes from the answer to the challenge, and `binding_code` is the code that the user got.
 *
 * The documentation has both spellings of `grant_type`. `Mfa.complete` sends `mfa_oob` (assumed: mfa-oob-spelling).
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaOobGrant: Schema.Schema<MfaOobGrant, MfaOobGrantEncoded> = MfaOobGrant_

const AccountUserGrant_ = Schema.Struct({
  grant_type: Schema.Literal("account_user_token", "account_user"),
  audience: Schema.String
}).annotations({ identifier: "AccountUserGrant" })

/**
 * A decoded {@link AccountUserGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserGrant extends Schema.Schema.Type<typeof AccountUserGrant_> {}

/**
 * The grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountUserGrantEncoded extends Schema.Schema.Encoded<typeof AccountUserGrant_> {}

/**
 * The grant of a member of the merchant's staff. Neither its spelling nor its body is documented (assumed: account-user-grant).
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUserGrant: Schema.Schema<AccountUserGrant, AccountUserGrantEncoded> = AccountUserGrant_

/**
 * A decoded {@link AuthToken}.
 *
 * @since 0.1.0
 * @category models
 */
export type AuthToken =
  | ClientCredentialsGrant
  | PasswordGrant
  | AuthorizationCodeGrant
  | RefreshTokenGrant
  | MfaOobGrant
  | AccountUserGrant

/**
 * A grant as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export type AuthTokenEncoded =
  | ClientCredentialsGrantEncoded
  | PasswordGrantEncoded
  | AuthorizationCodeGrantEncoded
  | RefreshTokenGrantEncoded
  | MfaOobGrantEncoded
  | AccountUserGrantEncoded

/**
 * The body of a request for an access token: one of the six grants.
 *
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthToken: Schema.Schema<AuthToken, AuthTokenEncoded> = Schema.Union(
  ClientCredentialsGrant_,
  PasswordGrant_,
  AuthorizationCodeGrant_,
  RefreshTokenGrant_,
  MfaOobGrant_,
  AccountUserGrant_
).annotations({
  identifier: "AuthToken",
  description: "a grant: client_credentials, password, authorization_code, refresh_token, mfa_oob or account_user_token"
})
