import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, FastCheck, Fiber, Option, Ref, Schedule, TestClock } from "effect"
import type { DinteroError } from "effect-dintero"
import { RetryPolicy, ServerError, TransportError } from "effect-dintero"

const failure: RetryPolicy.Failure = {
  classification: "transient",
  repeatable: true,
  retryAfter: Option.none(),
  attempt: 1,
  elapsed: 0,
  wait: Option.some(0)
}

const request = { operation: "customers.settings.get", method: "GET", path: "/", account: "T12345678", attempts: 1, history: [] }
const unavailable = new ServerError({ request, message: "no", retryAfter: Option.none() })

const waits = (policy: RetryPolicy.RetryPolicy, count: number, random: number, classification: RetryPolicy.Classification) =>
  Effect.gen(function* () {
    const next = policy.delay.start()
    const found: Array<number | null> = []
    for (let attempt = 1; attempt <= count; attempt++) {
      const wait = yield* next({ attempt, classification, error: unavailable, elapsed: 0, random })
      found.push(Option.getOrNull(Option.map(wait, Duration.toMillis)))
    }
    return found
  })

describe("RetryPolicy.decide", () => {
  it("waits at least as long as the server asks and never beyond the deadline, or says why there is no wait", () => {
    const arbitrary: FastCheck.Arbitrary<RetryPolicy.Failure> = FastCheck.record({
      classification: FastCheck.constantFrom("transient", "not-acted-on", "throttled"),
      repeatable: FastCheck.boolean(),
      retryAfter: FastCheck.option(FastCheck.integer({ min: 0, max: 120_000 })).map((millis) =>
        Option.map(Option.fromNullable(millis), Duration.millis)
      ),
      attempt: FastCheck.integer({ min: 1, max: 5 }),
      elapsed: FastCheck.integer({ min: 0, max: 40_000 }),
      wait: FastCheck.option(FastCheck.integer({ min: 0, max: 20_000 })).map(Option.fromNullable)
    })
    void FastCheck.assert(
      FastCheck.property(arbitrary, (failure) => {
        const decision = RetryPolicy.decide(RetryPolicy.default, failure)
        const told = Option.match(failure.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
        const allowed = failure.repeatable || failure.classification !== "transient"
        const left = failure.attempt < 3 && Option.isSome(failure.wait)
        const passes = failure.elapsed + told + Option.getOrElse(failure.wait, () => 0) >= 30_000
        if (Either.isRight(decision)) return decision.right >= told && allowed && left && told <= 60_000 && !passes
        switch (decision.left) {
          case "not-idempotent":
            return !allowed
          case "exhausted":
            return allowed && !left
          case "retry-after-too-long":
            return allowed && left && told > 60_000
          case "deadline":
            return allowed && left && told <= 60_000 && passes
          default:
            return false
        }
      }),
      { numRuns: 5000 }
    )
  })

  it("gives up when Retry-After is longer than maxRetryAfter", () => {
    const told = (seconds: number) =>
      RetryPolicy.decide(RetryPolicy.default.pipe(RetryPolicy.deadline("10 minutes")), {
        ...failure,
        retryAfter: Option.some(Duration.seconds(seconds))
      })
    assert.deepStrictEqual(told(60), Either.right(60_000))
    assert.deepStrictEqual(told(61), Either.left("retry-after-too-long"))
  })
})

describe("RetryPolicy.delay", () => {
  it.effect("is full jitter between zero and a limit that doubles", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* waits(RetryPolicy.default, 3, 0, "transient"), [0, 0, 0])
      const halves = yield* waits(RetryPolicy.default, 15, 0.5, "transient")
      assert.deepStrictEqual(halves.slice(0, 4), [100, 200, 400, 800])
      assert.strictEqual(halves[14], 10_000)
    })
  )

  it.effect("is longer after a 429 without a Retry-After", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* waits(RetryPolicy.default, 2, 0.5, "throttled"), [500, 1000])
    })
  )

  it.effect("can be replaced by the caller", () =>
    Effect.gen(function* () {
      const linear = RetryPolicy.delay(RetryPolicy.default, ({ attempt }) => attempt * 10)
      assert.deepStrictEqual(yield* waits(linear, 3, 0.5, "transient"), [10, 20, 30])
    })
  )
})

