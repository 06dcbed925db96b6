/**
 * Terms that customers accept.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"

/**
 * A version of the account's terms and conditions. A customer's `term` says which version was accepted, and when.
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 *
 * @since 0.1.0
 * @category schemas
 */
export const TermsAndConditions = Schema.Struct({ ...entityFields, terms: Schema.String }).annotations({
  identifier: "TermsAndConditions"
})

/**
 * @since 0.1.0
 * @category models
 */
export type TermsAndConditions = typeof TermsAndConditions.Type

/**
 * A new version of the terms.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TermsAndConditionsCreate = Schema.Struct({ terms: Schema.String }).annotations({
  identifier: "TermsAndConditionsCreate"
})

/**
 * @since 0.1.0
 * @category models
 */
export type TermsAndConditionsCreate = typeof TermsAndConditionsCreate.Type
