/**
 * Docs tag `settings`.
 *
 * @since 0.1.0
 */
import { CustomersSettings, CustomersSettingsUpdate } from "../../schemas/CustomersSettings.js"
import { operation } from "../Operation.js"

const path = "/accounts/{aid}/customers/settings"

/**
 * @since 0.1.0
 * @category operations
 */
export const settings = {
  /**
   * `GET /accounts/{aid}/customers/settings`. Fields that have a default are always there inside their section; enum members that
   * this version does not know pass as strings, and unknown fields are kept.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/settings/customers-settings
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
  get: operation({
    method: "GET",
    path,
    operationId: "aid_customers_atributes_get",
    summary: "Get the settings for customers",
    docs: "https://docs.dintero.com/api-reference/settings/customers-settings",
    scopes: ["admin:customers", "read:customers", "public:customers"],
    success: CustomersSettings
  }),

  /**
   * `PUT /accounts/{aid}/customers/settings`. Sections that are present replace the stored ones, the others stay
   * (assumed: settings-merge). Answers the settings as they now are.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/settings/update-settings
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
  update: operation({
    method: "PUT",
    path,
    operationId: "aid_customers_atributes_put",
    summary: "Update the settings for customers; sections that are left out stay as they are",
    docs: "https://docs.dintero.com/api-reference/settings/update-settings",
    scopes: ["admin:customers", "write:customers"],
    body: CustomersSettingsUpdate,
    bodyName: "settings",
    success: CustomersSettings
  })
}
