/**
 * Tokens by which a customer is recognised, such as the digest of an email or the number of a card, and the events of a token.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Customer } from "./Customer.js"
import { naturalKey } from "./CustomerId.js"
import { entityFields, Timestamp } from "./Entity.js"
import { optional, withDefault } from "./Fields.js"
import { JsonKey, JsonValue } from "./JsonValue.js"

const metadata = optional(Schema.Record({ key: JsonKey, value: JsonValue }))

const part = Schema.NonEmptyString

const TokenTypeValue_ = Schema.Struct({ type: part, value: part }).annotations({ identifier: "TokenTypeValue" })

/**
 * A decoded {@link TokenTypeValue}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenTypeValue extends Schema.Schema.Type<typeof TokenTypeValue_> {}

/**
 * A {@link TokenTypeValue} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenTypeValueEncoded extends Schema.Schema.Encoded<typeof TokenTypeValue_> {}

/**
 * What names a token: `type` says who or what made the value, such as `sha1:email`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenTypeValue: Schema.Schema<TokenTypeValue, TokenTypeValueEncoded> = TokenTypeValue_

const CustomerToken_ = Schema.Struct({
  ...entityFields,
  token_id: optional(Schema.String),
  type: Schema.String,
  value: Schema.String,
  metadata
}).annotations({ identifier: "CustomerToken" })

/**
 * A decoded {@link CustomerToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerToken extends Schema.Schema.Type<typeof CustomerToken_> {}

/**
 * A {@link CustomerToken} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTokenEncoded extends Schema.Schema.Encoded<typeof CustomerToken_> {}

/**
 * A token of a customer. `token_id` is the merchant's own key of it.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerToken: Schema.Schema<CustomerToken, CustomerTokenEncoded> = CustomerToken_

const CustomerTokenCreate_ = Schema.Struct({
  token_id: optional(naturalKey),
  type: part,
  value: part,
  metadata
}).annotations({ identifier: "CustomerTokenCreate" })

/**
 * A decoded {@link CustomerTokenCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTokenCreate extends Schema.Schema.Type<typeof CustomerTokenCreate_> {}

/**
 * A {@link CustomerTokenCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTokenCreateEncoded extends Schema.Schema.Encoded<typeof CustomerTokenCreate_> {}

/**
 * A new token of a customer. `token_id` is made by the service when it is left out.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTokenCreate: Schema.Schema<CustomerTokenCreate, CustomerTokenCreateEncoded> = CustomerTokenCreate_

const TokenEvent_ = Schema.Struct({
  event: Schema.String,
  status: optional(Schema.String),
  metadata,
  created_at: optional(Timestamp),
  expires_at: optional(Timestamp)
}).annotations({ identifier: "TokenEvent" })

/**
 * A decoded {@link CustomerTokenEvent}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTokenEvent extends Schema.Schema.Type<typeof TokenEvent_> {}

/**
 * A {@link CustomerTokenEvent} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerTokenEventEncoded extends Schema.Schema.Encoded<typeof TokenEvent_> {}

/**
 * Something that happened to a token. `status` is the token's status from then on, until `expires_at`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerTokenEvent: Schema.Schema<CustomerTokenEvent, CustomerTokenEventEncoded> = TokenEvent_

const TokenLookup_ = Schema.Struct({
  token: TokenTypeValue,
  event: optional(Schema.Struct({ event: Schema.String, status: optional(Schema.String), metadata }))
}).annotations({ identifier: "TokenLookup" })

/**
 * A decoded {@link TokenLookup}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenLookup extends Schema.Schema.Type<typeof TokenLookup_> {}

/**
 * A {@link TokenLookup} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenLookupEncoded extends Schema.Schema.Encoded<typeof TokenLookup_> {}

/**
 * Looks a token up, and records what happened to it when there is an `event`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenLookup: Schema.Schema<TokenLookup, TokenLookupEncoded> = TokenLookup_

const TokenEventsDelete_ = Schema.Struct({
  token: TokenTypeValue,
  event: optional(Schema.Struct({ event: optional(Schema.String), metadata }))
}).annotations({ identifier: "TokenEventsDelete" })

/**
 * A decoded {@link TokenEventsDelete}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEventsDelete extends Schema.Schema.Type<typeof TokenEventsDelete_> {}

/**
 * A {@link TokenEventsDelete} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEventsDeleteEncoded extends Schema.Schema.Encoded<typeof TokenEventsDelete_> {}

/**
 * Takes the events away from a token. `event` says why; its status is `DELETED`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_delete
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenEventsDelete: Schema.Schema<TokenEventsDelete, TokenEventsDeleteEncoded> = TokenEventsDelete_

const status = withDefault(Schema.String, "UNKNOWN")

const TokenDetail_ = Schema.Struct({
  id: optional(Schema.String),
  customer: optional(Customer),
  token: optional(CustomerToken),
  status,
  events: optional(Schema.Array(CustomerTokenEvent))
}).annotations({ identifier: "TokenDetail" })

/**
 * A decoded {@link TokenDetail}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenDetail extends Schema.Schema.Type<typeof TokenDetail_> {}

/**
 * A {@link TokenDetail} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenDetailEncoded extends Schema.Schema.Encoded<typeof TokenDetail_> {}

/**
 * All that is known of a token: its owner, if it has one, its status and its events. `status` is that of the customer, or of the last
 * event that has not expired, or `UNKNOWN`.
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenDetail: Schema.Schema<TokenDetail, TokenDetailEncoded> = TokenDetail_

const TokenEvents_ = Schema.Struct({
  id: optional(Schema.String),
  status,
  events: optional(Schema.Array(CustomerTokenEvent)),
  updated_at: optional(Timestamp)
}).annotations({ identifier: "TokenEvents" })

/**
 * A decoded {@link TokenEvents}.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEvents extends Schema.Schema.Type<typeof TokenEvents_> {}

/**
 * A {@link TokenEvents} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenEventsEncoded extends Schema.Schema.Encoded<typeof TokenEvents_> {}

/**
 * The events of one token. `updated_at` is not documented, but the list can be asked for what changed since then
 * (assumed: event-updated-at).
 *
 * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenEvents: Schema.Schema<TokenEvents, TokenEventsEncoded> = TokenEvents_
