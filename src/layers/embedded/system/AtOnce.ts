/**
 * Steps that are taken at once where the result of the step before is known already, and as effects otherwise.
 *
 * A fiber takes longer for a request than its work does. Most requests need nothing that has to be waited for, so their steps are functions
 * that call each other. A step that has to wait is an effect, and then the rest is an effect too. A step may thus run before anything runs the
 * effect that it returns: only what begins a request calls these functions, or is called by them.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** The result of an effect, if it has one without being run. */
export const resultOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Exit.Exit<A, E> | undefined =>
  // Seam: the guard cannot know that the result has the types of the effect.
  Exit.isExit(effect) ? (effect as Exit.Exit<A, E>) : undefined

/** A failure, which is one whatever the value would have been. */
// Seam: the type of a failure has that of the value, of which it has none.
export const failed = <A, E>(failure: Exit.Failure<A, E>): Exit.Exit<never, E> => failure as Exit.Failure<never, E>

export const flatMap = <A, E, R, Next extends Effect.Effect<unknown, unknown, unknown>>(
  effect: Effect.Effect<A, E, R>,
  next: (value: A) => Next
): Effect.Effect<Effect.Effect.Success<Next>, E | Effect.Effect.Error<Next>, R | Effect.Effect.Context<Next>> => {
  const result = resultOf(effect)
  // Seam: an effect has the types that are read from its type. With them, the compiler joins those of several effects.
  const typed = next as (
    value: A
  ) => Effect.Effect<Effect.Effect.Success<Next>, Effect.Effect.Error<Next>, Effect.Effect.Context<Next>>
  if (result === undefined) return Effect.flatMap(effect, typed)
  return Exit.isSuccess(result) ? typed(result.value) : failed(result)
}

export const map = <A, E, R, B>(effect: Effect.Effect<A, E, R>, next: (value: A) => B): Effect.Effect<B, E, R> => {
  const result = resultOf(effect)
  if (result === undefined) return Effect.map(effect, next)
  return Exit.isSuccess(result) ? Exit.succeed(next(result.value)) : failed(result)
}

/** Runs a function that returns an effect. An exception is a defect of the effect, as it would be inside one. */
export const begin = <A, E, R>(effect: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  try {
    return effect()
  } catch (defect) {
    return Effect.die(defect)
  }
}

/** Continues with the failure of an effect, whatever it is, as {@link flatMap} does with its value. */
export const catchAllCause = <A, E, R, B, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  next: (cause: Exit.Failure<A, E>["cause"]) => Effect.Effect<B, E2, R2>
): Effect.Effect<A | B, E2, R | R2> => {
  const result = resultOf(effect)
  if (result === undefined) return Effect.catchAllCause(effect, next)
  return Exit.isSuccess(result) ? Exit.succeed(result.value) : next(result.cause)
}
