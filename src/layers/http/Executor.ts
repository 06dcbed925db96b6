/**
 * From an operation to a function that calls it. A call is made of attempts, and this is how one follows the other.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { FailureStatus } from "../../contract/Operation.js"
import * as FiberLocals from "../../internal/FiberLocals.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import type * as Errors from "../../schemas/DinteroError.js"
import type { NumberedToken } from "../../services/AccessTokens.js"
import type { Answer } from "./Answer.js"
import * as Authorization from "./Authorization.js"
import type { Call, Compiled, Options, Outcome, Request } from "./Call.js"
import { identified, isOver, note } from "./Call.js"
import * as CallErrors from "./CallErrors.js"
import * as Deadlines from "./Deadlines.js"
import * as OneAttempt from "./OneAttempt.js"
import * as Retrying from "./Retrying.js"
import * as Spans from "./Spans.js"
import * as TokenCell from "./TokenCell.js"
import * as TokenReplay from "./TokenReplay.js"

/** Only now and then: reading a date costs as much as the rest of an answer's headers. */
const observeDate = (
  { clock, operation, sentAt }: Pick<Call<unknown, FailureStatus, unknown>, "clock" | "operation" | "sentAt">,
  answer: Answer
): void => {
  const { serverClock } = operation.target
  if (!serverClock.isStale(clock)) return
  const { date } = answer.headers
  if (date !== undefined) serverClock.observe(Date.parse(date), 1000, sentAt, Deadlines.now(clock), clock)
}

const totalOf = ({ headers }: Answer): Option.Option<number> =>
  Option.filter(
    Option.map(Option.fromNullable(headers["total-count"]), Number),
    (total) => Number.isSafeInteger(total) && total >= 0
  )

/** Nobody gets an answer in the name of a customer who has signed out. */
const received = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  answer: Answer
): Outcome<Success, Status, Refusal> =>
  call.session === undefined
    ? judged(call, answer)
    : Effect.matchEffect(call.session.stillOpen, {
        onSuccess: () => judged(call, answer),
        // Seam: `Session.with` has added this error to the type of everything that runs in it.
        onFailure: () =>
          identified(call, () => {
            note(call, { answer })
            return Effect.fail(CallErrors.sessionEnded(call))
          }) as unknown as Outcome<Success, Status, Refusal>
      })

const judged = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  answer: Answer
): Outcome<Success, Status, Refusal> => {
  const { operation } = call
  observeDate(call, answer)
  if (operation.succeeds(answer.status)) {
    const decoded = operation.decode(answer)
    if (Either.isRight(decoded)) {
      return Effect.succeed({ value: decoded.right, total: operation.isPaged ? totalOf(answer) : Option.none() })
    }
    return identified(call, () => {
      note(call, { answer, reason: "invalid-response" })
      return Retrying.retryOrFail(call, CallErrors.invalidResponse(call, answer, decoded.left()), step)
    })
  }
  return identified(call, () => {
    note(call, { answer })
    call.options.onRefused?.(answer)
    return TokenReplay.replayOr(call, answer, step, () => Retrying.retryOrFail(call, CallErrors.refusal(call, answer), step))
  })
}

const notReceived = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  failure: OneAttempt.Failure
): Outcome<Success, Status, Refusal> =>
  identified(call, () => {
    const retryOrFail = (error: Errors.TransportError | Errors.InvalidResponse) => Retrying.retryOrFail(call, error, step)
    switch (failure._tag) {
      case "NoAnswer": {
        const { detail, reason, sent } = failure
        if (reason === "timeout" && isOver(call)) return Retrying.cut(call, sent === "maybe")
        note(call, { reason })
        return retryOrFail(CallErrors.transportError(call, reason, sent, { detail }))
      }
      case "UnreadableAnswer": {
        const answer: Answer = { status: failure.status, headers: failure.headers, text: "" }
        // The status of a failure says enough.
        if (failure.status > 299) return received(call, answer)
        note(call, { answer, reason: "invalid-response" })
        return retryOrFail(CallErrors.invalidResponse(call, answer, [{ path: "", message: `expected ${failure.expected}` }]))
      }
      case "CircuitOpen": {
        note(call, { reason: "circuit-open" })
        return retryOrFail(CallErrors.transportError(call, "circuit-open", "no", { retryAt: failure.retryAt }))
      }
      case "BulkheadFull": {
        note(call, { reason: "bulkhead-full" })
        return retryOrFail(CallErrors.transportError(call, "bulkhead-full", "no"))
      }
    }
  })

const sendWith = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  authorization: string | undefined
): Outcome<Success, Status, Refusal> => {
  const cut = (begun: boolean) => identified(call, () => Retrying.cut(call, begun))
  return isOver(call)
    ? cut(false)
    : OneAttempt.make(call, authorization, {
        received: (answer) => received(call, answer),
        failed: (failure) => notReceived(call, failure),
        cut
      })
}

/** One attempt and what follows from it. */
const step = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>
): Outcome<Success, Status, Refusal> => {
  const { authorization } = call.options
  if (authorization._tag === "None") return sendWith(call, undefined)
  if (authorization._tag === "Basic") return sendWith(call, `Basic ${Redacted.value(authorization.credentials)}`)
  // Taken anew for each attempt: a token that expired during the waits is not sent again.
  const { get } = call.tokens ?? authorization.tokens
  const sendToken = (token: NumberedToken) => {
    call.token = token
    return sendWith(call, `Bearer ${Redacted.value(token.value)}`)
  }
  const token = TokenCell.getAtOnce(get, call.clock)
  if (token !== undefined) return sendToken(token)
  return Effect.flatMap(Deadlines.within(get, call.clock, call.deadline, call.operation.target.isolatesRequests), (token) =>
    token === undefined ? identified(call, () => Retrying.cut(call, false)) : sendToken(token)
  )
}

/** Calls an operation, under the policy of the caller, of the options, or of the layer. */
export const execute = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError = never>(
  operation: Compiled<Success, Status>,
  request: Request,
  options: Options<Refusal>
): Outcome<Success, Status, Refusal> =>
  Effect.withFiberRuntime((fiber) => {
    const { target } = operation
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const policy = options.policy ?? Option.getOrElse(Context.get(fiber.currentContext, RetryPolicy.Current), () => target.retry)
    const startedAt = Deadlines.now(clock)
    const session = Authorization.sessionOf(options.authorization, fiber.currentContext)
    const repeatable = options.repeatable ?? operation.replay !== "never"
    const budget =
      policy.attempts > 1 && Option.isSome(policy.budget) ? operation.budgets(policy.budget.value, repeatable) : undefined
    budget?.call(startedAt)
    const call: Call<Success, Status, Refusal> = {
      operation,
      request,
      options,
      session,
      tokens: Authorization.tokensOf(options.authorization, session),
      policy,
      repeatable,
      budget,
      clock,
      startedAt,
      deadline: startedAt + Duration.toMillis(policy.deadline),
      listens: Spans.tracerListens(fiber),
      labels: FiberLocals.metricLabels(fiber),
      attempt: 1,
      replayed: false,
      token: undefined,
      id: undefined,
      sent: 0,
      sentAt: 0,
      history: [],
      delays: undefined,
      waited: 0,
      last: undefined
    }
    if (!call.listens && target.requestId === undefined) return step(call)
    return Spans.ofCall(
      call,
      identified(call, () => step(call))
    )
  })
