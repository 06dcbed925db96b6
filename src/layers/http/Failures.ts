/**
 * From an answer that is not a success to the typed error that says what it means. One place, total over every status and
 * every body.
 *
 * The service refuses a token without saying why, in the same bytes for every reason (recorded traffic), so no decision hangs on the words of a
 * message. What counts is the status, the shape of the body, the codes that are documented, and what the token says of its own scopes:
 *
 * | situation | a call | login, MFA, passwordless | a session's refresh |
 * |---|---|---|---|
 * | `access-token`: a 401 that says nothing else than that | another token is fetched and the call sent once more; then `Unauthorized` | the same | the same; then `SessionExpired`, the stored session is kept |
 * | `scope`: a 403, and the token has none of the operation's scopes | `Forbidden` | `Forbidden` | `Forbidden`, kept |
 * | `refusal`: the service has judged what was sent, and refused it | as its status | `CredentialsRefused` or `MfaRequired` | `SessionExpired`, the stored session is deleted |
 * | `status`: everything else, such as a validation error, or the page of a proxy | as its status | as its status | as its status, kept |
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Described, FailureStatus } from "../../contract/Operation.js"
import * as Claims from "../../internal/Claims.js"
import { render, sentence } from "../../internal/Issues.js"
import { retryAfter } from "../../internal/RetryAfter.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { NumberedToken } from "../../services/AccessTokens.js"
import type { Answer } from "./Answer.js"
import * as Duplicates from "./Duplicates.js"

/**
 * Whose answer it is, and of which kind, by its shape:
 *
 * - `authorisation`: an `error` object without a `code`, whose `errors` are empty or absent
 * - `validation`: an `error` object about a parameter that does not fit its schema
 * - `domain`: every other `error` object
 * - `oauth`: `error`, or its `code`, is a code of RFC 6749, 5.2, or RFC 6750, 3.1
 * - `foreign`: anything else, such as no body, or the page of a proxy
 *
 * The first three are recorded traffic.
 */
type Family = "authorisation" | "validation" | "domain" | "oauth" | "foreign"

/** What an answer is about. */
type Situation = "access-token" | "scope" | "refusal" | "status"

type Json = { readonly [key: string]: unknown }

/** What is known of the operation that was called. */
export interface OperationInfo extends Pick<Described, "replay" | "scopes" | "setting"> {
  readonly name: string
}

/** What was sent. */
export interface Sent {
  readonly operation: OperationInfo
  /** None for a call that shows the client's secret. */
  readonly token: NumberedToken | undefined
}

/** What the server said, as far as it could be read, without the secrets that it repeated. */
export interface Said {
  readonly status: number
  readonly request: Errors.RequestInfo
  readonly message: string
  readonly code?: string
  readonly errors?: ReadonlyArray<unknown>
  readonly details?: Json
  readonly issues: ReadonlyArray<Errors.ValidationIssue>
  readonly mfaToken: Option.Option<Redacted.Redacted>
  readonly retryAfter: Option.Option<Duration.Duration>
  readonly situation: Situation
  /** Read before the secrets are cut out: a password may be a part of the word. */
  readonly isMfaRequired: boolean
  /** That a value which has to be unique is in use. Read before the secrets are cut out too. */
  readonly duplicate: Option.Option<Duplicates.Duplicate>
  /** When the token of the call was to expire, where that is known. */
  readonly tokenExpiresAt: Option.Option<DateTime.Utc>
}

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const isTextOrAbsent = (value: unknown): boolean => value === undefined || value === null || typeof value === "string"

const parse = (body: string): unknown =>
  Either.getOrElse(
    Either.try((): unknown => JSON.parse(body)),
    () => undefined
  )

interface Read {
  readonly family: Family
  readonly code: string | undefined
  readonly message: string | undefined
  readonly errors: ReadonlyArray<unknown>
  readonly details: Json
  readonly mfaToken: string | undefined
}

const without = (value: Json, known: ReadonlyArray<string>): Json =>
  // `__proto__` is a field in JSON, and in an object of JavaScript it is not.
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== "__proto__" && !known.includes(key)))

const oauthCodes: ReadonlyArray<unknown> = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "invalid_scope",
  "invalid_token",
  "unauthorized_client",
  "unsupported_grant_type",
  "insufficient_scope",
  "temporarily_unavailable",
  "server_error"
]

