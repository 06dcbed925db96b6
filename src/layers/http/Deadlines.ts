/**
 * Timeouts of calls in flight, by one sleeping fiber for all of them instead of one each: to fork, sleep and interrupt costs
 * as much as the rest of an exchange.
 *
 * The fiber sleeps to the earliest deadline. A call that ends in time does not wake it; when no call has been in flight for a
 * while, it is interrupted, so that it does not keep a process alive.
 */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"

/** ms. For so long after its last call a process is kept alive. */
const linger = 100

/** ms. Clocks count in nanoseconds and times here are floating-point numbers: they do not agree to the last digit. */
export const precision = 0.001

/** One call in flight. */
export interface Watched {
  /** On the clock's monotonic time, see {@link now}. Whoever changes it tells {@link moved}. */
  readonly at: number
  readonly expired: () => void
}

/** ms on a time that no correction of the wall clock moves. */
export const now = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

class Watcher {
  private readonly clock: Clock.Clock
  private readonly watched = new Set<Watched>()
  private sleeper: Fiber.RuntimeFiber<void> | undefined = undefined
  private wakesAt = Number.POSITIVE_INFINITY
  private lingers = false

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  add(call: Watched): void {
    this.watched.add(call)
    this.moved(call)
  }

  /** A later time costs nothing: the sleep ends as it would have, and another one begins. */
  moved(call: Watched): void {
    if (call.at < this.wakesAt) this.sleepUntil(call.at, now(this.clock))
  }

  remove(call: Watched): void {
    this.watched.delete(call)
    if (this.watched.size > 0 || this.sleeper === undefined || this.lingers) return
    this.lingers = true
    this.after(linger, () => {
      this.lingers = false
      if (this.watched.size === 0) this.stop()
    })
  }

  private sleepUntil(at: number, from: number): void {
    this.stop()
    this.wakesAt = at
    const sleeper = this.after(at - from - precision, () => {
      // It may have woken just when it was replaced.
      if (this.sleeper !== sleeper) return
      this.sleeper = undefined
      this.wakesAt = Number.POSITIVE_INFINITY
      this.wake()
    })
    this.sleeper = sleeper
  }

  private stop(): void {
    this.sleeper?.unsafeInterruptAsFork(FiberId.none)
    this.sleeper = undefined
    this.wakesAt = Number.POSITIVE_INFINITY
  }

  private wake(): void {
    // A timer may be early by a fraction of a millisecond, a deadline is not: then there is one more short sleep.
    const at = now(this.clock)
    let next = Number.POSITIVE_INFINITY
    for (const call of this.watched) {
      if (call.at <= at + 2 * precision) {
        this.watched.delete(call)
        call.expired()
      } else if (call.at < next) next = call.at
    }
    if (next < this.wakesAt) this.sleepUntil(next, at)
  }

  /** In a fiber that no caller owns. It never runs before this has returned. */
  private after(millis: number, then: () => void): Fiber.RuntimeFiber<void> {
    return Effect.runFork(Effect.map(this.clock.sleep(Duration.millis(Math.max(precision, millis))), then))
  }
}

/** By clock, since a test brings its own. */
const watchers = new WeakMap<Clock.Clock, Watcher>()

/** Calls `expired` once when the time has come, never before, unless what is returned is called first. */
export const watch = (clock: Clock.Clock, call: Watched): (() => void) => {
  let watcher = watchers.get(clock)
  if (watcher === undefined) {
    watcher = new Watcher(clock)
    watchers.set(clock, watcher)
  }
  const chosen = watcher
  chosen.add(call)
  return () => chosen.remove(call)
}

/** The time of a call that is being watched is another one now. */
export const moved = (clock: Clock.Clock, call: Watched): void => watchers.get(clock)?.moved(call)

/**
 * The effect's success, or undefined when the time has come first; then the effect is interrupted. What ends without waiting costs
 * little more than a fiber.
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  clock: Clock.Clock,
  at: number
): Effect.Effect<A | undefined, E, R> =>
  Effect.withFiberRuntime<A | undefined, E, R>((parent) => {
    const work = Runtime.runFork(
      Runtime.make<R>({
        // Seam: the caller's context has what the effect needs, by the type of what is returned here.
        context: parent.currentContext as Context.Context<R>,
        fiberRefs: parent.getFiberRefs(),
        runtimeFlags: Runtime.defaultRuntimeFlags
      })
    )(effect)
    const ended = work.unsafePoll()
    if (ended !== null) return ended
    return Effect.async<A | undefined, E>((resume) => {
      const unwatch = watch(clock, {
        at,
        expired: () => {
          resume(Effect.succeed(undefined))
          work.unsafeInterruptAsFork(parent.id())
        }
      })
      work.addObserver((exit) => {
        unwatch()
        resume(exit)
      })
      return Effect.suspend(() => {
        unwatch()
        return Fiber.interrupt(work)
      })
    })
  })
