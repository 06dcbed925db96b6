/** The claims of the whole Auth API, of the operators' command and of the security of the embedded system. */
import { operations } from "../../src/contract/Contract.js"
import { allPass, byFigure, byTests, count, type Evidence, eachTest, type TestResult } from "./Evidence.js"
import type { Proof } from "./Proof.js"
import type { Row } from "./Table.js"

const conformance = "test/conformance"
const accessTokens = "test/embedded/rooms/sessions/AccessTokens.test.ts"
const rotation = "test/embedded/rooms/signing"
const interop = "test/interop"
const logins = "test/embedded/rooms/logins"
const refreshTokens = "test/embedded/rooms/sessions/RefreshTokens.test.ts"
const passwordless = "test/embedded/rooms/passwordless"
const identity = "test/embedded/rooms/identity"
const partners = "test/partners"
const fuzz = "test/embedded/serving/AuthFuzz.test.ts"
const importing = "test/cli/import.test.ts"
const operator = "test/cli/operator.test.ts"
const comparing = "test/cli/compare"
const grants = "test/http/grants.test.ts"

const names = Object.keys(operations).filter((name) => name.startsWith("auth."))

/** The operations A1 to A39 of the documentation. */
const documented = 39

const targets = ["in process", "over a port", "on PostgreSQL"] as const

const isOf =
  (name: string) =>
  ({ groups }: TestResult): boolean =>
    groups.includes(name)

const everyOperation = ({ testsOf }: Evidence, target: string): Row => {
  const results = names.flatMap((name) => testsOf(conformance, `conformance, ${target}`).filter(isOf(name)))
  const green = names.filter((name) => allPass(results.filter(isOf(name))))
  return {
    claim: `conformance of every operation, ${target}`,
    asked: `${documented} operations, all green, 0 skipped; 4 of them answer 501 by the table`,
    measured: `${green.length} operations, ${count(results)} cases`,
    holds: green.length === documented && names.length === documented && allPass(results)
  }
}

/** Claims that the tests of one place prove. */
const byPlace: ReadonlyArray<readonly [claim: string, asked: string, path: string, part?: string]> = [
  ["WebCrypto verifies our tokens with auth.keys", "verified", accessTokens, "are verified by WebCrypto"],
  ["jose verifies our tokens with auth.keys, before and after a rotation", "verified; old tokens until they expire", rotation],
  ["forgeries of an access token", "≥ 16, all refused", accessTokens, "cannot be forged"],
  [
    "oauth4webapi completes client credentials, refresh and revoke",
    "with the adapter of the docs",
    `${interop}/oauth4webapi.test.ts`
  ],
  ["the token request of Dintero's Node SDK", "gets its token", `${interop}/nodeSdk.test.ts`],
  ["each grant has its credential, and both spellings", "as the documentation says", grants],
  ["OIDC against a real OpenID provider, with discovery", "a token, and each bad answer is a refusal", identity],
  ["hash calls of a refused login: unknown, wrong, locked, disabled", "equal on each path", logins, "hash"],
  ["brute force: guesses for one account and day", "≤ 120", logins, "an attacker who guesses for a day"],
  ["brute force: a code", "≤ 5 tries for each challenge", logins, "may be tried 5 times"],
  ["a code is single use, valid for 10 minutes, and bound to its request", "refused otherwise", logins, "a code > "],
  ["a rotated refresh token that is shown again", "revokes its family", refreshTokens, "a sequence of refreshes"],
  ["passwordless logins: single use, limits, equal work", "as for passwords", passwordless],
  ["the merchants of a partner", "one token each, single flight, bounded", `${partners}/partner.test.ts`],
  [
    "500 merchants × 4 calls through Partner",
    "500 exchange tokens, 500 client tokens, no more",
    `${partners}/many.test.ts`,
    "take 500 exchange tokens"
  ],
  ["500 merchants, 100 kept", "memory bounded at 100", `${partners}/many.test.ts`, "keep the tokens of 100"],
  [
    "users import, killed and resumed",
    "10,000 lines, 10 kills: 10,000 customers, 0 twice",
    importing,
    "an import that is killed"
  ],
  ["users import: broken lines, a lost answer, the pace, Retry-After", "each customer once, rejects with numbers", importing],
  ["a command that is used wrongly", "one screen, the right call, exit code 2", operator, "wrong usage"],
  ["the commands of operators", "all green", operator],
  ["compare: every switch turned the other way", "each difference found, none invented", `${comparing}/compare.test.ts`],
  ["compare: what it makes is removed, and nothing else is touched", "all else byte for byte", `${comparing}/cleanup.test.ts`],
  [
    "compare: against the server that answers as recorded",
    "no crash; each answer or a reason",
    `${comparing}/otherServers.test.ts`
  ],
  ["compare: the command", "a P account is refused; a report without secrets", `${comparing}/compareCommand.test.ts`]
]

export const auth: Proof = {
  tests: [
    conformance,
    accessTokens,
    rotation,
    interop,
    grants,
    identity,
    logins,
    refreshTokens,
    passwordless,
    partners,
    fuzz,
    importing,
    operator,
    comparing
  ],
  benches: ["logins-beside", "login-timing"],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const target of targets) yield everyOperation(evidence, target)
    for (const [claim, asked, path, part] of byPlace) yield byTests(evidence, claim, asked, testsOf(path, part))
    yield* eachTest(evidence, "fuzz: ", () => "100,000 requests: 0 unhandled 5xx, 0 secrets", testsOf(fuzz))
    yield byFigure(
      evidence,
      "login: unknown user beside wrong password, 500 samples each",
      "medians within 5 %",
      ["login-timing", "unknown user beside wrong password: difference of the medians"],
      (value) => value <= 5
    )
    yield byFigure(
      evidence,
      "GET settings while 8 customers log in each second: p99 / that of an idle server",
      "≤ 3",
      ["logins-beside", "GET settings while 8 customers log in each second, beside none: p99"],
      (value) => value <= 3
    )
    yield byFigure(evidence, "the same: failed requests", "0", ["logins-beside", "failed requests"], (value) => value === 0)
  }
}