/** The code with which the service refuses what does not fit its schema, which names the parameter `in` which it was found. */
const isValidation = (error: Json): boolean => error.code === "INVALID_REQUEST_PARAMETER" || typeof error.in === "string"

const familyOf = (error: Json, errors: ReadonlyArray<unknown>): Family => {
  const isOfService =
    isTextOrAbsent(error.code) &&
    isTextOrAbsent(error.message) &&
    (text(error.code) ?? text(error.message)) !== undefined &&
    (error.errors === undefined || error.errors === null || Array.isArray(error.errors))
  // A gateway on the way writes `error` objects too, with numbers for codes.
  if (!isOfService) return "foreign"
  if (oauthCodes.includes(error.code)) return "oauth"
  if (isValidation(error)) return "validation"
  return text(error.code) === undefined && errors.length === 0 ? "authorisation" : "domain"
}

const readBody = (answer: Answer): Read => {
  const body = parse(answer.text)
  const root = isRecord(body) ? body : {}
  const mfaToken = text(root.mfa_token)
  const { error } = root
  if (!isRecord(error)) {
    const isOauth = oauthCodes.includes(error)
    return {
      family: isOauth ? "oauth" : "foreign",
      code: text(error),
      message: text(root.error_description),
      errors: [],
      details: isOauth ? without(root, ["error", "error_description", "mfa_token"]) : {},
      mfaToken
    }
  }
  const errors: ReadonlyArray<unknown> = Array.isArray(error.errors) ? error.errors : []
  return {
    family: familyOf(error, errors),
    code: text(error.code),
    message: text(error.message),
    errors,
    details: without(error, ["code", "message", "errors", "mfa_token"]),
    mfaToken
  }
}

/**
 * Whether a 401 with this body is about the access token in the header, so that another one can help: it has no code, or is not the service's, or
 * there is no other credential (`spends`) that it could be about (assumed: 401-with-code). Authorisation comes before a password or refresh token
 * is looked at (recorded traffic), so a second sending spends no try.
 */
const isAboutToken = ({ code, family }: Read, spends: boolean): boolean =>
  family === "oauth" ? code === "invalid_token" : family === "foreign" || code === undefined || !spends

const spends = ({ replay }: OperationInfo): boolean => replay === "never"

/** Whether a 401 is an answer to which the call is sent once more, with another token. */
export const refusesToken = (answer: Answer, operation: OperationInfo): boolean => {
  const read = readBody(answer)
  // A login that asks for a second factor was let in, and a second sending might send a second message.
  if (read.code === mfaCode && spends(operation)) return false
  return isAboutToken(read, spends(operation))
}

// `scope` is the claim of RFC 9068, and of tokens that another server has issued.
const readScopes = Claims.reader(
  Schema.Struct({
    scopes: Schema.optionalWith(Schema.String, { exact: true }),
    scope: Schema.optionalWith(Schema.String, { exact: true })
  })
)

/**
 * That it has none of them the token has to say itself; one that cannot be read has every scope. No scope includes another one (assumed:
 * scopes-include-nothing).
 */
const hasNoneOf = (scopes: ReadonlyArray<string>, token: Redacted.Redacted): boolean => {
  const claims = Option.getOrUndefined(readScopes(token))
  const own = (claims?.scopes ?? claims?.scope)?.split(" ")
  // An operation without scopes is open to every token.
  return own !== undefined && scopes.length > 0 && !scopes.some((scope) => own.includes(scope))
}

/** Source: https://docs.dintero.com/api-reference/authenticate/get-token */
const mfaCode = "mfa_required"

/** A status that can say that a credential was refused (assumed: wrong-credential-answer). */
const refuses = (status: number): boolean => status === 400 || status === 401 || status === 403

const situationOf = (read: Read, status: number, { operation, token }: Sent): Situation => {
  const { code, family } = read
  // Not even for want of a scope: whoever is asked for a second factor was let in.
  if (code === mfaCode) return refuses(status) ? "refusal" : "status"
  if (status === 403 && token !== undefined && hasNoneOf(operation.scopes, token.value)) return "scope"
  if (status === 401 && token !== undefined && isAboutToken(read, spends(operation))) return "access-token"
  // Without a code a 403 is about what was sent, since the scope is there; and a 400 is about the form of the request (assumed: refusal-without-code).
  const isJudged =
    family === "domain" || (family === "authorisation" && status === 403) || (family === "oauth" && code === "invalid_grant")
  return refuses(status) && isJudged ? "refusal" : "status"
}

