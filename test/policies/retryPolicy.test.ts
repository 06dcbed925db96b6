import { assert, describe, it } from "@effect/vitest"
import { Duration, FastCheck, Option } from "effect"
import { RetryPolicy } from "effect-dintero"

const failure: RetryPolicy.Failure = { isRetryable: true, retryAfter: Option.none(), notActedOn: false, throttled: false }

const arbitraryFailure: FastCheck.Arbitrary<RetryPolicy.Failure> = FastCheck.record({
  isRetryable: FastCheck.boolean(),
  retryAfter: FastCheck.option(FastCheck.integer({ min: 0, max: 120_000 })).map((millis) =>
    Option.map(Option.fromNullable(millis), Duration.millis)
  ),
  notActedOn: FastCheck.boolean(),
  throttled: FastCheck.boolean()
})

describe("RetryPolicy.delay", () => {
  it("never asks for a wait that is shorter than the server told, nor for one that would pass the deadline", () => {
    void FastCheck.assert(
      FastCheck.property(
        arbitraryFailure,
        FastCheck.boolean(),
        FastCheck.integer({ min: 1, max: 5 }),
        FastCheck.integer({ min: 0, max: 40_000 }),
        FastCheck.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failure, replayable, attempt, elapsed, random) => {
          const wait = RetryPolicy.delay(RetryPolicy.default, replayable, failure, attempt, elapsed, random)
          if (Option.isNone(wait)) return true
          const told = Option.match(failure.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
          return (
            wait.value >= told &&
            elapsed + wait.value < 30_000 &&
            attempt < 3 &&
            failure.isRetryable &&
            (replayable || failure.notActedOn)
          )
        }
      ),
      { numRuns: 5000 }
    )
  })

  it("is full jitter: between zero and the doubling bound", () => {
    const at = (attempt: number, random: number) =>
      Option.getOrNull(RetryPolicy.delay(RetryPolicy.attempts(RetryPolicy.default, 20), true, failure, attempt, 0, random))
    assert.strictEqual(at(1, 0), 0)
    assert.strictEqual(at(1, 0.5), 100)
    assert.strictEqual(at(2, 0.5), 200)
    assert.strictEqual(at(3, 0.5), 400)
    assert.strictEqual(at(15, 0.5), 10_000)
  })

  it("waits longer after a 429 that does not say how long", () => {
    const wait = RetryPolicy.delay(RetryPolicy.default, false, { ...failure, throttled: true, notActedOn: true }, 1, 0, 0.5)
    assert.deepStrictEqual(wait, Option.some(500))
  })

  it("gives up on a Retry-After beyond its cap", () => {
    const told = (seconds: number) =>
      RetryPolicy.delay(
        RetryPolicy.default.pipe(RetryPolicy.deadline("10 minutes")),
        true,
        { ...failure, retryAfter: Option.some(Duration.seconds(seconds)) },
        1,
        0,
        0
      )
    assert.deepStrictEqual(told(60), Option.some(60_000))
    assert.deepStrictEqual(told(61), Option.none())
  })
})

describe("RetryPolicy combinators", () => {
  it("keep what they do not name, and leave the original alone", () => {
    const policy = RetryPolicy.default.pipe(
      RetryPolicy.attempts(5),
      RetryPolicy.attemptTimeout("2 seconds"),
      RetryPolicy.backoff("50 millis", "1 seconds")
    )
    assert.strictEqual(policy.attempts, 5)
    assert.strictEqual(Duration.toMillis(policy.attemptTimeout), 2000)
    assert.strictEqual(Duration.toMillis(policy.deadline), 30_000)
    assert.strictEqual(RetryPolicy.default.attempts, 3)
    assert.strictEqual(RetryPolicy.none.attempts, 1)
  })

  it("refuse at once what cannot work, naming the field", () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => RetryPolicy.attempts(RetryPolicy.default, wrong), /RetryPolicy\.attempts: .* is not a whole number/)
    }
    assert.throws(() => RetryPolicy.attemptTimeout(RetryPolicy.default, 0), /RetryPolicy\.attemptTimeout/)
    assert.throws(() => RetryPolicy.deadline(RetryPolicy.default, 0), /RetryPolicy\.deadline/)
    assert.throws(() => RetryPolicy.backoff(RetryPolicy.default, "2 seconds", "1 seconds"), /RetryPolicy\.backoff/)
    assert.throws(() => RetryPolicy.maxRetryAfter(RetryPolicy.default, 0), /RetryPolicy\.maxRetryAfter/)
  })
})
