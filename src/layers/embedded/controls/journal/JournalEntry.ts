/**
 * A request in the journal. It contains no secret.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, withDefault } from "../../../../schemas/Fields.js"

/**
 * An operation that is similar to a request for no operation, and the difference.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NearMiss = Schema.Struct({
  operation: Schema.String,
  method: Schema.String,
  path: Schema.String,
  why: Schema.String
}).annotations({ identifier: "NearMiss" })

/**
 * @since 0.1.0
 * @category models
 */
export type NearMiss = typeof NearMiss.Type

/**
 * - `id`: the number of the request in its system, from 1, in the order of arrival
 * - `at`, `duration_millis`: by the system's clock
 * - `path`: as it was sent, without the query
 * - `operation`: null when the path or the method is unknown. Then `near_misses` has the most similar operations
 * - `caller`: the client and subject of the credential, if it was accepted
 * - `customer_ids`: the `customer_id` of each customer that the request was about: of the path, of the customer's token that authorised it,
 *   and of the customer that was created, read, changed or logged in
 * - `request`, `response`: the bodies as JSON, with `<redacted>` for each secret. Null when there is no body, or it could not be read
 * - `request_length`, `response_length`: the bytes of a body that is too long to be kept whole (more than 8 KiB). `request` or `response` is then its
 *   beginning, about 8 KiB of it: a list ends with a text such as `… and 187 more`, an object with a field `…`, and a long text with `…`. Null for a
 *   body that is whole, and when there is none
 * - `status`: null when the connection was cut without a response
 * - `hint`: an explanation of a refusal for a developer. Null when the body says everything
 * - `fault`: the number and kind of the fault rule that was applied
 *
 * @since 0.1.0
 * @category schemas
 */
export const JournalEntry = Schema.Struct({
  id: Schema.Int,
  at: Schema.DateTimeUtc,
  duration_millis: Schema.Number,
  method: Schema.String,
  path: Schema.String,
  operation: Schema.NullOr(Schema.String),
  account_id: Schema.NullOr(Schema.String),
  caller: Schema.NullOr(Schema.Struct({ client_id: Schema.String, subject: Schema.String, scopes: Schema.Array(Schema.String) })),
  customer_ids: Schema.Array(Schema.String),
  request: Schema.Unknown,
  // Entries in a database of an earlier release do not have the lengths.
  request_length: withDefault(Schema.NullOr(Schema.Int), null),
  status: Schema.NullOr(Schema.Int),
  response: Schema.Unknown,
  response_length: withDefault(Schema.NullOr(Schema.Int), null),
  fault: Schema.NullOr(Schema.Struct({ rule: Schema.Int, kind: Schema.String })),
  near_misses: Schema.Array(NearMiss),
  hint: Schema.NullOr(Schema.String)
}).annotations({ identifier: "JournalEntry" })

/**
 * @since 0.1.0
 * @category models
 */
export type JournalEntry = typeof JournalEntry.Type

/**
 * Selects requests: those with the same value in every field that is given.
 *
 * - `operation`: `none` selects the requests for a path or a method that the API does not have
 * - `customer_id`: selects the requests that have it among their `customer_ids`
 *
 * @since 0.1.0
 * @category schemas
 */
export const JournalMatch = Schema.Struct({
  operation: optional(Schema.String),
  account_id: optional(Schema.String),
  customer_id: optional(Schema.String),
  status: optional(Schema.Int)
}).annotations({ identifier: "JournalMatch" })

/**
 * @since 0.1.0
 * @category models
 */
export type JournalMatch = typeof JournalMatch.Type

/**
 * @since 0.1.0
 * @category predicates
 */
export const matches =
  (match: JournalMatch) =>
  (entry: Pick<JournalEntry, "operation" | "account_id" | "customer_ids" | "status">): boolean =>
    (match.operation === undefined || match.operation === (entry.operation ?? "none")) &&
    (match.account_id === undefined || match.account_id === entry.account_id) &&
    (match.customer_id === undefined || entry.customer_ids.includes(match.customer_id)) &&
    (match.status === undefined || match.status === entry.status)
