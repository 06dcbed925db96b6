/**
 * The body of every answer that is not a success.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JsonValue } from "./JsonValue.js"

/**
 * `{"error":{"code":"NOT FOUND","message":"Customer not found"}}`. `code` is a text with spaces, not a constant to
 * switch on: only `NOT FOUND` and `mfa_required` are known.
 *
 * Source: API reference, sections 3.1 and 7.6.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorBody = Schema.Struct({
  error: Schema.Struct({
    code: Schema.optionalWith(Schema.String, { exact: true }),
    message: Schema.String,
    errors: Schema.optionalWith(Schema.Array(JsonValue), { exact: true })
  })
}).annotations({ identifier: "Error" })

/**
 * @since 0.1.0
 * @category models
 */
export type ErrorBody = typeof ErrorBody.Type
