/**
 * How many retries there may be beside the first attempts, so that a server that fails is not made to fail by its clients.
 *
 * Attempts per call are no such bound: three attempts of every call are three times the load at the moment the server can bear
 * it least. A budget is shared by many calls (one per host and operation class), and once it is spent the calls fail as they are.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { refuseOption } from "./RefuseOption.js"

/**
 * - `ratio`: retries per call, 0 to 1, over the window. 0.2: at most 1.2 times the load, and still enough to hide the failures
 *   of a server that fails now and then.
 * - `window`: how long a call gives credit and a retry uses it. 10 seconds: long enough to be spent on an outage of a moment,
 *   short enough not to have saved up a flood.
 * - `floor`: retries per window that are allowed however few the calls are. 10: a fifth of three calls would be none.
 *
 * The budget of a window is the larger of `floor` and `ratio` × calls: from 50 calls per window on, the default adds nothing
 * to its 20 %.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly ratio: number
  readonly window: Duration.Duration
  readonly floor: number
}

const refuse = refuseOption("RetryBudget")

/**
 * The defaults with some fields changed. Throws a `RangeError` at once, naming the field and what to give, when `ratio` is not
 * between 0 and 1, `window` is zero or infinite, or `floor` is not a whole number of at least 0.
 *
 * @example
 * ```ts
 * import { RetryBudget } from "effect-dintero"
 *
 * const careful = RetryBudget.make({ ratio: 0.1, window: "30 seconds" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: {
    readonly ratio?: number | undefined
    readonly window?: Duration.DurationInput | undefined
    readonly floor?: number | undefined
  } = {}
): Options => {
  const ratio = options.ratio ?? 0.2
  const window = Duration.decode(options.window ?? "10 seconds")
  const floor = options.floor ?? 10
  if (!(ratio >= 0 && ratio <= 1)) {
    return refuse("ratio", `${ratio} is not between 0 and 1`, "It is retries per call: give 0.2 for one retry per five calls.")
  }
  const millis = Duration.toMillis(window)
  if (!(millis > 0 && millis < Number.POSITIVE_INFINITY)) {
    return refuse(
      "window",
      `the duration is ${millis === 0 ? "zero" : "infinite"}`,
      'Give a finite one above zero, such as "10 seconds".'
    )
  }
  if (!(Number.isInteger(floor) && floor >= 0)) {
    return refuse("floor", `${floor} is not a whole number of at least 0`, "Give 0 for no retry beyond the ratio.")
  }
  return { ratio, window, floor }
}

/**
 * A budget in use. Every `now` is in ms on a clock that does not run backwards; the methods are synchronous, so what one
 * caller withdraws no other can have, and take constant time.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryBudget {
  /** A call has begun. Its retries are no calls. */
  call(now: number): void
  /** Takes one retry out of the budget, or says that there is none. A retry that was taken is not given back. */
  tryRetry(now: number): boolean
  /** How many retries could be taken now. */
  remaining(now: number): number
}

/** A tenth of the window is its resolution; one slot more, so that the oldest one counts until all of it is out. */
const parts = 10
const slots = parts + 1

/**
 * A new budget, full as of its first call. Counts are dropped a tenth of a window at a time, and late rather than early: in no
 * span as long as the window are there more retries than `floor`, or `ratio` of the calls that led up to them.
 *
 * @example
 * ```ts
 * import { RetryBudget } from "effect-dintero"
 *
 * const budget = RetryBudget.unsafeMake(RetryBudget.make({ floor: 1 }))
 * budget.call(0)
 * budget.tryRetry(5) // true
 * budget.tryRetry(5) // false, until 10 seconds have gone
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMake = (options: Options): RetryBudget => {
  const width = Duration.toMillis(options.window) / parts
  const calls = new Float64Array(slots)
  const retries = new Float64Array(slots)
  let totalCalls = 0
  let totalRetries = 0
  let latest = Number.NEGATIVE_INFINITY

  /** Drops what is out of the window; the slot of `now`. A clock that went back a little stays where it was. */
  const advance = (now: number): number => {
    const index = Math.floor(now / width)
    if (index > latest || index < latest - slots) {
      const steps = index > latest ? Math.min(index - latest, slots) : slots
      for (let step = 0; step < steps; step++) {
        const slot = slotOf(index - step)
        totalCalls -= calls[slot] ?? 0
        totalRetries -= retries[slot] ?? 0
        calls[slot] = 0
        retries[slot] = 0
      }
      latest = index
    }
    return slotOf(latest)
  }

  const left = (): number => {
    // The product of a ratio such as 0.29 with 100 falls just short of 29.
    const allowed = Math.max(options.floor, Math.floor(options.ratio * totalCalls + 1e-9))
    return Math.max(0, allowed - totalRetries)
  }

  return {
    call(now) {
      const slot = advance(now)
      calls[slot] = (calls[slot] ?? 0) + 1
      totalCalls++
    },
    tryRetry(now) {
      const slot = advance(now)
      if (left() < 1) return false
      retries[slot] = (retries[slot] ?? 0) + 1
      totalRetries++
      return true
    },
    remaining(now) {
      advance(now)
      return left()
    }
  }
}

const slotOf = (index: number): number => ((index % slots) + slots) % slots
