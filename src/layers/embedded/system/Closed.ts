/**
 * The close of a system.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The system's scope is closed, and so is its database. */
export class Closed extends Data.TaggedError("Closed")<{ readonly message: string }> {}

/** Runs an effect while the scope is open. Otherwise fails with {@link Closed}. */
export type WhileOpen = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Closed, R>

export interface Gate {
  readonly whileOpen: WhileOpen
  readonly isOpen: () => boolean
  /** Completes when the system begins to close. */
  readonly closing: Effect.Effect<void>
  /** Completes `closing`. Running effects continue. */
  readonly beginClosing: Effect.Effect<void>
}

/** The close of the scope waits for the running effects. So they can use the database until they end. */
export const makeGate: Effect.Effect<Gate, never, Scope.Scope> = Effect.gen(function* () {
  const drained = yield* Deferred.make<void>()
  const closing = yield* Deferred.make<void>()
  const beginClosing = Effect.asVoid(Deferred.succeed(closing, undefined))
  let isOpen = true
  let inFlight = 0
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isOpen = false
      return Effect.zipRight(beginClosing, inFlight === 0 ? Effect.void : Deferred.await(drained))
    })
  )
  const leave = Effect.suspend(() => {
    inFlight--
    return inFlight === 0 && !isOpen ? Deferred.succeed(drained, undefined) : Effect.void
  })
  const whileOpen: WhileOpen = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend((): Effect.Effect<A, E | Closed, R> => {
        if (!isOpen) return new Closed({ message: "The embedded system is closed" })
        inFlight++
        return Effect.ensuring(restore(effect), leave)
      })
    )
  return { whileOpen, isOpen: () => isOpen, closing: Deferred.await(closing), beginClosing }
})
