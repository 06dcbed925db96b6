/**
 * The operations of the documentation's tag `settings`.
 *
 * @since 0.1.0
 */
import { CustomersSettings, CustomersSettingsUpdate } from "../../schemas/CustomersSettings.js"
import { operation } from "../Operation.js"

const path = "/accounts/{aid}/customers/settings"

/**
 * The settings for the customers of an account.
 *
 * @since 0.1.0
 * @category operations
 */
export const settings = {
  /**
   * Reads the settings for the customers of the account: `GET /accounts/{aid}/customers/settings`.
   *
   * A section that is present has all fields that have a default. An enum member that this version does not know is a string, and unknown fields
   * are kept.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Errors: `CallError`.
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
   * Replaces sections of the settings: `PUT /accounts/{aid}/customers/settings`. Returns all settings as they are after the change.
   *
   * A section that is present replaces the stored section as a whole. The other sections stay (assumed: settings-merge). To change one field,
   * read the settings and send the section with the changed field.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
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
