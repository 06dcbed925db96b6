/**
 * Tells events to all who listen at that moment. It has a queue for each listener, and no buffer in common.
 *
 * `PubSub` does the same. It is not used, because it would be 2 % of the bundle of a small program, and the queue is in it anyway.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

export interface Hub<A> {
  readonly publish: (event: A) => Effect.Effect<void>
  /** For queues without a limit: a queue that is full refuses the event. */
  readonly unsafeOffer: (event: A) => void
  /** The events from now on, until the scope is closed. */
  readonly subscribe: Effect.Effect<Queue.Dequeue<A>, never, Scope.Scope>
}

/** `queue` makes the queue of a listener, and so decides what happens to events that nobody takes. */
export const make = <A>(queue: Effect.Effect<Queue.Queue<A>>): Hub<A> => {
  const listeners = new Set<Queue.Queue<A>>()
  return {
    publish: (event) => Effect.forEach(listeners, (listener) => Queue.offer(listener, event), { discard: true }),
    unsafeOffer: (event) => {
      for (const listener of listeners) listener.unsafeOffer(event)
    },
    subscribe: Effect.acquireRelease(
      Effect.tap(queue, (listener) => Effect.sync(() => listeners.add(listener))),
      (listener) =>
        Effect.suspend(() => {
          listeners.delete(listener)
          return Queue.shutdown(listener)
        })
    )
  }
}
