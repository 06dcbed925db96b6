/**
 * The operations of the documentation's tag `authenticate`.
 *
 * @since 0.1.0
 */
import { AccessToken } from "../../schemas/AccessToken.js"
import { Authorize, Redirect, RedirectResponse } from "../../schemas/Authorize.js"
import { AuthToken } from "../../schemas/AuthToken.js"
import { ExchangeToken } from "../../schemas/ExchangeToken.js"
import { secret } from "../../schemas/Fields.js"
import { OidcAccessToken, OidcToken } from "../../schemas/OidcToken.js"
import { PasswordlessCode, PasswordlessCodeResponse, PasswordlessLogin } from "../../schemas/Passwordless.js"
import { RevokeResponse, RevokeToken } from "../../schemas/RevokeToken.js"
import { byId, operation } from "../Operation.js"

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
  }),

  passwordless: {
    /**
     * `POST /accounts/{oid}/auth/passwordless`. Sends a customer a code with which they log in, without a password. `Grant.authorizationCode` redeems it. The answer is the same
     * whether or not there is such a customer (assumed: passwordless-unknown). The call is not repeated once the service may have seen it, because the
     * customer would get a second message.
     *
     * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/passwordless`, `write:accounts:/auth/passwordless-sms`, `write:accounts:/auth/passwordless-email`.
     *
     * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post
     */
    send: operation({
      method: "POST",
      path: "/accounts/{oid}/auth/passwordless",
      operationId: "aid_auth_account_passwordless_post",
      summary: "Send a login code to a customer",
      docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post",
      scopes: [
        "admin:accounts",
        "write:accounts",
        "write:accounts:/auth/passwordless",
        "write:accounts:/auth/passwordless-sms",
        "write:accounts:/auth/passwordless-email"
      ],
      caller: "client",
      body: PasswordlessLogin,
      bodyName: "login",
      failures: [400, 401, 403, 429, 500]
    }),

    /**
     * `POST /accounts/{oid}/auth/passwordless/code`. Makes a code that the caller delivers to the user. `Grant.authorizationCode` redeems it with `ident_type` `user_id`.
     *
     * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/passwordless/code`.
     *
     * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_passwordless_post
     */
    code: operation({
      method: "POST",
      path: "/accounts/{oid}/auth/passwordless/code",
      operationId: "aid_auth_passwordless_post",
      summary: "Make a login code for the caller to deliver",
      docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auth_passwordless_post",
      scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/passwordless/code"],
      caller: "client",
      body: PasswordlessCode,
      bodyName: "login",
      success: PasswordlessCodeResponse,
      failures: byId
    })
  },

  /**
   * `POST /accounts/{oid}/auth/authorize`. Redeems the code of a passwordless login for a redirect to one of the client's `callbacks`. The answer is its URL, which is not followed. It
   * ends in `CredentialsRefused` when the code is wrong.
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_authorize_post
   */
  authorize: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/authorize",
    operationId: "aid_auths_oauth_authorize_post",
    summary: "Redeem a login code for a redirect",
    docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_authorize_post",
    scopes: [],
    caller: "client",
    status: 302,
    refusal: "secret",
    query: Authorize,
    success: secret
  }),

  /**
   * `POST /accounts/{oid}/auth/redirect`. Makes a URL of another site with an ID token of the customer in whose session the call is made. The site verifies the token with
   * `auth.keys`. Browsers that call the operation themselves are redirected; this client asks for the URL.
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post
   */
  redirect: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/redirect",
    operationId: "aid_auths_oauth_redirect_post",
    summary: "Hand the signed-in user to another site",
    docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post",
    scopes: [],
    caller: "customer",
    location: "redirect_uri",
    replay: "idempotent",
    body: Redirect,
    bodyName: "target",
    success: RedirectResponse
  }),

  /**
   * `POST /accounts/{partner_id}/auth/exchange_token`. Gets a token for the account of a merchant of this partner. It authorises `Grant.clientCredentials` on that account. `Partner` does both
   * steps, and keeps the tokens.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/docs/partners/partners-merchant-api-access
   */
  exchangeToken: operation({
    method: "POST",
    path: "/accounts/{partner_id}/auth/exchange_token",
    operationId: "aid_auths_oauth_exchange_token_post",
    summary: "Get the token of a partner for a merchant",
    docs: "https://docs.dintero.com/docs/partners/partners-merchant-api-access",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    replay: "idempotent",
    body: ExchangeToken,
    bodyName: "exchange",
    success: AccessToken
  }),

  /**
   * `POST /accounts/{oid}/auth/oidc/token`. Gets an access token for a user whom an OpenID provider has signed in. The provider is in the `oidc` of the client's grant for the audience. It
   * ends in `CredentialsRefused` when the provider does not take the code.
   *
   * Needs one of the scopes `write:accounts:/auth/users`.
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oidc_token_post
   */
  oidcToken: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/oidc/token",
    operationId: "aid_auths_oidc_token_post",
    summary: "Get an access token for a code of an OpenID provider",
    docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oidc_token_post",
    scopes: ["write:accounts:/auth/users"],
    caller: "client",
    refusal: "secret",
    body: OidcToken,
    bodyName: "code",
    success: OidcAccessToken
  })
}
