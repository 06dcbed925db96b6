/**
 * `npm run proof -- NAME`: collects what tests and benches say of the claims of an issue, and prints claim | asked | measured. Exits with 1
 * when a claim falls short.
 *
 * `npm run proof -- NAME reduced` takes fewer samples and rounds. With the JSON report of a run of all tests
 * (`npm run proof -- NAME REPORT.json`) no test runs again: its results are read from there.
 */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { auth } from "./proof/Auth.js"
import { collect } from "./proof/Collect.js"
import { customers } from "./proof/Customers.js"
import { embedded } from "./proof/Embedded.js"
import { foundation } from "./proof/Foundation.js"
import { frame } from "./proof/Frame.js"
import { load } from "./proof/Load.js"
import type { Proof } from "./proof/Proof.js"
import { retry } from "./proof/Retry.js"
import { sessions } from "./proof/Sessions.js"
import type { Row } from "./proof/Table.js"
import { header, line } from "./proof/Table.js"
import { timing } from "./proof/Timing.js"
import { tokens } from "./proof/Tokens.js"
import { truth } from "./proof/Truth.js"
import { user } from "./proof/User.js"

const proofs: Readonly<Record<string, Proof>> = {
  auth,
  customers,
  frame,
  truth,
  foundation,
  embedded,
  load,
  retry,
  sessions,
  tokens,
  timing,
  user
}

const [name = "", ...rest] = process.argv.slice(2)
const proof = proofs[name]
const isReduced = rest.includes("reduced")
const [report, ...more] = rest.filter((text) => text !== "reduced")

if (proof === undefined || more.length > 0) {
  console.error(`Say which: npm run proof -- ${Object.keys(proofs).join(" | ")}, then reduced, a report of the tests, or both`)
  process.exit(2)
}
if (report !== undefined && !existsSync(report)) {
  console.error(`There is no report at ${report}. Make one with: npm test -- --reporter=json --outputFile=${report}`)
  process.exit(2)
}

const evidence = await collect(proof, { isReduced, report: report === undefined ? undefined : resolve(report) })

const rows: Array<Row> = []
console.log(header)
for (const row of proof.rows(evidence)) {
  rows.push(row)
  console.log(line(row))
}

const short = rows.filter(({ holds }) => holds === false)
const known = rows.filter(({ holds }) => holds === "short")
const unmeasured = rows.filter(({ holds }) => holds === "unmeasured")
console.log(`\n${rows.length - short.length - known.length - unmeasured.length} of ${rows.length} claims hold`)
const list = (title: string, those: ReadonlyArray<Row>): void => {
  if (those.length > 0) console.log(`\n${title}:\n${those.map(line).join("\n")}`)
}
list("not measured here", unmeasured)
list("known to fall short", known)
list("falling short", short)
if (short.length > 0 || rows.length === unmeasured.length) process.exitCode = 1
