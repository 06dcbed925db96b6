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
     * Sends a customer a code with which they log in, without a password: `POST /accounts/{oid}/auth/passwordless`. `auth.token` redeems it by the
     * grant `authorization_code`, with the same email and audience.
     *
     * The answer is the same whether or not there is such a customer (assumed: passwordless-unknown). The call is not repeated once the service may
     * have seen it, because the customer would get a second message. To send the same code again over the other connection, give both calls the
     * same `login_session_id`.
     *
     * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/passwordless`, `write:accounts:/auth/passwordless-sms`,
     * `write:accounts:/auth/passwordless-email`. The API client that is named needs a grant of the type `authorization_code` for the audience.
     *
     * Errors, besides `CallError`:
     * - `InvalidRequest`: the input does not fit its schema; nothing was sent
     * - `RateLimited`: too many codes were sent. Its `retryAfter` is the time to wait
     * - `Forbidden`: for example, the scope does not allow this connection, or the API client has no such grant
     * - `BadRequest`: for example, SMS while customers may share a phone number
     *
     * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect, type Redacted } from "effect"
     *
     * const audience = "https://api.dintero.com/v1/accounts/T12345678"
     *
     * const sendLoginCode = (email: string) =>
     *   Effect.flatMap(Auth, (auth) =>
     *     auth.passwordless.send({ audience, client_id: "demo-client", connection: "email", email })
     *   )
     *
     * const logIn = (email: string, code: Redacted.Redacted) =>
     *   Effect.flatMap(Auth, (auth) =>
     *     auth.token({ grant_type: "authorization_code", ident_type: "email", ident: email, verification_code: code, audience })
     *   )
     * ```
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
     * Makes a code with which a user logs in, and which the caller delivers: `POST /accounts/{oid}/auth/passwordless/code`. `auth.token` redeems it
     * by the grant `authorization_code`, with the `ident_type` `user_id`. `auth.authorize` redeems it for a redirect.
     *
     * Whoever has the code is the user. Deliver it over a channel that only the user can read.
     *
     * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/passwordless/code`. The API client that is named needs a
     * grant of the type `authorization_code` for the audience, and the user gets its scopes.
     *
     * Errors, besides `CallError`:
     * - `InvalidRequest`: the input does not fit its schema; nothing was sent
     * - `NotFound`: there is no such user
     * - `Forbidden`: for example, the API client has no such grant
     *
     * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_passwordless_post
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect } from "effect"
     *
     * const audience = "https://api.dintero.com/v1/accounts/T12345678"
     *
     * const signInAs = (userId: string) =>
     *   Effect.gen(function* () {
     *     const auth = yield* Auth
     *     const made = yield* auth.passwordless.code({ audience, client_id: "demo-client", user_id: userId })
     *     const verification_code = yield* Effect.fromNullable(made.verification_code)
     *     return yield* auth.token({ grant_type: "authorization_code", ident_type: "user_id", ident: userId, verification_code, audience })
     *   })
     * ```
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
   * Redeems the code of a passwordless login for a redirect to one of the client's `callbacks`: `POST /accounts/{oid}/auth/authorize`. The answer is
   * the URL of the redirect, which is not followed. It has an ID token of the user in its query, so it is a secret
   * (assumed: authorize-redirect).
   *
   * The service takes the code in the query of the request. No error, span or log of this package shows it. A proxy on the way can log it.
   *
   * Needs no scope.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `CredentialsRefused`: the code is wrong, used or expired
   * - `BadRequest`: for example, `redirect_uri` is none of the client's `callbacks`
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_authorize_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const client = { audience: "https://api.dintero.com/v1/accounts/T12345678", client_id: "demo-client" }
   *
   * const linkFor = (userId: string) =>
   *   Effect.gen(function* () {
   *     const auth = yield* Auth
   *     const made = yield* auth.passwordless.code({ ...client, user_id: userId })
   *     const verification_code = yield* Effect.fromNullable(made.verification_code)
   *     return yield* auth.authorize({
   *       ...client,
   *       response_type: "authenticate",
   *       redirect_uri: "https://shop.example/signed-in",
   *       verification_code
   *     })
   *   })
   * ```
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
   * Makes a URL of another site with an ID token of a customer: `POST /accounts/{oid}/auth/redirect`. The customer is the one in whose session the
   * call is made (`Session.with`). The site verifies the token with `auth.keys`, and takes itself for the audience: `aud` is the `redirect_uri`.
   *
   * The URL is a secret. Whoever has it is signed in at that site. Browsers that call the operation themselves are redirected. This client asks for
   * the URL.
   *
   * Needs no scope.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `Forbidden`: the call was not made in a session (assumed: redirect-without-customer)
   *
   * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post
   *
   * @example
   * ```ts
   * import { Auth, Session } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const toPartner = (session: Session.Session) =>
   *   Effect.flatMap(Auth, (auth) =>
   *     auth.redirect({ redirect_uri: "https://partner.example/in", claims: ["email"], custom_claims: { tier: "gold" } })
   *   ).pipe(Session.with(session))
   * ```
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
   *
   * @example
   * ```ts
   * import { type AccountId, Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const tokenFor = (merchant: AccountId) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const { access_token } = yield* auth.exchangeToken({ account_id: merchant })
   *     return access_token
   *   })
   * ```
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
   *
   * @example
   * ```ts
   * import { Audience, Auth } from "effect-dintero"
   * import { Effect, type Redacted } from "effect"
   *
   * const signIn = (clientId: string, code: Redacted.Redacted) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.oidcToken({
   *       grant_type: "authorization_code",
   *       code,
   *       client_id: clientId,
   *       audience: Audience.account("T12345678"),
   *       redirect_uri: "https://shop.example/signed-in"
   *     })
   *   }).pipe(Effect.catchTag("CredentialsRefused", () => Effect.fail("the provider does not know this code")))
   * ```
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