describe("Schedule", () => {
  it.effect("fromSchedule runs the schedule anew for each call, and its end ends the call", () =>
    Effect.gen(function* () {
      const policy = RetryPolicy.fromSchedule(Schedule.intersect(Schedule.exponential("100 millis"), Schedule.recurs(3)))
      assert.strictEqual(policy.attempts, 4)
      assert.deepStrictEqual(yield* waits(policy, 4, 0.5, "transient"), [100, 200, 400, null])
      assert.deepStrictEqual(yield* waits(policy, 2, 0.5, "transient"), [100, 200])
      assert.strictEqual(RetryPolicy.fromSchedule(Schedule.spaced("1 second"), { attempts: 7 }).attempts, 7)
      // By time: 0, 1 and 2 seconds are within two.
      assert.isAtMost(RetryPolicy.fromSchedule(Schedule.spaced("1 second").pipe(Schedule.upTo("2 seconds"))).attempts, 4)
    })
  )

  it("fromSchedule refuses a schedule without an end, unless attempts limit it", () => {
    assert.throws(
      () => RetryPolicy.fromSchedule(Schedule.forever),
      RangeError,
      /RetryPolicy\.fromSchedule: .*no end.*Give attempts/
    )
    assert.throws(() => RetryPolicy.fromSchedule(Schedule.exponential("1 second")), RangeError, /attempts/)
    assert.throws(() => RetryPolicy.fromSchedule(Schedule.forever, { attempts: 0 }), RangeError, /RetryPolicy\.attempts/)
  })

  it.effect("toSchedule has the attempts, the classification and the Retry-After of the policy", () =>
    Effect.gen(function* () {
      const run = (error: DinteroError, policy: RetryPolicy.RetryPolicy) =>
        Effect.gen(function* () {
          const count = yield* Ref.make(0)
          const once = Effect.flatMap(
            Ref.update(count, (n) => n + 1),
            (): Effect.Effect<void, DinteroError> => Effect.fail(error)
          )
          const fiber = yield* Effect.fork(Effect.either(Effect.retry(once, RetryPolicy.toSchedule(policy))))
          yield* TestClock.adjust("1 millis")
          const atOnce = yield* Ref.get(count)
          yield* TestClock.adjust("5 minutes")
          yield* Fiber.join(fiber)
          return [atOnce, yield* Ref.get(count)]
        })
      assert.strictEqual((yield* run(unavailable, RetryPolicy.attempts(RetryPolicy.default, 5)))[1], 5)
      assert.deepStrictEqual(yield* run(unavailable, RetryPolicy.none), [1, 1])
      const told = new ServerError({ request, message: "no", retryAfter: Option.some(Duration.seconds(10)) })
      assert.deepStrictEqual(yield* run(told, RetryPolicy.default), [1, 3])
      const spent = new TransportError({
        request: { ...request, stopped: "not-idempotent" },
        message: "",
        reason: "reset",
        sent: "maybe"
      })
      assert.deepStrictEqual(yield* run(spent, RetryPolicy.default), [1, 1])
    })
  )
})

describe("RetryPolicy combinators", () => {
  it("keep the other fields, and do not change the original", () => {
    const policy = RetryPolicy.default.pipe(
      RetryPolicy.attempts(5),
      RetryPolicy.attemptTimeout("2 seconds"),
      RetryPolicy.backoff("50 millis", "1 seconds"),
      RetryPolicy.budget({ ratio: 0.5 }),
      RetryPolicy.onRetry(() => Effect.void)
    )
    assert.strictEqual(policy.attempts, 5)
    assert.strictEqual(Duration.toMillis(policy.attemptTimeout), 2000)
    assert.strictEqual(Duration.toMillis(policy.deadline), 30_000)
    assert.strictEqual(Duration.toMillis(policy.connectionTimeout), 20_000)
    assert.strictEqual(Duration.toMillis(RetryPolicy.connectionTimeout(policy, "3 seconds").connectionTimeout), 3_000)
    assert.deepStrictEqual(
      Option.map(policy.budget, ({ ratio }) => ratio),
      Option.some(0.5)
    )
    assert.lengthOf(policy.hooks.onRetry, 1)
    assert.lengthOf(RetryPolicy.default.hooks.onRetry, 0)
    assert.isTrue(Option.isNone(RetryPolicy.withoutBudget(policy).budget))
    assert.strictEqual(RetryPolicy.default.attempts, 3)
    assert.strictEqual(RetryPolicy.none.attempts, 1)
  })

  it("classify gets the classification of the policy so far", () => {
    const policy = RetryPolicy.default.pipe(
      RetryPolicy.classify((error, otherwise) => (error._tag === "ServerError" ? "final" : otherwise(error)))
    )
    assert.strictEqual(policy.classify(unavailable), "final")
    assert.strictEqual(policy.classify(new TransportError({ request, message: "", reason: "dns", sent: "no" })), "not-acted-on")
  })

  it("refuse values that cannot work at once, and name the field and a fix", () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => RetryPolicy.attempts(RetryPolicy.default, wrong),
        RangeError,
        /RetryPolicy\.attempts: .* is not a whole number.*RetryPolicy\.none/
      )
    }
    assert.throws(() => RetryPolicy.attemptTimeout(RetryPolicy.default, 0), RangeError, /RetryPolicy\.attemptTimeout/)
    assert.throws(() => RetryPolicy.connectionTimeout(RetryPolicy.default, 0), RangeError, /RetryPolicy\.connectionTimeout/)
    assert.throws(() => RetryPolicy.deadline(RetryPolicy.default, 0), RangeError, /RetryPolicy\.deadline/)
    assert.throws(() => RetryPolicy.deadline(RetryPolicy.default, "Infinity" as never), RangeError, /RetryPolicy\.deadline/)
    assert.throws(() => RetryPolicy.deadline(RetryPolicy.default, Duration.infinity), RangeError, /infinite/)
    assert.throws(
      () => RetryPolicy.deadline(RetryPolicy.default, "5 seconds"),
      RangeError,
      /RetryPolicy\.deadline: 5s is shorter than the attemptTimeout of 10s.*Set a shorter RetryPolicy\.attemptTimeout before it/
    )
    assert.throws(
      () => RetryPolicy.attemptTimeout(RetryPolicy.default, "31 seconds"),
      RangeError,
      /RetryPolicy\.attemptTimeout: 31s is longer than the deadline.*Set a longer RetryPolicy\.deadline before it/
    )
    assert.throws(() => RetryPolicy.backoff(RetryPolicy.default, "2 seconds", "1 seconds"), RangeError, /RetryPolicy\.backoff/)
    assert.throws(() => RetryPolicy.maxRetryAfter(RetryPolicy.default, 0), RangeError, /RetryPolicy\.maxRetryAfter/)
    for (const wrong of [{ ratio: -0.1 }, { floor: -1 }, { window: 0 }]) {
      assert.throws(() => RetryPolicy.budget(RetryPolicy.default, wrong), RangeError, /RetryBudget\./)
    }
  })
})
