// @effect-diagnostics anyUnknownInErrorContext:off
// The breaker takes effects with any error, and so do its tests.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Chunk, Clock, Deferred, Duration, Effect, Either, Exit, Fiber, Stream, TestClock } from "effect"
import * as CircuitBreaker from "../../src/policies/CircuitBreaker.js"
import { tell } from "../utils/Claim.js"
import { runModel } from "./CircuitBreakerModel.js"

const byExit = (exit: Exit.Exit<unknown, unknown>): CircuitBreaker.Outcome => (Exit.isSuccess(exit) ? "success" : "failure")

const small = CircuitBreaker.make({ minimum: 4, openFor: "1 seconds", maximumOpen: "5 seconds" })

const failOnce = (breaker: CircuitBreaker.CircuitBreaker) => Effect.either(breaker.protect(Effect.fail("down"), byExit))
const succeedOnce = (breaker: CircuitBreaker.CircuitBreaker) => Effect.either(breaker.protect(Effect.succeed("up"), byExit))

const opened = Effect.gen(function* () {
  const breaker = yield* CircuitBreaker.start(small)
  for (let i = 0; i < 4; i++) yield* failOnce(breaker)
  return breaker
})

const refusedUntil = (result: Either.Either<unknown, unknown>): number | undefined =>
  Either.isLeft(result) && result.left instanceof CircuitBreaker.CircuitOpen ? result.left.retryAt : undefined

