/**
 * The operations of the documentation's tag `authenticate`.
 *
 * @since 0.1.0
 */
import { AccessToken } from "../../schemas/AccessToken.js"
import { AuthToken } from "../../schemas/AuthToken.js"
import { RevokeResponse, RevokeToken } from "../../schemas/RevokeToken.js"
import { operation } from "../Operation.js"

/**
 * Access tokens, and the end of sessions.
 *
 * @since 0.1.0
 * @category operations
 */
export const authenticate = {
  /**
   * Gets an access token by a grant: `POST /accounts/{oid}/auth/token`.
   *
   * The layer's client id and secret authorise `client_credentials`. The client's access token authorises every other grant. The call is never
   * sent again once the server may have seen it.
   *
   * When the answer to a `refresh_token` grant has a `refresh_token`, use it from then on instead of the one that was sent
   * (assumed: refresh-token-rotation).
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the grant does not fit its schema; nothing was sent
   * - `CredentialsRefused`: the password, code or binding code of an end user was refused
   * - `MfaRequired`: a one-time code is needed. Its `mfaToken` goes into the challenge.
   * - `SessionExpired`: the refresh token of a `refresh_token` grant was refused (`reason` is `refused`). Or two access tokens of the client, one
   *   after the other, got a 401, which does not say whether the access token or the refresh token was refused (`unauthorized`).
   * - `Unauthorized`: the API client's id or secret was refused, or two of its access tokens were
   * - `Forbidden`: for example, the access token has none of the scopes. Then the server did not check the password, code or refresh token.
   *
   * Source: https://docs.dintero.com/api-reference/authenticate/get-token
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
  token: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/token",
    operationId: "aid_auths_oauth_token_post",
    summary: "Get an access token by a grant",
    docs: "https://docs.dintero.com/api-reference/authenticate/get-token",
    // The Bearer token of every grant except client_credentials needs one of these.
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/users", "write:accounts:/auth/users/no-mfa"],
    authorization: "byGrant",
    caller: "client",
    body: AuthToken,
    bodyName: "grant",
    success: AccessToken,
    failures: [400, 401, 403, 429, 500],
    refusal: "grant"
  }),

  /**
   * Ends a session: `POST /accounts/{oid}/auth/revoke`. The server refuses the refresh token from then on.
   *
   * The access tokens of the session stay valid until they expire (assumed: access-token-after-revoke). A token that is unknown or already
   * revoked is a success too (assumed: revoke-unknown-token), so the call can be repeated.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `create:accounts:auth:refresh_token`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post
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
  revoke: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/revoke",
    operationId: "aid_auths_oauth_revoke_post",
    summary: "Revoke a refresh token",
    docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post",
    scopes: ["admin:accounts", "write:accounts", "create:accounts:auth:refresh_token"],
    caller: "client",
    // A revoked token stays revoked, and an unknown token gets the same answer (assumed: revoke-unknown-token).
    replay: "idempotent",
    body: RevokeToken,
    bodyName: "revocation",
    success: RevokeResponse
  })
}
