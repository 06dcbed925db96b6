/** Runs what a proof names, each thing once: its tests, unless a report of a run has them already, and its benches. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { figuresOf } from "../../bench/Benches.js"
import type { Figure } from "../../bench/Figure.js"
import type { Told } from "../../test/utils/Claim.js"
import { root, shown } from "../lib/Shell.js"
import type { Evidence, Script, TestResult } from "./Evidence.js"
import { wholeTitle } from "./Evidence.js"
import type { Proof } from "./Proof.js"

export interface Choices {
  readonly isReduced: boolean
  /** The JSON report of a run of all tests. */
  readonly report: string | undefined
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly assertionResults: ReadonlyArray<{
      readonly ancestorTitles: ReadonlyArray<string>
      readonly title: string
      readonly status: string
      readonly meta?: { readonly claim?: Told }
    }>
  }>
}

const read = (path: string): ReadonlyArray<TestResult> => {
  // Seam: the shape of the test runner's own report.
  const { testResults } = JSON.parse(readFileSync(path, "utf8")) as Report
  return testResults.flatMap(({ assertionResults, name }) =>
    assertionResults.map(({ ancestorTitles, meta, status, title }) => ({
      file: shown(name),
      title,
      groups: ancestorTitles,
      status,
      told: meta?.claim
    }))
  )
}

const run = (tests: ReadonlyArray<string>, isReduced: boolean): ReadonlyArray<TestResult> => {
  const there = tests.filter((path) => existsSync(join(root, path)))
  if (there.length === 0) return []
  console.error(`running the tests of ${there.join(", ")}`)
  // In a folder of its own: a name that can be guessed may be somebody's file.
  const folder = mkdtempSync(join(tmpdir(), "proof-"))
  const output = join(folder, "report.json")
  // One file at a time, so that no test takes the time of another.
  spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...there, "--no-file-parallelism", "--reporter=json", `--outputFile=${output}`],
    { cwd: root, stdio: "ignore", env: { ...process.env, SAMPLES: isReduced ? "part" : "whole" } }
  )
  try {
    return existsSync(output) ? read(output) : []
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const passedOf = (script: Script, steps: ReadonlyArray<string>): ReadonlyArray<string> => {
  const path = join(root, ".tmp", "checks", `${script.replace("check:", "")}.json`)
  const passed = (): ReadonlyArray<string> =>
    // Seam: written by `runSteps`.
    existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ReadonlyArray<string>) : []
  if (steps.every((step) => passed().includes(step))) return passed()
  console.error(`running ${script}`)
  spawnSync("npm", ["run", "--silent", script, ...(script === "check" ? ["--", ...steps] : [])], { cwd: root, stdio: "ignore" })
  return passed()
}

export const collect = async ({ benches, tests }: Proof, { isReduced, report }: Choices): Promise<Evidence> => {
  const results = report === undefined ? run(tests, isReduced) : read(report)
  const figures = new Map<string, ReadonlyArray<Figure> | string>()
  for (const name of benches) {
    console.error(`running the bench ${name}`)
    const found: Array<Figure> = []
    figures.set(name, found)
    try {
      for await (const figure of figuresOf(name, { isReduced })) found.push(figure)
    } catch (error) {
      figures.set(name, String(error).split("\n")[0] ?? "")
    }
  }
  return {
    testsOf: (path, part = "") =>
      results.filter(
        (result) => (result.file === path || result.file.startsWith(`${path}/`)) && wholeTitle(result).includes(part)
      ),
    figureOf: (bench, name) => {
      const found = figures.get(bench)
      if (found === undefined || typeof found === "string") return found ?? `the proof does not run the bench ${bench}`
      return found.find((figure) => figure.name === name) ?? `the bench ${bench} has no figure of this name`
    },
    passedOf,
    isReduced,
    isQuiet: report === undefined
  }
}
