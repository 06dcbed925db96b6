/**
 * Whether a customer's email and phone number are verified.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields, Timestamp } from "./Entity.js"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

const Verification = Schema.Struct({ verified_at: optional(Timestamp), allowed: optional(Schema.Boolean) })

/**
 * When the customer's email and phone number were verified by a code. What `allowed` means is not documented.
 *
 * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const Communication = Schema.Struct({
  ...entityFields,
  communication: optional(Schema.Struct({ email: optional(Verification), phone_number: optional(Verification) }))
}).annotations({ identifier: "Communication" })

/**
 * @since 0.1.0
 * @category models
 */
export type Communication = typeof Communication.Type

/**
 * The field of a customer that a code verifies.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VerifiableField = Schema.Literal("email", "phone_number").annotations({ identifier: "VerifiableField" })

/**
 * @since 0.1.0
 * @category models
 */
export type VerifiableField = typeof VerifiableField.Type

/**
 * The code that the customer got.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VerificationCode = Schema.Struct({ code: Schema.Redacted(Schema.String) }).annotations({
  identifier: "VerificationCode"
})

/**
 * @since 0.1.0
 * @category models
 */
export type VerificationCode = typeof VerificationCode.Type
