/**
 * The circuit breaker beside a reference state machine, on random sequences of calls, ends, time steps and manual control.
 *
 * The reference is written for being read: an immutable state, a list of every result with its time, no ring and no totals.
 */
import { Cause, Clock, Deferred, Duration, Effect, Exit, Fiber, Runtime, Stream } from "effect"
import { PCGRandom } from "effect/Utils"
import * as CircuitBreaker from "../../src/policies/CircuitBreaker.js"

interface Result {
  readonly at: number
  readonly failure: boolean
}

type Mode =
  | { readonly _tag: "Closed"; readonly results: ReadonlyArray<Result> }
  | { readonly _tag: "Open"; readonly until: number; readonly round: number }
  | { readonly _tag: "HalfOpen"; readonly round: number; readonly underWay: ReadonlyArray<number>; readonly succeeded: number }
  | { readonly _tag: "Isolated" }

interface Reference {
  readonly mode: Mode
  /** Counts the states it was in; a call belongs to the one it began in. */
  readonly era: number
  readonly seen: ReadonlyArray<CircuitBreaker.State["_tag"]>
}

const initial: Reference = { mode: { _tag: "Closed", results: [] }, era: 0, seen: ["Closed"] }

const go = (self: Reference, mode: Mode): Reference => ({
  mode,
  era: self.era + 1,
  seen: mode._tag === self.mode._tag ? self.seen : [...self.seen, mode._tag]
})

/** Of the tenth of the window that `now` is in and the nine before it. */
const recent = (options: CircuitBreaker.Options, results: ReadonlyArray<Result>, now: number): ReadonlyArray<Result> => {
  const tenth = Duration.toMillis(options.window) / 10
  return results.filter((result) => Math.floor(result.at / tenth) > Math.floor(now / tenth) - 10)
}

/** The opening time after `round` rounds of probes that failed. */
const opening = (options: CircuitBreaker.Options, round: number): number => {
  let time = Duration.toMillis(options.openFor)
  for (let i = 0; i < round; i++) time = Math.min(Duration.toMillis(options.maximumOpen), time * options.factor)
  return time
}

/** The next state, and when to come back if the call is refused. */
const begin = (
  options: CircuitBreaker.Options,
  self: Reference,
  id: number,
  now: number
): readonly [Reference, refused: number | undefined] => {
  const { mode } = self
  if (mode._tag === "Closed") return [self, undefined]
  if (mode._tag === "Isolated") return [self, Number.POSITIVE_INFINITY]
  if (mode._tag === "Open") {
    return now < mode.until
      ? [self, mode.until]
      : [go(self, { _tag: "HalfOpen", round: mode.round, underWay: [id], succeeded: 0 }), undefined]
  }
  return mode.underWay.length + mode.succeeded < options.probes
    ? [{ ...self, mode: { ...mode, underWay: [...mode.underWay, id] } }, undefined]
    : [self, now + Duration.toMillis(options.openFor)]
}

const end = (
  options: CircuitBreaker.Options,
  self: Reference,
  call: { readonly id: number; readonly era: number },
  outcome: CircuitBreaker.Outcome,
  now: number
): Reference => {
  const { mode } = self
  if (call.era !== self.era) return self
  if (mode._tag === "Closed") {
    if (outcome === "ignore") return self
    const results = [...mode.results, { at: now, failure: outcome === "failure" }]
    const counted = recent(options, results, now)
    const failures = counted.filter((result) => result.failure).length
    return outcome === "failure" && counted.length >= options.minimum && failures / counted.length >= options.failureRatio
      ? go(self, { _tag: "Open", until: now + opening(options, 0), round: 0 })
      : { ...self, mode: { ...mode, results } }
  }
  if (mode._tag === "HalfOpen") {
    const round = mode.round + 1
    if (outcome === "failure") return go(self, { _tag: "Open", until: now + opening(options, round), round })
    const succeeded = mode.succeeded + (outcome === "success" ? 1 : 0)
    return succeeded === options.probes
      ? go(self, { _tag: "Closed", results: [] })
      : { ...self, mode: { ...mode, succeeded, underWay: mode.underWay.filter((id) => id !== call.id) } }
  }
  return self
}

const show = (options: CircuitBreaker.Options, { mode }: Reference, now: number): string => {
  switch (mode._tag) {
    case "Closed": {
      const counted = recent(options, mode.results, now)
      return `Closed ${counted.length} ${counted.filter((result) => result.failure).length}`
    }
    case "Open":
      return `Open ${mode.until}`
    case "HalfOpen":
      return `HalfOpen ${mode.underWay.length} ${mode.succeeded}`
    case "Isolated":
      return "Isolated"
  }
}

