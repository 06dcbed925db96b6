/**
 * Every error that a call can end in. The list is closed: nothing that a server, a network or a caller does ends in another tag or in a defect.
 *
 * No error holds a header, a body, a token, a password or the request itself. The words of the server are kept (`code`, `message`, `errors`,
 * `details`), but every secret of the call is cut out of them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { optional } from "./Fields.js"
import * as ForTest from "./ForTest.js"
import { JsonKey, JsonValue } from "./JsonValue.js"
import { Issue, RequestInfo, ValidationIssue } from "./RequestInfo.js"
import { sentence } from "./Sentence.js"

export * from "./RequestInfo.js"

const request = { request: RequestInfo, message: Schema.String }

const answered_ = {
  ...request,
  /** The `error.code` of the body. It is for people to read: do not decide by it. Many answers have none. */
  code: optional(Schema.String),
  /** The `error.errors` of the body, as they came. Their shape is not documented. */
  errors: optional(Schema.Array(JsonValue)),
  /** The other fields of the body's `error`, as they came. */
  details: optional(Schema.Record({ key: JsonKey, value: JsonValue }))
}

/** A name for the type, so that the declarations of the errors do not each repeat it. */
type Answered = { readonly [Name in keyof typeof answered_]: (typeof answered_)[Name] }

const answered: Answered = answered_

/** In whole milliseconds; `null` when the server did not say. */
const RetryAfter = Schema.OptionFromNullOr(
  Schema.transform(
    Schema.NonNegativeInt,
    Schema.DurationFromSelf.annotations({ arbitrary: () => (fc) => fc.maxSafeNat().map(Duration.millis) }),
    { strict: true, decode: Duration.millis, encode: Duration.toMillis }
  )
)

/**
 * How long the server asked to wait before the next try. It is none where the server did not say, and for errors where it cannot say.
 *
 * @since 0.1.0
 * @category models
 */
export type RetryAfter = Option.Option<Duration.Duration>

const never: RetryAfter = Option.none()

