/**
 * One at a time, in the order in which they came.
 */
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const waitedInVain = (patience: number) =>
  new SqlError({
    cause: new Error(`other writers of this process did not finish within ${patience} ms`),
    message: "Failed to begin a transaction"
  })

/**
 * Waits for its turn, and has it until the scope ends. The wait can be interrupted, and fails after `patience` milliseconds of the
 * machine's time.
 */
export const make = (patience: number): Effect.Effect<void, SqlError, Scope.Scope> => {
  let isTaken = false
  const waiting = new Set<() => void>()

  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) isTaken = false
    else next()
  }

  const wait = Effect.async<void, SqlError>((resume) => {
    let hasTurn = false
    const next = () => {
      waiting.delete(next)
      clearTimeout(timer)
      hasTurn = true
      resume(Effect.void)
    }
    const timer = setTimeout(() => {
      waiting.delete(next)
      resume(Effect.fail(waitedInVain(patience)))
    }, patience)
    waiting.add(next)
    return Effect.sync(() => {
      waiting.delete(next)
      clearTimeout(timer)
      // An interruption can come between the turn and the fiber that waits for it.
      if (hasTurn) leave()
    })
  })

  return Effect.uninterruptibleMask((restore) =>
    Effect.zipRight(
      Effect.suspend(() => {
        if (isTaken) return restore(wait)
        isTaken = true
        return Effect.void
      }),
      Effect.addFinalizer(() => Effect.sync(leave))
    )
  )
}