/**
 * Only in the words of the service itself. What it says of a value that does not fit its schema is about the form of the request. 409 is the usual
 * status, and the documentation has 400.
 */
const duplicateOf = ({ code, details, errors, family, message }: Read, status: number): Option.Option<Duplicates.Duplicate> => {
  if ((status !== 400 && status !== 409) || (family !== "domain" && family !== "authorisation")) return Option.none()
  const items = errors.filter(isRecord)
  const texts = (values: ReadonlyArray<unknown>) => values.flatMap((value) => text(value) ?? [])
  return Duplicates.read({
    said: texts([code, message, ...items.flatMap((item) => [item.code, item.message, item.description])]),
    named: texts([...Object.values(details), ...items.flatMap((item) => item.path)])
  })
}

/** Where an item of a validation error is, in the way in which our own issues say it. */
const pathOf = (path: unknown): ReadonlyArray<PropertyKey> =>
  Array.isArray(path)
    ? path.map((key: unknown) => (/^\d+$/.test(String(key)) ? Number(key) : String(key)))
    : Option.toArray(Option.fromNullable(text(path)))

/** Some answers say it with `description` alone. */
const issuesOf = ({ details, errors }: Read): ReadonlyArray<Errors.ValidationIssue> => {
  const parameter = details.in === undefined || details.in === "body" ? [] : pathOf(details.name)
  return errors.flatMap((item) => {
    if (!isRecord(item)) return []
    const message = text(item.message) ?? text(item.description)
    const code = text(item.code)
    if (message === undefined) return []
    return [{ path: render([...parameter, ...pathOf(item.path)]), ...(code === undefined ? {} : { code }), message }]
  })
}

/** How many of the issues are said in a message. */
const manyIssues = 5

const withIssues = (message: string, issues: ReadonlyArray<Errors.ValidationIssue>): string =>
  issues.length === 0
    ? message
    : `${message}: ${sentence(issues.slice(0, manyIssues))}${issues.length > manyIssues ? `; and ${issues.length - manyIssues} more` : ""}`

export const readSaid = (
  answer: Answer,
  request: Errors.RequestInfo,
  clean: (secrets: ReadonlyArray<string>) => <A>(value: A) => A,
  now: number,
  sent: Sent
): Said => {
  const read = readBody(answer)
  const { code, details, errors, family, mfaToken } = read
  const cut = clean(mfaToken === undefined ? [] : [mfaToken])
  const saysNothing = `${request.method} ${request.path} was answered with status ${answer.status} and ${
    family === "foreign" && answer.text !== "" ? "a body that is not Dintero's" : "no message"
  }`
  return {
    status: answer.status,
    request: cut(request),
    message: cut(read.message ?? saysNothing),
    ...(code === undefined ? {} : { code: cut(code) }),
    ...(errors.length === 0 ? {} : { errors: cut(errors) }),
    ...(Object.keys(details).length === 0 ? {} : { details: cut(details) }),
    issues: cut(issuesOf(read)),
    mfaToken: Option.map(Option.fromNullable(mfaToken), Redacted.make),
    retryAfter: retryAfter(answer.headers, now),
    situation: situationOf(read, answer.status, sent),
    isMfaRequired: code === mfaCode,
    duplicate: duplicateOf(read, answer.status),
    tokenExpiresAt: sent.token?.expiresAt ?? Option.none()
  }
}

const answered = ({ code, details, errors, message, request }: Said) => ({
  request,
  message,
  ...(code === undefined ? {} : { code }),
  ...(errors === undefined ? {} : { errors }),
  ...(details === undefined ? {} : { details })
})

/** The error of each status that the contract can declare. */
export interface ErrorOf {
  readonly 400: Errors.BadRequest
  readonly 401: Errors.Unauthorized
  readonly 403: Errors.Forbidden
  readonly 404: Errors.NotFound
  readonly 405: Errors.MethodNotAllowed
  readonly 429: Errors.RateLimited
  readonly 500: Errors.ServerError
}

