/** What the rows of a proof are made from: the results of tests, and the figures of benches. */
import { type Figure, show } from "../../bench/Figure.js"
import type { Told } from "../../test/utils/Claim.js"
import type { Row } from "./Table.js"

export interface TestResult {
  /** From the root of the project. */
  readonly file: string
  /** Of the test, behind those of the groups that it is in. */
  readonly title: string
  readonly groups: ReadonlyArray<string>
  readonly status: string
  readonly told: Told | undefined
}

/** A script of package.json that leaves the names of its steps that passed. */
export type Script = "check" | "check:package" | "check:runners" | "check:platforms" | "check:shop" | "check:release"

export interface Evidence {
  /** The tests of a file or folder. `part`: of the whole title. */
  readonly testsOf: (path: string, part?: string) => ReadonlyArray<TestResult>
  /** A figure of a bench that the proof names, or the reason why there is none. */
  readonly figureOf: (bench: string, name: string) => Figure | string
  /** The steps of a script that passed: as its last run left them, or from a run now. `npm run check` runs the named ones alone. */
  readonly passedOf: (script: Script, steps: ReadonlyArray<string>) => ReadonlyArray<string>
  /** Whether the benches made fewer rounds. */
  readonly isReduced: boolean
  /** Whether the tests had the machine to themselves: times that they tell are judged then, and only then. */
  readonly isQuiet: boolean
}

export const wholeTitle = ({ groups, title }: TestResult): string => [...groups, title].join(" > ")

export const count = (results: ReadonlyArray<TestResult>): string =>
  `${results.filter(({ status }) => status === "passed").length} of ${results.length}`

/** A test that is skipped did not pass, and where there is no test nothing is proved. */
export const allPass = (results: ReadonlyArray<TestResult>): boolean =>
  results.length > 0 && results.every(({ status }) => status === "passed")

const missing = "there is no such test: was it moved or renamed?"

/** What a test tells of itself, with the time where it tells one. */
const tale = ({ isQuiet }: Evidence, { told }: TestResult): string =>
  told === undefined
    ? ""
    : told.took === undefined
      ? told.measured
      : `${told.measured}; ${Math.round(told.took.millis)} ms${isQuiet ? "" : " (not judged: other tests ran beside it)"}`

const isInTime = ({ isQuiet }: Evidence, { told }: TestResult): boolean =>
  !isQuiet || told?.took === undefined || told.took.millis <= told.took.limit

const reduced = (claim: string, isReduced: boolean): string => (isReduced ? `(reduced) ${claim}` : claim)

/** The title of a test says so when it takes fewer samples than a proof does. */
const takesFewer = (result: TestResult): boolean => wholeTitle(result).includes("(reduced to ")

/** A claim that one test proves or several together. */
export const byTests = (
  evidence: Evidence,
  claim: string,
  asked: string,
  results: ReadonlyArray<TestResult>,
  what = "tests"
): Row => {
  const tales = results.map((result) => tale(evidence, result)).filter((text) => text !== "")
  const passed = `${count(results)} ${what}`
  return {
    claim: reduced(claim, results.some(takesFewer)),
    asked,
    measured: results.length === 0 ? missing : tales.length === 0 || tales.length > 3 ? passed : `${passed}: ${tales.join("; ")}`,
    holds: allPass(results) && results.every((result) => isInTime(evidence, result))
  }
}

/** A claim for each test. */
export const eachTest = function* (
  evidence: Evidence,
  prefix: string,
  asked: (result: TestResult) => string,
  results: ReadonlyArray<TestResult>
): Generator<Row> {
  if (results.length === 0) yield { claim: prefix, asked: "passes", measured: missing, holds: false }
  for (const result of results) {
    const told = tale(evidence, result)
    yield {
      claim: reduced(`${prefix}${result.title}`, takesFewer(result)),
      asked: asked(result),
      measured: told === "" ? result.status : result.status === "passed" ? told : `${result.status}: ${told}`,
      holds: result.status === "passed" && isInTime(evidence, result)
    }
  }
}

/** A claim about a figure. */
export const byFigure = (
  { figureOf, isReduced }: Evidence,
  claim: string,
  asked: string,
  [bench, name]: readonly [bench: string, figure: string],
  holds: (value: number) => boolean,
  /**
   * Of a figure that is known to fall short: what was tried, and the value beyond which it is worse than that. `isLeast`: a smaller value is worse.
   */
  known?: { readonly tried: string; readonly worst: number; readonly isLeast?: true }
): Row => {
  const figure = figureOf(bench, name)
  if (typeof figure === "string") return { claim, asked, measured: figure, holds: false }
  const { value } = figure
  const row = { claim: reduced(claim, isReduced), asked }
  if (value === null) return { ...row, measured: show(figure), holds: "unmeasured" }
  if (holds(value) || known === undefined) return { ...row, measured: show(figure), holds: holds(value) }
  return {
    ...row,
    measured: `${show(figure)}. Known up to ${known.worst}. Tried: ${known.tried}`,
    holds: (known.isLeast ? value >= known.worst : value <= known.worst) ? "short" : false
  }
}

/** A claim that steps of a script prove. */
export const byChecks = (
  { passedOf }: Evidence,
  claim: string,
  asked: string,
  script: Script,
  steps: ReadonlyArray<string>
): Row => {
  const passed = passedOf(script, steps)
  const count = steps.filter((step) => passed.includes(step)).length
  return { claim, asked, measured: `${count} of ${steps.length} of ${script}`, holds: count === steps.length }
}
