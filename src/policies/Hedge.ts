/**
 * Sends a second copy of a call that takes unusually long, and takes the answer that comes first. This shortens the slowest calls at
 * the price of a few percent more load. It is for reads only, since both copies may be carried out.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { refuseFor } from "../internal/Options.js"

/**
 * - `percentile`: a second copy is sent when a call takes longer than this share of the recent calls. Above 0 and under 1. The default
 *   is 0.95, which is one call in twenty.
 * - `minimumDelay`: a second copy is never sent earlier than this. The default is 10 ms: timers are not exact below that.
 * - `samples`: the latencies of this many recent calls are kept. A whole number of at least 1 / (1 - `percentile`), which is 20 for
 *   0.95: with fewer the percentile would only be the slowest call, so no copy is sent until there are that many. The default is 100.
 * - `budget`: how many second copies there may be per call, 0 to 1. The default is 0.05: when everything becomes slow at once, hedging
 *   must not double the load. Each call adds `budget` to a credit of at most `budget` × `samples` copies (5 by default, and never
 *   less than 1), and each copy takes 1 from it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly percentile: number
  readonly minimumDelay: Duration.Duration
  readonly samples: number
  readonly budget: number
}

const refuse = refuseFor("Hedge")

/** The subtraction is for rounding errors: 1 / (1 - 0.9) is slightly more than 10. */
const enough = (percentile: number): number => Math.ceil(1 / (1 - percentile) - 1e-9)

/**
 * The default options with some fields changed. Give the result to `Dintero.layer` as `hedge`, or to {@link start}.
 *
 * Throws a `RangeError` when a field is outside of its range. Its message names the field and a value that works.
 *
 * @example
 * ```ts
 * import { Hedge } from "effect-dintero"
 *
 * const rare = Hedge.make({ percentile: 0.99, samples: 500, budget: 0.01 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: {
    readonly percentile?: number | undefined
    readonly minimumDelay?: Duration.DurationInput | undefined
    readonly samples?: number | undefined
    readonly budget?: number | undefined
  } = {}
): Options => {
  const percentile = options.percentile ?? 0.95
  if (!(percentile > 0 && percentile < 1)) {
    return refuse("percentile", `${percentile} is not above 0 and under 1`, "Give 0.95 for the slowest of twenty calls.")
  }
  const minimumDelay = Duration.decode(options.minimumDelay ?? "10 millis")
  if (!Duration.isFinite(minimumDelay)) {
    return refuse("minimumDelay", "the duration is infinite", "To switch hedging off, give a budget of 0.")
  }
  const samples = options.samples ?? 100
  if (!(Number.isInteger(samples) && samples >= enough(percentile))) {
    return refuse(
      "samples",
      `${samples} is not a whole number of at least ${enough(percentile)}`,
      `A percentile of ${percentile} cannot be computed from fewer.`
    )
  }
  const budget = options.budget ?? 0.05
  if (!(budget >= 0 && budget <= 1)) {
    return refuse(
      "budget",
      `${budget} is not between 0 and 1`,
      "It is the number of second copies per call: give 0.05 for one in twenty calls."
    )
  }
  return { percentile, minimumDelay, samples, budget }
}

/**
 * Started hedging. Fibers can share it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hedge {
  /**
   * Runs the effect. When it takes longer than the percentile of the recent calls, and the budget allows it, a second copy is started
   * beside the first.
   *
   * The first success is the result, and the other copy is interrupted. If the first copy fails before there is a second, that failure
   * is the result. If both fail, the result is the failure of the first copy. An interruption interrupts both.
   */
  readonly hedge: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** How many second copies there have been per call since the start, 0 to `budget`. */
  readonly extra: Effect.Effect<number>
}

/** The latencies of the last calls in ms, once in the order of time and once sorted. */
class Latencies {
  private readonly recent: Array<number> = []
  private readonly sorted: Array<number> = []
  private oldest = 0
  private readonly samples: number

  constructor(samples: number) {
    this.samples = samples
  }

  get size(): number {
    return this.sorted.length
  }

  add(latency: number): void {
    if (this.recent.length === this.samples) {
      this.sorted.splice(this.rank(this.recent[this.oldest] ?? 0), 1)
    }
    this.recent[this.oldest] = latency
    this.oldest = (this.oldest + 1) % this.samples
    this.sorted.splice(this.rank(latency), 0, latency)
  }

  /** The smallest latency that this share of the latencies does not exceed. */
  percentile(share: number): number {
    return this.sorted[Math.ceil(share * this.sorted.length - 1e-9) - 1] ?? 0
  }

  /** The index of the first latency that is not smaller. */
  private rank(latency: number): number {
    let low = 0
    let high = this.sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.sorted[middle] ?? 0) < latency) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * Starts hedging without any latencies. Start it once for each operation and share it between the calls of that operation. If slow and
 * fast operations shared it, the percentile would fit neither.
 *
 * @example
 * ```ts
 * import { Customers, Hedge } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const customers = yield* Customers
 *   const hedging = yield* Hedge.start(Hedge.make())
 *   return yield* hedging.hedge(customers.settings.get())
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = (options: Options): Effect.Effect<Hedge> =>
  Effect.sync(() => {
    const latencies = new Latencies(options.samples)
    const minimumDelay = Duration.toMillis(options.minimumDelay)
    const needed = enough(options.percentile)
    const most = Math.max(1, options.budget * options.samples)
    // Changed in synchronous code only.
    let calls = 0
    let copies = 0
    let credit = 0

    const withdraw = (): boolean => {
      if (credit < 1 - 1e-9) return false
      credit -= 1
      copies++
      return true
    }

    const race = <A, E, R>(effect: Effect.Effect<A, E, R>, delay: number): Effect.Effect<A, E, R> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const winner = Deferred.unsafeMake<Fiber.RuntimeFiber<A, E>>(FiberId.none)
          const win = (fiber: Fiber.RuntimeFiber<A, E>) => Deferred.unsafeDone(winner, Exit.succeed(fiber))
          let sent = false

          const first = yield* Effect.fork(restore(effect))
          const second = yield* Effect.fork(
            restore(
              Effect.zipRight(
                Effect.sleep(delay),
                Effect.suspend(() => {
                  sent = first.unsafePoll() === null && withdraw()
                  return sent ? effect : Effect.interrupt
                })
              )
            )
          )
          first.addObserver((exit) => {
            // A failure is final unless a second copy is still running.
            if (Exit.isSuccess(exit) || !sent || second.unsafePoll() !== null) win(first)
          })
          second.addObserver((exit) => {
            if (Exit.isSuccess(exit)) win(second)
            else if (first.unsafePoll() !== null) win(first)
          })

          const fiber = yield* Effect.ensuring(restore(Deferred.await(winner)), Fiber.interruptAll([first, second]))
          return yield* Fiber.join(fiber)
        })
      )

    return {
      hedge: (effect) =>
        Clock.clockWith((clock) => {
          const now = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
          const began = now()
          calls++
          credit = Math.min(most, credit + options.budget)
          const hedged =
            options.budget > 0 && latencies.size >= needed
              ? race(effect, Math.max(minimumDelay, latencies.percentile(options.percentile)))
              : effect
          // The latency that the caller saw, from the start of the first copy, also when the second copy has answered: hedging must not
          // shorten the delay that it is decided by. A failure is not recorded, since a refusal may come at once.
          return Effect.tap(hedged, () => Effect.sync(() => latencies.add(now() - began)))
        }),
      extra: Effect.sync(() => (calls === 0 ? 0 : copies / calls))
    }
  })
