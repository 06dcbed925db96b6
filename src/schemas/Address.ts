/**
 * Postal addresses.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./OpenEnum.js"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

// A list of addresses is replaced as a whole. A field that this version does not know has to survive read, change, write.
const parseOptions = { onExcessProperty: "preserve" } as const

const lines = {
  address_line: Schema.String,
  address_line_2: optional(Schema.String),
  postal_place: Schema.String,
  /** ISO 3166-1 alpha-2, such as `NO`. */
  country: Schema.String
}

/**
 * A postal address.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits
 *
 * @since 0.1.0
 * @category schemas
 */
export const Address = Schema.Struct({ ...lines, postal_code: optional(Schema.String) }).annotations({
  identifier: "Address",
  parseOptions
})

/**
 * @since 0.1.0
 * @category models
 */
export type Address = typeof Address.Type

/**
 * A postal address with its `postal_code`, as the validation of addresses takes and gives it.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostalAddress = Schema.Struct({ ...lines, postal_code: Schema.String }).annotations({
  identifier: "PostalAddress",
  parseOptions
})

/**
 * @since 0.1.0
 * @category models
 */
export type PostalAddress = typeof PostalAddress.Type

/**
 * An address of a customer. `custom_type` names the type when `type` is `custom`.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerAddress = Schema.Struct({
  ...lines,
  postal_code: optional(Schema.String),
  latitude: optional(Schema.JsonNumber),
  longitude: optional(Schema.JsonNumber),
  type: optional(openEnum("custom", "home", "other", "work")),
  custom_type: optional(Schema.String),
  comment: optional(Schema.String)
}).annotations({ identifier: "CustomerAddress", parseOptions })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerAddress = typeof CustomerAddress.Type

/**
 * An address of a sales location, with its place on a map.
 *
 * Source: https://docs.dintero.com/api-reference/locations/location-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationAddress = Schema.Struct({
  ...lines,
  postal_code: optional(Schema.String),
  latitude: optional(Schema.JsonNumber),
  longitude: optional(Schema.JsonNumber)
}).annotations({ identifier: "LocationAddress", parseOptions })

/**
 * @since 0.1.0
 * @category models
 */
export type LocationAddress = typeof LocationAddress.Type

/**
 * The place of a postal code.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_postal_place
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostalPlace = Schema.Struct({
  country: Schema.String,
  postal_code: Schema.String,
  postal_place: Schema.String
}).annotations({ identifier: "PostalPlace" })

/**
 * @since 0.1.0
 * @category models
 */
export type PostalPlace = typeof PostalPlace.Type

/**
 * Whether an address is valid, and addresses that may have been meant.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address
 *
 * @since 0.1.0
 * @category schemas
 */
export const AddressValidation = Schema.Struct({
  valid: Schema.Boolean,
  alternatives: Schema.Array(PostalAddress)
}).annotations({ identifier: "AddressValidation" })

/**
 * @since 0.1.0
 * @category models
 */
export type AddressValidation = typeof AddressValidation.Type
