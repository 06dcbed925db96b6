/**
 * Every way in which a call can end other than well. Closed: nothing a server, a network or a caller does ends in
 * another tag or in a defect.
 *
 * No error holds a header, a body, a token, a password or the request itself. What the server wrote into its answer is
 * kept (`code`, `message`, `errors`, `details`), with every secret of the call cut out.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { optional } from "./Fields.js"
import { JsonKey, JsonValue } from "./JsonValue.js"

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

const request = { request: RequestInfo, message: Schema.String }

const answered = {
  ...request,
  /** The `error.code` of the body: a text to show or log, not to switch on. Many answers have none. */
  code: Schema.optionalWith(Schema.String, { exact: true }),
  /** The `error.errors` of the body, as they came. Their shape is not documented. */
  errors: Schema.optionalWith(Schema.Array(JsonValue), { exact: true }),
  /** What else the server said of the error, as it came: every field of `error` that has no place of its own here. */
  details: Schema.optionalWith(Schema.Record({ key: JsonKey, value: JsonValue }), { exact: true })
}

/** Whole milliseconds, or null when the server did not say. */
const RetryAfter = Schema.OptionFromNullOr(
  Schema.transform(
    Schema.NonNegativeInt,
    Schema.DurationFromSelf.annotations({ arbitrary: () => (fc) => fc.maxSafeNat().map(Duration.millis) }),
    { strict: true, decode: Duration.millis, encode: Duration.toMillis }
  )
)

type RetryAfter = Option.Option<Duration.Duration>

const never: RetryAfter = Option.none()

/**
 * The input does not fit its schema. Nothing was sent. `issues` names every field that is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("effect-dintero/InvalidRequest")("InvalidRequest", {
  ...request,
  issues: Schema.Array(Issue)
}) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 400: the server refused the request as malformed, or (on a create) as a duplicate. `issues` are the fields that it found wrong, as far as it
 * named them; `message` says them too.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("effect-dintero/BadRequest")("BadRequest", {
  ...answered,
  issues: Schema.propertySignature(Schema.Array(ValidationIssue)).pipe(Schema.withConstructorDefault(() => []))
}) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 401: the credential of the call itself was refused, after it was renewed once where that is possible. The service does not say why. When
 * `request.operation` is `auth.token` and the grant is `client_credentials`, the API client's id or secret is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-dintero/Unauthorized")("Unauthorized", answered) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 401 with a token that this layer cannot renew (one that was handed in), after the `expiresAt` that was handed in with it. Without that it is
 * an `Unauthorized`: the service does not say why it refuses a token.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenExpired extends Schema.TaggedError<TokenExpired>("effect-dintero/TokenExpired")("TokenExpired", answered) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 403: the token is good and not allowed to do this: a scope is missing, or the account is another one's. When the token itself says that it
 * has none of the scopes of the operation, `message` names these. It is never said of a password, a code or a refresh token: with such a token they
 * are not looked at.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("effect-dintero/Forbidden")("Forbidden", answered) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 404 where the contract has one.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("effect-dintero/NotFound")("NotFound", answered) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 405: the operation is switched off in the account's settings.
 *
 * @since 0.1.0
 * @category errors
 */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>("effect-dintero/MethodNotAllowed")(
  "MethodNotAllowed",
  answered
) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 429. `retryAfter` is how long the server asked to wait, when it said so.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-dintero/RateLimited")("RateLimited", {
  ...answered,
  retryAfter: RetryAfter
}) {
  get isRetryable(): boolean {
    return true
  }
}

/**
 * 5xx, from the service or from anything between it and here.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>("effect-dintero/ServerError")("ServerError", {
  ...answered,
  retryAfter: RetryAfter
}) {
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The server has looked at what the end user gave (password, pin, code) and refused it. Which status stands for it is not documented, so 400, 401
 * and 403 count alike on the operations that take such a credential (assumed: wrong-credential-answer). It has to be an answer of the service itself that
 * is not about the access token, a scope or the form of the request: those keep their own tags, as does the page of a proxy or firewall.
 * `request.status` and `message` tell what the server said.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsRefused extends Schema.TaggedError<CredentialsRefused>("effect-dintero/CredentialsRefused")(
  "CredentialsRefused",
  answered
) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 403 `mfa_required`: the password was right and a one-time code is needed. `mfaToken` goes into the challenge.
 *
 * @since 0.1.0
 * @category errors
 */
export class MfaRequired extends Schema.TaggedError<MfaRequired>("effect-dintero/MfaRequired")("MfaRequired", {
  ...answered,
  mfaToken: Schema.RedactedFromSelf(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * There is no next access token for the session. The user has to log in again, unless the `reason` is `unauthorized`: then it may live.
 *
 * - `reason` `refused`: the server has looked at the refresh token and refused it. A stored session is deleted.
 * - `reason` `unauthorized`: two access tokens of the API client, one after the other, were answered with a 401, which does not say
 *   whether it means them or the refresh token. A stored session is kept, and a later call tries again.
 * - `reason` `ended`: nobody was asked: it was logged out, has reached the age that the policy allows, or has no refresh token.
 *
 * @since 0.1.0
 * @category errors
 */
export class SessionExpired extends Schema.TaggedError<SessionExpired>("effect-dintero/SessionExpired")("SessionExpired", {
  ...answered,
  reason: Schema.propertySignature(Schema.Literal("refused", "unauthorized", "ended")).pipe(
    Schema.withConstructorDefault(() => "refused" as const)
  )
}) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * A success whose body is not what the contract says: HTML from a proxy, a truncated or oversized body, a field of
 * another type. `issues` names the fields; the body itself is not kept.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>("effect-dintero/InvalidResponse")("InvalidResponse", {
  ...request,
  issues: Schema.Array(Issue)
}) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * A status that the contract does not have for this operation; also every redirect, which is never followed.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedStatus extends Schema.TaggedError<UnexpectedStatus>("effect-dintero/UnexpectedStatus")(
  "UnexpectedStatus",
  answered
) {
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * No answer arrived.
 *
 * - `reason`: `connect` (refused, unreachable), `dns`, `tls`, `reset` (the connection broke), `timeout`, `unknown`;
 *   `circuit-open`, `bulkhead-full`: it was not sent, because the layer's own breaker or bulkhead did not let it through
 * - `sent`: `"no"` when the server cannot have seen the request, else `"maybe"`
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>("effect-dintero/TransportError")("TransportError", {
  ...request,
  reason: Schema.Literal("connect", "dns", "tls", "reset", "timeout", "unknown", "circuit-open", "bulkhead-full"),
  sent: Schema.Literal("no", "maybe")
}) {
  get isRetryable(): boolean {
    return true
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * What any authorised call can end in, beside the meanings of its own operation: its own transport and answer, and those of
 * the token that it needs.
 *
 * @since 0.1.0
 * @category models
 */
export type CallError =
  | BadRequest
  | Unauthorized
  | TokenExpired
  | Forbidden
  | RateLimited
  | ServerError
  | InvalidResponse
  | UnexpectedStatus
  | TransportError

/**
 * Every error of this package that a call can end in.
 *
 * @since 0.1.0
 * @category models
 */
export type DinteroError =
  | CallError
  | InvalidRequest
  | NotFound
  | MethodNotAllowed
  | CredentialsRefused
  | MfaRequired
  | SessionExpired

/**
 * The options of a layer cannot work: an illegal account id, an empty secret, a base URL that would send credentials
 * in the clear. Raised when the layer is built, before anything is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>("effect-dintero/InvalidConfiguration")(
  "InvalidConfiguration",
  { message: Schema.String, issues: Schema.Array(Issue) }
) {}
