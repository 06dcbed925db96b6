/**
 * Tokens by which a customer is recognised, such as the digest of an email or the number of a card, and the events of a token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Customer } from "./Customer.js"
import { naturalKey } from "./CustomerId.js"
import { entityFields, Timestamp } from "./Entity.js"
import { JsonKey, JsonValue } from "./JsonValue.js"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

const metadata = optional(Schema.Record({ key: JsonKey, value: JsonValue }))

const part = Schema.String.pipe(Schema.minLength(1))

/**
 * What names a token: `type` says who or what made the value, such as `sha1:email`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenTypeValue = Schema.Struct({ type: part, value: part }).annotations({ identifier: "TokenTypeValue" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenTypeValue = typeof TokenTypeValue.Type

/**
 * A token of a customer. `token_id` is the merchant's own key of it.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerToken = Schema.Struct({
  ...entityFields,
  token_id: optional(Schema.String),
  type: Schema.String,
  value: Schema.String,
  metadata
}).annotations({ identifier: "CustomerToken" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerToken = typeof CustomerToken.Type

/**
 * A new token of a customer. `token_id` is made by the service when it is left out.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTokenCreate = Schema.Struct({
  token_id: optional(naturalKey),
  type: part,
  value: part,
  metadata
}).annotations({ identifier: "CustomerTokenCreate" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerTokenCreate = typeof CustomerTokenCreate.Type

/**
 * Something that happened to a token. `status` is the token's status from then on, until `expires_at`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenEvent = Schema.Struct({
  event: Schema.String,
  status: optional(Schema.String),
  metadata,
  created_at: optional(Timestamp),
  expires_at: optional(Timestamp)
}).annotations({ identifier: "TokenEvent" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenEvent = typeof TokenEvent.Type

/**
 * Looks a token up, and records what happened to it when there is an `event`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenLookup = Schema.Struct({
  token: TokenTypeValue,
  event: optional(Schema.Struct({ event: Schema.String, status: optional(Schema.String), metadata }))
}).annotations({ identifier: "TokenLookup" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenLookup = typeof TokenLookup.Type

/**
 * Takes the events away from a token. `event` says why; its status is `DELETED`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_delete
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenEventsDelete = Schema.Struct({
  token: TokenTypeValue,
  event: optional(Schema.Struct({ event: optional(Schema.String), metadata }))
}).annotations({ identifier: "TokenEventsDelete" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenEventsDelete = typeof TokenEventsDelete.Type

const status = Schema.optionalWith(Schema.String, { exact: true, default: () => "UNKNOWN" })

/**
 * All that is known of a token: its owner, if it has one, its status and its events. `status` is that of the customer, or of the last
 * event that has not expired, or `UNKNOWN`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenDetail = Schema.Struct({
  id: optional(Schema.String),
  customer: optional(Customer),
  token: optional(CustomerToken),
  status,
  events: optional(Schema.Array(TokenEvent))
}).annotations({ identifier: "TokenDetail" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenDetail = typeof TokenDetail.Type

/**
 * The events of one token. `updated_at` is not documented, but the list can be asked for what changed since then
 * (assumed: event-updated-at).
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenEvents = Schema.Struct({
  id: optional(Schema.String),
  status,
  events: optional(Schema.Array(TokenEvent)),
  updated_at: optional(Timestamp)
}).annotations({ identifier: "TokenEvents" })

/**
 * @since 0.1.0
 * @category models
 */
export type TokenEvents = typeof TokenEvents.Type
