/**
 * Stops calling a server that keeps failing, and finds out with a few calls when it is back.
 *
 * ```text
 *            failures reach the ratio                 the time is over, a call comes
 *   Closed ───────────────────────────▶ Open ────────────────────────────────────────▶ HalfOpen
 *     ▲                                   ▲            one probe fails, longer           │  │
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
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { refuseOption } from "./RefuseOption.js"

/**
 * - `failureRatio`: the share of failures, above 0 and up to 1, from which the breaker opens. 0.5: a server that fails every
 *   other call is worth more left alone; single failures are the business of a retry.
 * - `minimum`: calls in the window below which the ratio says nothing. 20.
 * - `window`: how long a result counts. 30 seconds. Results are dropped a tenth of it at a time and never counted for longer.
 * - `openFor`: how long calls are refused at first. 5 seconds: about a restart.
 * - `factor`: by how much that time grows with each round of probes that fails, at least 1. 2.
 * - `maximumOpen`: the longest it becomes. 60 seconds: a server that is back is noticed within a minute.
 * - `probes`: calls let through at the end of that time, all of which must succeed. 3: one may be luck.
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

const refuse = refuseOption("CircuitBreaker")

const positive = (field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = Duration.decode(input)
  const millis = Duration.toMillis(duration)
  if (millis > 0 && millis < Number.POSITIVE_INFINITY) return duration
  return refuse(
    field,
    `the duration is ${millis === 0 ? "zero" : "infinite"}`,
    'Give a finite one above zero, such as "5 seconds".'
  )
}

const count = (field: string, found: number): number =>
  Number.isInteger(found) && found >= 1
    ? found
    : refuse(field, `${found} is not a whole number of at least 1`, "Give a number of calls, such as 3.")

/**
 * The defaults with some fields changed. Throws a `RangeError` at once, naming the field and what to give, when one cannot work:
 * a ratio of 0 or above 1, a number of calls that is not whole or under 1, a duration that is zero or infinite, a `factor` under
 * 1, a `maximumOpen` under `openFor`.
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
  const openFor = positive("openFor", options.openFor ?? "5 seconds")
  const maximumOpen = positive("maximumOpen", options.maximumOpen ?? "60 seconds")
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
    window: positive("window", options.window ?? "30 seconds"),
    openFor,
    factor,
    maximumOpen,
    probes: count("probes", options.probes ?? 3)
  }
}

/**
 * - `Closed`: calls pass. How many results the window holds, and how many of them are failures.
 * - `Open`: calls are refused before `until` (epoch ms). The first call after it makes the breaker `HalfOpen`; until one comes
 *   it stays `Open`.
 * - `HalfOpen`: probes under way, and those that succeeded. Other calls are refused.
 * - `Isolated`: calls are refused until `close`.
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
 * Constructors, `$is` and `$match` of the states.
 *
 * @since 0.1.0
 * @category models
 */
export const State = Data.taggedEnum<State>()

/**
 * The breaker did not let the call through: it was not begun.
 *
 * `retryAt` (epoch ms) is when one may pass: the end of the opening time; `openFor` from now while probes are under way, since
 * nobody knows when they end and who waits must not spin; `Infinity` when the breaker is isolated.
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
 * What the end of a call says about the server. `"failure"` and `"success"` count; `"ignore"` says nothing, and gives the place
 * of a probe to another call. An answer that shows a server at work, such as a 404, is best a success: while every probe is
 * ignored the breaker stays half open.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "success" | "failure" | "ignore"

/**
 * A breaker in use, safe to share between fibers.
 *
 * @since 0.1.0
 * @category models
 */
export interface CircuitBreaker {
  /**
   * The effect, or `CircuitOpen` in its place. Its result counts when it ends, and only in the state it began in: one that comes
   * after the breaker opened, closed or was isolated is late and counts nothing. An interrupted effect counts nothing, whatever
   * `outcome` would say, and gives its probe back. An effect that never ends holds its probe: bound it by a timeout inside.
   */
  readonly protect: <A, E, R>(
    effect: Effect.Effect<A, E, R>,
    outcome: (exit: Exit.Exit<A, E>) => Outcome
  ) => Effect.Effect<A, E | CircuitOpen, R>
  readonly state: Effect.Effect<State>
  /** Refuses every call until `close`. */
  readonly isolate: Effect.Effect<void>
  /** Lets calls through again from any state; nothing is counted and the opening time is the first one again. */
  readonly close: Effect.Effect<void>
  /** The state of now, then each one the breaker goes into. A count within a state is no change. */
  readonly changes: Stream.Stream<State>
}

/** A tenth of the window is its resolution. */
const slots = 10

/** Results and failures of the last window. */
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

  /** Drops what is too old; the slot of `now`. After a clock that was set back by more than a window nothing is left. */
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

/** Interrupted, and not failed by itself before: `Effect.all` ends a real failure by interrupting what runs beside it. */
const isInterruption = <A, E>(exit: Exit.Exit<A, E>): boolean =>
  Exit.isFailure(exit) && Cause.isInterrupted(exit.cause) && Option.isNone(Cause.failureOption(exit.cause))

/**
 * A closed breaker. Each one has its own counts: start it once and share it between the calls that reach the same server.
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
export const start = (options: Options): Effect.Effect<CircuitBreaker> =>
  Effect.map(PubSub.unbounded<{ readonly generation: number; readonly state: State }>(), (hub) => unsafeMake(options, hub))

const unsafeMake = (
  options: Options,
  hub: PubSub.PubSub<{ readonly generation: number; readonly state: State }>
): CircuitBreaker => {
  const openFor = Duration.toMillis(options.openFor)
  const maximumOpen = Duration.toMillis(options.maximumOpen)
  const window = new Window(options.window)

  // All of it is changed in synchronous code only: between two steps of a fiber, never within one.
  let tag: State["_tag"] = "Closed"
  /** Of the state: a call that began in another one is late. */
  let generation = 0
  /** Of the current or the next opening. */
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

  /** `undefined` lets the call through; a number is when to come back. */
  const admit = (now: number): number | undefined => {
    switch (tag) {
      case "Closed":
        return undefined
      case "Isolated":
        return Number.POSITIVE_INFINITY
      case "Open": {
        // A clock that was set back must not keep it open for longer than it was to be.
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
      // An `outcome` that throws is a defect of the call, and still gives the probe back.
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
        const queue = yield* PubSub.subscribe(hub)
        const current = yield* withNow((now) => ({ generation, state: snapshot(now) }))
        const later = Stream.fromQueue(queue).pipe(Stream.filter((change) => change.generation > current.generation))
        return Stream.concat(Stream.succeed(current), later).pipe(Stream.map((change) => change.state))
      })
    )
  }
}
