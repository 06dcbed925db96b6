/**
 * Terms that customers accept.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"

const TermsAndConditions_ = Schema.Struct({ ...entityFields, terms: Schema.String }).annotations({
  identifier: "TermsAndConditions"
})

/**
 * A decoded {@link TermsAndConditions}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TermsAndConditions extends Schema.Schema.Type<typeof TermsAndConditions_> {}

/**
 * A {@link TermsAndConditions} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TermsAndConditionsEncoded extends Schema.Schema.Encoded<typeof TermsAndConditions_> {}

/**
 * A version of the account's terms and conditions. A customer's `term` says which version was accepted, and when.
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 *
 * @since 0.1.0
 * @category schemas
 */
export const TermsAndConditions: Schema.Schema<TermsAndConditions, TermsAndConditionsEncoded> = TermsAndConditions_

const TermsAndConditionsCreate_ = Schema.Struct({ terms: Schema.String }).annotations({
  identifier: "TermsAndConditionsCreate"
})

/**
 * A decoded {@link TermsAndConditionsCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TermsAndConditionsCreate extends Schema.Schema.Type<typeof TermsAndConditionsCreate_> {}

/**
 * A {@link TermsAndConditionsCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TermsAndConditionsCreateEncoded extends Schema.Schema.Encoded<typeof TermsAndConditionsCreate_> {}

/**
 * A new version of the terms.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TermsAndConditionsCreate: Schema.Schema<TermsAndConditionsCreate, TermsAndConditionsCreateEncoded> =
  TermsAndConditionsCreate_
