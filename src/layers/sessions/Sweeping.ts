/**
 * Removes what is over from a store that does not do so by itself. It works while sessions are used: a program that does nothing is not woken up.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TokenStoreService } from "../../services/TokenStore.js"
import * as BoundedStore from "./BoundedStore.js"

/** How many entries are looked at in one sweep. It bounds what a sweep takes from the requests that run beside it. */
const limit = 500

/** There is one sweep in this time at most. */
const pause = "5 minutes"

/** The effect says that sessions are used. A sweep that fails is ignored: what is over counts as removed in any case. */
export const make = ({ sweep }: TokenStoreService): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (sweep === undefined) return Effect.void
    const isUsed = yield* Effect.makeLatch(false)
    yield* isUsed.await.pipe(
      Effect.zipRight(isUsed.close),
      Effect.zipRight(Effect.ignore(BoundedStore.bounded(Effect.suspend(() => sweep(limit))))),
      Effect.zipRight(Effect.sleep(pause)),
      Effect.forever,
      Effect.forkScoped
    )
    return Effect.asVoid(isUsed.open)
  })