const make: { readonly [Status in FailureStatus]: (said: Said) => ErrorOf[Status] } = {
  400: (said) =>
    new Errors.BadRequest({ ...answered(said), message: withIssues(said.message, said.issues), issues: said.issues }),
  401: (said) => new Errors.Unauthorized(answered(said)),
  403: (said) => new Errors.Forbidden(answered(said)),
  404: (said) => new Errors.NotFound(answered(said)),
  405: (said) => new Errors.MethodNotAllowed(answered(said)),
  429: (said) => new Errors.RateLimited({ ...answered(said), retryAfter: said.retryAfter }),
  500: (said) => new Errors.ServerError({ ...answered(said), retryAfter: said.retryAfter })
}

/**
 * The error of an answer, by what its operation declares. 429 and 5xx can come from anything on the way, so they are always
 * understood; 401 too, since a service can ask for a token where none is documented.
 */
const fromStatus = <Status extends FailureStatus>(
  declares: (status: number) => status is Status,
  said: Said
): ErrorOf[Status] | Errors.Unauthorized | Errors.RateLimited | Errors.ServerError | Errors.UnexpectedStatus => {
  const status = said.status
  if (declares(status)) return make[status](said)
  if (status === 401) return make[401](said)
  if (status === 429) return make[429](said)
  if (status >= 500 && status <= 599) return make[500](said)
  return new Errors.UnexpectedStatus(answered(said))
}

/** What an answer means on a call that can end in `Refusal` as well as in its statuses. */
export const errorOf = <Status extends FailureStatus, Refusal>(
  said: Said,
  { scopes, setting, name }: OperationInfo,
  declares: (status: number) => status is Status,
  refusal: ((said: Said) => Option.Option<Refusal>) | undefined,
  now: number
): ReturnType<typeof fromStatus<Status>> | Errors.Forbidden | Errors.TokenExpired | Refusal => {
  if (said.situation === "scope") {
    const message = `${said.message}: the access token has none of the scopes that allow ${name}: ${scopes.join(", ")}`
    return make[403]({ ...said, message })
  }
  if (said.situation === "access-token" && Option.exists(said.tokenExpiresAt, (at) => DateTime.toEpochMillis(at) <= now)) {
    return new Errors.TokenExpired(answered(said))
  }
  // The service's own answer does not say it: a HEAD has no body.
  const explained =
    said.status === 405 && setting !== undefined
      ? { ...said, message: `${said.message}: the account's settings have to switch ${name} on, with ${setting}` }
      : said
  return Option.getOrElse(refusal?.(said) ?? Option.none<Refusal>(), () => fromStatus(declares, explained))
}

/** What is meant where an end user's credential was sent. */
export const credentialsRefused = (said: Said): Option.Option<Errors.CredentialsRefused | Errors.MfaRequired> =>
  Option.orElse<Errors.CredentialsRefused | Errors.MfaRequired, Errors.CredentialsRefused>(mfaRequired(said), () =>
    said.situation === "refusal" ? Option.some(new Errors.CredentialsRefused(answered(said))) : Option.none()
  )

/**
 * The same where a one-time code follows anyhow: there is no `MfaRequired`, and a server that says so nevertheless did not refuse
 * the secret.
 */
export const secretRefused = (said: Said): Option.Option<Errors.CredentialsRefused> =>
  said.situation === "refusal" && !said.isMfaRequired ? Option.some(new Errors.CredentialsRefused(answered(said))) : Option.none()

/** What is meant where the credential is the token in the header, and only a one-time code can be asked for. */
export const mfaRequired = (said: Said): Option.Option<Errors.MfaRequired> =>
  said.situation === "refusal" && said.isMfaRequired && Option.isSome(said.mfaToken)
    ? Option.some(new Errors.MfaRequired({ ...answered(said), mfaToken: said.mfaToken.value }))
    : Option.none()

/** What is meant where a value was sent that has to be unique. */
export const duplicate = (said: Said): Option.Option<Errors.Duplicate> =>
  Option.map(said.duplicate, (named) => new Errors.Duplicate({ ...answered(said), ...named }))

/**
 * What is meant where a refresh token was sent. After a 401 with the newest access token there is, nobody knows which of the two is refused: the
 * session may live.
 */
export const sessionExpired = (said: Said): Option.Option<Errors.SessionExpired> => {
  switch (said.situation) {
    case "refusal":
      return Option.some(new Errors.SessionExpired(answered(said)))
    case "access-token":
      return Option.some(new Errors.SessionExpired({ ...answered(said), reason: "unauthorized" }))
    default:
      return Option.none()
  }
}
