/**
 * Timeouts of calls in flight, by one sleeping fiber for all of them instead of one each: to fork, sleep and interrupt costs
 * as much as the rest of an exchange.
 *
 * The fiber sleeps to the earliest deadline, and never longer than a tick: calls that end in time do not interrupt it, it finds
 * out by itself that there is nothing left to watch, and ends. So the last call leaves behind a sleep of at most a tick.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** ms. The longest that an idle process is kept alive. */
const tick = 100

/** One call in flight. */
export interface Watched {
  /** On the clock's monotonic time, see {@link now}. */
  readonly at: number
  readonly expired: () => void
}

/** ms on a time that no correction of the wall clock moves. */
export const now = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

class Watcher {
  readonly watched = new Set<Watched>()
  private readonly clock: Clock.Clock
  /** When the fiber wakes. */
  private wakesAt = Number.POSITIVE_INFINITY

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  add(call: Watched): void {
    this.watched.add(call)
    if (call.at < this.wakesAt) this.sleep(now(this.clock), call.at)
  }

  private sleep(from: number, to: number): void {
    const wakesAt = Math.min(to, from + tick)
    this.wakesAt = wakesAt
    Effect.runFork(
      // A timer may be early by a fraction, a deadline never is: then there is one more short sleep.
      Effect.map(this.clock.sleep(Duration.millis(Math.max(0, Math.ceil(wakesAt - from)))), () => {
        // Meanwhile a call with an earlier deadline may have started another sleep, which watches from then on.
        if (this.wakesAt === wakesAt) this.wake()
      })
    )
  }

  private wake(): void {
    const at = now(this.clock)
    this.wakesAt = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const call of this.watched) {
      if (call.at <= at) {
        this.watched.delete(call)
        call.expired()
      } else if (call.at < next) next = call.at
    }
    if (next < this.wakesAt) this.sleep(at, next)
  }
}

/** By clock, since a test brings its own. */
const watchers = new WeakMap<Clock.Clock, Watcher>()

/** Calls `expired` once when the time has come, never before, unless what is returned is called first. */
export const watch = (clock: Clock.Clock, call: Watched): () => void => {
  let watcher = watchers.get(clock)
  if (watcher === undefined) {
    watcher = new Watcher(clock)
    watchers.set(clock, watcher)
  }
  const { watched } = watcher
  watcher.add(call)
  return () => {
    watched.delete(call)
  }
}
