/**
 * Postal addresses.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

// A list of addresses is replaced as a whole. A field that this version does not know has to survive read, change, write.
const parseOptions = { onExcessProperty: "preserve" } as const

const lines = {
  address_line: Schema.String,
  address_line_2: optional(Schema.String),
  postal_place: Schema.String,
  /** ISO 3166-1 alpha-2, such as `NO`. */
  country: Schema.String
}

const Address_ = Schema.Struct({ ...lines, postal_code: optional(Schema.String) }).annotations({
  identifier: "Address",
  parseOptions
})

/**
 * A decoded {@link Address}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Address extends Schema.Schema.Type<typeof Address_> {}

/**
 * A {@link Address} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddressEncoded extends Schema.Schema.Encoded<typeof Address_> {}

/**
 * A postal address.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits
 *
 * @since 0.1.0
 * @category schemas
 */
export const Address: Schema.Schema<Address, AddressEncoded> = Address_

const PostalAddress_ = Schema.Struct({ ...lines, postal_code: Schema.String }).annotations({
  identifier: "PostalAddress",
  parseOptions
})

/**
 * A decoded {@link PostalAddress}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostalAddress extends Schema.Schema.Type<typeof PostalAddress_> {}

/**
 * A {@link PostalAddress} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostalAddressEncoded extends Schema.Schema.Encoded<typeof PostalAddress_> {}

/**
 * A postal address with its `postal_code`, as the validation of addresses takes and gives it.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostalAddress: Schema.Schema<PostalAddress, PostalAddressEncoded> = PostalAddress_

const CustomerAddress_ = Schema.Struct({
  ...lines,
  postal_code: optional(Schema.String),
  latitude: optional(Schema.Finite),
  longitude: optional(Schema.Finite),
  type: optional(openEnum("custom", "home", "other", "work")),
  custom_type: optional(Schema.String),
  comment: optional(Schema.String)
}).annotations({ identifier: "CustomerAddress", parseOptions })

/**
 * A decoded {@link CustomerAddress}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerAddress extends Schema.Schema.Type<typeof CustomerAddress_> {}

/**
 * A {@link CustomerAddress} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerAddressEncoded extends Schema.Schema.Encoded<typeof CustomerAddress_> {}

/**
 * An address of a customer. `custom_type` names the type when `type` is `custom`.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerAddress: Schema.Schema<CustomerAddress, CustomerAddressEncoded> = CustomerAddress_

const LocationAddress_ = Schema.Struct({
  ...lines,
  postal_code: optional(Schema.String),
  latitude: optional(Schema.Finite),
  longitude: optional(Schema.Finite)
}).annotations({ identifier: "LocationAddress", parseOptions })

/**
 * A decoded {@link LocationAddress}.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocationAddress extends Schema.Schema.Type<typeof LocationAddress_> {}

/**
 * A {@link LocationAddress} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocationAddressEncoded extends Schema.Schema.Encoded<typeof LocationAddress_> {}

/**
 * An address of a sales location, with its place on a map.
 *
 * Source: https://docs.dintero.com/api-reference/locations/location-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationAddress: Schema.Schema<LocationAddress, LocationAddressEncoded> = LocationAddress_

const PostalPlace_ = Schema.Struct({
  country: Schema.String,
  postal_code: Schema.String,
  postal_place: Schema.String
}).annotations({ identifier: "PostalPlace" })

/**
 * A decoded {@link PostalPlace}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostalPlace extends Schema.Schema.Type<typeof PostalPlace_> {}

/**
 * A {@link PostalPlace} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostalPlaceEncoded extends Schema.Schema.Encoded<typeof PostalPlace_> {}

/**
 * The place of a postal code.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_postal_place
 *
 * @since 0.1.0
 * @category schemas
 */
export const PostalPlace: Schema.Schema<PostalPlace, PostalPlaceEncoded> = PostalPlace_

const AddressValidation_ = Schema.Struct({
  valid: Schema.Boolean,
  alternatives: Schema.Array(PostalAddress)
}).annotations({ identifier: "AddressValidation" })

/**
 * A decoded {@link AddressValidation}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddressValidation extends Schema.Schema.Type<typeof AddressValidation_> {}

/**
 * A {@link AddressValidation} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddressValidationEncoded extends Schema.Schema.Encoded<typeof AddressValidation_> {}

/**
 * Whether an address is valid, and addresses that may have been meant.
 *
 * Source: https://docs.dintero.com/api-reference/addresses/aid_search_external_validate_address
 *
 * @since 0.1.0
 * @category schemas
 */
export const AddressValidation: Schema.Schema<AddressValidation, AddressValidationEncoded> = AddressValidation_
