/**
 * The grants of the token endpoint, told apart by `grant_type`.
 *
 * Which credential authorises a grant is not part of its body: the API client's id and secret for `client_credentials`,
 * the client's access token for all others. The client adds the right one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const Secret = Schema.Redacted(Schema.String)

/**
 * The API client itself.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientCredentialsGrant = Schema.Struct({
  grant_type: Schema.Literal("client_credentials"),
  audience: Schema.String
}).annotations({ identifier: "ClientCredentialsGrant" })

/**
 * A user by name and password. (RFC 9700, 2.4 advises against this grant; the API offers it. Prefer `customers.password.login`.)
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordGrant = Schema.Struct({
  grant_type: Schema.Literal("password"),
  username: Schema.String,
  password: Secret,
  audience: Schema.String
}).annotations({ identifier: "PasswordGrant" })

/**
 * A code from a passwordless login.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthorizationCodeGrant = Schema.Struct({
  grant_type: Schema.Literal("authorization_code"),
  ident_type: Schema.Literal("email", "user_id"),
  ident: Schema.String,
  verification_code: Secret,
  audience: Schema.String
}).annotations({ identifier: "AuthorizationCodeGrant" })

/**
 * A refresh token, exchanged by the client that it was made for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefreshTokenGrant = Schema.Struct({
  grant_type: Schema.Literal("refresh_token"),
  refresh_token: Secret
}).annotations({ identifier: "RefreshTokenGrant" })

/**
 * The answer to an out-of-band challenge. Both spellings are in use by the documentation; the client sends `mfa_oob`
 * (assumed: mfa-oob-spelling).
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaOobGrant = Schema.Struct({
  grant_type: Schema.Literal("mfa_oob", "mfa-oob"),
  oob_code: Secret,
  binding_code: Secret,
  mfa_token: Secret
}).annotations({ identifier: "MfaOobGrant" })

/**
 * A member of the merchant's staff. Neither its spelling nor its body is documented (assumed: account-user-grant).
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUserGrant = Schema.Struct({
  grant_type: Schema.Literal("account_user_token", "account_user"),
  audience: Schema.String
}).annotations({ identifier: "AccountUserGrant" })

/**
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthToken = Schema.Union(
  ClientCredentialsGrant,
  PasswordGrant,
  AuthorizationCodeGrant,
  RefreshTokenGrant,
  MfaOobGrant,
  AccountUserGrant
).annotations({
  identifier: "AuthToken",
  description: "a grant: client_credentials, password, authorization_code, refresh_token, mfa_oob or account_user_token"
})

/**
 * @since 0.1.0
 * @category models
 */
export type AuthToken = typeof AuthToken.Type
