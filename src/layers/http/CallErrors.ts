/**
 * The errors of a call.
 */
import type { FailureStatus } from "../../contract/Operation.js"
import { sentence } from "../../internal/Issues.js"
import { withoutSecrets } from "../../internal/Secrets.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { Answer } from "./Answer.js"
import type { Any, Call, Compiled, Ends } from "./Call.js"
import { infoOf, instant, secretsOf } from "./Call.js"
import { errorOf, readSaid } from "./Failures.js"

/** The input does not fit, so there is no call. */
export const invalidRequest = (
  { method, name, path, target }: Pick<Compiled<unknown, FailureStatus>, "method" | "name" | "path" | "target">,
  issues: ReadonlyArray<Errors.Issue>
): Errors.InvalidRequest =>
  new Errors.InvalidRequest({
    request: { operation: name, method, path, account: target.accountId, attempts: 0, history: [] },
    message: `${name} was not sent: ${sentence(issues)}`,
    issues
  })

export const invalidResponse = (call: Any, answer: Answer, issues: ReadonlyArray<Errors.Issue>): Errors.InvalidResponse => {
  const clean = withoutSecrets(secretsOf(call))
  return new Errors.InvalidResponse({
    request: infoOf(call, answer),
    message: clean(`the answer of ${call.operation.name} is not what the contract says: ${sentence(issues)}`),
    issues: clean(issues)
  })
}

type Reason = Errors.TransportError["reason"]
type Sent = Errors.TransportError["sent"]

export const transportError = (
  call: Any,
  reason: Reason,
  sent: Sent,
  { detail, retryAt }: { readonly detail?: string | undefined; readonly retryAt?: number | undefined } = {}
): Errors.TransportError =>
  new Errors.TransportError({
    request: { ...infoOf(call), ...instant(retryAt) },
    message: transportMessage(call.operation.name, reason, sent, detail),
    reason,
    sent
  })

/** The same error of a request that may have been sent after all. */
export const maybeSent = (call: Any, error: Errors.TransportError): Errors.TransportError =>
  new Errors.TransportError({ ...error, message: transportMessage(call.operation.name, error.reason, "maybe"), sent: "maybe" })

const transportMessage = (operation: string, reason: Reason, sent: Sent, detail?: string): string => {
  const what: Record<Reason, string> = {
    connect: "no connection could be made",
    dns: "the host name was not found",
    tls: "no secure connection could be made",
    reset: "the connection broke",
    timeout: sent === "no" ? "its time was up while it waited to be sent" : "no whole answer arrived in time",
    unknown: "the request did not go through",
    "circuit-open": "the circuit breaker is open",
    "bulkhead-full": "the bulkhead is full"
  }
  return `${operation}: ${detail ?? what[reason]}; ${sent === "no" ? "it was not sent" : "the server may have seen it"}`
}

/** The session of a call ended before its answer came. The server may have acted on the call. */
export const sessionEnded = (call: Any): Errors.SessionExpired =>
  new Errors.SessionExpired({
    request: infoOf(call),
    message: `The session ended before the answer of ${call.operation.name} came, so the answer was dropped. The server may have acted on the call.`,
    reason: "ended"
  })

/** What an answer that is no success means. */
export const refusal = <Success, Status extends FailureStatus, Refusal>(
  call: Call<Success, Status, Refusal>,
  answer: Answer
): Ends<Status, Refusal> => {
  const { operation } = call
  const now = call.clock.unsafeCurrentTimeMillis()
  const clean = (more: ReadonlyArray<string>) => withoutSecrets([...secretsOf(call), ...more])
  const said = readSaid(answer, infoOf(call, answer), clean, now, { operation, token: call.token })
  return errorOf(said, operation, operation.declares, call.options.refusal, now)
}
