/**
 * A limit for the share of retries among all requests. It keeps the clients of a struggling server from making things worse.
 *
 * A limit of attempts per call does not do that: with three attempts for each call, the load triples just when the server can bear it
 * least. Many calls share one budget. When the budget is spent, calls fail without a retry.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { positiveFinite, refuseFor } from "../internal/Options.js"

/**
 * - `ratio`: retries per call within the window, 0 to 1. The default is 0.2. The load grows to at most 1.2 times the calls, and that is
 *   enough for a server that fails now and then.
 * - `window`: how long a call or a retry counts. The default is 10 seconds: long enough for a short outage, and too short to save up
 *   retries for a flood.
 * - `floor`: how many retries a window may always have. The default is 10, since a fifth of three calls would be none.
 *
 * The budget of a window is the larger of `floor` and `ratio` × calls. With the defaults, `floor` no longer matters from 50 calls per
 * window on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly ratio: number
  readonly window: Duration.Duration
  readonly floor: number
}

const refuse = refuseFor("RetryBudget")

/**
 * The default options with some fields changed. `RetryPolicy.budget` takes the same fields.
 *
 * Throws a `RangeError` when `ratio` is not between 0 and 1, `window` is zero or infinite, or `floor` is not a whole number of at least
 * 0. Its message names the field and a value that works.
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
  const floor = options.floor ?? 10
  if (!(ratio >= 0 && ratio <= 1)) {
    return refuse("ratio", `${ratio} is not between 0 and 1`, "Give 0.2 for one retry per five calls.")
  }
  const window = positiveFinite(refuse, "window", options.window ?? "10 seconds")
  if (!(Number.isInteger(floor) && floor >= 0)) {
    return refuse("floor", `${floor} is not a whole number of at least 0`, "Give 0 for no retries beyond the ratio.")
  }
  return { ratio, window, floor }
}

/**
 * A started budget. `now` is in ms on a monotonic clock. The methods are synchronous and take constant time, so two callers never get
 * the same retry.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryBudget {
  /** Counts a call that begins. Its retries do not count as calls. */
  call(now: number): void
  /** Takes one retry from the budget, or returns `false` when the budget is spent. A retry cannot be given back. */
  tryRetry(now: number): boolean
  /** How many retries are left now. */
  remaining(now: number): number
}

/** The window is divided into this many parts. There is one slot more, so that a part counts until all of it has left the window. */
const parts = 10
const slots = parts + 1

/**
 * Starts a budget that has all its retries. No span as long as the window has more retries than the larger of `floor` and `ratio` × the
 * calls before them: counts are dropped in steps of a tenth of the window, and rather late than early.
 *
 * @example
 * ```ts
 * import { RetryBudget } from "effect-dintero"
 *
 * const budget = RetryBudget.unsafeMake(RetryBudget.make({ floor: 1 }))
 * budget.call(0)
 * budget.tryRetry(5) // true
 * budget.tryRetry(5) // false, until 10 seconds have passed
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

  /** Drops counts that are outside of the window, and returns the slot of `now`. An earlier `now` counts as the latest one. */
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
    // The addition is for rounding errors: 0.29 × 100 is slightly less than 29.
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
