/**
 * Accounts and customers, as the inspector page shows them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

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
 * @since 0.1.0
 * @category schemas
 */
export const CustomerOverview = Schema.Struct({
  id: Schema.String,
  customer_id: Schema.String,
  type: Schema.String,
  email: Schema.NullOr(Schema.String),
  phone_number: Schema.NullOr(Schema.String),
  has_password: Schema.Boolean,
  created_at: Schema.DateTimeUtc
}).annotations({ identifier: "CustomerOverview" })

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerOverview = typeof CustomerOverview.Type
