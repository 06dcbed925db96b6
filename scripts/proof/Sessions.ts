/**
 * The claims of sessions in a web server: what a request costs, several devices, sign-outs, crashes in the middle, what is left behind, what a reader
 * of the store can do, and bad input.
 */
import { byTests, type Evidence, eachTest } from "./Evidence.js"
import type { Proof } from "./Proof.js"
import type { Row } from "./Table.js"

const requests = "test/sessions/proof-requests.test.ts"
const perRequest = "test/sessions/perRequest.test.ts"
const signOuts = "test/sessions/signOuts.test.ts"
const endAll = "test/sessions/endAll.test.ts"
const kill = "test/sessions/proof-kill.test.ts"
const leftovers = "test/sessions/proof-leftovers.test.ts"
const reader = "test/sessions/reader.test.ts"
const start = "test/sessions/start.test.ts"
const badIds = "test/sessions/badIds.test.ts"
const pending = "test/sessions/pending.test.ts"
const pendingLogins = "test/services/MfaPending.test.ts"
const webServer = "test/sessions/webServer.test.ts"
const workers = "test/workers/workers.test.ts"

/** Claims that the tests of one place prove. */
const byPlace: ReadonlyArray<readonly [claim: string, asked: string, path: string, part?: string]> = [
  ["a session in memory: idle, capacity, renewal after the request", "as the titles say", perRequest, "how long a session stays"],
  ["a session that another process has ended", "noticed, with one read or none", perRequest, "that another process has ended"],
  ["endAll while 64 requests run", "none succeeds after it returned", endAll, "endAll while"],
  ["a login whose session is not stored, or whose start is interrupted", "its refresh token is revoked", start],
  ["a session id that is forged, truncated, foreign or over-long", "one error, equal work, nothing destroyed", badIds],
  [
    "a pending login: twice used, expired, of another account, client or address",
    "PendingLoginOver, nothing destroyed",
    pendingLogins,
    "the store of pending logins"
  ],
  ["a code sent to the wrong pending login", "a try there, and nothing else", pendingLogins, "a code for the wrong login"],
  [
    "tries, messages and right codes of a pending login at the same time",
    "no more than allowed",
    pendingLogins,
    "at the same time"
  ],
  ["a pending login over every store, and in another process", "confirmed once", pending],
  ["the web server of docs/sessions.md", "each request and each error as the page says", webServer],
  ["Cloudflare Workers, in workerd", "all simultaneous first requests succeed", workers]
]

/** The store of each test is in the heading above it. */
const readers = function* (evidence: Evidence): Generator<Row> {
  const heading = "a reader of the store: "
  const results = evidence
    .testsOf(reader, heading)
    .map((result) => ({ ...result, title: `${result.groups[0]?.replace(heading, "") ?? ""}, ${result.title}` }))
  yield* eachTest(evidence, heading, () => "cannot resume a session with what is in it", results)
}

export const sessions: Proof = {
  tests: [
    requests,
    perRequest,
    signOuts,
    endAll,
    kill,
    leftovers,
    reader,
    start,
    badIds,
    pending,
    pendingLogins,
    webServer,
    workers
  ],
  benches: [],
  *rows(evidence) {
    const { testsOf } = evidence
    yield byTests(
      evidence,
      "10,000 requests of 100 sessions, each with its own scope, in one token life",
      "≤ 100 reads plus other processes' changes; 0 token requests, spans",
      testsOf(requests, "in one token life")
    )
    yield byTests(
      evidence,
      "the same over an expiry, requests at random times",
      "each session renewed once, ahead of expiry; p99 of added wait 0",
      testsOf(requests, "over an expiry")
    )
    yield* eachTest(evidence, "sign-out of one device: ", () => "the other two live; 0 refused refreshes", testsOf(signOuts))
    yield* eachTest(
      evidence,
      "kill -9 at 20 points of a sign-in, ",
      () => "no session without its owner; 0 pending logins after expiry",
      testsOf(kill)
    )
    yield* eachTest(evidence, "10,000 logins and sign-outs, ", () => "back to where it began", testsOf(leftovers))
    yield* readers(evidence)
    for (const [claim, asked, path, part] of byPlace) yield byTests(evidence, claim, asked, testsOf(path, part))
  }
}
