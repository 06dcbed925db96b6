/**
 * How fast requests are sent: at most so many a second, and none while the service asks to wait.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface Pace {
  /** Returns when a request may be sent. */
  readonly turn: Effect.Effect<void>
  /** No turn comes before this time is over. */
  readonly pause: (wait: Duration.Duration) => Effect.Effect<void>
}

/** `perSecond` is 0 for no limit. */
export const make = (perSecond: number): Pace => {
  const gap = perSecond === 0 ? 0 : 1_000 / perSecond
  /** ms. The first turn that is free. */
  let free = 0
  const turn: Effect.Effect<void> = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const at = Math.max(now, free)
    free = at + gap
    if (at > now) yield* Effect.sleep(Duration.millis(at - now))
    // A pause that began while this turn waited is for this turn too.
    if ((yield* Clock.currentTimeMillis) < pausedUntil) yield* turn
  })
  let pausedUntil = 0
  return {
    turn: Effect.suspend(() => turn),
    pause: (wait) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        pausedUntil = Math.max(pausedUntil, now + Duration.toMillis(wait))
        free = Math.max(free, pausedUntil)
      })
  }
}
