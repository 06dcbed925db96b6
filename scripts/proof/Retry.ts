/** The claims of retry: load when everything fails, `Retry-After`, what may be repeated, jitter, the deadline, the breaker, the cost. */
import { byFigure, byTests, eachTest } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const load = "test/http/load.test.ts"
const random = "test/http/retryAtRandom.test.ts"
const replay = "test/http/replayAgainstSystem.test.ts"
const breaker = "test/policies/circuitBreaker.test.ts"

export const retry: Proof = {
  tests: [load, random, replay, breaker],
  benches: ["overhead"],
  *rows(evidence) {
    const { testsOf } = evidence
    yield* eachTest(
      evidence,
      "1,000 calls a second, all failing: ",
      () => "≤ 1.2 ×; all calls of the other succeed",
      testsOf(load)
    )
    yield* eachTest(
      evidence,
      "random Retry-After headers: ",
      () => "0 early, 0 wrongly given up",
      testsOf(random, "Retry-After h")
    )
    yield* eachTest(
      evidence,
      "operations × faults of socket and status, before and after the system: ",
      () => "the class decides; 0 duplicated side effects",
      testsOf(replay)
    )
    yield* eachTest(
      evidence,
      "waits before the second attempt ",
      () => "χ² ≤ 36.19 (19 degrees of freedom, p = 0.01)",
      testsOf(random, "waits before")
    )
    yield* eachTest(
      evidence,
      "random deadlines: ",
      () => "elapsed ≤ deadline, and the answer rather than a timeout, in 100 %",
      testsOf(random, "random deadlines")
    )
    yield byTests(
      evidence,
      "circuit breaker beside its reference state machine",
      "≥ 1,000 random sequences, 0 differences",
      testsOf(breaker, "does what its reference state machine does")
    )
    yield byFigure(
      evidence,
      "overhead of the policy on the success path, in process: CPU time",
      "≤ 10 µs",
      ["overhead", "policy on (default) vs off (none)"],
      (value) => value <= 10
    )
  }
}
