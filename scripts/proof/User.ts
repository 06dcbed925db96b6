/** The claims about what a user meets: cost, platforms, a real application, docs and the release. */
import { costs } from "../../bench/Costs.js"
import { byChecks, byFigure, byTests } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const docs = "test/examples/docs.test.ts"
const commands = "test/examples/commands.test.ts"

export const user: Proof = {
  tests: [docs, commands],
  benches: [...new Set(costs.map(({ bench }) => bench))],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const { asked, bench, figure, holds, known, what } of costs) {
      yield byFigure(evidence, what.replaceAll("`", ""), asked, [bench, figure], holds, known)
    }
    yield byChecks(evidence, "the README's figures are those that the bench recorded", "equal", "check", ["docs"])
    yield byChecks(evidence, "each example of README, docs and comments compiles", "all", "check", ["examples"])
    yield byTests(evidence, "each example runs, or says why it does not", "all", testsOf(docs))
    yield byTests(evidence, "each command of README and docs runs, or says why it does not", "all", testsOf(commands))
  }
}
