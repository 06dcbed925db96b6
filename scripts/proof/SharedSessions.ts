/**
 * The claims of sessions that processes share: a kill in the middle of a rotation, refreshes by all at once, bad input, answers that are lost.
 *
 * `npm run proof -- tokens reduced` makes fewer rounds, and says so in the rows where it does. With the report of a run of all tests
 * (`npm run proof -- tokens reduced REPORT.json`) it takes those rounds from there.
 */
import { Effect, Redacted } from "effect"
import { kills, leaseMillis, points, type Rounds, shared } from "../../test/sessions/Shared.js"
import { directory } from "../../test/stores/Stores.js"
import * as RedisServer from "../../test/utils/RedisServer.js"
import type { Row } from "./Table.js"
import { allPass, given, passed, testsOf } from "./TestReport.js"

const reduced = process.argv[3] === "reduced"
const rounds = reduced ? 10 : 200
const named = (claim: string): string => (reduced ? `${claim} (reduced)` : claim)

/** Each takes as long as six processes and as many leases. */
const rotations = reduced ? (["strict"] as const) : (["none", "until-used", "grace", "strict"] as const)

const killed = async function* (): AsyncGenerator<Row> {
  for (const rotation of rotations) {
    const results = await Effect.runPromise(Effect.scoped(Effect.flatMap(directory, (place) => kills(rotation, place))))
    const recovered = results.filter(({ end }) => end === "recovered").length
    const lost = results.filter(({ end }) => end === "SessionExpired")
    const slowest = Math.max(...results.map(({ waited }) => waited))
    const ended = rotation === "strict" ? recovered + lost.length : recovered
    yield {
      claim: `${reduced ? "(reduced to this rule) " : ""}kill -9 at 6 points of a rotation, ${rotation}: another process goes on`,
      asked: `6 of 6${rotation === "strict" ? " recovered or SessionExpired" : " recovered"}, within a second of the lease (${leaseMillis} ms)`,
      measured: `${recovered} recovered${lost.length === 0 ? "" : `, SessionExpired: ${lost.map(({ point }) => point).join(", ")}`}; longest wait ${Math.round(slowest)} ms`,
      holds: ended === points.length && slowest < leaseMillis + 1_000 && results.every(({ signal }) => signal === "SIGKILL")
    }
  }
}

const round = (store: string, rotation: string, result: Rounds): Row => ({
  claim: named(`8 processes × ${rounds} refresh rounds over ${store}, ${rotation}`),
  asked: `${rounds} refreshes, 0 invalid_grant, one token for all in each round`,
  measured: `${result.refreshes} refreshes, ${result.refused} refused, ${result.differing} rounds with differing tokens, ${result.failures.length} failures; ${(result.millis / 1000).toFixed(1)} s`,
  holds: result.refreshes === rounds && result.refused === 0 && result.differing === 0 && result.failures.length === 0
})

const inRounds = async function* (): AsyncGenerator<Row> {
  for (const rotation of ["until-used", "strict"] as const) {
    yield round(
      "a file",
      rotation,
      await Effect.runPromise(Effect.scoped(Effect.flatMap(directory, (place) => shared("file", place, rotation, rounds))))
    )
    yield round(
      "Redis",
      rotation,
      await Effect.runPromise(
        Effect.scoped(Effect.flatMap(RedisServer.make, ({ url }) => shared("redis", Redacted.value(url), rotation, rounds)))
      )
    )
  }
}

/** The tests of what goes wrong, as CI runs them, one row for each of their headings. */
const failures = function* (): Generator<Row> {
  const all = testsOf("test/sessions/failures.test.ts")
  for (const claim of new Set(all.map(({ ancestorTitles }) => ancestorTitles[0] ?? ""))) {
    const those = all.filter(({ ancestorTitles }) => ancestorTitles[0] === claim)
    yield { claim, asked: "all cases", measured: passed(those), holds: allPass(those) }
  }
}

/** The same in fewer rounds, in tests that have just run. */
const asTests = function* (): Generator<Row> {
  for (const test of [...testsOf("test/sessions/kill.test.ts"), ...testsOf("test/sessions/processes.test.ts")]) {
    const what = test.ancestorTitles[0]?.replace(/:.*/, "")
    yield { claim: `(a test) ${what}: ${test.title}`, asked: "passes", measured: test.status, holds: test.status === "passed" }
  }
}

export const sharedSessions = async function* (): AsyncGenerator<Row> {
  yield* failures()
  if (reduced && given !== undefined) return yield* asTests()
  yield* killed()
  yield* inRounds()
}
