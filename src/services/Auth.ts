/**
 * Dintero's Auth API as a service.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { AuthToken } from "../schemas/AuthToken.js"
import type {
  CallError,
  CredentialsRefused,
  InvalidRequest,
  MfaRequired,
  NotFound,
  SessionExpired
} from "../schemas/DinteroError.js"
import type { Jwk } from "../schemas/Jwk.js"
import type { AuthChallenge, ChallengeResponse } from "../schemas/MfaChallenge.js"
import type { RevokeToken } from "../schemas/RevokeToken.js"

/**
 * What {@link AuthService.token} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type TokenError = CallError | InvalidRequest | CredentialsRefused | MfaRequired | SessionExpired

/**
 * What {@link AuthService.revoke} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type RevokeError = CallError | InvalidRequest

/**
 * What {@link AuthService.keys} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type KeysError = CallError

/**
 * What {@link MfaService.challenge} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type ChallengeError = CallError | InvalidRequest | NotFound

/**
 * @since 0.1.0
 * @category models
 */
export interface MfaService {
  /**
   * `POST /accounts/{aid}/auth/mfa/challenge`: sends the user a one-time code by SMS or e-mail. Its `oob_code`, the code and the
   * `mfa_token` go into the `mfa_oob` grant of {@link AuthService.token}; `Mfa.complete` does all of it. Never sent twice once the
   * server may have seen it: a second message would go out.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/mfa`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `NotFound`: no login waits under this `mfa_token`: it is unknown, expired or used (which status says so is assumed; API
   *   reference, 2.2)
   * - `BadRequest`: among others, the user has no address for the channel (assumed)
   *
   * Source: API reference, sections 2.2 (A9), 4.2 and 6.6.
   *
   * @example
   * ```ts
   * import { Auth, type MfaRequired } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const sendCode = ({ mfaToken }: MfaRequired) =>
   *   Effect.flatMap(Auth, (auth) =>
   *     auth.mfa.challenge({ challenge_type: "oob", mfa_token: mfaToken, oob_channel: "sms" })
   *   )
   * ```
   */
  readonly challenge: (challenge: AuthChallenge) => Effect.Effect<ChallengeResponse, ChallengeError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AuthService {
  /**
   * `POST /accounts/{oid}/auth/token`: an access token by a grant. `client_credentials` is authorised with the layer's
   * client id and secret, every other grant with the client's access token. Never sent twice once the server may have seen it.
   *
   * When the answer to a `refresh_token` grant has a `refresh_token`, that one takes the place of the one that was sent (whether the
   * service does so is not documented; API reference, 6.5).
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
   * import { Effect, type Redacted } from "effect"
   *
   * const refreshed = (refreshToken: Redacted.Redacted) =>
   *   Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "refresh_token", refresh_token: refreshToken }))
   * ```
   */
  readonly token: (grant: AuthToken) => Effect.Effect<AccessToken, TokenError>

  /**
   * `POST /accounts/{oid}/auth/revoke`: ends a session, so that its refresh token is refused from then on. Access tokens that were
   * given for it are good until they expire (assumed; API reference, 6.5). A token that is unknown, or revoked already, is a success
   * too (RFC 7009, 2.2; assumed), so a repetition does no harm.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `create:accounts:auth:refresh_token`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   *
   * Source: API reference, sections 2.1 (A2), 4.2, 4.3 and 6.5.
   *
   * @example
   * ```ts
   * import { type AccessToken, Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const logOut = ({ refresh_token }: AccessToken) =>
   *   refresh_token === undefined ? Effect.void : Effect.flatMap(Auth, (auth) => auth.revoke({ token: refresh_token }))
   * ```
   */
  readonly revoke: (revocation: RevokeToken) => Effect.Effect<void, RevokeError>

  /**
   * `GET /accounts/{oid}/auth/keys`: the public keys that verify access tokens, so that others can check them. A bare list;
   * not public: the client needs `read:accounts` or `admin:accounts`.
   *
   * Source: API reference, sections 2.3 (A21) and 4.3.
   */
  readonly keys: () => Effect.Effect<ReadonlyArray<Jwk>, KeysError>

  readonly mfa: MfaService
}

/**
 * @since 0.1.0
 * @category services
 */
export class Auth extends Context.Tag("effect-dintero/Auth")<Auth, AuthService>() {}
