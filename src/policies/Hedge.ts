/**
 * A second copy of a call that takes unusually long, and whichever answers first: it cuts the slowest answers for a few percent
 * of load. Only for calls that may run twice: reads.
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
import { refuseOption } from "./RefuseOption.js"

/**
 * - `percentile`: the share of recent calls, above 0 and under 1, that a call must have outlasted before a second copy is sent.
 *   0.95: one in twenty.
 * - `minimumDelay`: it is never sent earlier than this. 10 ms: below it a difference is noise, and a timer not exact.
 * - `samples`: of how many recent calls the latencies are kept, a whole number. 100. No second copy is sent before there are
 *   1 / (1 - `percentile`) of them, 20 for 0.95, since of fewer the percentile is only the slowest; so at least that many.
 * - `budget`: second copies per call, 0 to 1. 0.05: when everything becomes slow at once, hedging must not double the load. A
 *   call earns that share of a copy and at most `budget` × `samples` copies (5; never under one) are saved up.
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

const refuse = refuseOption("Hedge")

/** 1 / (1 - 0.9) comes out just above 10. */
const enough = (percentile: number): number => Math.ceil(1 / (1 - percentile) - 1e-9)

/**
 * The defaults with some fields changed. Throws a `RangeError` at once, naming the field and what to give, when one cannot work.
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
    return refuse("percentile", `${percentile} is not above 0 and under 1`, "Give 0.95 for the slowest in twenty.")
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
      `A percentile of ${percentile} cannot be told from fewer.`
    )
  }
  const budget = options.budget ?? 0.05
  if (!(budget >= 0 && budget <= 1)) {
    return refuse("budget", `${budget} is not between 0 and 1`, "It is second copies per call: give 0.05 for one in twenty.")
  }
  return { percentile, minimumDelay, samples, budget }
}

/**
 * Hedging in use, safe to share between fibers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hedge {
  /**
   * The effect, and a second copy of it beside the first when that takes longer than the percentile of recent calls and the
   * budget allows. The first success is the answer, and the other copy is interrupted. A failure of the first copy before there
   * is a second is the answer at once; when both fail it is the first copy's. Interruption interrupts both.
   */
  readonly hedge: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Second copies per call since the start, 0 to `budget`. */
  readonly extra: Effect.Effect<number>
}

/** The last latencies in ms, in the order of time and in the order of size. */
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

  /** The smallest that at least this share does not exceed. */
  percentile(share: number): number {
    return this.sorted[Math.ceil(share * this.sorted.length - 1e-9) - 1] ?? 0
  }

  /** Where the first that is not smaller stands. */
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
 * Hedging that knows no latencies yet. Start it once and share it between the calls of one operation: calls that differ in how
 * long they usually take hide each other's percentile.
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
            // A failure is final unless a second copy is still under way.
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
          // As its caller saw it. With a second copy's answer it says how long the first took at least, so that hedging does
          // not shorten the delay it goes by. A failure says nothing: it may be a refusal at once.
          return Effect.tap(hedged, () => Effect.sync(() => latencies.add(now() - began)))
        }),
      extra: Effect.sync(() => (calls === 0 ? 0 : copies / calls))
    }
  })
