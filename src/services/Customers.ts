/**
 * Dintero's Customers API as a service. Its methods are grouped by the tags of Dintero's documentation.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { CustomerLogin } from "../schemas/CustomerLogin.js"
import type { CustomersSettings } from "../schemas/CustomersSettings.js"
import type { CallError, CredentialsRefused, InvalidRequest, MfaRequired } from "../schemas/DinteroError.js"

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
   *     password: Redacted.make("correct horse"),
   *     audience: "https://api.dintero.com/v1/accounts/T12345678"
   *   })
   * })
   * ```
   */
  readonly login: (credentials: CustomerLogin) => Effect.Effect<AccessToken, LoginError>
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