const showActual = CircuitBreaker.State.$match({
  Closed: ({ calls, failures }) => `Closed ${calls} ${failures}`,
  Open: ({ until }) => `Open ${until}`,
  HalfOpen: ({ inFlight, succeeded }) => `HalfOpen ${inFlight} ${succeeded}`,
  Isolated: () => "Isolated"
})

const showRefused = (retryAt: number | undefined): string => (retryAt === undefined ? "begun" : `refused until ${retryAt}`)

/** A clock that stands until it is moved; nothing in a breaker sleeps. */
const makeClock = (): { readonly clock: Clock.Clock; readonly move: (millis: number) => void; readonly now: () => number } => {
  let now = 1_700_000_000_000
  return {
    now: () => now,
    move: (millis) => {
      now += millis
    },
    clock: {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => now,
      unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
      currentTimeMillis: Effect.sync(() => now),
      currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
      sleep: () => Effect.dieMessage("a breaker does not sleep")
    }
  }
}

interface Sequence {
  readonly mismatches: ReadonlyArray<string>
  readonly steps: number
  readonly seen: ReadonlyArray<CircuitBreaker.State["_tag"]>
  readonly late: number
  readonly interruptedProbes: number
  readonly refusedHalfOpen: number
}

type Answer = "success" | "failure" | "ignore" | "defect"

const runSequence = (random: PCGRandom): Effect.Effect<Sequence> => {
  const between = (low: number, high: number) => low + random.integer(high - low + 1)
  const pick = <A>(first: A, ...more: ReadonlyArray<A>): A => [first, ...more][random.integer(more.length + 1)] ?? first
  const openFor = between(1, 20) * 10
  const options = CircuitBreaker.make({
    failureRatio: pick(0.25, 0.5, 0.75, 1),
    minimum: between(1, 6),
    window: pick(100, 500, 1000),
    openFor,
    factor: pick(1, 2, 3),
    maximumOpen: openFor * pick(1, 2, 5),
    probes: between(1, 4)
  })
  const failing = pick(0.2, 0.5, 0.9)
  const { clock, move, now } = makeClock()

  return Effect.scoped(
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(options)
      const runtime = yield* Effect.runtime()
      const fork = Runtime.runFork(runtime)
      const seen: Array<string> = []
      const watcher = fork(
        Stream.runForEach(breaker.changes, (state) =>
          Effect.sync(() => {
            seen.push(state._tag)
          })
        ),
        { immediate: true }
      )
      while (seen.length === 0) yield* Effect.yieldNow()

      let reference = initial
      let nextId = 0
      let late = 0
      let interruptedProbes = 0
      let refusedHalfOpen = 0
      const mismatches: Array<string> = []
      const running: Array<{
        readonly id: number
        readonly era: number
        readonly answer: Deferred.Deferred<Answer, "failure">
        readonly fiber: Fiber.RuntimeFiber<Answer, "failure" | CircuitBreaker.CircuitOpen>
      }> = []

      const check = (what: string, expected: string, actual: string) => {
        if (expected !== actual) mismatches.push(`${what}: expected ${expected}, was ${actual}`)
      }

      const outcome = (exit: Exit.Exit<Answer, "failure">): CircuitBreaker.Outcome =>
        Exit.match(exit, {
          onSuccess: (answer) => (answer === "ignore" ? "ignore" : "success"),
          // A wrong breaker would call `outcome` for an interruption, and count it as a failure.
          onFailure: (cause) => (Cause.isDie(cause) ? "ignore" : "failure")
        })

      const beginCall = Effect.gen(function* () {
        const id = nextId++
        const answer = yield* Deferred.make<Answer, "failure">()
        let begun = false
        const effect = Effect.zipRight(
          Effect.sync(() => {
            begun = true
          }),
          Deferred.await(answer)
        )
        const fiber = fork(breaker.protect(effect, outcome), { immediate: true })
        const exit = begun ? null : yield* Fiber.await(fiber)
        const [after, refused] = begin(options, reference, id, now())
        if (refused !== undefined && after.mode._tag === "HalfOpen") refusedHalfOpen++
        const actual = begun
          ? "begun"
          : exit !== null && Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error !== "failure"
            ? showRefused(exit.cause.error.retryAt)
            : "neither begun nor refused"
        check("begin", showRefused(refused), actual)
        reference = after
        if (begun) running.push({ id, era: after.era, answer, fiber })
      })

      const endCall = Effect.gen(function* () {
        const call = running.splice(random.integer(running.length), 1)[0]
        if (call === undefined) return
        const current = call.era === reference.era
        if (!current) late++
        const how = random.number()
        if (how < 0.15) {
          if (current && reference.mode._tag === "HalfOpen") interruptedProbes++
          yield* Fiber.interrupt(call.fiber)
          reference = end(options, reference, call, "ignore", now())
        } else if (how < 0.3) {
          yield* Deferred.succeed(call.answer, "ignore")
          reference = end(options, reference, call, "ignore", now())
        } else if (how < 0.35) {
          yield* Deferred.die(call.answer, "a defect")
          reference = end(options, reference, call, "ignore", now())
        } else if (random.number() < failing) {
          yield* Deferred.fail(call.answer, "failure")
          reference = end(options, reference, call, "failure", now())
        } else {
          yield* Deferred.succeed(call.answer, "success")
          reference = end(options, reference, call, "success", now())
        }
        yield* Fiber.await(call.fiber)
      })

      const steps = between(40, 120)
      for (let step = 0; step < steps; step++) {
        const kind = random.number()
        if (kind < 0.4) yield* beginCall
        else if (kind < 0.8) yield* running.length > 0 ? endCall : beginCall
        else if (kind < 0.97) {
          // To the very instant at which it may be tried again, to just before it, or anywhere.
          const { mode } = reference
          const left = mode._tag === "Open" ? mode.until - now() : 0
          move(left > 0 ? pick(left, left - 1, Math.min(left, between(0, 50)), left + between(0, 50)) : between(0, 150))
        } else if (kind < 0.98) {
          yield* breaker.isolate
          if (reference.mode._tag !== "Isolated") reference = go(reference, { _tag: "Isolated" })
        } else if (kind < 0.99 || reference.mode._tag === "Isolated") {
          yield* breaker.close
          reference = go(reference, { _tag: "Closed", results: [] })
        }
        check(`step ${step}`, show(options, reference, now()), showActual(yield* breaker.state))
      }

      // Calls that are still running end with their fibers, and the watcher sees the remaining changes.
      yield* Fiber.interruptAll(running.map((call) => call.fiber))
      for (let i = 0; seen.length < reference.seen.length && i < 1000; i++) yield* Effect.yieldNow()
      check("changes", reference.seen.join(" "), seen.join(" "))
      yield* Fiber.interrupt(watcher)
      return { mismatches, steps, seen: reference.seen, late, interruptedProbes, refusedHalfOpen }
    })
  ).pipe(Effect.withClock(clock))
}

