/**
 * The body of every answer that is not a success.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "./Fields.js"
import { JsonValue } from "./JsonValue.js"

const ErrorItem_ = Schema.Struct({
  code: optional(Schema.String),
  params: optional(Schema.Array(JsonValue)),
  message: optional(Schema.String),
  path: optional(Schema.Union(Schema.Array(Schema.String), Schema.String)),
  description: optional(Schema.String)
}).annotations({ identifier: "ErrorItem" })

/**
 * A decoded {@link ErrorItem}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorItem extends Schema.Schema.Type<typeof ErrorItem_> {}

/**
 * A wrong value of a request as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorItemEncoded extends Schema.Schema.Encoded<typeof ErrorItem_> {}

/**
 * A wrong value of a request, as the service's validation describes it.
 *
 * - `code`: such as `INVALID_TYPE`
 * - `path`: the keys and indices below the parameter, as texts
 *
 * Some answers have a `description` and nothing else. The fields are not documented, so none is required (recorded traffic).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorItem: Schema.Schema<ErrorItem, ErrorItemEncoded> = ErrorItem_

const ErrorBody_ = Schema.Struct({
  error: Schema.Struct({
    code: optional(Schema.String),
    message: Schema.String,
    errors: optional(Schema.Array(ErrorItem)),
    in: optional(Schema.String),
    name: optional(Schema.String),
    path: optional(Schema.Array(Schema.String))
  })
}).annotations({ identifier: "Error" })

/**
 * A decoded {@link ErrorBody}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorBody extends Schema.Schema.Type<typeof ErrorBody_> {}

/**
 * The body of a failure as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorBodyEncoded extends Schema.Schema.Encoded<typeof ErrorBody_> {}

/**
 * The body of a failure, such as `{"error":{"code":"NOT FOUND","message":"Customer not found"}}`.
 *
 * - `code`: a text, which may contain spaces. It is absent when the access token was refused: that body is
 *   `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`. Known codes are `NOT FOUND`, `NOT_FOUND` (for an unknown route),
 *   `INVALID_REQUEST_PARAMETER` and `mfa_required`.
 * - `errors`: the wrong values of a request that did not fit the documented schema (`INVALID_REQUEST_PARAMETER`)
 * - `in`, `name`, `path`: the parameter that was wrong. `in` is `body`, `path` or `query`; `name` is the parameter's name, which is `data` for a
 *   body; `path` is the place in the API's own description.
 *
 * Source: https://docs.dintero.com/docs/errors (`code`, `message`, `errors`), and recorded traffic (the other fields).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorBody: Schema.Schema<ErrorBody, ErrorBodyEncoded> = ErrorBody_
