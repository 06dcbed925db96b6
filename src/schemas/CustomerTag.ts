/**
 * Labels of customers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { optional } from "./Fields.js"
import { JsonKey, JsonValue } from "./JsonValue.js"

const metadata = optional(Schema.Record({ key: JsonKey, value: JsonValue }))

const CustomerTag_ = Schema.Struct({ ...entityFields, tag: Schema.String, metadata }).annotations({
  identifier: "CustomerTag"
})

/**
 * A decoded {@link CustomerTag}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTag extends Schema.Schema.Type<typeof CustomerTag_> {}

/**
 * A {@link CustomerTag} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTagEncoded extends Schema.Schema.Encoded<typeof CustomerTag_> {}

/**
 * A label that customers can have, such as `VIP`.
 *
 * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTag: Schema.Schema<CustomerTag, CustomerTagEncoded> = CustomerTag_

const CustomerTagCreate_ = Schema.Struct({ tag: Schema.String, metadata }).annotations({ identifier: "CustomerTagCreate" })

/**
 * A decoded {@link CustomerTagCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTagCreate extends Schema.Schema.Type<typeof CustomerTagCreate_> {}

/**
 * A {@link CustomerTagCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTagCreateEncoded extends Schema.Schema.Encoded<typeof CustomerTagCreate_> {}

/**
 * A new label.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTagCreate: Schema.Schema<CustomerTagCreate, CustomerTagCreateEncoded> = CustomerTagCreate_
