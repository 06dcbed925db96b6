/**
 * Dintero's Auth API as a service.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { AuthToken } from "../schemas/AuthToken.js"
import type { CallError, CredentialsRefused, InvalidRequest, MfaRequired, SessionExpired } from "../schemas/DinteroError.js"
import type { Jwk } from "../schemas/Jwk.js"

/**
 * What {@link AuthService.token} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type TokenError = CallError | InvalidRequest | CredentialsRefused | MfaRequired | SessionExpired

/**
 * What {@link AuthService.keys} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type KeysError = CallError

/**
 * @since 0.1.0
 * @category models
 */
export interface AuthService {
  /**
   * `POST /accounts/{oid}/auth/token`: an access token by a grant. `client_credentials` is authorised with the layer's
   * client id and secret, every other grant with the client's access token. Never sent twice once the server may have seen it.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the grant does not fit its schema; nothing was sent
   * - `CredentialsRefused`: the password, code or binding code of an end user was refused
   * - `MfaRequired`: a one-time code is needed; it carries the `mfaToken` for it
   * - `SessionExpired`: the refresh token of a `refresh_token` grant was refused
   * - `Unauthorized`: the API client's id or secret was refused
   *
   * Source: API reference, sections 4.1 and 6.1.
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect, Redacted } from "effect"
   *
   * const refreshed = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   return yield* auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("…") })
   * })
   * ```
   */
  readonly token: (grant: AuthToken) => Effect.Effect<AccessToken, TokenError>

  /**
   * `GET /accounts/{oid}/auth/keys`: the public keys that verify access tokens, so that others can check them. A bare list;
   * not public: the client needs `read:accounts` or `admin:accounts`.
   *
   * Source: API reference, sections 2.3 (A21) and 4.3.
   */
  readonly keys: () => Effect.Effect<ReadonlyArray<Jwk>, KeysError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Auth extends Context.Tag("effect-dintero/Auth")<Auth, AuthService>() {}
