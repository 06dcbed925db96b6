/**
 * Stops calling a server that keeps failing, and finds out with a few trial calls when it works again.
 *
 * ```text
 *            failures reach the ratio             first call after the opening time
 *   Closed ───────────────────────────▶ Open ────────────────────────────────────────▶ HalfOpen
 *     ▲                                   ▲      a probe fails: opens for longer         │  │
 *     │                                   └──────────────────────────────────────────────┘  │
 *     └─────────────────────────────────────────────────────────────────────────────────────┘
 *                                   all probes succeed
 *
 *   any ── isolate ──▶ Isolated      any ── close ──▶ Closed
 * ```
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Hub from "../internal/Hub.js"
import { positiveFinite, refuseFor } from "../internal/Options.js"

/**
 * - `failureRatio`: the breaker opens when this share of the calls fails. Above 0 and up to 1. The default is 0.5: retries handle
 *   single failures, and a server that fails every other call needs a pause.
 * - `minimum`: with fewer calls than this in the window, the breaker does not open. The default is 20.
 * - `window`: how long a result counts. The default is 30 seconds. Results are dropped in steps of a tenth of the window, and none
 *   counts for longer than the window.
 * - `openFor`: how long the breaker refuses calls when it opens for the first time. The default is 5 seconds, about the time of a
 *   restart.
 * - `factor`: the opening time is multiplied by this each time that a probe fails. At least 1. The default is 2.
 * - `maximumOpen`: the longest opening time. The default is 60 seconds, so that a server that works again is noticed within a minute.
 * - `probes`: how many trial calls are let through after the opening time. All of them must succeed. The default is 3, since one
 *   success can be luck.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly failureRatio: number
  readonly minimum: number
  readonly window: Duration.Duration
  readonly openFor: Duration.Duration
  readonly factor: number
  readonly maximumOpen: Duration.Duration
  readonly probes: number
}

const refuse = refuseFor("CircuitBreaker")

const count = (field: string, found: number): number =>
  Number.isInteger(found) && found >= 1
    ? found
    : refuse(field, `${found} is not a whole number of at least 1`, "Give a number of calls, such as 3.")

/**
 * The default options with some fields changed. Give the result to `Dintero.layer` as `circuitBreaker`, or to {@link start}.
 *
 * Throws a `RangeError` for a ratio of 0 or above 1, a number of calls that is not whole or is under 1, a duration that is zero or
 * infinite, a `factor` under 1, and a `maximumOpen` that is shorter than `openFor`. Its message names the field and a value that works.
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from "effect-dintero"
 *
 * const patient = CircuitBreaker.make({ failureRatio: 0.8, openFor: "10 seconds" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: {
    readonly failureRatio?: number | undefined
    readonly minimum?: number | undefined
    readonly window?: Duration.DurationInput | undefined
    readonly openFor?: Duration.DurationInput | undefined
    readonly factor?: number | undefined
    readonly maximumOpen?: Duration.DurationInput | undefined
    readonly probes?: number | undefined
  } = {}
): Options => {
  const failureRatio = options.failureRatio ?? 0.5
  if (!(failureRatio > 0 && failureRatio <= 1)) {
    return refuse("failureRatio", `${failureRatio} is not above 0 and up to 1`, "Give 0.5 for one failure in two calls.")
  }
  const factor = options.factor ?? 2
  if (!(factor >= 1 && factor < Number.POSITIVE_INFINITY)) {
    return refuse("factor", `${factor} is not a number of at least 1`, "Give 1 for an opening time that stays the same.")
  }
  const openFor = positiveFinite(refuse, "openFor", options.openFor ?? "5 seconds")
  const maximumOpen = positiveFinite(refuse, "maximumOpen", options.maximumOpen ?? "60 seconds")
  if (Duration.lessThan(maximumOpen, openFor)) {
    return refuse(
      "maximumOpen",
      `${Duration.format(maximumOpen)} is shorter than openFor (${Duration.format(openFor)})`,
      "Give one that is at least as long."
    )
  }
  return {
    failureRatio,
    minimum: count("minimum", options.minimum ?? 20),
    window: positiveFinite(refuse, "window", options.window ?? "30 seconds"),
    openFor,
    factor,
    maximumOpen,
    probes: count("probes", options.probes ?? 3)
  }
}

/**
 * - `Closed`: calls pass. `calls` is the number of results in the window, and `failures` the number of failures among them.
 * - `Open`: calls are refused until `until` (ms since 1970). The breaker stays `Open` until the first call after that instant, which
 *   makes it `HalfOpen`.
 * - `HalfOpen`: `inFlight` probes are running, and `succeeded` probes have succeeded. Other calls are refused.
 * - `Isolated`: calls are refused until somebody calls `close`.
 *
 * @since 0.1.0
 * @category models
 */