/**
 * The input does not fit its schema, and nothing was sent. `issues` has every wrong field.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>("effect-dintero/InvalidRequest")("InvalidRequest", {
  ...request,
  issues: Schema.Array(Issue)
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.ErrorForTest & { readonly issues?: ReadonlyArray<Issue> } = {}): InvalidRequest {
    const request = ForTest.requestOf({ ...ForTest.calls.login, attempts: 0 }, given.request)
    const issues = given.issues ?? [{ path: "email", message: "expected a string" }]
    return new InvalidRequest({
      request,
      message: given.message ?? `${request.operation} was not sent: ${sentence(issues)}`,
      issues
    })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 400: the server refused the request. When it says that a value is in use which has to be unique, the error is `Duplicate` instead.
 *
 * `issues` has the fields that the server found wrong, as far as it named them. The `message` repeats them.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("effect-dintero/BadRequest")("BadRequest", {
  ...answered,
  issues: Schema.propertySignature(Schema.Array(ValidationIssue)).pipe(Schema.withConstructorDefault(() => []))
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly issues?: ReadonlyArray<ValidationIssue> } = {}): BadRequest {
    const issues = given.issues ?? [
      { path: "type", code: "OBJECT_MISSING_REQUIRED_PROPERTY", message: "Missing required property: type" }
    ]
    const said = {
      code: "INVALID_REQUEST_PARAMETER",
      message: `Invalid parameter (data): Value failed JSON Schema validation: ${sentence(issues)}`
    }
    return new BadRequest({
      ...ForTest.answered({ ...ForTest.calls.requestChange, status: 400 }, said, given),
      issues
    })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 401: the server refused the credential of the call. Where another token was possible, the call was sent a second time with it. The service
 * does not say why it refuses a token.
 *
 * When `request.operation` is `auth.token` and the grant is `client_credentials`, the id or secret of the API client is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-dintero/Unauthorized")("Unauthorized", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): Unauthorized {
    return new Unauthorized(ForTest.answered({ ...ForTest.calls.getSettings, status: 401 }, { message: "UNAUTHORIZED" }, given))
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 401 for a token that was given to the layer, after the `expiresAt` that was given with it. The layer cannot renew such a token.
 *
 * Without an `expiresAt` the error is `Unauthorized`, because the service does not say why it refuses a token.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenExpired extends Schema.TaggedError<TokenExpired>("effect-dintero/TokenExpired")("TokenExpired", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): TokenExpired {
    return new TokenExpired(ForTest.answered({ ...ForTest.calls.getSettings, status: 401 }, { message: "UNAUTHORIZED" }, given))
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 403: the token is valid, but it does not allow this call: it lacks a scope, or it is for another account. When the token itself shows that it
 * has none of the scopes of the operation, `message` names them.
 *
 * On a call with a password, a code or a refresh token this error says nothing about them: the server did not look at them.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("effect-dintero/Forbidden")("Forbidden", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): Forbidden {
    const message =
      "FORBIDDEN: the access token has none of the scopes that allow customers.settings.get: admin:customers, read:customers, public:customers"
    return new Forbidden(ForTest.answered({ ...ForTest.calls.getSettings, status: 403 }, { message }, given))
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 404, on operations that document it. At `auth.mfa.challenge` it means that the login is over.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("effect-dintero/NotFound")("NotFound", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): NotFound {
    return new NotFound(
      ForTest.answered({ ...ForTest.calls.challenge, status: 404 }, { code: "NOT FOUND", message: "Login not found" }, given)
    )
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 405: the account's settings switch this operation off. The `message` names the setting that switches it on.
 *
 * @since 0.1.0
 * @category errors
 */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>("effect-dintero/MethodNotAllowed")(
  "MethodNotAllowed",
  answered
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): MethodNotAllowed {
    return new MethodNotAllowed(ForTest.answered({ ...ForTest.calls.updateSettings, status: 405 }, {}, given))
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

const UniqueField = Schema.Literal(
  "client_id",
  "customer_id",
  "email",
  "phone_number",
  "location_id",
  "token_id",
  "token",
  "username"
)

/**
 * The fields whose values have to be unique. `token` is the type and value of a token together.
 *
 * @since 0.1.0
 * @category models
 */
export type UniqueField = typeof UniqueField.Type

/**
 * 400 or 409, on operations that create something or change such a value: a value that has to be unique is in use. `field` is the field when the
 * answer names one, and is left out otherwise.
 *
 * How the service words this answer is not documented, so the client looks for common words in its code and message, such as `duplicate`,
 * `already exists`, `already in use` and `must be unique` (assumed: duplicate-answer). A 400 without such words is `BadRequest`.
 *
 * @since 0.1.0
 * @category errors
 */
export class Duplicate extends Schema.TaggedError<Duplicate>("effect-dintero/Duplicate")("Duplicate", {
  ...answered,
  field: optional(UniqueField)
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly field?: UniqueField } = {}): Duplicate {
    const field = given.field ?? "email"
    const said = { code: "BAD REQUEST", message: `${field} is already in use` }
    return new Duplicate({ ...ForTest.answered({ ...ForTest.calls.createUser, status: 400 }, said, given), field })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * 429: too many requests. `retryAfter` is how long the server asks to wait, when it says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-dintero/RateLimited")("RateLimited", {
  ...answered,
  retryAfter: RetryAfter
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.RetryAfterForTest = {}): RateLimited {
    return new RateLimited({
      ...ForTest.answered({ ...ForTest.calls.getSettings, status: 429 }, {}, given),
      retryAfter: ForTest.retryAfterOf(given)
    })
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * 5xx, from the service or from a proxy on the way to it. `retryAfter` is how long the server asks to wait, when it says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>("effect-dintero/ServerError")("ServerError", {
  ...answered,
  retryAfter: RetryAfter
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.RetryAfterForTest = {}): ServerError {
    return new ServerError({
      ...ForTest.answered({ ...ForTest.calls.getSettings, status: 500 }, {}, given),
      retryAfter: ForTest.retryAfterOf(given)
    })
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The server has checked the end user's password, PIN or code, and refused it. `request.status` and `message` say what the server answered.
 *
 * The status of such a refusal is not documented, so 400, 401 and 403 mean the same on the operations that take such a credential
 * (assumed: wrong-credential-answer). The answer has to come from the service itself. An answer about the access token, a scope or the form of the
 * request keeps its own tag, and so does the page of a proxy or a firewall.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsRefused extends Schema.TaggedError<CredentialsRefused>("effect-dintero/CredentialsRefused")(
  "CredentialsRefused",
  answered
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): CredentialsRefused {
    return new CredentialsRefused(
      ForTest.answered(
        { ...ForTest.calls.login, status: 403 },
        { code: "FORBIDDEN", message: "Unknown user or wrong password" },
        given
      )
    )
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * The server has said in words that a one-time code is wrong. `Mfa.redeem` and `Passwordless.redeem` end in it; another code may be right.
 *
 * How the service words this answer is not documented. So the flows look for common words, such as `wrong code` and `code is invalid`, in the code
 * and the message of a refusal (assumed: code-refusal-words). A refusal without such words is `CredentialsRefused`.
 *
 * @since 0.1.0
 * @category errors
 */
export class CodeRefused extends Schema.TaggedError<CodeRefused>("effect-dintero/CodeRefused")("CodeRefused", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): CodeRefused {
    return new CodeRefused(
      ForTest.answered({ ...ForTest.calls.token, status: 403 }, { code: "FORBIDDEN", message: "Wrong code" }, given)
    )
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * The server has refused the code of a pending login, and another code may be tried. `Mfa.confirm` ends in it, whether or not the answer says that it is
 * the code that is wrong.
 *
 * - `triesLeft`: how many other codes may be tried, at least 1
 *
 * @since 0.1.0
 * @category errors
 */
export class WrongCode extends Schema.TaggedError<WrongCode>("effect-dintero/WrongCode")("WrongCode", {
  ...answered,
  triesLeft: Schema.Int
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly triesLeft?: number } = {}): WrongCode {
    const said = { code: "FORBIDDEN", message: "Wrong code" }
    const { triesLeft = 2 } = given
    return new WrongCode({ ...ForTest.answered({ ...ForTest.calls.token, status: 403 }, said, given), triesLeft })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * The server has said in words that a one-time code is too old. Have another code sent. See {@link CodeRefused} for how the words are read.
 *
 * @since 0.1.0
 * @category errors
 */
export class CodeExpired extends Schema.TaggedError<CodeExpired>("effect-dintero/CodeExpired")("CodeExpired", answered) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): CodeExpired {
    return new CodeExpired(
      ForTest.answered({ ...ForTest.calls.token, status: 403 }, { code: "FORBIDDEN", message: "The code has expired" }, given)
    )
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * No other code may be tried. Have another code sent, or begin the login again.
 *
 * - `tries`: the person was asked as often as the `tries` of `Mfa.complete` allow. The rest of the error is the answer to the last code.
 * - `refused`: the server has said so in words. See {@link CodeRefused} for how the words are read.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>("effect-dintero/TooManyAttempts")("TooManyAttempts", {
  ...answered,
  reason: Schema.Literal("tries", "refused")
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly reason?: TooManyAttempts["reason"] } = {}): TooManyAttempts {
    const reason = given.reason ?? "tries"
    const said = { code: "FORBIDDEN", message: reason === "tries" ? "Wrong code" : "Too many attempts" }
    return new TooManyAttempts({ ...ForTest.answered({ ...ForTest.calls.token, status: 403 }, said, given), reason })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * A call cannot be made on the `account` that was asked for, and nothing was sent.
 *
 * - `not-partner`: the account is not the one of the layer or services, and the layer is not `Partner.layer`
 * - `session`: the call is made in a session of another account
 * - `not-an-id`: the text is not the id of an account
 *
 * @since 0.1.0
 * @category errors
 */
export class ForeignAccount extends Schema.TaggedError<ForeignAccount>("effect-dintero/ForeignAccount")("ForeignAccount", {
  ...request,
  account: Schema.String,
  reason: Schema.Literal("not-partner", "session", "not-an-id")
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(
    given: ForTest.ErrorForTest & { readonly account?: string; readonly reason?: ForeignAccount["reason"] } = {}
  ): ForeignAccount {
    const request = ForTest.requestOf({ ...ForTest.calls.getSettings, attempts: 0 }, given.request)
    const account = given.account ?? "T87654321"
    const reason = given.reason ?? "not-partner"
    return new ForeignAccount({
      request,
      message: given.message ?? foreignMessage({ account, own: request.account, operation: request.operation, reason }),
      account,
      reason
    })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/** @internal */
export const foreignMessage = (of: {
  readonly account: string
  readonly own: string
  readonly operation: string
  readonly reason: ForeignAccount["reason"]
}): string => {
  const why = {
    "not-partner": `it is of ${of.own}, and only Partner.layer acts on the account ${of.account}`,
    session: `its session is of another account than ${of.account}`,
    "not-an-id": "an account id is P (production) or T (test) and 8 digits, such as T12345678"
  }[of.reason]
  return `${of.operation} was not sent: ${why}`
}

/**
 * 403 `mfa_required`: the password was right, and a one-time code is needed. `mfaToken` goes into the challenge; `Mfa.complete`, or
 * `Mfa.begin` in a web server, does the rest.
 *
 * @since 0.1.0
 * @category errors
 */
export class MfaRequired extends Schema.TaggedError<MfaRequired>("effect-dintero/MfaRequired")("MfaRequired", {
  ...answered,
  mfaToken: Schema.RedactedFromSelf(Schema.String)
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly mfaToken?: Redacted.Redacted } = {}): MfaRequired {
    const said = { code: "mfa_required", message: "Multifactor authentication required" }
    return new MfaRequired({
      ...ForTest.answered({ ...ForTest.calls.login, status: 403 }, said, given),
      mfaToken: given.mfaToken ?? Redacted.make("mfa-token")
    })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * The session gets no other access token. The user has to log in again, unless the `reason` is `unauthorized`: then the session may still be
 * valid.
 *
 * - `refused`: the server has checked the refresh token and refused it. A stored session is deleted.
 * - `unauthorized`: two access tokens of the API client, one after the other, were answered with a 401. A 401 does not say whether it means the
 *   access token or the refresh token. A stored session is kept, and a later call tries again.
 * - `ended`: no request was sent. The session was logged out, has reached the greatest age that the policy allows, or has no refresh token.
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
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest & { readonly reason?: SessionExpired["reason"] } = {}): SessionExpired {
    const reason = given.reason ?? "refused"
    const { defaults, said } = {
      refused: { defaults: { status: 403 }, said: { code: "FORBIDDEN", message: "Refresh token refused" } },
      unauthorized: { defaults: { status: 401 }, said: { message: "UNAUTHORIZED" } },
      ended: { defaults: { attempts: 0 }, said: { message: "The session is over." } }
    }[reason]
    return new SessionExpired({ ...ForTest.answered({ ...ForTest.calls.token, ...defaults }, said, given), reason })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * A success whose body is not what the contract says: HTML from a proxy, a body that is cut off or too large, or a field of another type.
 * `issues` has the wrong fields. The body itself is not kept.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>("effect-dintero/InvalidResponse")("InvalidResponse", {
  ...request,
  issues: Schema.Array(Issue)
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.ErrorForTest & { readonly issues?: ReadonlyArray<Issue> } = {}): InvalidResponse {
    const request = ForTest.requestOf({ ...ForTest.calls.getSettings, status: 200 }, given.request, {
      reason: "invalid-response"
    })
    const issues = given.issues ?? [{ path: "", message: "expected a JSON body, got text that is not JSON" }]
    return new InvalidResponse({
      request,
      message: given.message ?? `the answer of ${request.operation} is not what the contract says: ${sentence(issues)}`,
      issues
    })
  }
  get isRetryable(): boolean {
    return false
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * A status that the contract does not have for this operation. Every redirect ends in this error, because redirects are never followed.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedStatus extends Schema.TaggedError<UnexpectedStatus>("effect-dintero/UnexpectedStatus")(
  "UnexpectedStatus",
  answered
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: ForTest.AnsweredForTest = {}): UnexpectedStatus {
    return new UnexpectedStatus(ForTest.answered({ ...ForTest.calls.getSettings, status: 302 }, {}, given))
  }
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
 * - `reason`: `connect` (refused or unreachable), `dns`, `tls`, `reset` (the connection broke), `timeout` or `unknown`. With `circuit-open` and
 *   `bulkhead-full` the layer's own breaker or bulkhead refused the call, and nothing was sent.
 * - `sent`: `"no"` when the server cannot have seen the request; otherwise `"maybe"`
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>("effect-dintero/TransportError")("TransportError", {
  ...request,
  reason: Schema.Literal("connect", "dns", "tls", "reset", "timeout", "unknown", "circuit-open", "bulkhead-full"),
  sent: Schema.Literal("no", "maybe")
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(
    given: ForTest.ErrorForTest & { readonly reason?: TransportError["reason"]; readonly sent?: TransportError["sent"] } = {}
  ): TransportError {
    const reason = given.reason ?? "timeout"
    const isRefused = reason === "circuit-open" || reason === "bulkhead-full"
    const isUnsent = isRefused || reason === "connect" || reason === "dns" || reason === "tls"
    const sent = given.sent ?? (isUnsent ? "no" : "maybe")
    const request = ForTest.requestOf(
      { ...ForTest.calls.getSettings, ...(isRefused ? { attempts: 0, history: [{ reason, delay: 0, elapsed: 0 }] } : {}) },
      given.request,
      { reason }
    )
    const seen = sent === "no" ? "the request was not sent" : "the server may have seen the request"
    return new TransportError({
      request,
      message: given.message ?? `${request.operation}: no answer (${reason}); ${seen}`,
      reason,
      sent
    })
  }
  get isRetryable(): boolean {
    return true
  }
  get retryAfter(): RetryAfter {
    return never
  }
}

/**
 * The errors of every authorised call: those of its own request and answer, and those of the token that it needs. An operation can have more
 * errors of its own.
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
 * Every error of this package that a call, or a flow of calls such as `Mfa.complete`, can end in.
 *
 * @since 0.1.0
 * @category models
 */
export type DinteroError =
  | CallError
  | InvalidRequest
  | NotFound
  | MethodNotAllowed
  | Duplicate
  | CredentialsRefused
  | CodeRefused
  | WrongCode
  | CodeExpired
  | TooManyAttempts
  | MfaRequired
  | SessionExpired
  | ForeignAccount

/**
 * The options of a layer cannot work, such as an account id that is none, an empty secret, or a base URL that would send credentials
 * unencrypted. The layer fails with it when it is built, before anything is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>("effect-dintero/InvalidConfiguration")(
  "InvalidConfiguration",
  { message: Schema.String, issues: Schema.Array(Issue) }
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly message?: string; readonly issues?: ReadonlyArray<Issue> } = {}): InvalidConfiguration {
    const issues = given.issues ?? [
      {
        path: "accountId",
        message: "expected an account id: P (production) or T (test) and 8 digits, such as T12345678"
      }
    ]
    return new InvalidConfiguration({
      message: given.message ?? `the options of the Dintero layer cannot work: ${sentence(issues)}`,
      issues
    })
  }
}
