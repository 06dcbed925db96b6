/**
 * Dintero's Customers API as a service. Its methods are grouped by the tags of Dintero's documentation.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { ChangePassword } from "../schemas/ChangePassword.js"
import type { CustomerLogin } from "../schemas/CustomerLogin.js"
import type { CustomersSettings } from "../schemas/CustomersSettings.js"
import type { CallError, CredentialsRefused, InvalidRequest, MfaRequired } from "../schemas/DinteroError.js"
import type { MfaLogin, MultiFactorAuthenticationChallenge } from "../schemas/MfaLogin.js"

/**
 * What {@link SettingsService.get} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type GetSettingsError = CallError

/**
 * What {@link SettingsService.update} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type UpdateSettingsError = CallError | InvalidRequest

/**
 * What {@link PasswordService.login} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type LoginError = CallError | InvalidRequest | CredentialsRefused | MfaRequired

/**
 * What {@link PasswordService.mfaLogin} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type MfaLoginError = CallError | InvalidRequest | CredentialsRefused

/**
 * What {@link PasswordService.requestChange} can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type RequestChangeError = CallError | InvalidRequest

/**
 * @since 0.1.0
 * @category models
 */
export interface SettingsService {
  /**
   * `GET /accounts/{aid}/customers/settings`. Fields that have a default are always there inside their section; enum members that
   * this version does not know pass as strings, and unknown fields are kept.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: API reference, section 3.4.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const idFormat = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const settings = yield* customers.settings.get()
   *   return settings.users?.customer_id_format ?? "uuid"
   * })
   * ```
   */
  readonly get: () => Effect.Effect<CustomersSettings, GetSettingsError>

  /**
   * `PUT /accounts/{aid}/customers/settings`. Sections that are present replace the stored ones, the others stay (assumed; API
   * reference, 10, U22). Answers the settings as they now are.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: API reference, section 3.4.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const allowSharedPhones = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const { users } = yield* customers.settings.get()
   *   return yield* customers.settings.update({
   *     users: { customer_id_format: "uuid", ...users, phone_number_validation: { allow_duplicates: true } }
   *   })
   * })
   * ```
   */
  readonly update: (settings: CustomersSettings) => Effect.Effect<CustomersSettings, UpdateSettingsError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PasswordService {
  /**
   * `POST /accounts/{aid}/customers/login`: logs a customer or company in, by `email` or by `ident_type` and `ident`. Never sent
   * twice once the server may have seen it: a second wrong password would count twice.
   *
   * Needs one of the scopes `write:accounts:/auth/users`, `write:accounts:/auth/users/no-mfa`. The answer has a `refresh_token`
   * only when the client's token also has `create:accounts:auth:refresh_token`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema (password 4 to 255 characters); nothing was sent
   * - `CredentialsRefused`: unknown user or wrong password; the API does not say which
   * - `MfaRequired`: the password was right, a one-time code is needed
   *
   * Source: API reference, sections 3.3, 6.5 and 6.7.
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
   *     password: Redacted.make("correct horse battery staple"),
   *     audience: "https://api.dintero.com/v1/accounts/T12345678"
   *   })
   * })
   * ```
   */
  readonly login: (credentials: CustomerLogin) => Effect.Effect<AccessToken, LoginError>

  /**
   * `POST /accounts/{aid}/customers/mfa_login`: the first half of a login with a one-time code. The answer is no session but an
   * `mfa_token`, which `Mfa.complete` takes to one. Never sent twice once the server may have seen it.
   *
   * Needs the scope `write:accounts:/auth/users`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `CredentialsRefused`: unknown user or wrong secret; the API does not say which
   *
   * Source: API reference, sections 3.3 and 6.7.
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
  readonly mfaLogin: (credentials: MfaLogin) => Effect.Effect<MultiFactorAuthenticationChallenge, MfaLoginError>

  /**
   * `POST /accounts/{aid}/customers/change_password`: sends the customer with this email the message about changing the password. It
   * changes nothing itself, and does not tell whether there is such a customer (assumed; API reference, 10, U37). Never sent twice
   * once the server may have seen it: a second message would go out.
   *
   * Needs the scope `write:accounts:/auth/users`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   *
   * Source: API reference, section 3.3.
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
  readonly requestChange: (user: ChangePassword) => Effect.Effect<void, RequestChangeError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CustomersService {
  readonly settings: SettingsService
  readonly password: PasswordService
}

/**
 * @since 0.1.0
 * @category services
 */
export class Customers extends Context.Tag("effect-dintero/Customers")<Customers, CustomersService>() {}
