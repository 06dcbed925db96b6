/**
 * What follows from the failure of an attempt: another attempt, as the policy of the call says, or the end of the call.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { FailureStatus } from "../../contract/Operation.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { Any, Call, Ends, Outcome } from "./Call.js"
import { instant, note } from "./Call.js"
import * as CallErrors from "./CallErrors.js"
import * as CallMetrics from "./CallMetrics.js"
import * as Deadlines from "./Deadlines.js"

/** A timer may be early by a fraction of a millisecond; a server's word is kept to the last of it. */
const sleepUntil = (clock: Clock.Clock, at: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const left = at - Deadlines.now(clock)
    return left <= Deadlines.precision ? Effect.void : Effect.zipRight(clock.sleep(Duration.millis(left)), sleepUntil(clock, at))
  })

/** A hook is the caller's own code: what it does wrong is told, and does not change how the call ends. */
const hooked = <Event>(
  { clock, deadline, operation }: Pick<Any, "clock" | "deadline" | "operation">,
  hooks: ReadonlyArray<(event: Event) => Effect.Effect<void>>,
  event: Event
): Effect.Effect<void> =>
  hooks.length === 0
    ? Effect.void
    : Effect.forEach(hooks, (hook) => Effect.suspend(() => hook(event)), { discard: true }).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("A hook of a RetryPolicy failed", cause)),
        (running) => Deadlines.within(running, clock, deadline, operation.target.isolatesRequests),
        Effect.asVoid
      )

/** Ends the call with an error that could have been tried again. */
const giveUp = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  error: Ends<Status, Refusal>,
  stopped: Errors.Stopped
): Outcome<Success, Status, Refusal> => {
  const told = Option.filter(error.retryAfter, (wait) => Duration.toMillis(wait) > 0)
  // Seam: an error made here is nobody else's until it is handed out. What it could not know is written into its request now.
  Object.assign(error.request, {
    attempts: call.sent,
    history: [...call.history],
    stopped,
    ...(Option.isSome(told) ? instant(call.clock.unsafeCurrentTimeMillis() + Duration.toMillis(told.value)) : {})
  })
  CallMetrics.giveUp(call, stopped)
  return Effect.zipRight(hooked(call, call.policy.hooks.onGiveUp, { error, attempt: call.attempt, stopped }), Effect.fail(error))
}

/**
 * The deadline has cut an attempt, or the wait for its token. What the attempt before ended in is the cause, not the time that
 * was left: except that an operation which must not be done twice has to say that it may have been done.
 */
export const cut = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  begun: boolean
): Outcome<Success, Status, Refusal> => {
  note(call, { reason: "timeout" })
  const late = CallErrors.transportError(call, "timeout", begun ? "maybe" : "no")
  if (begun && !call.repeatable) return giveUp(call, late, "not-idempotent")
  const { last } = call
  const cause =
    last === undefined
      ? late
      : begun && last instanceof Errors.TransportError && last.sent === "no"
        ? CallErrors.maybeSent(call, last)
        : last
  return giveUp(call, cause, "deadline")
}

/** The attempt under way has ended in this error. `again` makes the next one. */
export const retryOrFail = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  call: Call<Success, Status, Refusal>,
  error: Ends<Status, Refusal>,
  again: (call: Call<Success, Status, Refusal>) => Outcome<Success, Status, Refusal>
): Outcome<Success, Status, Refusal> => {
  if (error instanceof Errors.TransportError && error.reason === "circuit-open") return giveUp(call, error, "breaker")
  const { attempt, policy } = call
  const classification = policy.classify(error)
  if (classification === "final") return Effect.fail(error)
  call.delays ??= policy.delay.start()
  const { delays } = call
  const now = Deadlines.now(call.clock)
  const elapsed = now - call.startedAt
  return Effect.flatMap(Random.next, (random) =>
    Effect.flatMap(delays({ attempt, classification, error, elapsed, random }), (wait) => {
      const decision = RetryPolicy.decide(policy, {
        classification,
        repeatable: call.repeatable,
        retryAfter: error.retryAfter,
        attempt,
        elapsed,
        wait: Option.map(wait, Duration.toMillis)
      })
      if (Either.isLeft(decision)) return giveUp(call, error, decision.left)
      if (call.budget !== undefined) {
        const allowed = call.budget.tryRetry(now)
        CallMetrics.budget(call, call.budget, now)
        if (!allowed) return giveUp(call, error, "budget")
      }
      CallMetrics.retry(call)
      call.waited = decision.right
      call.last = error
      return hooked(call, policy.hooks.onRetry, { error, attempt, delay: decision.right }).pipe(
        Effect.zipRight(sleepUntil(call.clock, now + decision.right)),
        Effect.zipRight(
          Effect.suspend(() => {
            call.attempt++
            return again(call)
          })
        )
      )
    })
  )
}