describe("CircuitBreaker", () => {
  it.effect(
    "does what its reference state machine does, in 1,500 random sequences",
    (context) =>
      Effect.gen(function* () {
        const report = yield* runModel(1500, 20_261_121)
        tell(context, { measured: `${report.sequences} sequences, ${report.steps} steps, ${report.mismatches} differences` })
        assert.strictEqual(report.first, undefined)
        assert.strictEqual(report.mismatches, 0)
        assert.strictEqual(report.sequences, 1500)
        // A model that never gets there proves nothing.
        for (const [what, times] of Object.entries(report.coverage)) assert.isAbove(times, 200, what)
      }),
    240_000
  )

  it("has the documented defaults", () => {
    assert.deepStrictEqual(CircuitBreaker.make(), {
      failureRatio: 0.5,
      minimum: 20,
      window: Duration.seconds(30),
      openFor: Duration.seconds(5),
      factor: 2,
      maximumOpen: Duration.seconds(60),
      probes: 3
    })
  })

  it("refuses options that cannot work, and names the field", () => {
    const refused = (field: string, options: Parameters<typeof CircuitBreaker.make>[0]) =>
      assert.throws(() => CircuitBreaker.make(options), RangeError, `CircuitBreaker.${field}:`)
    for (const failureRatio of [0, -1, 1.1, Number.NaN]) refused("failureRatio", { failureRatio })
    for (const minimum of [0, -1, 1.5, Number.NaN]) refused("minimum", { minimum })
    for (const probes of [0, -1, 1.5, Number.NaN]) refused("probes", { probes })
    for (const factor of [0, 0.9, Number.NaN, Number.POSITIVE_INFINITY]) refused("factor", { factor })
    for (const duration of [0, -1, Duration.infinity]) {
      refused("window", { window: duration })
      refused("openFor", { openFor: duration })
      refused("maximumOpen", { maximumOpen: duration })
    }
    refused("maximumOpen", { openFor: "2 minutes" })
  })

  it.effect("opens at the ratio, but not with fewer calls than the minimum", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make())
      for (let i = 0; i < 19; i++) yield* failOnce(breaker)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 19, failures: 19 }))
      yield* failOnce(breaker)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Open({ until: 5000 }))

      const half = yield* CircuitBreaker.start(CircuitBreaker.make())
      for (let i = 0; i < 30; i++) yield* succeedOnce(half)
      for (let i = 0; i < 29; i++) yield* failOnce(half)
      assert.deepStrictEqual(yield* half.state, CircuitBreaker.State.Closed({ calls: 59, failures: 29 }))
      yield* failOnce(half)
      assert.strictEqual((yield* half.state)._tag, "Open")
    })
  )

  it.effect("forgets results after the window", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make())
      for (let i = 0; i < 19; i++) yield* failOnce(breaker)
      yield* TestClock.adjust("26 seconds")
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 19, failures: 19 }))
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 0, failures: 0 }))
      yield* failOnce(breaker)
      assert.strictEqual((yield* breaker.state)._tag, "Closed")
    })
  )

  it.effect("refuses calls without starting them, and closes only after every probe has succeeded", () =>
    Effect.gen(function* () {
      const breaker = yield* opened
      let begun = 0
      const call = breaker.protect(
        Effect.sync(() => {
          begun++
        }),
        byExit
      )
      assert.strictEqual(refusedUntil(yield* Effect.either(call)), 1000)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(refusedUntil(yield* Effect.either(call)), 1000)
      assert.strictEqual(begun, 0)

      yield* TestClock.adjust("1 millis")
      yield* call
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 0, succeeded: 1 }))
      yield* call
      yield* call
      assert.strictEqual(begun, 3)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 0, failures: 0 }))
    })
  )

  it.effect("lets only the probes through, however many calls come", () =>
    Effect.gen(function* () {
      const breaker = yield* opened
      yield* TestClock.adjust("1 seconds")
      const gate = yield* Deferred.make<void>()
      let begun = 0
      const call = breaker.protect(
        Effect.zipRight(
          Effect.sync(() => begun++),
          Deferred.await(gate)
        ),
        byExit
      )
      const fiber = yield* Effect.fork(Effect.forEach(Array.from({ length: 50 }), () => Effect.either(call), { concurrency: 50 }))
      yield* TestClock.adjust("10 millis")
      assert.strictEqual(begun, 3)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 3, succeeded: 0 }))
      yield* Deferred.succeed(gate, undefined)
      const refusals = (yield* Fiber.join(fiber)).map(refusedUntil).filter((at) => at !== undefined)
      assert.deepStrictEqual(
        refusals,
        Array.from({ length: 47 }, () => 2000)
      )
      assert.strictEqual((yield* breaker.state)._tag, "Closed")
    })
  )

  it.effect("doubles the opening time after each failed probe, up to the maximum, and begins anew after closing", () =>
    Effect.gen(function* () {
      const breaker = yield* opened
      const lengths: Array<number> = []
      for (let i = 0; i < 5; i++) {
        const state = yield* breaker.state
        assert(state._tag === "Open")
        const length = state.until - (yield* Clock.currentTimeMillis)
        lengths.push(length)
        yield* TestClock.adjust(length)
        yield* failOnce(breaker)
      }
      assert.deepStrictEqual(lengths, [1000, 2000, 4000, 5000, 5000])

      yield* TestClock.adjust("5 seconds")
      for (let i = 0; i < 3; i++) yield* succeedOnce(breaker)
      for (let i = 0; i < 4; i++) yield* failOnce(breaker)
      const state = yield* breaker.state
      assert(state._tag === "Open")
      assert.strictEqual(state.until - (yield* Clock.currentTimeMillis), 1000)
    })
  )

  it.effect("does not count an interruption, and frees its probe", () =>
    Effect.gen(function* () {
      const breaker = yield* opened
      yield* TestClock.adjust("1 seconds")
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(breaker.protect(Effect.never, byExit)))
      yield* Effect.yieldNow()
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 3, succeeded: 0 }))
      yield* Fiber.interruptAll(fibers)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 0, succeeded: 0 }))

      const timedOut = yield* Effect.fork(breaker.protect(Effect.never, byExit).pipe(Effect.timeout("1 seconds"), Effect.either))
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(timedOut)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 0, succeeded: 0 }))
    })
  )

  it.effect("counts a failure that interrupted effects beside it", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(small)
      const call = Effect.all([Effect.never, Effect.fail("down")], { concurrency: 2 })
      const exit = yield* Effect.exit(breaker.protect(call, byExit))
      assert(Exit.isFailure(exit) && Cause.isInterrupted(exit.cause), "the cause has both")
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 1, failures: 1 }))
    })
  )

  it.effect("frees the probe when outcome throws", () =>
    Effect.gen(function* () {
      const breaker = yield* opened
      yield* TestClock.adjust("1 seconds")
      const exit = yield* Effect.exit(
        breaker.protect(Effect.void, () => {
          throw new Error("a mistake")
        })
      )
      assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 0, succeeded: 0 }))
    })
  )

  it.effect("does not count a call that began before it opened", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(small)
      const gate = yield* Deferred.make<void, string>()
      const early = yield* Effect.fork(Effect.either(breaker.protect(Deferred.await(gate), byExit)))
      yield* Effect.yieldNow()
      for (let i = 0; i < 4; i++) yield* failOnce(breaker)
      yield* TestClock.adjust("1 seconds")
      yield* succeedOnce(breaker)
      yield* Deferred.fail(gate, "down")
      yield* Fiber.join(early)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.HalfOpen({ inFlight: 0, succeeded: 1 }))
    })
  )

  it.effect("can be isolated and closed by hand, and emits each change", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(small)
      const watcher = yield* Effect.fork(Stream.runCollect(Stream.take(breaker.changes, 6)))
      const second = yield* Effect.fork(Stream.runCollect(Stream.take(breaker.changes, 2)))
      yield* TestClock.adjust("1 millis")
      yield* breaker.isolate
      yield* breaker.isolate
      const refused = yield* Effect.either(breaker.protect(Effect.void, byExit))
      assert.strictEqual(refusedUntil(refused), Number.POSITIVE_INFINITY)
      assert.include(new CircuitBreaker.CircuitOpen({ retryAt: Number.POSITIVE_INFINITY }).message, "isolated")
      yield* TestClock.adjust("1 days")
      assert.strictEqual((yield* breaker.state)._tag, "Isolated")
      yield* breaker.close
      yield* breaker.close
      for (let i = 0; i < 4; i++) yield* failOnce(breaker)
      yield* TestClock.adjust("1 seconds")
      for (let i = 0; i < 3; i++) yield* succeedOnce(breaker)
      const tags = Chunk.toReadonlyArray(yield* Fiber.join(watcher)).map((state) => state._tag)
      assert.deepStrictEqual(tags, ["Closed", "Isolated", "Closed", "Open", "HalfOpen", "Closed"])
      assert.strictEqual(Chunk.size(yield* Fiber.join(second)), 2)
    })
  )

  it.effect("is not kept open by a clock that was set back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(3_600_000)
      const breaker = yield* opened
      yield* TestClock.setTime(0)
      assert.strictEqual(refusedUntil(yield* succeedOnce(breaker)), 1000)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(refusedUntil(yield* succeedOnce(breaker)), undefined)
    })
  )

  it.effect("does not count results from before its clock was set back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(3_600_000)
      const breaker = yield* CircuitBreaker.start(small)
      for (let i = 0; i < 3; i++) yield* failOnce(breaker)
      yield* TestClock.setTime(3_599_000)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 3, failures: 3 }))
      yield* TestClock.setTime(0)
      yield* failOnce(breaker)
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 1, failures: 1 }))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* breaker.state, CircuitBreaker.State.Closed({ calls: 0, failures: 0 }))
    })
  )

  it.effect("emits each change once to a subscriber that comes during a change", () =>
    Effect.gen(function* () {
      const tags: Array<ReadonlyArray<string>> = []
      for (let delay = 0; delay < 120; delay++) {
        const breaker = yield* CircuitBreaker.start(small)
        const seen: Array<string> = []
        // A few steps of a fiber at a time, so that a change falls between any two of them.
        const watcher = yield* Stream.runForEach(Stream.take(breaker.changes, 2), (state) =>
          Effect.sync(() => {
            seen.push(state._tag)
          })
        ).pipe(Effect.withMaxOpsBeforeYield(12 + (delay % 8)), Effect.fork)
        yield* Effect.repeatN(Effect.yieldNow(), delay / 8)
        yield* breaker.isolate
        while (seen.length === 0) yield* Effect.yieldNow()
        yield* Effect.repeatN(Effect.yieldNow(), 100)
        yield* breaker.close
        yield* Fiber.join(watcher)
        tags.push(seen)
      }
      const kinds = new Set(tags.map((pair) => pair.join(" ")))
      assert.deepStrictEqual(Array.from(kinds).sort(), ["Closed Isolated", "Isolated Closed"])
    })
  )
})
