/**
 * The clock of this machine, with times that a test skips: for what waits long beside sockets that are real. Who sleeps beyond the skipped
 * time wakes, as if it had passed.
 */
import { Clock, Duration, Effect } from "effect"

export interface SkippingClock {
  readonly clock: Clock.Clock
  readonly skip: (millis: number) => Effect.Effect<void>
}

export const make: Effect.Effect<SkippingClock> = Effect.map(Effect.clock, (live) => {
  let skipped = 0
  const sleepers = new Set<() => void>()
  const now = () => live.unsafeCurrentTimeMillis() + skipped
  const nanos = () => live.unsafeCurrentTimeNanos() + BigInt(skipped) * 1_000_000n
  return {
    clock: {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: now,
      unsafeCurrentTimeNanos: nanos,
      currentTimeMillis: Effect.sync(now),
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.async<void>((resume) => {
          const end = nanos() + BigInt(Math.ceil(Duration.toMillis(duration) * 1e6))
          let timer: ReturnType<typeof setTimeout> | undefined
          const wake = () => {
            clearTimeout(timer)
            const left = Number(end - nanos()) / 1e6
            // A timer of Node that is longer than its counter fires at once.
            if (left > 0) timer = setTimeout(wake, Math.min(left, 2 ** 31 - 1))
            else if (sleepers.delete(wake)) resume(Effect.void)
          }
          sleepers.add(wake)
          wake()
          return Effect.sync(() => {
            sleepers.delete(wake)
            clearTimeout(timer)
          })
        })
    },
    skip: (millis) =>
      Effect.sync(() => {
        skipped += millis
        for (const wake of [...sleepers]) wake()
      })
  }
})