/**
 * Runs that many random sequences of 40 to 120 steps, each with random options, and compares after every step: what the call
 * was told, the state with its counts, and at the end the stream of changes. `coverage` says how often the rare cases came up.
 */
export const runModel = (
  sequences: number,
  seed: number
): Effect.Effect<{
  readonly sequences: number
  readonly mismatches: number
  readonly steps: number
  readonly first: string | undefined
  readonly coverage: Readonly<
    Record<CircuitBreaker.State["_tag"] | "reclosed" | "reopened" | "late" | "interruptedProbes" | "refusedHalfOpen", number>
  >
}> =>
  Effect.gen(function* () {
    const random = new PCGRandom(seed)
    const coverage = {
      Closed: 0,
      Open: 0,
      HalfOpen: 0,
      Isolated: 0,
      reclosed: 0,
      reopened: 0,
      late: 0,
      interruptedProbes: 0,
      refusedHalfOpen: 0
    }
    let mismatches = 0
    let steps = 0
    let first: string | undefined
    for (let i = 0; i < sequences; i++) {
      const sequence = yield* runSequence(random)
      if (sequence.mismatches.length > 0) mismatches++
      first ??= sequence.mismatches[0] && `sequence ${i}: ${sequence.mismatches[0]}`
      steps += sequence.steps
      sequence.seen.forEach((tag, index) => {
        coverage[tag]++
        if (sequence.seen[index - 1] === "HalfOpen" && tag === "Closed") coverage.reclosed++
        if (sequence.seen[index - 1] === "HalfOpen" && tag === "Open") coverage.reopened++
      })
      coverage.late += sequence.late
      coverage.interruptedProbes += sequence.interruptedProbes
      coverage.refusedHalfOpen += sequence.refusedHalfOpen
    }
    return { sequences, mismatches, steps, first, coverage }
  })
