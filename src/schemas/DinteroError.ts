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
import { JsonKey, JsonValue } from "./JsonValue.js"

const Millis = Schema.Finite.pipe(Schema.nonNegative())

/**
 * One try of a call, as the error of the call keeps it.
 *
 * - `status`: of its answer, when there was one
 * - `reason`: why there was none that could be used: a `reason` of `TransportError`, or `invalid-response`
 * - `delay`: ms that were waited before it; `0` for the first
 * - `elapsed`: ms from the beginning of the call to the end of this try
 * - `requestId`: the server's own id of it, when it sent one
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt = Schema.Struct({
  status: Schema.optionalWith(Schema.Int, { exact: true }),
  reason: Schema.optionalWith(Schema.String, { exact: true }),
  delay: Millis,
  elapsed: Millis,
  requestId: Schema.optionalWith(Schema.String, { exact: true })
}).annotations({ identifier: "Attempt" })

/**
 * @since 0.1.0
 * @category models
 */
export type Attempt = typeof Attempt.Type

/**
 * Why a failure that could have been tried again was not.
 *
 * - `exhausted`: the attempts of the policy were used up
 * - `budget`: too many of the recent calls of this operation were retries already
 * - `deadline`: the next attempt would have begun after the deadline of the call, or the deadline cut an attempt short
 * - `not-idempotent`: the server may have acted on it, and this operation must not be done twice
 * - `retry-after-too-long`: the server asks for a longer wait than `maxRetryAfter`
 * - `breaker`: the circuit breaker is open
 *
 * @since 0.1.0
 * @category schemas
 */
export const Stopped = Schema.Literal("exhausted", "budget", "deadline", "not-idempotent", "retry-after-too-long", "breaker")

/**
 * @since 0.1.0
 * @category models
 */
export type Stopped = typeof Stopped.Type

/**
 * Which call it was, without anything secret: names and templates, never values.
 *
 * - `operation`: the method as it is called, such as `customers.settings.get`
 * - `method`, `path`: the HTTP method and the path template
 * - `account`: the account id of the call
 * - `status`: of the answer, when there was one
 * - `requestId`: the server's own id of the request, when it sent one (`request-id` or `x-request-id`)
 * - `clientRequestId`: our own id of the call, the same in all its attempts; on a header only when the layer was told so
 * - `attempts`: how many times it was sent, `0` when it never was
 * - `history`: every try, in order; also those that a breaker or a bulkhead did not let through, which `attempts` does not count
 * - `stopped`: why it was not tried again, when the failure was one that can be
 * - `retryAt`: when to come back, by the local clock, when the server or the breaker said so
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestInfo = Schema.Struct({
  operation: Schema.String,
  method: Schema.String,
  path: Schema.String,
  account: Schema.String,
  status: Schema.optionalWith(Schema.Int, { exact: true }),
  requestId: Schema.optionalWith(Schema.String, { exact: true }),
  clientRequestId: Schema.optionalWith(Schema.String, { exact: true }),
  attempts: Schema.Int,
  history: Schema.Array(Attempt),
  stopped: Schema.optionalWith(Stopped, { exact: true }),
  retryAt: Schema.optionalWith(Schema.DateTimeUtc, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type RequestInfo = typeof RequestInfo.Type

/**
 * One thing that is wrong with an input: where (`users.head.enabled`, empty for the whole), and what was expected.
 * The value that was given is never repeated.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Issue = Schema.Struct({ path: Schema.String, message: Schema.String }).annotations({ identifier: "Issue" })

/**
 * @since 0.1.0
 * @category models
 */
export type Issue = typeof Issue.Type

/**
 * One thing that the server found wrong with a request.
 *
 * - `path`: where (`users.head.enabled`; of a parameter that is not the body it begins with the parameter's name; empty for the whole body)
 * - `code`: such as `OBJECT_MISSING_REQUIRED_PROPERTY`, when the server sent one
 * - `message`: in the server's words, which may repeat the value, unless that is a secret
 *
 * Source: recorded traffic.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ValidationIssue = Schema.Struct({
  path: Schema.String,
  code: Schema.optionalWith(Schema.String, { exact: true }),
  message: Schema.String
}).annotations({ identifier: "ValidationIssue" })

/**
 * @since 0.1.0
 * @category models
 */
export type ValidationIssue = typeof ValidationIssue.Type

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
