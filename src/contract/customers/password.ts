/**
 * The operations of the documentation's tag `password`.
 *
 * @since 0.1.0
 */
import { AccessToken } from "../../schemas/AccessToken.js"
import { ChangePassword } from "../../schemas/ChangePassword.js"
import { CustomerLogin } from "../../schemas/CustomerLogin.js"
import { MfaLogin, MultiFactorAuthenticationChallenge } from "../../schemas/MfaLogin.js"
import { MfaRecovery, MultiFactorAuthenticationRecoveryChallenge } from "../../schemas/MfaRecovery.js"
import { operation } from "../Operation.js"

/**
 * Logins with a password, and messages about a new password.
 *
 * @since 0.1.0
 * @category operations
 */
export const password = {
  /**
   * Logs in a customer or a company, by `email` or by `ident_type` and `ident`: `POST /accounts/{aid}/customers/login`.
   *
   * Needs one of the scopes `write:accounts:/auth/users`, `write:accounts:/auth/users/no-mfa`. The answer has a `refresh_token`
   * only when the client's token also has `create:accounts:auth:refresh_token`.
   *
   * The call is never sent again once the server may have seen it, because a wrong password would count twice. Without an `audience` it has that of
   * the layer.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema (a password has 4 to 255 characters); nothing was sent
   * - `CredentialsRefused`: the user is unknown or the password is wrong. The API does not say which.
   * - `MfaRequired`: the password was right, and a one-time code is needed. `Mfa.complete` does the rest.
   *
   * Source: https://docs.dintero.com/api-reference/password/login-with-emailpassword
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Redacted } from "effect"
   *
   * const session = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* customers.password.login({
   *     type: "customer",
   *     email: "ada@example.com",
   *     password: Redacted.make("correct horse battery staple")
   *   })
   * })
   * ```
   */
  login: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/login",
    operationId: "aid_customers_login_post",
    summary: "Log a customer in with an email or phone number and a password",
    docs: "https://docs.dintero.com/api-reference/password/login-with-emailpassword",
    scopes: ["write:accounts:/auth/users", "write:accounts:/auth/users/no-mfa"],
    caller: "client",
    body: CustomerLogin,
    bodyName: "credentials",
    success: AccessToken,
    refusal: "credentials"
  }),

  /**
   * Starts a login with a password or PIN, and a one-time code: `POST /accounts/{aid}/customers/mfa_login`. The answer is not a session yet: it has an
   * `mfa_token`. `Mfa.complete` does the rest.
   *
   * Needs the scope `write:accounts:/auth/users`. The call is never sent again once the server may have seen it.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `CredentialsRefused`: the user is unknown or the password is wrong. The API does not say which.
   *
   * Source: https://docs.dintero.com/api-reference/password/login-with-mfa
   *
   * @example
   * ```ts
   * import { Customers, Mfa } from "effect-dintero"
   * import { Effect, Redacted } from "effect"
   *
   * const session = (askCode: Effect.Effect<Redacted.Redacted>) =>
   *   Effect.gen(function* () {
   *     const customers = yield* Customers
   *     const challenge = yield* customers.password.mfaLogin({
   *       type: "customer",
   *       ident_type: "email",
   *       ident: "ada@example.com",
   *       secret: Redacted.make("correct horse battery staple"),
   *       audience: "https://api.dintero.com/v1/accounts/T12345678"
   *     })
   *     return yield* Mfa.complete(challenge, { askCode: () => askCode })
   *   })
   * ```
   */
  mfaLogin: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/mfa_login",
    operationId: "aid_customers_mfa_login_post",
    summary: "Begin to log a customer in with a password and a one-time code",
    docs: "https://docs.dintero.com/api-reference/password/login-with-mfa",
    scopes: ["write:accounts:/auth/users"],
    caller: "client",
    body: MfaLogin,
    bodyName: "credentials",
    success: MultiFactorAuthenticationChallenge,
    refusal: "secret"
  }),

  /**
   * Begins the recovery of a login for a customer who has lost the password: `POST /accounts/{aid}/customers/mfa_login_recovery`. The customer
   * gets a one-time code over the channel that the settings have for recoveries. `Mfa.complete` takes the answer and does the rest, up to a
   * session. Then `users.update` sets a new password or PIN.
   *
   * The call is never sent again once the server may have seen it, because the customer would get a second message.
   *
   * Needs the scope `write:accounts:/auth/users`.
   *
   * Source: https://docs.dintero.com/api-reference/password/mfa-recovery
   *
   * @example
   * ```ts
   * import { Customers, Mfa } from "effect-dintero"
   * import { Effect, Redacted } from "effect"
   *
   * const recover = (email: string, askCode: Effect.Effect<Redacted.Redacted>) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const challenge = yield* customers.password.mfaRecovery({
   *       type: "customer",
   *       ident_type: "email",
   *       ident: email,
   *       audience: "https://api.dintero.com/v1/accounts/T12345678"
   *     })
   *     return yield* Mfa.complete(challenge, { askCode: () => askCode })
   *   })
   * ```
   */
  mfaRecovery: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/mfa_login_recovery",
    operationId: "aid_customers_mfa_login_initiate_recovery_post",
    summary: "Begin to recover a login that needs a one-time code",
    docs: "https://docs.dintero.com/api-reference/password/mfa-recovery",
    scopes: ["write:accounts:/auth/users"],
    caller: "client",
    body: MfaRecovery,
    bodyName: "user",
    success: MultiFactorAuthenticationRecoveryChallenge
  }),

  /**
   * Sends a customer the message about a new password: `POST /accounts/{aid}/customers/change_password`. The call itself changes nothing.
   *
   * The answer does not show whether a customer has this email (assumed: change-password-for-nobody). The call is never sent again once the
   * server may have seen it, because the customer would get a second message.
   *
   * Needs the scope `write:accounts:/auth/users`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   *
   * Source: https://docs.dintero.com/api-reference/password/change-password
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const forgotten = Effect.flatMap(Customers, (customers) =>
   *   customers.password.requestChange({
   *     type: "customer",
   *     email: "ada@example.com",
   *     audience: "https://api.dintero.com/v1/accounts/T12345678"
   *   })
   * )
   * ```
   */
  requestChange: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/change_password",
    operationId: "aid_customers_change_password",
    summary: "Send a customer the e-mail about changing the password",
    docs: "https://docs.dintero.com/api-reference/password/change-password",
    scopes: ["write:accounts:/auth/users"],
    caller: "client",
    body: ChangePassword,
    bodyName: "user"
  })
}
