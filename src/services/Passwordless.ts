/**
 * Logins with a code in the place of a password.
 *
 * A login has two steps, which can be two requests to your program: {@link begin} sends the code, and {@link redeem} takes it. What is kept in between
 * is plain data without a secret.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { CallError, InvalidRequest, MfaRequired } from "../schemas/DinteroError.js"
import type { PasswordlessLogin } from "../schemas/Passwordless.js"
import { Auth } from "./Auth.js"
import * as CodeRefusal from "./CodeRefusal.js"
import * as Grant from "./Grant.js"

/**
 * The ways in which a code is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type Connection = PasswordlessLogin["connection"]

/**
 * Who logs in, and where.
 *
 * - `email`: of the customer, also when the code goes by SMS
 * - `type`: of the customer. Default `customer`.
 * - `clientId`: the API client of the layer. It needs a grant of the type `authorization_code` for the audience.
 * - `audience`: of the token. By default that of the layer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Customer {
  readonly email: string
  readonly type?: "customer" | "company" | undefined
  readonly clientId: string
  readonly audience?: string | undefined
}

/**
 * A login that has begun. `id` is a random UUID that the library has made: the service sends the same code again for it
 * (assumed: passwordless-session). It is plain data, and can be stored as JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface Login extends Customer {
  readonly id: string
}

/**
 * The errors of {@link redeem}.
 *
 * @since 0.1.0
 * @category errors
 */
export type RedeemError = CallError | InvalidRequest | MfaRequired | CodeRefusal.CodeError

/** A UUID of version 4 (RFC 9562, 5.4). It is not from Effect's `Random`, whose seed two processes can share. */
const randomId: Effect.Effect<string> = Effect.sync(() => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, index) =>
    (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0")
  ).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
})

/**
 * Sends the code of a login once more, over another connection or the same. Use it when the first message did not arrive.
 *
 * Errors, besides `CallError`:
 * - `RateLimited`: too many codes were sent. `retryAfter` is how long to wait.
 * - `InvalidRequest`: the input does not fit its schema; nothing was sent
 *
 * @since 0.1.0
 * @category combinators
 */
export const resend = (login: Login, connection: Connection): Effect.Effect<void, CallError | InvalidRequest, Auth> =>
  Effect.flatMap(Auth, (auth) =>
    auth.passwordless.send({
      audience: login.audience,
      client_id: login.clientId,
      connection,
      email: login.email,
      type: login.type,
      login_session_id: login.id
    })
  )

/**
 * Begins a login: the service sends the customer a code. The answer is the same whether or not there is such a customer
 * (assumed: passwordless-unknown).
 *
 * Interruption before the answer leaves nothing behind but, at most, a code that was sent. The call is not repeated once the service may have seen it.
 *
 * Errors, besides `CallError`:
 * - `RateLimited`: too many codes were sent. `retryAfter` is how long to wait.
 * - `InvalidRequest`: the input does not fit its schema; nothing was sent
 *
 * @example
 * ```ts
 * import { Audience, Passwordless } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * declare const askUser: (question: string) => Effect.Effect<string>
 *
 * const session = Effect.gen(function* () {
 *   const login = yield* Passwordless.begin({
 *     connection: "email",
 *     email: "ada@example.com",
 *     clientId: "demo-client",
 *     audience: Audience.account("T12345678")
 *   })
 *   const code = yield* askUser("The code that we sent you?")
 *   return yield* Passwordless.redeem(login, Redacted.make(code))
 * })
 * ```
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post
 *
 * @since 0.1.0
 * @category constructors
 */
export const begin = ({
  connection,
  ...customer
}: Customer & { readonly connection: Connection }): Effect.Effect<Login, CallError | InvalidRequest, Auth> =>
  Effect.flatMap(randomId, (id) => {
    const login = { ...customer, id }
    return Effect.as(resend(login, connection), login)
  })

/**
 * Redeems the code for an access token, with which `Sessions` starts a session. The call is never sent again once the service may have seen it.
 *
 * Errors, besides `CallError`:
 * - `CodeRefused`, `CodeExpired`, `TooManyAttempts`: the service said so
 * - `CredentialsRefused`: the code was refused, and the answer does not say why (assumed: code-refusal-words)
 * - `MfaRequired`: another code is needed. `Mfa.complete` takes it.
 * - `InvalidRequest`: the input does not fit its schema; nothing was sent
 *
 * @since 0.1.0
 * @category combinators
 */
export const redeem = (login: Login, code: Redacted.Redacted): Effect.Effect<AccessToken, RedeemError, Auth> =>
  Effect.flatMap(Auth, (auth) =>
    auth
      .token(Grant.authorizationCode({ identType: "email", ident: login.email, code, audience: login.audience }))
      .pipe(Effect.catchTag("CredentialsRefused", (error) => Effect.fail(CodeRefusal.judge(error))))
  )
