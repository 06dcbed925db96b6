/**
 * Whether a customer's email and phone number are verified.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields, Timestamp } from "./Entity.js"
import { optional, secret } from "./Fields.js"

const Verification = Schema.Struct({ verified_at: optional(Timestamp), allowed: optional(Schema.Boolean) })

const Communication_ = Schema.Struct({
  ...entityFields,
  communication: optional(Schema.Struct({ email: optional(Verification), phone_number: optional(Verification) }))
}).annotations({ identifier: "Communication" })

/**
 * A decoded {@link Communication}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Communication extends Schema.Schema.Type<typeof Communication_> {}

/**
 * A {@link Communication} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CommunicationEncoded extends Schema.Schema.Encoded<typeof Communication_> {}

/**
 * When the customer's email and phone number were verified by a code. What `allowed` means is not documented.
 *
 * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const Communication: Schema.Schema<Communication, CommunicationEncoded> = Communication_

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

const VerificationCode_ = Schema.Struct({ code: secret }).annotations({
  identifier: "VerificationCode"
})

/**
 * A decoded {@link VerificationCode}.
 *
 * @since 0.1.0
 * @category models
 */
export interface VerificationCode extends Schema.Schema.Type<typeof VerificationCode_> {}

/**
 * A {@link VerificationCode} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface VerificationCodeEncoded extends Schema.Schema.Encoded<typeof VerificationCode_> {}

/**
 * The code that the customer got.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VerificationCode: Schema.Schema<VerificationCode, VerificationCodeEncoded> = VerificationCode_
