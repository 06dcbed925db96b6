/**
 * Docs tag `communication`.
 *
 * @since 0.1.0
 */
import { Communication, VerifiableField, VerificationCode } from "../../schemas/Communication.js"
import { CustomerId } from "../../schemas/CustomerId.js"
import { byId, operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const communication = {
  /**
   * `GET /accounts/{aid}/customers/users/{customer_id}/communication`. When the customer's email and phone number were verified.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const isVerified = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { communication } = yield* customers.communication.get(customerId)
   *     return communication?.email?.verified_at !== undefined
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/users/{customer_id}/communication",
    operationId: "aid_customers_cid_verify_get",
    summary: "Get what is verified of a customer",
    docs: "https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_get",
    scopes: ["admin:customers", "read:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    success: Communication,
    failures: byId
  }),

  /**
   * `POST /accounts/{aid}/customers/users/{customer_id}/communication/send-verification-code/{field}`. Sends
   * a code to the customer's email or phone number. The call is not repeated once the service may have seen it, because the customer would get
   * a second message.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const askForCode = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     yield* customers.communication.sendCode({ customer_id: customerId, field: "email" })
   *   })
   * ```
   */
  sendCode: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/users/{customer_id}/communication/send-verification-code/{field}",
    operationId: "aid_customers_cid_verify_post",
    summary: "Send a verification code to a customer",
    docs: "https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_post",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId, field: VerifiableField },
    failures: byId
  }),

  /**
   * `POST /accounts/{aid}/customers/users/{customer_id}/communication/confirm-verification-code/{field}`. Verifies
   * the field by the code that was sent to it. A wrong code is a `BadRequest` (assumed: wrong-verification-code).
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, type Redacted } from "effect"
   *
   * const verify = (customerId: string, code: Redacted.Redacted) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     yield* customers.communication.confirmCode({ customer_id: customerId, field: "email" }, { code })
   *   })
   * ```
   */
  confirmCode: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/users/{customer_id}/communication/confirm-verification-code/{field}",
    // The documentation has one operation with a parameter for what is done. Here each is its own, with the input that it needs.
    operationId: "aid_customers_cid_verify_post_confirm",
    summary: "Verify a customer's email or phone number by a code",
    docs: "https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_post",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId, field: VerifiableField },
    body: VerificationCode,
    bodyName: "verification",
    failures: byId
  })
}
