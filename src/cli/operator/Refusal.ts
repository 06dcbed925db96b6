/**
 * The errors of calls in words: what happened, and what to do about it.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { DinteroError } from "../../schemas/DinteroError.js"
import { CommandFailed } from "../CommandFailed.js"
import * as Printable from "../Printable.js"

const seconds = (wait: Duration.Duration): string => `${Math.ceil(Duration.toSeconds(wait))} s`

const waiting = (error: DinteroError): string =>
  Option.match(error.retryAfter, {
    onNone: () => "Try again later.",
    onSome: (wait) => `Try again in ${seconds(wait)}.`
  })

const checkCredentials =
  "Check DINTERO_CLIENT_ID and DINTERO_CLIENT_SECRET, that the client belongs to the account DINTERO_ACCOUNT_ID, and that DINTERO_BASE_URL is the service that it is for."

/** What to do. */
export const adviceOf = (error: DinteroError): string => {
  switch (error._tag) {
    case "InvalidRequest":
      return "Nothing was sent. Correct the input."
    case "BadRequest":
      return "Correct the input as the service says."
    case "Unauthorized":
    case "TokenExpired":
      return checkCredentials
    case "Forbidden":
      return "Give the API client a grant with such a scope (effect-dintero grants update), or use a client that has it."
    case "NotFound":
      return "Check the id, and that it is of this account."
    case "MethodNotAllowed":
      return "Switch the operation on with effect-dintero settings put, or leave it."
    case "Duplicate":
      return "Use another value, or change what has it already."
    case "RateLimited":
      return waiting(error)
    case "ServerError":
      return `${waiting(error)} If it keeps failing, ask Dintero's support.`
    case "CodeRefused":
    case "WrongCode":
      return "Check the code."
    case "CodeExpired":
    case "TooManyAttempts":
      return "Log in again, and use the code of the new message."
    case "ForeignAccount":
      return "Nothing was sent. Use an API client of that account."
    case "CredentialsRefused":
      return "Check the email, the password and the code."
    case "MfaRequired":
      return "A one-time code is needed: run effect-dintero login in a terminal, where it asks for the code."
    case "SessionExpired":
      return "Log in again."
    case "InvalidResponse":
    case "UnexpectedStatus":
      return "Check that DINTERO_BASE_URL is the address of the API, and that no proxy answers in its place."
    case "TransportError":
      return error.sent === "no"
        ? "Check the network and DINTERO_BASE_URL. Nothing was changed."
        : "Check the network. The service may have done what was asked, so look before you try again."
  }
}

const jsonOf = (error: DinteroError, advice: string): object => ({
  tag: error._tag,
  message: error.message,
  advice,
  operation: error.request.operation,
  account_id: error.request.account,
  status: error.request.status,
  request_id: error.request.requestId,
  retry_after_seconds: Option.getOrUndefined(Option.map(error.retryAfter, Duration.toSeconds)),
  ...("code" in error ? { code: error.code } : {}),
  ...("issues" in error ? { issues: error.issues } : {}),
  ...("field" in error ? { field: error.field } : {}),
  ...("reason" in error ? { reason: error.reason } : {})
})

/** An input that was not sent is wrong usage. Everything else is a refusal. */
export const toFailure = (error: DinteroError): CommandFailed => {
  const advice = adviceOf(error)
  return new CommandFailed({
    message: `${Printable.text(error.message)}\n${advice}`,
    exitCode: error._tag === "InvalidRequest" ? 2 : 1,
    json: jsonOf(error, advice)
  })
}
