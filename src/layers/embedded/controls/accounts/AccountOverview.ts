/**
 * Accounts and customers, as the inspector page shows them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Customer } from "../../../../schemas/Customer.js"
import { CustomerTag } from "../../../../schemas/CustomerTag.js"
import { CustomerToken, CustomerTokenEvent } from "../../../../schemas/CustomerToken.js"
import { optional } from "../../../../schemas/Fields.js"

/**
 * - `client_secret`: only known for clients of the seed, since the database has only digests
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientOverview = Schema.Struct({
  id: Schema.String,
  client_id: Schema.String,
  name: Schema.NullOr(Schema.String),
  client_secret: Schema.NullOr(Schema.String),
  grants: Schema.Array(Schema.Struct({ audience: Schema.String, type: Schema.String, scope: Schema.Array(Schema.String) }))
}).annotations({ identifier: "ClientOverview" })

/**
 * - `customers`: without those that are deleted
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountOverview = Schema.Struct({
  account_id: Schema.String,
  access_token_lifetime: Schema.Int,
  created_at: Schema.DateTimeUtc,
  customers: Schema.Int,
  clients: Schema.Array(ClientOverview)
}).annotations({ identifier: "AccountOverview" })

/**
 * @since 0.1.0
 * @category models
 */
export type AccountOverview = typeof AccountOverview.Type

/**
 * - `name`: of a person, or else of the company
 * - `deleted_at`: null unless the customer is deleted. Then the other fields are what is left
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerOverview = Schema.Struct({
  id: Schema.String,
  customer_id: Schema.String,
  type: Schema.String,
  name: Schema.NullOr(Schema.String),
  email: Schema.NullOr(Schema.String),
  phone_number: Schema.NullOr(Schema.String),
  has_password: Schema.Boolean,
  created_at: Schema.DateTimeUtc,
  deleted_at: Schema.NullOr(Schema.DateTimeUtc)
}).annotations({ identifier: "CustomerOverview" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerOverview = typeof CustomerOverview.Type

/**
 * Selects customers: those that fit every field that is given.
 *
 * - `search`: the beginning of a first name, of a last name, of both, of the `customer_id`, of the email or of the phone number, in any case
 * - `tag_id`: the `id` of a tag
 * - `include_deleted`: also those that are deleted. A search does not find them, since nothing is left of them to be found by
 * - `after`: the `customer_id` after which the list continues
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerMatch = Schema.Struct({
  search: optional(Schema.String),
  type: optional(Schema.String),
  tag_id: optional(Schema.String),
  include_deleted: optional(Schema.Boolean),
  after: optional(Schema.String)
}).annotations({ identifier: "CustomerMatch" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerMatch = typeof CustomerMatch.Type

/**
 * Selects audit events: those that fit every field that is given.
 *
 * - `actor`: the `id` of the API client, account user or login that did it
 * - `action`: the operation, such as `auth.roles.create`
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuditMatch = Schema.Struct({
  actor: optional(Schema.String),
  action: optional(Schema.String)
}).annotations({ identifier: "AuditMatch" })

/**
 * @since 0.1.0
 * @category models
 */
export type AuditMatch = typeof AuditMatch.Type

/**
 * A token with what its events say.
 *
 * - `status`: that of the customer, or else of the last event which has one and has not expired, or else `UNKNOWN`
 * - `events`: how many there are
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenOverview = Schema.Struct({
  token: CustomerToken,
  status: Schema.String,
  events: Schema.Int,
  latest_event: Schema.NullOr(CustomerTokenEvent)
}).annotations({ identifier: "TokenOverview" })

/**
 * A customer with what belongs to it. Neither a password nor a pin is in it, nor a digest of one.
 *
 * - `customer`: as the API answers it to the back end of the account
 * - `email_verified_at`, `phone_verified_at`: when the customer confirmed a code that was sent there
 * - `tokens`: the newest 100, deleted ones included
 * - `token_count`: how many there are in all
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerDetails = Schema.Struct({
  customer: Customer,
  has_password: Schema.Boolean,
  has_pin: Schema.Boolean,
  email_verified_at: Schema.NullOr(Schema.DateTimeUtc),
  phone_verified_at: Schema.NullOr(Schema.DateTimeUtc),
  tags: Schema.Array(CustomerTag),
  tokens: Schema.Array(TokenOverview),
  token_count: Schema.Int
}).annotations({ identifier: "CustomerDetails" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerDetails = typeof CustomerDetails.Type
