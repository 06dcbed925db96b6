/**
 * Timeouts of calls in flight, by one sleep for all of them, to the earliest deadline. It ends with the last of the calls: what runs
 * on after it keeps a process alive, and fails in test runners that take the globals away at the end.
 *
 * An isolated call has a sleep of its own: where I/O belongs to the request that began it, the sleep of another request may never end.
 *
 * On the machine's own clock it is a plain timer: to fork, sleep and interrupt a fiber costs as much as the rest of an exchange.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Forks from "../../internal/Forks.js"

/** ms. A timer for longer than that ends at once. */
const longestTimer = 2 ** 31 - 1

/** What a program has when it brings no clock of its own. */
const machineClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** ms. Clocks count in nanoseconds and times here are floating-point numbers: they do not agree to the last digit. */
export const precision = 0.001

/** One call in flight. */
export interface Watched {
  /** On the clock's monotonic time, see {@link now}. Whoever changes it tells {@link moved}. */
  readonly at: number
  readonly expired: () => void
  /** Written by {@link watch}. */
  watcher?: Watcher | undefined
}

/** ms on a time that no correction of the wall clock moves. */
export const now = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

export class Watcher {
  private readonly clock: Clock.Clock
  private readonly watched = new Set<Watched>()
  /** Ends the sleep. */
  private sleeper: (() => void) | undefined = undefined
  private wakesAt = Number.POSITIVE_INFINITY

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
    if (this.watched.size === 0) this.stop()
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
    this.sleeper?.()
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

  /** `then` never runs before this has returned. Answers what ends the sleep. */
  private after(millis: number, then: () => void): () => void {
    if (this.clock === machineClock) {
      // On the machine's own clock a timer does what a sleeping fiber would, and a call does not pay for a fiber.
      const timer = setTimeout(then, Math.min(millis, longestTimer))
      return () => clearTimeout(timer)
    }
    const fiber = Effect.runFork(Effect.map(this.clock.sleep(Duration.millis(Math.max(precision, millis))), then))
    return () => fiber.unsafeInterruptAsFork(FiberId.none)
  }
}

/** By clock, since a test brings its own. */
const watchers = new WeakMap<Clock.Clock, Watcher>()

const sharedWatcher = (clock: Clock.Clock): Watcher => {
  const known = watchers.get(clock)
  if (known !== undefined) return known
  const watcher = new Watcher(clock)
  watchers.set(clock, watcher)
  return watcher
}

/** Calls `expired` once when the time has come, never before, unless what is returned is called first. */
export const watch = (clock: Clock.Clock, call: Watched, isolated = false): (() => void) => {
  const watcher = isolated ? new Watcher(clock) : sharedWatcher(clock)
  call.watcher = watcher
  watcher.add(call)
  return () => watcher.remove(call)
}

/** The time of a call is another one now, whether or not it is watched already. */
export const moved = (call: Watched): void => call.watcher?.moved(call)

/**
 * The effect's success, or undefined when the time has come first; then the effect is interrupted. What ends without waiting costs
 * little more than a fiber.
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  clock: Clock.Clock,
  at: number,
  isolated = false
): Effect.Effect<A | undefined, E, R> =>
  Effect.withFiberRuntime<A | undefined, E, R>((parent) => {
    // Seam: the caller's context has what the effect needs, by the type of what is returned here.
    const work = Forks.runFork(effect, parent.currentContext as Context.Context<R>, parent.getFiberRefs())
    const ended = work.unsafePoll()
    if (ended !== null) return ended
    return Effect.async<A | undefined, E>((resume) => {
      const unwatch = watch(
        clock,
        {
          at,
          expired: () => {
            resume(Effect.succeed(undefined))
            work.unsafeInterruptAsFork(parent.id())
          }
        },
        isolated
      )
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
