import { assert, describe, it } from "@effect/vitest"
import { Duration, FastCheck } from "effect"
import * as RetryBudget from "../../src/policies/RetryBudget.js"

/** Every call is made, fails, and is tried again up to twice, as far as the budget lets it. */
const load = (budget: RetryBudget.RetryBudget, rate: number, from: number, to: number) => {
  let calls = 0
  let sent = 0
  for (let now = from; now < to; now += 1000 / rate) {
    budget.call(now)
    calls++
    sent++
    for (let retry = 0; retry < 2 && budget.tryRetry(now); retry++) sent++
  }
  return { calls, sent, ratio: sent / calls }
}

describe("RetryBudget", () => {
  it("keeps the load at 1.2 times when 1,000 calls per second all fail", () => {
    const { calls, ratio } = load(RetryBudget.unsafeMake(RetryBudget.make()), 1000, 0, 60_000)
    assert.strictEqual(calls, 60_000)
    assert.isAtMost(ratio, 1.2)
    assert.isAbove(ratio, 1.19)
  })

  it("keeps that limit in an outage after a quiet time and after a busy time", () => {
    const quiet = RetryBudget.unsafeMake(RetryBudget.make())
    load(quiet, 1, 0, 60_000)
    assert.isAtMost(load(quiet, 1000, 60_000, 70_000).ratio, 1.2)

    // Ten seconds of successful calls earn retries, and the limit is for the load of both times together.
    const busy = RetryBudget.unsafeMake(RetryBudget.make())
    for (let now = 0; now < 60_000; now++) busy.call(now)
    const outage = load(busy, 1000, 60_000, 120_000)
    assert.isAtMost((60_000 + outage.sent) / (60_000 + outage.calls), 1.2)
    assert.isAtMost(outage.ratio, 1.24)
  })

  it("always allows the floor, once per window", () => {
    const budget = RetryBudget.unsafeMake(RetryBudget.make())
    budget.call(0)
    let taken = 0
    while (budget.tryRetry(999)) taken++
    assert.strictEqual(taken, 10)
    assert.strictEqual(budget.remaining(999), 0)
    assert.isFalse(budget.tryRetry(10_998))
    assert.strictEqual(budget.remaining(11_000), 10)
    assert.isTrue(budget.tryRetry(11_000))
  })

  it("allows exactly the larger of the floor and the ratio", () => {
    const budget = RetryBudget.unsafeMake(RetryBudget.make({ ratio: 0.29, floor: 3 }))
    for (let i = 0; i < 10; i++) budget.call(0)
    assert.strictEqual(budget.remaining(0), 3)
    for (let i = 0; i < 90; i++) budget.call(0)
    assert.strictEqual(budget.remaining(0), 29)
    const none = RetryBudget.unsafeMake(RetryBudget.make({ ratio: 0, floor: 0 }))
    for (let i = 0; i < 100; i++) none.call(0)
    assert.isFalse(none.tryRetry(0))
  })

  it("never allows more in any span as long as the window, for any order of calls, retries and pauses", () => {
    const step = FastCheck.oneof(
      FastCheck.record({ kind: FastCheck.constant("call" as const), times: FastCheck.integer({ min: 1, max: 60 }) }),
      FastCheck.record({ kind: FastCheck.constant("retry" as const), times: FastCheck.integer({ min: 1, max: 30 }) }),
      FastCheck.record({ kind: FastCheck.constant("pause" as const), times: FastCheck.integer({ min: 1, max: 1500 }) }),
      FastCheck.record({ kind: FastCheck.constant("pause" as const), times: FastCheck.constant(100) })
    )
    void FastCheck.assert(
      FastCheck.property(
        FastCheck.array(step, { maxLength: 60 }),
        FastCheck.constantFrom(0, 0.1, 0.2, 1),
        FastCheck.integer({ min: 0, max: 12 }),
        FastCheck.integer({ min: 0, max: 2_000_000_000_000 }),
        (steps, ratio, floor, from) => {
          const budget = RetryBudget.unsafeMake(RetryBudget.make({ ratio, floor, window: "1 seconds" }))
          const calls: Array<number> = []
          const retries: Array<number> = []
          let now = from
          for (const { kind, times } of steps) {
            if (kind === "pause") now += times
            for (let i = 0; i < times && kind !== "pause"; i++) {
              if (kind === "call") {
                calls.push(now)
                budget.call(now)
                continue
              }
              const left = budget.remaining(now)
              const taken = budget.tryRetry(now)
              if (taken !== left >= 1) return false
              if (taken) retries.push(now)
              const inWindow = retries.filter((at) => at > now - 1000).length
              const credit = (span: number) => Math.max(floor, ratio * calls.filter((at) => at > now - span).length)
              // Of a retry that was allowed: the calls that led up to an earlier one may have left the window since.
              if (taken && inWindow > credit(1100) + 1e-6) return false
              // It also does not refuse a retry that the last window allows after all retries that still count.
              if (!taken && retries.filter((at) => at > now - 1100).length + 1 <= credit(1000) - 1e-6) return false
            }
          }
          return true
        }
      ),
      { numRuns: 1000 }
    )
  })

  it("works after the clock was set back", () => {
    const budget = RetryBudget.unsafeMake(RetryBudget.make())
    while (budget.tryRetry(100_000));
    assert.isFalse(budget.tryRetry(99_000))
    assert.isTrue(budget.tryRetry(0))
  })

  it("takes constant time after a long pause", () => {
    const budget = RetryBudget.unsafeMake(RetryBudget.make({ window: "1 millis" }))
    budget.call(0)
    budget.call(1e15)
    assert.strictEqual(budget.remaining(1e15), 10)
  })

  it("has the documented defaults", () => {
    assert.deepStrictEqual(RetryBudget.make(), { ratio: 0.2, window: Duration.seconds(10), floor: 10 })
  })

  it("refuses options that cannot work, and names the field and a fix", () => {
    const refused = (field: string, options: Parameters<typeof RetryBudget.make>[0]) =>
      assert.throws(() => RetryBudget.make(options), RangeError, new RegExp(`^RetryBudget.${field}: .*[gG]ive `))
    for (const ratio of [-0.1, 1.1, Number.NaN]) refused("ratio", { ratio })
    for (const floor of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) refused("floor", { floor })
    for (const window of [0, -1, Duration.infinity]) refused("window", { window })
  })
})
