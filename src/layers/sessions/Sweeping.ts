/**
 * Removes what is over from a store that does not do so by itself, as long as the scope is open.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { TokenStoreService } from "../../services/TokenStore.js"
import * as BoundedStore from "./BoundedStore.js"

/** How many entries are looked at in one sweep. It bounds what a sweep takes from the requests that run beside it. */
const limit = 500

/** The processes of one store do not sweep together. */
const pauses = Schedule.jittered(Schedule.spaced("5 minutes"))

/** A failure is ignored. The next sweep tries again, and what is over counts as removed in any case. */
export const run = ({ sweep }: TokenStoreService): Effect.Effect<void, never, Scope.Scope> =>
  sweep === undefined
    ? Effect.void
    : Effect.suspend(() => sweep(limit)).pipe(
        BoundedStore.bounded,
        Effect.ignore,
        Effect.schedule(pauses),
        Effect.forkScoped,
        Effect.asVoid
      )
