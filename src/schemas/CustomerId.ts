/**
 * The merchant's own key of a customer.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { textBetween } from "./Fields.js"

/**
 * No space at either end. The service's own limit of the length is 255.
 *
 * @internal
 */
export const naturalKey = textBetween(1, 255)
  .pipe(Schema.pattern(/^\S(?:[\s\S]*\S)?$/))
  .annotations({ description: "1 to 255 characters, without a space at either end" })

/**
 * `customer_id`: the merchant's own key of a customer, 1 to 255 characters without a space at either end. It is another id than the
 * customer's `id`, which the service makes.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerId = naturalKey.annotations({ identifier: "CustomerId" })