export type State = Data.TaggedEnum<{
  Closed: { readonly calls: number; readonly failures: number }
  Open: { readonly until: number }
  HalfOpen: { readonly inFlight: number; readonly succeeded: number }
  Isolated: Record<never, never>
}>

/**
 * The constructors of the states, with `$is` and `$match`.
 *
 * @since 0.1.0
 * @category models
 */
export const State = Data.taggedEnum<State>()

/**
 * The breaker refused the call, which was not started.
 *
 * `retryAt` (ms since 1970) says when a call may pass:
 * - while the breaker is open, the end of the opening time
 * - while probes are running, the present plus `openFor`: nobody knows when the probes end, and a caller must not try again in a
 *   tight loop
 * - while the breaker is isolated, `Infinity`
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpen extends Data.TaggedError("CircuitOpen")<{ readonly retryAt: number }> {
  /** A complete error for a test. `retryAt` is the beginning of 2026 unless it is given. */
  static forTest(given: { readonly retryAt?: number } = {}): CircuitOpen {
    return new CircuitOpen({ retryAt: Date.UTC(2026, 0, 1), ...given })
  }
  override get message(): string {
    return this.retryAt === Number.POSITIVE_INFINITY
      ? "The circuit breaker is isolated: calls are refused until it is closed by hand"
      : `The circuit breaker is open: calls may be let through from ${this.retryAt} (epoch ms)`
  }
}

/**
 * How the result of a call counts. `"success"` and `"failure"` are counted. `"ignore"` is not counted, and a probe that is ignored
 * makes room for another one.
 *
 * Count an answer that shows a working server, such as a 404, as a success: the breaker stays half open as long as every probe is
 * ignored.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "success" | "failure" | "ignore"

/**
 * A started breaker. Fibers can share it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CircuitBreaker {
  /**
   * Runs the effect, or fails with `CircuitOpen` without running it. `outcome` says how the result counts.
   *
   * A result is counted only if the breaker has not changed its state since the effect began. An interrupted effect is not counted,
   * whatever `outcome` says, and its probe becomes free. An effect that never ends keeps its probe: give it a timeout of its own.
   */
  readonly protect: <A, E, R>(
    effect: Effect.Effect<A, E, R>,
    outcome: (exit: Exit.Exit<A, E>) => Outcome
  ) => Effect.Effect<A, E | CircuitOpen, R>
  readonly state: Effect.Effect<State>
  /** Refuses every call until `close`. */
  readonly isolate: Effect.Effect<void>
  /** Lets calls through again, from any state. All counts become zero, and the next opening time is `openFor`. */
  readonly close: Effect.Effect<void>
  /** The present state, and then each state that the breaker enters. A changed count within a state is not emitted. */
  readonly changes: Stream.Stream<State>
}

/** The window is divided into this many slots, and results are dropped slot by slot. */
const slots = 10

/** The number of results and of failures in the window that ends now. */
class Window {
  private readonly results = new Float64Array(slots)
  private readonly failed = new Float64Array(slots)
  private latest = Number.NEGATIVE_INFINITY
  private readonly width: number
  calls = 0
  failures = 0

  constructor(window: Duration.Duration) {
    this.width = Duration.toMillis(window) / slots
  }

  clear(): void {
    this.results.fill(0)
    this.failed.fill(0)
    this.calls = 0
    this.failures = 0
  }

  /** Drops results that are too old, and returns the slot of `now`. If the clock was set back by more than a window, all are dropped. */
  advance(now: number): number {
    const index = Math.floor(now / this.width)
    if (index >= this.latest + slots || index <= this.latest - slots) {
      this.clear()
      this.latest = index
    }
    while (this.latest < index) {
      this.latest++
      const slot = slotOf(this.latest)
      this.calls -= this.results[slot] ?? 0
      this.failures -= this.failed[slot] ?? 0
      this.results[slot] = 0
      this.failed[slot] = 0
    }
    return slotOf(this.latest)
  }

  record(now: number, failure: boolean): void {
    const slot = this.advance(now)
    this.results[slot] = (this.results[slot] ?? 0) + 1
    this.calls++
    if (failure) {
      this.failed[slot] = (this.failed[slot] ?? 0) + 1
      this.failures++
    }
  }
}

const slotOf = (index: number): number => ((index % slots) + slots) % slots

/** A cause that also has a failure is no mere interruption: when one effect of `Effect.all` fails, the others are interrupted. */
const isInterruption = <A, E>(exit: Exit.Exit<A, E>): boolean =>
  Exit.isFailure(exit) && Cause.isInterrupted(exit.cause) && Option.isNone(Cause.failureOption(exit.cause))

