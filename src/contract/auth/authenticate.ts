/**
 * Docs tag `authenticate`.
 *
 * @since 0.1.0
 */
import { AccessToken } from "../../schemas/AccessToken.js"
import { AuthToken } from "../../schemas/AuthToken.js"
import { RevokeResponse, RevokeToken } from "../../schemas/RevokeToken.js"
import { operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const authenticate = {
  /**
   * `POST /accounts/{oid}/auth/token`: an access token by a grant. `client_credentials` is authorised with the layer's
   * client id and secret, every other grant with the client's access token. Never sent twice once the server may have seen it.
   *
   * When the answer to a `refresh_token` grant has a `refresh_token`, that one takes the place of the one that was sent
   * (assumed: refresh-token-rotation).
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the grant does not fit its schema; nothing was sent
   * - `CredentialsRefused`: the password, code or binding code of an end user was refused
   * - `MfaRequired`: a one-time code is needed; it carries the `mfaToken` for it
   * - `SessionExpired`: the refresh token of a `refresh_token` grant was refused (`reason` `refused`), or two access tokens of the client, one
   *   after the other, got a 401, which does not say which of the two credentials it means (`unauthorized`)
   * - `Unauthorized`: the API client's id or secret was refused, or two of its access tokens
   * - `Forbidden`: among others, the access token has none of the scopes; then nobody has looked at a password, code or refresh token
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
    // Of the Bearer token, for every grant but client_credentials.
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
   * `POST /accounts/{oid}/auth/revoke`: ends a session, so that its refresh token is refused from then on. Access tokens that were
   * given for it are good until they expire (assumed: access-token-after-revoke). A token that is unknown, or revoked already, is a
   * success too (assumed: revoke-unknown-token), so a repetition does no harm.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `create:accounts:auth:refresh_token`.
   *
   * Errors, beside {@link CallError}:
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
    // What is revoked stays revoked, and an unknown token is answered alike (assumed: revoke-unknown-token).
    replay: "idempotent",
    body: RevokeToken,
    bodyName: "revocation",
    success: RevokeResponse
  })
}
