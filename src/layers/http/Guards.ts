/**
 * What stands between an attempt and the transport, when a layer was told to have it. From the outside in:
 * hedge, circuit breaker, bulkhead. So each of two copies is let through and counted by itself, and a copy that waits for a place
 * has not begun its own time.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Bulkhead from "../../policies/Bulkhead.js"
import type * as CircuitBreaker from "../../policies/CircuitBreaker.js"
import * as Hedge from "../../policies/Hedge.js"
import type { Answer, NoAnswer, UnreadableAnswer } from "./Answer.js"

export interface Guards {
  /** Of the reads of one operation, around one of their attempts. */
  readonly hedge: ((operation: string) => Effect.Effect<Hedge.Hedge>) | undefined
  readonly breaker: CircuitBreaker.CircuitBreaker | undefined
  readonly bulkhead: Bulkhead.Bulkhead | undefined
}

/** One for each operation, since a second copy is sent by what is slow for that operation. */
export const hedges = (options: Hedge.Options): ((operation: string) => Effect.Effect<Hedge.Hedge>) => {
  const started = new Map<string, Hedge.Hedge>()
  return (operation) =>
    Effect.suspend(() => {
      const known = started.get(operation)
      return known === undefined
        ? Effect.tap(Hedge.start(options), (hedge) => Effect.sync(() => started.set(operation, hedge)))
        : Effect.succeed(known)
    })
}

/** An answer that another copy may better. */
class Unwell extends Data.TaggedError("Unwell")<{ readonly answer: Answer }> {}

type Failure = NoAnswer | UnreadableAnswer | CircuitBreaker.CircuitOpen | Bulkhead.BulkheadFull

/** What says something about the host: a 4xx is about the request, and what was never sent is about this side. */
const outcome = (exit: Exit.Exit<Answer, Failure>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) {
    const { status } = exit.value
    return status >= 500 ? "failure" : status >= 400 ? "ignore" : "success"
  }
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (failure?._tag !== "NoAnswer") return "ignore"
  const { reason, sent } = failure
  // All connections were busy for the whole of its wait.
  return reason === "timeout" && sent === "no" ? "ignore" : "failure"
}

export const guarded = (
  guards: Guards,
  operation: { readonly name: string; readonly replay: string },
  attempt: Effect.Effect<Answer, NoAnswer | UnreadableAnswer>
): Effect.Effect<Answer, Failure> => {
  const limited: Effect.Effect<Answer, Failure> = guards.bulkhead === undefined ? attempt : guards.bulkhead.limit(attempt)
  const broken = guards.breaker === undefined ? limited : guards.breaker.protect(limited, outcome)
  if (guards.hedge === undefined || operation.replay !== "safe") return broken
  const copy = Effect.flatMap(broken, (answer) =>
    answer.status === 429 || answer.status >= 500 ? Effect.fail(new Unwell({ answer })) : Effect.succeed(answer)
  )
  return Effect.flatMap(guards.hedge(operation.name), (hedge) => hedge.hedge(copy)).pipe(
    Effect.catchTag("Unwell", ({ answer }) => Effect.succeed(answer))
  )
}
