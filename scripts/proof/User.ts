/** The claims about what a user meets: cost, platforms, a real application, docs and the release. */
import { costs } from "../../bench/Costs.js"
import { compilers } from "../../test/platforms/Compilers.js"
import { platforms } from "../../test/platforms/Platforms.js"
import { byChecks, byFigure, byTests } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const examples = "test/examples/docs.test.ts"
const commands = "test/examples/commands.test.ts"
const observability = "test/observability/tables.test.ts"
const troubleshooting = "test/docs/troubleshooting.test.ts"
const minimal = "test/bundle/minimal.test.ts"

export const user: Proof = {
  tests: [examples, commands, observability, troubleshooting, minimal],
  benches: [...new Set(costs.map(({ bench }) => bench))],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const { asked, bench, figure, holds, known, what } of costs) {
      yield byFigure(evidence, what.replaceAll("`", ""), asked || "nothing asked", [bench, figure], holds, known)
    }
    yield byTests(
      evidence,
      "a minimal client has no module of HttpApi, a router, multipart or a server",
      "none",
      testsOf(minimal)
    )
    for (const [name, { title, transports }] of Object.entries(platforms)) {
      yield byChecks(evidence, `${title}: ${transports.join(", ")}`, "one script, the same result", "check:platforms", [name])
    }
    yield byChecks(evidence, "Node 18 is refused in a sentence", "yes", "check:platforms", ["node-18"])
    for (const [name, { options, version }] of Object.entries(compilers)) {
      yield byChecks(
        evidence,
        `TypeScript ${version}, ${options.length} combinations of options`,
        "0 errors",
        "check:platforms",
        [`typescript-${name}`]
      )
    }
    yield byChecks(evidence, "publint and attw", "clean", "check:package", ["publint", "types-wrong"])
    yield byChecks(evidence, "a user's tests under Jest 30, Vitest and node:test", "pass", "check:runners", [
      "jest",
      "vitest",
      "node-test"
    ])
    yield byChecks(
      evidence,
      "examples/shop over the packed package: its tests, a sign-in with curl, SIGTERM",
      "pass",
      "check:shop",
      ["pinned", "test", "effect", "start"]
    )
    yield byChecks(evidence, "the README's figures are those that the bench recorded", "equal", "check", ["docs"])
    yield byChecks(evidence, "links of README, docs and comments", "0 dead", "check", ["links"])
    yield byChecks(evidence, "each example of README, docs and comments compiles", "all", "check", ["examples"])
    yield byTests(evidence, "each example runs, or says why it does not", "all", testsOf(examples))
    yield byTests(evidence, "each command of README and docs runs, or says why it does not", "all", testsOf(commands))
    yield byTests(evidence, "each span, attribute, metric and event is in the docs, and no other", "all", testsOf(observability))
    yield byTests(evidence, "each error tag is in docs/troubleshooting.md", "all", testsOf(troubleshooting))
    yield byChecks(evidence, "API reference without a warning, @since on each export, API report", "fresh", "check", [
      "api-docs",
      "since",
      "api"
    ])
    yield byChecks(evidence, "npm pack of another folder, at another time", "the same bytes", "check:package", ["reproducible"])
    yield byChecks(evidence, "changesets, workflows, notices, bill of materials, licences", "valid", "check:release", [
      "repository",
      "changesets",
      "workflows",
      "notices",
      "sbom",
      "licences"
    ])
  }
}
