/**
 * Labels of customers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { JsonKey, JsonValue } from "./JsonValue.js"

const metadata = Schema.optionalWith(Schema.Record({ key: JsonKey, value: JsonValue }), { exact: true })

/**
 * A label that customers can have, such as `VIP`.
 *
 * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTag = Schema.Struct({ ...entityFields, tag: Schema.String, metadata }).annotations({
  identifier: "CustomerTag"
})

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerTag = typeof CustomerTag.Type

/**
 * A new label.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTagCreate = Schema.Struct({ tag: Schema.String, metadata }).annotations({ identifier: "CustomerTagCreate" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerTagCreate = typeof CustomerTagCreate.Type
