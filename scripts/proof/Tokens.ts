/**
 * The claims of the token's life: concurrency, refusal, outage, the graph of two levels, sessions that processes share, wrong clocks,
 * secrets, the cost.
 */
import { byFigure, byTests, type Evidence, eachTest } from "./Evidence.js"
import type { Proof } from "./Proof.js"
import type { Row } from "./Table.js"

const client = "test/http/tokens.test.ts"
const cell = "test/http/tokenCell.test.ts"
const outage = "test/http/tokenOutage.test.ts"
const sessions = "test/sessions/sessions.test.ts"
const failures = "test/sessions/failures.test.ts"
const kill = "test/sessions/kill.test.ts"
const processes = "test/sessions/processes.test.ts"
const skew = "test/sessions/skew.test.ts"
const secrets = "test/tokens/secrets.test.ts"

/** A row for each heading of the tests of what goes wrong with a shared session. */
const sharedSessions = function* (evidence: Evidence): Generator<Row> {
  const all = evidence.testsOf(failures)
  if (all.length === 0) yield byTests(evidence, "a session that processes share: what goes wrong", "all cases", all)
  for (const heading of new Set(all.map(({ groups }) => groups[0] ?? ""))) {
    yield byTests(
      evidence,
      heading,
      "all cases",
      all.filter(({ groups }) => groups[0] === heading)
    )
  }
  yield* eachTest(
    evidence,
    "kill -9 at 6 points of a rotation, another process goes on: ",
    () => "as the title says, within a second of the lease",
    evidence.testsOf(kill)
  )
  yield* eachTest(
    evidence,
    "8 processes share a session: ",
    () => "as many refreshes as rounds, 0 refused, one token for all",
    evidence.testsOf(processes)
  )
}

const beside = function* (evidence: Evidence): Generator<Row> {
  for (const script of [
    "stampede: 1,000 concurrent first calls",
    "outage of the token endpoint for 8 s of a token's 10 s, 100 calls a second"
  ]) {
    const figure = (client: string, what: string) => ["token-endpoint", `${script}: ${client}: ${what}`] as const
    yield byFigure(evidence, `${script}: token requests`, "≤ 10", figure("effect-dintero", "token requests"), (n) => n <= 10)
    yield byFigure(evidence, `${script}: failed calls`, "0", figure("effect-dintero", "failed"), (n) => n === 0)
    const peer = "openapi-fetch as in Dintero's SDK"
    yield byFigure(
      evidence,
      `  the same by ${peer}: token requests`,
      "for comparison",
      figure(peer, "token requests"),
      () => true
    )
    yield byFigure(evidence, `  the same by ${peer}: failed calls`, "for comparison", figure(peer, "failed"), () => true)
  }
}

export const tokens: Proof = {
  tests: [client, cell, outage, sessions, failures, kill, processes, skew, secrets],
  benches: ["hot-path", "token-endpoint"],
  *rows(evidence) {
    const { testsOf } = evidence
    yield byTests(
      evidence,
      "1,000 concurrent first calls",
      "1 token request",
      testsOf(client, "1,000 concurrent first calls make 1")
    )
    yield byTests(evidence, "1,000 concurrent 401s", "1 token request", testsOf(client, "1,000 concurrent 401s make 1 new token"))
    yield byTests(evidence, "1,000 late 401s", "0 token requests", testsOf(client, "late 401s for a token that was replaced"))
    yield byTests(
      evidence,
      "first of 100 waiters interrupted",
      "99 succeed, 1 request",
      testsOf(client, "the first of 100 waiters is interrupted")
    )
    yield* eachTest(
      evidence,
      "the token endpoint is down, 1,000 calls a second: ",
      ({ title }) => title.split(": ")[1] ?? "",
      testsOf(outage)
    )
    yield byTests(
      evidence,
      "expired parent, live refresh token",
      "succeeds with exactly 2 extra calls",
      testsOf(sessions, "with an expired client token and a valid refresh token")
    )
    yield* sharedSessions(evidence)
    yield* eachTest(
      evidence,
      "local clock ",
      () => "0 needless 401s; no needless token, or one of the client where the clock cannot be right",
      testsOf(skew, "no needless refusal")
    )
    yield* eachTest(evidence, "secrets ", () => "0", testsOf(secrets))
    yield byTests(
      evidence,
      "random programs of get, interrupt, invalidate, forceRefresh, revoke, time",
      "0 break a promise",
      testsOf(cell, "any interleaving")
    )
    yield byFigure(
      evidence,
      "hot path, token cached: CPU time",
      "≤ 1 µs over state cell + Deferred",
      ["hot-path", "a cached token, over state cell and Deferred"],
      (value) => value <= 1
    )
    yield* beside(evidence)
  }
}
