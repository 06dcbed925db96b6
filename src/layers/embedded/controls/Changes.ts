/**
 * A stream of changes for any number of listeners.
 */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"

export interface Changes<A> {
  readonly publish: (change: A) => Effect.Effect<void>
  readonly hasListener: () => boolean
  /** The changes from now on. A listener that falls behind loses the oldest ones. */
  readonly stream: Stream.Stream<A>
}

/** The hub is made for the first listener: it takes memory for its whole capacity, and most systems have no listener. */
export const make = <A>(capacity: number): Changes<A> => {
  let hub: PubSub.PubSub<A> | undefined
  let listeners = 0
  const listening = Effect.acquireRelease(
    Effect.sync(() => {
      listeners++
    }),
    () =>
      Effect.sync(() => {
        listeners--
      })
  )
  return {
    publish: (change) =>
      Effect.suspend(() => (hub === undefined || listeners === 0 ? Effect.void : Effect.asVoid(PubSub.publish(hub, change)))),
    hasListener: () => listeners > 0,
    stream: Stream.unwrapScoped(
      Effect.map(Effect.zipRight(listening, PubSub.sliding<A>(capacity)), (made) => {
        // Another listener may have come meanwhile.
        hub ??= made
        return Stream.fromPubSub(hub)
      })
    )
  }
}
