/**
 * What an error tells of its call: the request, its attempts, and the values that were wrong.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "./Fields.js"

const Millis = Schema.Finite.pipe(Schema.nonNegative())

const Attempt_ = Schema.Struct({
  status: optional(Schema.Int),
  reason: optional(Schema.String),
  delay: Millis,
  elapsed: Millis,
  requestId: optional(Schema.String)
}).annotations({ identifier: "Attempt" })

/**
 * A decoded {@link Attempt}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt extends Schema.Schema.Type<typeof Attempt_> {}

/**
 * An attempt in an error that was turned into JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface AttemptEncoded extends Schema.Schema.Encoded<typeof Attempt_> {}

/**
 * One attempt of a call, as the error of the call keeps it.
 *
 * - `status`: of the answer, when there was an answer
 * - `reason`: why there was no usable answer: a `reason` of `TransportError`, or `invalid-response`
 * - `delay`: how many milliseconds the call waited before this attempt; `0` before the first
 * - `elapsed`: milliseconds from the start of the call to the end of this attempt
 * - `requestId`: the server's own id of the request, when it sent one
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt: Schema.Schema<Attempt, AttemptEncoded> = Attempt_

/**
 * The reason why a failed call was not tried again, although the failure was one that can be tried again.
 *
 * - `exhausted`: all attempts of the policy were used
 * - `budget`: too many recent calls of this operation were retries
 * - `deadline`: the next attempt would have started after the deadline of the call, or the deadline ended an attempt
 * - `not-idempotent`: the server may have done what was asked, and this operation must not be done twice
 * - `retry-after-too-long`: the server asks for a longer wait than `maxRetryAfter`
 * - `breaker`: the circuit breaker is open
 *
 * @since 0.1.0
 * @category models
 */
export type Stopped = "exhausted" | "budget" | "deadline" | "not-idempotent" | "retry-after-too-long" | "breaker"

/**
 * The schema of {@link Stopped}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Stopped: Schema.Schema<Stopped> = Schema.Literal(
  "exhausted",
  "budget",
  "deadline",
  "not-idempotent",
  "retry-after-too-long",
  "breaker"
)

const RequestInfo_ = Schema.Struct({
  operation: Schema.String,
  method: Schema.String,
  path: Schema.String,
  account: Schema.String,
  status: optional(Schema.Int),
  requestId: optional(Schema.String),
  clientRequestId: optional(Schema.String),
  attempts: Schema.Int,
  history: Schema.Array(Attempt),
  stopped: optional(Stopped),
  retryAt: optional(Schema.DateTimeUtc)
})

/**
 * Decoded {@link RequestInfo}.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestInfo extends Schema.Schema.Type<typeof RequestInfo_> {}

/**
 * The request of an error that was turned into JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestInfoEncoded extends Schema.Schema.Encoded<typeof RequestInfo_> {}

/**
 * Which call failed. It has names and templates and no values, so it holds no secret.
 *
 * - `operation`: the name of the method, such as `customers.settings.get`
 * - `method`, `path`: the HTTP method and the path template
 * - `account`: the account id of the call
 * - `status`: of the answer, when there was an answer
 * - `requestId`: the server's own id of the request, when it sent one (`request-id` or `x-request-id`)
 * - `clientRequestId`: this package's own id of the call, the same in all attempts. It is sent as a header only if the layer is told to.
 * - `attempts`: how many times the request was sent; `0` when it was not sent
 * - `history`: every attempt, in order. It also has the attempts that a breaker or a bulkhead refused, which `attempts` does not count.
 * - `stopped`: why the call was not tried again, when the failure was one that can be tried again
 * - `retryAt`: the earliest time for another call, by the local clock, when the server or the breaker gave a time
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestInfo: Schema.Schema<RequestInfo, RequestInfoEncoded> = RequestInfo_

const Issue_ = Schema.Struct({ path: Schema.String, message: Schema.String }).annotations({ identifier: "Issue" })

/**
 * A decoded {@link Issue}. It is the same on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface Issue extends Schema.Schema.Type<typeof Issue_> {}

/**
 * One wrong value of an input or an answer.
 *
 * - `path`: where the value is, such as `users.head.enabled`; empty for the whole
 * - `message`: what was expected. It does not repeat the value.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Issue: Schema.Schema<Issue> = Issue_

const ValidationIssue_ = Schema.Struct({
  path: Schema.String,
  code: optional(Schema.String),
  message: Schema.String
}).annotations({ identifier: "ValidationIssue" })

/**
 * A decoded {@link ValidationIssue}. It is the same on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ValidationIssue extends Schema.Schema.Type<typeof ValidationIssue_> {}

/**
 * One wrong value that the server found in a request.
 *
 * - `path`: where the value is, such as `users.head.enabled`. It is empty for the whole body. For a parameter outside the body it starts with
 *   the parameter's name.
 * - `code`: such as `OBJECT_MISSING_REQUIRED_PROPERTY`, when the server sent one
 * - `message`: the server's words, which may repeat the value unless it is a secret
 *
 * Source: recorded traffic.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ValidationIssue: Schema.Schema<ValidationIssue> = ValidationIssue_
