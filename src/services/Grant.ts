/**
 * The grants of `auth.token`, one function for each.
 *
 * ```ts
 * import { Auth, Grant } from "effect-dintero"
 * import { Effect, type Redacted } from "effect"
 *
 * const refreshed = (token: Redacted.Redacted) => Effect.flatMap(Auth, (auth) => auth.token(Grant.refreshToken(token)))
 * ```
 *
 * The error type of `auth.token` depends on the grant: `Grant.refreshToken` can end in `SessionExpired`, and `Grant.clientCredentials` cannot.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import type {
  AccountUserGrant,
  AuthorizationCodeGrant,
  ClientCredentialsGrant,
  MfaOobGrant,
  PasswordGrant,
  RefreshTokenGrant
} from "../schemas/AuthToken.js"
import type { WithDefaultAudience } from "../schemas/Input.js"

/**
 * The grant of the API client itself. The layer's client id and secret authorise it. For a merchant of a partner, the exchange token does.
 *
 * `Dintero.layer` gets the token of its own calls with this grant. A program needs it for the token of another audience.
 *
 * @example
 * ```ts
 * import { Audience, Auth, Grant } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const token = Effect.flatMap(Auth, (auth) => auth.token(Grant.clientCredentials(Audience.account("T12345678"))))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const clientCredentials = (audience: string): ClientCredentialsGrant => ({ grant_type: "client_credentials", audience })

/**
 * The grant of a user, by name and password. RFC 9700, section 2.4, advises against it. Prefer `customers.password.login` for customers. Without
 * an `audience` the client sends that of the layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export function password(user: {
  readonly username: string
  readonly password: Redacted.Redacted
  readonly audience: string
}): PasswordGrant
export function password(user: {
  readonly username: string
  readonly password: Redacted.Redacted
  readonly audience?: string | undefined
}): WithDefaultAudience<PasswordGrant>
export function password(user: {
  readonly username: string
  readonly password: Redacted.Redacted
  readonly audience?: string | undefined
}): WithDefaultAudience<PasswordGrant> {
  return {
    grant_type: "password",
    username: user.username,
    password: user.password,
    audience: user.audience
  }
}

/**
 * The grant of a user, by a code: of `auth.passwordless.send` with the `identType` `email`, or of `auth.passwordless.code` with `user_id`.
 * `Passwordless` does both steps of the first. Without an `audience` the client sends that of the layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export function authorizationCode(user: {
  readonly identType: AuthorizationCodeGrant["ident_type"]
  readonly ident: string
  readonly code: Redacted.Redacted
  readonly audience: string
}): AuthorizationCodeGrant
export function authorizationCode(user: {
  readonly identType: AuthorizationCodeGrant["ident_type"]
  readonly ident: string
  readonly code: Redacted.Redacted
  readonly audience?: string | undefined
}): WithDefaultAudience<AuthorizationCodeGrant>
export function authorizationCode(user: {
  readonly identType: AuthorizationCodeGrant["ident_type"]
  readonly ident: string
  readonly code: Redacted.Redacted
  readonly audience?: string | undefined
}): WithDefaultAudience<AuthorizationCodeGrant> {
  return {
    grant_type: "authorization_code",
    ident_type: user.identType,
    ident: user.ident,
    verification_code: user.code,
    audience: user.audience
  }
}

/**
 * The grant of a session, by its refresh token. Only the API client that got the refresh token can use it. `Sessions` does it on its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refreshToken = (token: Redacted.Redacted): RefreshTokenGrant => ({
  grant_type: "refresh_token",
  refresh_token: token
})

/**
 * The grant of a user, by a one-time code. `Mfa.complete` does it on its own.
 *
 * - `oobCode`: from the answer to the challenge
 * - `bindingCode`: the code that the user got
 * - `mfaToken`: from `MfaRequired`, or from the answer of a login with MFA
 *
 * The documentation has two spellings of this grant. This one is `mfa_oob`, and `grantSpellings` of the layer switches to the other one
 * (assumed: mfa-oob-spelling).
 *
 * @since 0.1.0
 * @category constructors
 */
export const mfaOob = (user: {
  readonly oobCode: Redacted.Redacted
  readonly bindingCode: Redacted.Redacted
  readonly mfaToken: Redacted.Redacted
}): MfaOobGrant => ({
  grant_type: "mfa_oob",
  oob_code: user.oobCode,
  binding_code: user.bindingCode,
  mfa_token: user.mfaToken
})

/**
 * The grant of a member of the merchant's staff, whose own token has to be that of the layer (`Dintero.layerFixedToken`).
 *
 * The documentation has two spellings of this grant. This one is `account_user_token`, and `grantSpellings` of the layer switches to the other
 * one (assumed: account-user-grant).
 *
 * @example
 * ```ts
 * import { Audience, Auth, Dintero, Grant } from "effect-dintero"
 * import { Effect, type Redacted } from "effect"
 *
 * const tokenOf = (staff: Redacted.Redacted) =>
 *   Effect.flatMap(Auth, (auth) => auth.token(Grant.accountUser(Audience.account("T12345678")))).pipe(
 *     Effect.provide(Dintero.layerFixedToken({ accountId: "T12345678", token: staff }))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const accountUser = (audience: string): AccountUserGrant => ({ grant_type: "account_user_token", audience })
