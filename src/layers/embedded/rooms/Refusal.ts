/**
 * The refusals of requests. Their bodies are of the kinds that recorded traffic shows, and say no more than the service does. The `hint` helps
 * a developer: it goes into the journal, the log and a header.
 */
import * as Exit from "effect/Exit"
import type { FailureStatus } from "../../../contract/Operation.js"
import type { Choices } from "./Assumed.js"
import type { Parameter, ValidationItem } from "./ValidationItem.js"

/**
 * - `generic`: `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`, which only says the status
 * - `domain`: a code and a message about the requested resource
 * - `mfaRequired`: a code and a message, with an `mfa_token` beside the error
 * - `validation`: everything that is wrong with one parameter
 */
export type RefusalBody =
  | { readonly family: "generic" }
  | { readonly family: "domain"; readonly code: string; readonly message: string }
  | { readonly family: "mfaRequired"; readonly mfaToken: string }
  | { readonly family: "validation"; readonly parameter: Parameter; readonly items: ReadonlyArray<ValidationItem> }

/** `hangsUp`: whether the connection is closed after the response. `retryAfter`: in seconds. */
export interface Refusal<Status extends FailureStatus = FailureStatus> {
  readonly _tag: "Refusal"
  readonly status: Status
  readonly body: RefusalBody
  readonly hint?: string
  readonly hangsUp?: true
  readonly retryAfter?: number
}

/** An effect that has failed already. */
type Refused<Status extends FailureStatus> = Exit.Exit<never, Refusal<Status>>

const refuse = <const Status extends FailureStatus>(
  status: Status,
  body: RefusalBody,
  extra: Pick<Refusal, "hint" | "hangsUp" | "retryAfter"> = {}
): Refused<Status> => Exit.fail({ _tag: "Refusal", status, body, ...extra })

const generic: RefusalBody = { family: "generic" }

/** The body is the same for every reason, as in recorded traffic. */
export const unauthorized = (hint: string): Refused<401> => refuse(401, generic, { hint })

export const forbidden = (hint: string): Refused<403> => refuse(403, generic, { hint })

/** For an operation that is switched off. */
export const methodNotAllowed = (hint: string): Refused<405> => refuse(405, generic, { hint })

/** `retryAfter`: in seconds. Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post */
export const tooManyRequests = (retryAfter: number, hint: string): Refused<429> => refuse(429, generic, { hint, retryAfter })

/** For a request that cannot be read. */
export const badRequest = (hint: string, extra: Pick<Refusal, "hangsUp"> = {}): Refused<400> =>
  refuse(400, generic, { hint, ...extra })

const domainCodes = { 400: "BAD REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT FOUND" } as const

/** Only the code `NOT FOUND` is known. The others follow its form (assumed: domain-codes). */
export const domain = <const Status extends keyof typeof domainCodes>(
  status: Status,
  message: string,
  hint?: string
): Refused<Status> => refuse(status, { family: "domain", code: domainCodes[status], message }, hint === undefined ? {} : { hint })

/** For a value that must be unique: its body is not known (assumed: duplicate-answer). */
export const duplicateBy =
  (answer: Choices["duplicateAnswer"]) =>
  (field: string): Refused<400> =>
    answer === "bare" ? badRequest(`${field} is already in use`) : domain(400, `${field} is already in use`)

/** The message is, for example, `Customer not found`. */
export const notFound = (resource: string, hint?: string): Refused<404> => domain(404, `${resource} not found`, hint)

/** Source: https://docs.dintero.com/api-reference/authenticate/get-token */
export const mfaRequired = (mfaToken: string): Refused<403> =>
  refuse(403, { family: "mfaRequired", mfaToken }, { hint: "The password was right; a one-time code is needed" })

export const invalid = (parameter: Parameter, items: ReadonlyArray<ValidationItem>): Refused<400> =>
  refuse(400, { family: "validation", parameter, items })
