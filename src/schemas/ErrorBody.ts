/**
 * The body of every answer that is not a success.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JsonValue } from "./JsonValue.js"

/**
 * One wrong value of a request, as the service's validation says it: `code` such as `INVALID_TYPE`, `path` the keys and indices
 * (as texts) below the parameter. Some answers have a `description` and nothing else. Not documented, so nothing is required (recorded traffic).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorItem = Schema.Struct({
  code: Schema.optionalWith(Schema.String, { exact: true }),
  params: Schema.optionalWith(Schema.Array(JsonValue), { exact: true }),
  message: Schema.optionalWith(Schema.String, { exact: true }),
  path: Schema.optionalWith(Schema.Union(Schema.Array(Schema.String), Schema.String), { exact: true }),
  description: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "ErrorItem" })

/**
 * @since 0.1.0
 * @category models
 */
export type ErrorItem = typeof ErrorItem.Type

/**
 * `{"error":{"code":"NOT FOUND","message":"Customer not found"}}`.
 *
 * - `code`: a text, some with spaces. Not there when the access token was refused: `{"error":{"errors":[],"message":"UNAUTHORIZED"}}` says all
 *   that there is to know. `NOT FOUND`, `NOT_FOUND` (of an unknown route), `INVALID_REQUEST_PARAMETER` and `mfa_required` are known.
 * - `errors`: what is wrong with a request, when it did not fit the documented schema (`INVALID_REQUEST_PARAMETER`)
 * - `in`, `name`, `path`: of the parameter that it is about: `body`, `path` or `query`; its name, `data` for a body; and where the
 *   documentation describes it
 *
 * Source: https://docs.dintero.com/docs/errors (`code`, `message`, `errors`), and recorded traffic (the other fields).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorBody = Schema.Struct({
  error: Schema.Struct({
    code: Schema.optionalWith(Schema.String, { exact: true }),
    message: Schema.String,
    errors: Schema.optionalWith(Schema.Array(ErrorItem), { exact: true }),
    in: Schema.optionalWith(Schema.String, { exact: true }),
    name: Schema.optionalWith(Schema.String, { exact: true }),
    path: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
  })
}).annotations({ identifier: "Error" })

/**
 * @since 0.1.0
 * @category models
 */
export type ErrorBody = typeof ErrorBody.Type
