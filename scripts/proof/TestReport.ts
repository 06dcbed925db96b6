/**
 * The claims that tests prove: read from the report of a run just before (`npm run proof -- NAME … REPORT.json`), or by running them.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

export interface TestResult {
  readonly ancestorTitles: ReadonlyArray<string>
  readonly title: string
  readonly status: string
}

interface Report {
  readonly testResults: ReadonlyArray<{ readonly name: string; readonly assertionResults: ReadonlyArray<TestResult> }>
}

const argument = process.argv.slice(3).find((text) => text.endsWith(".json"))

/** The JSON report of a run of all tests. */
export const given: string | undefined = argument === undefined ? undefined : resolve(argument)

if (given !== undefined && !existsSync(given)) {
  console.error(`There is no report at ${argument}. Make one with: npm test -- --reporter=json --outputFile=${argument}`)
  process.exit(2)
}

/** The tests of a folder or file. */
export const testsOf = (path: string): ReadonlyArray<TestResult> => {
  // In a folder of its own: a name that can be guessed may be somebody's file.
  const folder = given === undefined ? mkdtempSync(join(tmpdir(), "proof-")) : undefined
  const output = given ?? join(folder ?? "", "report.json")
  if (given === undefined) {
    spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", path, "--reporter=json", `--outputFile=${output}`], {
      cwd: root,
      stdio: "ignore"
    })
  }
  // Seam: the shape of the test runner's own report.
  const report = JSON.parse(readFileSync(output, "utf8")) as Report
  if (folder !== undefined) rmSync(folder, { recursive: true })
  const found = report.testResults.filter(({ name }) => name.includes(path)).flatMap(({ assertionResults }) => assertionResults)
  // Or a claim whose tests were moved would have no row, and nothing would fall short.
  if (found.length === 0) throw new Error(`The report has no tests of ${path}: were they moved?`)
  return found
}

export const passed = (results: ReadonlyArray<TestResult>): string =>
  `${results.filter(({ status }) => status === "passed").length} of ${results.length}`

/** A test that is skipped did not pass. */
export const allPass = (results: ReadonlyArray<TestResult>): boolean =>
  results.length > 0 && results.every(({ status }) => status === "passed")
