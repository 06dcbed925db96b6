/**
 * Changes for any number of listeners.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

export interface Changes<A> {
  readonly publish: (change: A) => Effect.Effect<void>
  readonly hasListener: () => boolean
  /** Calls `heard` with each change from now on, until the function that it returns is called. `heard` must not throw. */
  readonly listen: (heard: (change: A) => void) => () => void
  /** The changes from now on. A listener that falls behind loses the oldest ones. */
  readonly stream: Stream.Stream<A>
}

/** `capacity`: how many changes are kept for a listener of the stream that falls behind. */
export const make = <A>(capacity: number): Changes<A> => {
  const listeners = new Set<(change: A) => void>()
  const listen = (heard: (change: A) => void) => {
    listeners.add(heard)
    return () => void listeners.delete(heard)
  }
  return {
    publish: (change) =>
      Effect.sync(() => {
        for (const heard of listeners) heard(change)
      }),
    hasListener: () => listeners.size > 0,
    listen,
    stream: Stream.unwrapScoped(
      Effect.flatMap(Effect.acquireRelease(Queue.sliding<A>(capacity), Queue.shutdown), (queue) =>
        Effect.as(
          Effect.acquireRelease(
            // A sliding queue takes an element at once.
            Effect.sync(() => listen((change) => void Effect.runSync(Queue.offer(queue, change)))),
            (leave) => Effect.sync(leave)
          ),
          Stream.fromQueue(queue)
        )
      )
    )
  }
}
