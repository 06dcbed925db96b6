/** The claims of the foundation: the faults, the token, the hashes, the embedded system, the document, the package. */
import { byChecks, byFigure, byTests, eachTest, type TestResult } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const faults = "test/faults/faults.test.ts"
const stampede = "test/embedded/serving/Stampede.test.ts"
const login = "test/embedded/rooms/logins/Login.test.ts"
const isolation = "test/embedded/system/Isolation.test.ts"

/** The title of a fault's test ends in it. */
const ends = ({ title, told }: TestResult): string =>
  `${title.split(" → ")[1]}${told?.took === undefined ? "" : `; ≤ ${told.took.limit} ms`}`

export const foundation: Proof = {
  tests: [faults, stampede, login, isolation],
  benches: ["instances"],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const transport of ["fetch", "undici", "node:http"]) {
      yield* eachTest(evidence, `fault over ${transport}: `, ends, testsOf(faults, `faults over ${transport} > `))
    }
    yield byTests(
      evidence,
      "1,000 concurrent first calls, against the served embedded system",
      "1 token request, 1000 ok",
      testsOf(stampede)
    )
    yield byTests(
      evidence,
      "wrong password, unknown user, type that cannot log in, no password: one answer",
      "the same error with the same words, 1 hash each",
      testsOf(login, "gives every failure the same response, after exactly one hash")
    )
    yield byFigure(
      evidence,
      "the embedded system starts, with secure hashes, the first in a process: worst of 5",
      "< 150 ms",
      ["instances", "first start in a process, with secure hashes: worst of 5"],
      (value) => value < 150
    )
    yield byFigure(
      evidence,
      "the embedded system starts, a later one: median",
      "< 150 ms",
      ["instances", "a later start: median"],
      (value) => value < 150
    )
    yield byTests(
      evidence,
      "embedded systems in one process do not see each other's data",
      "0 mixed, 0 foreign tokens accepted",
      testsOf(isolation)
    )
    yield byChecks(evidence, "the OpenAPI document is fresh and valid", "both", "check", ["openapi"])
    yield byChecks(evidence, "the packed package type-checks and runs in an empty folder", "both", "check:package", [
      "core-alone",
      "compile",
      "quickstart"
    ])
  }
}
