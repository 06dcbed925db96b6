/**
 * A clock that is moved by hand, for tests with thousands of steps: `TestClock` takes milliseconds for each. And its wall clock can be wrong.
 */
import { Clock, Duration, Effect } from "effect"

export interface ManualClock {
  readonly clock: Clock.Clock
  /** The same, right: for the other side. */
  readonly right: Clock.Clock
  /** The same, wrong by so much: of one process of several. */
  readonly wrongBy: (millis: number) => Clock.Clock
  /** Moves both times on, wakes who slept, and lets everything run that can. */
  readonly advance: (millis: number) => Effect.Effect<void>
  /** Somebody sets the wall clock: the monotonic one does not notice. */
  readonly setWrongBy: (millis: number) => void
}

const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

export const make = (start = Date.UTC(2026, 5, 1), wrongBy = 0): ManualClock => {
  let now = start
  let wrong = wrongBy
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  const clockOf = (error: () => number): Clock.Clock => ({
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now + error(),
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1000)) * 1000n,
    currentTimeMillis: Effect.sync(() => now + error()),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1000)) * 1000n),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        sleepers.add(sleeper)
        return Effect.sync(() => sleepers.delete(sleeper))
      })
  })
  return {
    clock: clockOf(() => wrong),
    right: clockOf(() => 0),
    wrongBy: (millis) => clockOf(() => millis),
    advance: (millis) =>
      Effect.gen(function* () {
        yield* settle
        const end = now + millis
        while (true) {
          const next = [...sleepers].sort((a, b) => a.at - b.at)[0]
          if (next === undefined || next.at > end) break
          sleepers.delete(next)
          now = Math.max(now, next.at)
          next.wake()
          yield* settle
        }
        now = end
        yield* settle
      }),
    setWrongBy: (millis) => {
      wrong = millis
    }
  }
}
