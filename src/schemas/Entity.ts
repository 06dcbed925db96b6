/**
 * The fields that the service adds to most things that it stores.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, time } from "./Fields.js"

/**
 * A point in time, in RFC 3339.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Timestamp = time

/**
 * Which fields an entity has. The service sets each of them; no request needs one.
 *
 * - `id`: a UUID. It is another one than the natural key, such as `customer_id`.
 * - `created_by`, `deleted_by`: the id of the API client or user
 * - `deleted_at`: is there after a deletion alone
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 *
 * @since 0.1.0
 * @category schemas
 */
export const entityFields = {
  id: optional(Schema.String),
  created_at: optional(Timestamp),
  created_by: optional(Schema.String),
  updated_at: optional(Timestamp),
  deleted_by: optional(Schema.String),
  deleted_at: optional(Timestamp)
}
