/**
 * `npm run check`: everything that can be known without running the library. `npm run check -- lint types` runs only those steps.
 */
import { bin, run, runSteps, type Step } from "./lib/Shell.js"

const tool = (name: string, ...args: ReadonlyArray<string>) => {
  return () => run(bin(name), args)
}

const script = (name: string, ...args: ReadonlyArray<string>) => tool("tsx", `scripts/${name}.ts`, ...args)

const steps: ReadonlyArray<Step> = [
  // Takes longer than any other, which run beside it. The whole project in one program needs more memory than Node takes by itself.
  { name: "types", run: tool("tsx", "--max-old-space-size=6144", "scripts/check-types.ts") },
  {
    name: "format",
    hint: "Run npm run format.",
    run: tool("biome", "check", "--linter-enabled=false", "--colors=off", ".")
  },
  { name: "lint", run: tool("biome", "lint", "--error-on-warnings", "--colors=off", ".") },
  { name: "since", run: script("check-since") },
  { name: "api", run: script("api", "--check") },
  { name: "api-docs", run: script("api-docs") },
  {
    name: "core-types",
    hint: "What src/index.ts reaches is compiled here without Node's types: it has to run in a browser and in a worker.",
    run: tool("tsc", "-p", "tsconfig.core.json")
  },
  {
    name: "page-types",
    hint: "The inspector page is for a browser: here it is compiled without Node's types.",
    run: tool("tsc", "-p", "tsconfig.page.json")
  },
  {
    name: "imports",
    hint: "The rules and their reasons are in .dependency-cruiser.mjs.",
    run: tool(
      "depcruise",
      "--config",
      ".dependency-cruiser.mjs",
      "--output-type",
      "err-long",
      "src",
      "test",
      "bench",
      "examples",
      "scripts"
    )
  },
  { name: "core-calls", run: script("check-core") },
  { name: "casts", run: script("check-casts") },
  {
    name: "effect-4",
    hint: 'The rules and their reasons are in docs/architecture.md, "Ready for Effect 4".',
    run: script("check-effect4")
  },
  { name: "openapi", run: script("openapi", "--check") },
  { name: "docs", run: script("docs", "--check") },
  {
    name: "links",
    hint: "The hosts of other sites are listed in scripts/lib/Links.ts.",
    run: script("check-links")
  },
  { name: "examples", run: script("check-examples") }
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. The steps are ${steps.map((step) => step.name).join(", ")}.`)
  process.exitCode = 2
} else {
  await runSteps(
    "check",
    steps.filter((step) => wanted.length === 0 || wanted.includes(step.name)),
    2
  )
}
