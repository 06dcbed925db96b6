/**
 * What a caller waits for a store. A store may hang or fail in ways of its own, and a caller gets a typed error nevertheless.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"

/** Longer than the timeouts that stores have of their own, which say more about the reason. */
export const time = Duration.seconds(10)

const slow = new TokenStoreError({
  reason: "unavailable",
  message: `The token store did not answer within ${Duration.format(time)}: see that it runs and can be reached.`
})

const broken = new TokenStoreError({
  reason: "unavailable",
  message:
    "The token store failed in a way that no store should: see that it is one of TokenStores, or does what TokenStore says."
})

/** It ends in time also where it cannot be interrupted, such as in a finalizer. */
export const bounded = <A>(effect: Effect.Effect<A, TokenStoreError>): Effect.Effect<A, TokenStoreError> =>
  effect.pipe(
    Effect.disconnect,
    Effect.timeoutFail({ duration: time, onTimeout: () => slow }),
    Effect.interruptible,
    Effect.disconnect,
    // A defect could contain the text of an entry, so it is not shown.
    Effect.catchAllCause((cause) => Effect.fail(Option.getOrElse(Cause.failureOption(cause), () => broken)))
  )

/** A store of which each call ends in time, in an answer or a typed error. A call that was given up can still be made. */
export const make = (store: TokenStoreService): TokenStoreService => {
  // A store may be an object of a class, so its functions are called on it.
  const { removals, sweep } = store
  return {
    read: (key) => bounded(Effect.suspend(() => store.read(key))),
    write: (key, value, condition, options) => bounded(Effect.suspend(() => store.write(key, value, condition, options))),
    remove: (key, condition) => bounded(Effect.suspend(() => store.remove(key, condition))),
    lease: (key, duration) => bounded(Effect.suspend(() => store.lease(key, duration))),
    release: (key, lease) => bounded(Effect.suspend(() => store.release(key, lease))),
    removals,
    sweep: sweep === undefined ? undefined : (limit) => sweep.call(store, limit)
  }
}
