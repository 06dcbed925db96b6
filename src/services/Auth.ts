/**
 * Dintero's Auth API as a service. Its methods are made from the contract.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { auth } from "../contract/Contract.js"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { AuthToken } from "../schemas/AuthToken.js"
import type { CallError, CredentialsRefused, InvalidRequest, MfaRequired, SessionExpired } from "../schemas/DinteroError.js"
import type { WithDefaultAudience } from "../schemas/Input.js"
import type { ServiceOf } from "./ServiceOf.js"

/**
 * The errors of `auth.token`, by the `grant_type`. `Grant` has a function for each grant.
 *
 * @since 0.1.0
 * @category errors
 */
export interface TokenErrors {
  readonly client_credentials: CallError | InvalidRequest
  readonly password: CallError | InvalidRequest | CredentialsRefused | MfaRequired
  readonly authorization_code: CallError | InvalidRequest | CredentialsRefused | MfaRequired
  readonly refresh_token: CallError | InvalidRequest | SessionExpired
  readonly mfa_oob: CallError | InvalidRequest | CredentialsRefused | MfaRequired
  readonly "mfa-oob": CallError | InvalidRequest | CredentialsRefused | MfaRequired
  readonly account_user_token: CallError | InvalidRequest | MfaRequired
  readonly account_user: CallError | InvalidRequest | MfaRequired
}

/**
 * The methods of the Auth API. An editor shows the documentation of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthService extends ServiceOf<typeof auth> {
  readonly token: <Grant extends WithDefaultAudience<AuthToken>>(
    grant: Grant
  ) => Effect.Effect<AccessToken, TokenErrors[Grant["grant_type"]]>
}

/**
 * The Auth API: access tokens, the end of sessions, one-time codes and public keys. `Dintero.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class Auth extends Context.Tag("effect-dintero/Auth")<Auth, AuthService>() {}
