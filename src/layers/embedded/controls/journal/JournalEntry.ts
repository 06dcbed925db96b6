/**
 * What the journal keeps of a request. No secret is in it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Optional.js"

/**
 * An operation that a request without one may have meant, and what is different.
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
 * - `id`: counts the requests of a system, from 1, in the order in which they came
 * - `at`, `duration_millis`: by the system's clock
 * - `path`: as it was asked for, without the query
 * - `operation`: none when the path or the method is unknown; then `near_misses` says what comes close
 * - `caller`: whose token or secret it was, if it was accepted
 * - `request`, `response`: the bodies as JSON, with `<redacted>` for each secret; none where there is no body or it could not be read
 * - `status`: none when the connection was cut without an answer
 * - `hint`: why it was refused, for a developer; none where the body says all of it
 * - `fault`: the rule that was applied to it, as its number and kind
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
  request: Schema.Unknown,
  status: Schema.NullOr(Schema.Int),
  response: Schema.Unknown,
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
 * Which requests are meant: those that have every field that is given.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JournalMatch = Schema.Struct({
  operation: optional(Schema.String),
  account_id: optional(Schema.String),
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
  (entry: JournalEntry): boolean =>
    (match.operation === undefined || match.operation === entry.operation) &&
    (match.account_id === undefined || match.account_id === entry.account_id) &&
    (match.status === undefined || match.status === entry.status)
