/**
 * From an answer that is not a success to the typed error that says what it means. One place, total over every status and
 * every body.
 */
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { FailureStatus } from "../../contract/Operation.js"
import { retryAfter } from "../../internal/RetryAfter.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { Answer } from "./Exchange.js"

/** What the server said, as far as it could be read, without the secrets that it repeated. */
export interface Said {
  readonly status: number
  readonly request: Errors.RequestInfo
  readonly message: string
  readonly code?: string
  readonly errors?: ReadonlyArray<unknown>
  readonly mfaToken: Option.Option<Redacted.Redacted>
  readonly retryAfter: Option.Option<Duration.Duration>
  /** Read before the secrets are cut out: a password may be a part of the word. */
  readonly says: { readonly mfaRequired: boolean; readonly expired: boolean; readonly accessToken: boolean }
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const parse = (body: string): unknown =>
  Either.getOrElse(
    Either.try((): unknown => JSON.parse(body)),
    () => undefined
  )

interface ErrorText {
  readonly code: string | undefined
  readonly message: string | undefined
  readonly errors: unknown
  readonly mfaToken: string | undefined
}

/**
 * Reads an error body, leniently: Dintero's `{error: {code, message, errors}}`, or the `{error, error_description}` of RFC 6749, 5.2,
 * or nothing. It is the status that carries the meaning.
 */
const readBody = (answer: Answer): ErrorText => {
  const body = parse(answer.text)
  const root = isRecord(body) ? body : {}
  const error = isRecord(root.error) ? root.error : { code: root.error, message: root.error_description }
  return { code: text(error.code), message: text(error.message), errors: error.errors, mfaToken: text(root.mfa_token) }
}

/** The words of the service are not documented (API reference, 7.6), so these are the common ones. */
const words = ({ code, message }: ErrorText): string => `${code ?? ""} ${message ?? ""}`

/** The access token in the header, as against a credential in the body. */
const namesToken = /\b(?:jwt|bearer|access.token|invalid_token)\b/i

export const readSaid = (
  answer: Answer,
  request: Errors.RequestInfo,
  clean: (secrets: ReadonlyArray<string>) => <A>(value: A) => A,
  now: number
): Said => {
  const body = readBody(answer)
  const { code, errors, mfaToken } = body
  const cut = clean(mfaToken === undefined ? [] : [mfaToken])
  return {
    status: answer.status,
    request: cut(request),
    message: cut(body.message ?? `${request.method} ${request.path} was answered with status ${answer.status} and no message`),
    ...(code === undefined ? {} : { code: cut(code) }),
    ...(Array.isArray(errors) && errors.length > 0 ? { errors: cut(errors) } : {}),
    mfaToken: Option.map(Option.fromNullable(mfaToken), Redacted.make),
    retryAfter: retryAfter(answer.headers, now),
    says: {
      mfaRequired: code === "mfa_required",
      expired: /\bexpired\b/i.test(words(body)),
      accessToken: namesToken.test(words(body))
    }
  }
}

/**
 * Whether a 401 says that it is the access token that was refused, so that another one can help. A missing scope is not healed by
 * another token (RFC 6750, 3.1). Where a 401 may also stand for a wrong password or code (`spends`; API reference, 10, U40), it has
 * to name the token, or nothing at all: a second sending would spend another try.
 */
export const refusesToken = (answer: Answer, spends: boolean): boolean => {
  const body = readBody(answer)
  const said = words(body)
  if (/insufficient_scope/i.test(said)) return false
  return !spends || said.trim() === "" || namesToken.test(said)
}

const answered = ({ code, errors, message, request }: Said) => ({
  request,
  message,
  ...(code === undefined ? {} : { code }),
  ...(errors === undefined ? {} : { errors })
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
  400: (said) => new Errors.BadRequest(answered(said)),
  401: (said) => new Errors.Unauthorized(answered(said)),
  403: (said) => new Errors.Forbidden(answered(said)),
  404: (said) => new Errors.NotFound(answered(said)),
  405: (said) => new Errors.MethodNotAllowed(answered(said)),
  429: (said) => new Errors.RateLimited({ ...answered(said), retryAfter: said.retryAfter }),
  500: (said) => new Errors.ServerError({ ...answered(said), retryAfter: said.retryAfter })
}

/**
 * The error of an answer, by what its operation declares. 429 and 5xx can come from anything on the way, so they are always
 * understood; 401 too, since every call is authorised.
 */
export const fromStatus = <Status extends FailureStatus>(
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

export const tokenExpired = (said: Said): Errors.TokenExpired => new Errors.TokenExpired(answered(said))

const refused = (status: number): boolean => status === 400 || status === 401 || status === 403

/**
 * What 400, 401 and 403 mean where an end user's credential was sent (assumed; API reference, 10, U40).
 */
export const credentialsRefused = (said: Said): Option.Option<Errors.CredentialsRefused | Errors.MfaRequired> =>
  Option.orElse<Errors.CredentialsRefused | Errors.MfaRequired, Errors.CredentialsRefused>(mfaRequired(said), () =>
    refused(said.status) ? Option.some(new Errors.CredentialsRefused(answered(said))) : Option.none()
  )

/**
 * The same where a one-time code follows anyhow: there is no `MfaRequired`, and a server that says so nevertheless did not refuse
 * the secret.
 */
export const secretRefused = (said: Said): Option.Option<Errors.CredentialsRefused> =>
  refused(said.status) && !said.says.mfaRequired ? Option.some(new Errors.CredentialsRefused(answered(said))) : Option.none()

/** What they mean where the credential is the token in the header, and only a one-time code can be asked for. */
export const mfaRequired = (said: Said): Option.Option<Errors.MfaRequired> =>
  refused(said.status) && said.says.mfaRequired && Option.isSome(said.mfaToken)
    ? Option.some(new Errors.MfaRequired({ ...answered(said), mfaToken: said.mfaToken.value }))
    : Option.none()

/**
 * What they mean where a refresh token was sent. A 401 that names the access token is about the client, whose token authorises the refresh:
 * the session lives.
 */
export const sessionExpired = (said: Said): Option.Option<Errors.SessionExpired> =>
  refused(said.status) && !(said.status === 401 && said.says.accessToken)
    ? Option.some(new Errors.SessionExpired(answered(said)))
    : Option.none()
