/**
 * What a caller waits for a store. A store may hang or fail in ways of its own, and a caller gets a typed error nevertheless.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { TokenStoreError } from "../../services/TokenStore.js"

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

/** The effect has to be interruptible where it is called. */
export const bounded = <A>(effect: Effect.Effect<A, TokenStoreError>): Effect.Effect<A, TokenStoreError> =>
  effect.pipe(
    Effect.disconnect,
    Effect.timeoutFail({ duration: time, onTimeout: () => slow }),
    // A defect could contain the text of an entry, so it is not shown.
    Effect.catchAllCause((cause) => Effect.fail(Option.getOrElse(Cause.failureOption(cause), () => broken)))
  )
