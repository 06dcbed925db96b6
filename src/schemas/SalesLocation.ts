/**
 * Places where the account sells.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { LocationAddress } from "./Address.js"
import { naturalKey } from "./CustomerId.js"
import { entityFields } from "./Entity.js"
import { optional } from "./Fields.js"

const text = optional(Schema.String)

/**
 * What a caller says of a location, besides its `location_id`.
 *
 * @internal
 */
export const locationFields = {
  name: text,
  /** IANA, such as `Europe/Oslo`. */
  timezone: text,
  status: text,
  /** BCP 47. */
  language_code: text,
  /** ISO 4217. */
  currency: text,
  phone_number: text,
  chain: text,
  email: text,
  /** Merchant category code, four digits. */
  mcc: text,
  /** Global Location Number. */
  gln: text,
  organization_number: text,
  business_name: text,
  franchise: text,
  type: text,
  website_url: text,
  address: optional(LocationAddress)
}

const parseOptions = { onExcessProperty: "preserve" } as const

const SalesLocation_ = Schema.Struct({
  ...entityFields,
  account_id: text,
  location_id: text,
  ...locationFields
}).annotations({ identifier: "SalesLocation", parseOptions })

/**
 * A decoded {@link SalesLocation}.
 *
 * @since 0.1.0
 * @category models
 */
export interface SalesLocation extends Schema.Schema.Type<typeof SalesLocation_> {}

/**
 * A {@link SalesLocation} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface SalesLocationEncoded extends Schema.Schema.Encoded<typeof SalesLocation_> {}

/**
 * A place where the account sells. `location_id` is the merchant's own key.
 *
 * Source: https://docs.dintero.com/customers-api/locations/aid_locations_lid_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const SalesLocation: Schema.Schema<SalesLocation, SalesLocationEncoded> = SalesLocation_

const SalesLocationInput_ = Schema.Struct({ location_id: optional(naturalKey), ...locationFields }).annotations({
  identifier: "SalesLocationInput",
  parseOptions
})

/**
 * A decoded {@link SalesLocationInput}.
 *
 * @since 0.1.0
 * @category models
 */
export interface SalesLocationInput extends Schema.Schema.Type<typeof SalesLocationInput_> {}

/**
 * A {@link SalesLocationInput} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface SalesLocationInputEncoded extends Schema.Schema.Encoded<typeof SalesLocationInput_> {}

/**
 * A new place, or changes of one. `location_id` is made by the service when it is left out.
 *
 * Source: https://docs.dintero.com/customers-api/locations/aid_location_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const SalesLocationInput: Schema.Schema<SalesLocationInput, SalesLocationInputEncoded> = SalesLocationInput_
