/**
 * `npm run proof -- NAME`: measures each claim of an issue and prints claim | asked | measured. Exits with 1 when one falls short.
 */
import { embedded } from "./proof/Embedded.js"
import { foundation } from "./proof/Foundation.js"
import { retry } from "./proof/Retry.js"
import type { Proof } from "./proof/Table.js"
import { header, line } from "./proof/Table.js"
import { timing } from "./proof/Timing.js"
import { tokens } from "./proof/Tokens.js"
import { truth } from "./proof/Truth.js"

const proofs: Readonly<Record<string, Proof>> = { truth, foundation, embedded, retry, tokens, timing }

const name = process.argv[2]
const proof = name === undefined ? undefined : proofs[name]

if (proof === undefined) {
  console.error(`Say which: npm run proof -- ${Object.keys(proofs).join(" | ")}`)
  process.exit(2)
}

console.log(header)
let rows = 0
const short: Array<string> = []
for await (const row of proof()) {
  rows++
  if (!row.holds) short.push(line(row))
  console.log(line(row))
}
console.log(`\n${rows - short.length} of ${rows} claims hold`)
if (short.length > 0) {
  console.log(`\nfalling short:\n${short.join("\n")}`)
  process.exitCode = 1
}