/**
 * Starts a closed breaker. Each breaker has its own counts: start one and share it between all calls to the same server.
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from "effect-dintero"
 * import { Effect, Exit } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const breaker = yield* CircuitBreaker.start(CircuitBreaker.make({ openFor: "10 seconds" }))
 *   const call = Effect.fail("the server is down")
 *   return yield* breaker
 *     .protect(call, (exit) => (Exit.isSuccess(exit) ? "success" : "failure"))
 *     .pipe(Effect.catchTag("CircuitOpen", ({ retryAt }) => Effect.succeed(`not before ${retryAt}`)))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = (options: Options): Effect.Effect<CircuitBreaker> => Effect.sync(() => unsafeMake(options))

const unsafeMake = (options: Options): CircuitBreaker => {
  const hub = Hub.make(Queue.unbounded<{ readonly generation: number; readonly state: State }>())
  const openFor = Duration.toMillis(options.openFor)
  const maximumOpen = Duration.toMillis(options.maximumOpen)
  const window = new Window(options.window)

  // This state is changed in synchronous code only, so no other fiber runs during a change.
  let tag: State["_tag"] = "Closed"
  /** The number of the present state. The result of a call that began under another number is not counted. */
  let generation = 0
  /** How long the present or the next opening lasts. */
  let duration = openFor
  let until = 0
  let inFlight = 0
  let succeeded = 0

  const snapshot = (now: number): State => {
    switch (tag) {
      case "Closed":
        window.advance(now)
        return State.Closed({ calls: window.calls, failures: window.failures })
      case "Open":
        return State.Open({ until })
      case "HalfOpen":
        return State.HalfOpen({ inFlight, succeeded })
      case "Isolated":
        return State.Isolated()
    }
  }

  const enter = (next: State["_tag"], now: number): void => {
    const changed = next !== tag
    tag = next
    generation++
    inFlight = 0
    succeeded = 0
    window.clear()
    if (changed) hub.unsafeOffer({ generation, state: snapshot(now) })
  }

  const open = (now: number): void => {
    until = now + duration
    enter("Open", now)
  }

  /** `undefined` when the call may pass, otherwise the instant at which a call may be tried again. */
  const admit = (now: number): number | undefined => {
    switch (tag) {
      case "Closed":
        return undefined
      case "Isolated":
        return Number.POSITIVE_INFINITY
      case "Open": {
        // A clock that was set back must not keep the breaker open for longer than `duration`.
        if (until - now > duration) until = now + duration
        if (now < until) return until
        enter("HalfOpen", now)
        inFlight = 1
        return undefined
      }
      case "HalfOpen": {
        if (inFlight + succeeded >= options.probes) return now + openFor
        inFlight++
        return undefined
      }
    }
  }

  const settle = (began: number, now: number, outcome: Outcome): void => {
    if (began !== generation) return
    if (tag === "Closed" && outcome !== "ignore") {
      window.record(now, outcome === "failure")
      if (
        outcome === "failure" &&
        window.calls >= options.minimum &&
        window.failures >= options.failureRatio * window.calls - 1e-9
      ) {
        duration = openFor
        open(now)
      }
    } else if (tag === "HalfOpen") {
      inFlight--
      if (outcome === "failure") {
        duration = Math.min(maximumOpen, duration * options.factor)
        open(now)
      } else if (outcome === "success") {
        succeeded++
        if (succeeded >= options.probes) enter("Closed", now)
      }
    }
  }

  const withNow = <A>(f: (now: number) => A): Effect.Effect<A> =>
    Clock.clockWith((clock) => Effect.sync(() => f(clock.unsafeCurrentTimeMillis())))

  const ended = <A, E>(began: number, exit: Exit.Exit<A, E>, outcome: (exit: Exit.Exit<A, E>) => Outcome): Effect.Effect<void> =>
    withNow((now) => {
      let counted: Outcome = "ignore"
      // If `outcome` throws, the call dies with that defect, and its probe becomes free all the same.
      try {
        if (!isInterruption(exit)) counted = outcome(exit)
      } finally {
        settle(began, now, counted)
      }
    })

  return {
    protect: <A, E, R>(effect: Effect.Effect<A, E, R>, outcome: (exit: Exit.Exit<A, E>) => Outcome) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          withNow((now) => {
            const retryAt = admit(now)
            return { retryAt, began: generation }
          }),
          ({ began, retryAt }): Effect.Effect<A, E | CircuitOpen, R> =>
            retryAt === undefined
              ? Effect.onExit(restore(effect), (exit) => ended(began, exit, outcome))
              : Effect.fail(new CircuitOpen({ retryAt }))
        )
      ),
    state: withNow(snapshot),
    isolate: withNow((now) => enter("Isolated", now)),
    close: withNow((now) => enter("Closed", now)),
    changes: Stream.unwrapScoped(
      Effect.gen(function* () {
        const queue = yield* hub.subscribe
        const current = yield* withNow((now) => ({ generation, state: snapshot(now) }))
        const later = Stream.fromQueue(queue).pipe(Stream.filter((change) => change.generation > current.generation))
        return Stream.concat(Stream.succeed(current), later).pipe(Stream.map((change) => change.state))
      })
    )
  }
}
