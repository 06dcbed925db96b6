/** What the scripts of this folder share: where things are, and how a command is run. */
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join, relative, resolve, sep } from "node:path"
import { env } from "node:process"
import { fileURLToPath } from "node:url"

export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)))

/** A path as messages show it: from the root of the project, with slashes. */
export const shown = (path: string): string => relative(root, path).split(sep).join("/")

/** The file of a command that a devDependency brings. */
export const bin = (name: string): string => join(root, "node_modules", ".bin", name)

export interface Result {
  readonly code: number
  /** Standard output and standard error, as they came. */
  readonly output: string
  readonly stdout: string
  /** It did not run, because something is missing on this machine. The output says what. */
  readonly isSkipped?: boolean
}

/** Runs a command to its end. Never rejects: a command that cannot start ends with code 127. */
export const run = (command: string, args: ReadonlyArray<string>, options: { readonly cwd?: string } = {}): Promise<Result> =>
  new Promise((done) => {
    let output = ""
    let stdout = ""
    const child = spawn(command, args, { cwd: options.cwd ?? root, stdio: ["ignore", "pipe", "pipe"] })
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      stdout += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.on("error", (error) => done({ code: 127, output: `${command}: ${error.message}\n`, stdout }))
    child.on("close", (code) => done({ code: code ?? 1, output, stdout }))
  })

/** Every file below a folder whose name ends so, in a fixed order. An absent folder has none. */
export const filesBelow = (folder: string, ending: string): ReadonlyArray<string> => {
  const below = (path: string): ReadonlyArray<string> =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.name !== "node_modules" && !entry.name.startsWith("."))
      .flatMap((entry) => (entry.isDirectory() ? below(join(path, entry.name)) : [join(path, entry.name)]))
  try {
    return below(join(root, folder))
      .filter((path) => path.endsWith(ending))
      .sort()
  } catch {
    return []
  }
}

const indented = (text: string): string => text.trimEnd().replace(/^/gm, "    ")

const stateOf = ({ code, isSkipped }: Result): string => (isSkipped === true ? "skip" : code === 0 ? "ok  " : "FAIL")

export interface Step {
  readonly name: string
  /** What to do when it fails, where the output does not say so itself. */
  readonly hint?: string
  readonly run: () => Promise<Result>
}

/**
 * Runs the steps in order, `lanes` of them at a time, shows each by name and time when it ends, and starts no other after one that failed.
 * Sets the exit code, and leaves the names of those that passed in `.tmp/checks`.
 */
export const runSteps = async (title: string, steps: ReadonlyArray<Step>, lanes = 1): Promise<boolean> => {
  const width = Math.max(...steps.map((step) => step.name.length))
  const waiting = [...steps]
  const failures: Array<string> = []
  const passed: Array<string> = []
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = failures.length === 0 ? waiting.shift() : undefined) {
      const started = performance.now()
      const result = await step.run()
      const told = `  ${step.name.padEnd(width)}  ${stateOf(result)} ${((performance.now() - started) / 1000).toFixed(1)} s`
      if (result.isSkipped === true) {
        console.log(`${told}  ${result.output}`)
      } else if (result.code === 0) {
        passed.push(step.name)
        const note = result.stdout.trim().split("\n").at(-1) ?? ""
        console.log(`${told}${note.length > 0 && note.length < 110 ? `  ${note}` : ""}`)
      } else {
        failures.push(step.name)
        console.log(`${told}\n\n${indented(result.output)}\n`)
        if (step.hint !== undefined) console.log(`  ${step.hint}`)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  // For a proof, which collects what was checked just before.
  mkdirSync(join(root, ".tmp", "checks"), { recursive: true })
  writeFileSync(join(root, ".tmp", "checks", `${title}.json`), JSON.stringify(passed))
  if (failures.length === 0) {
    const skipped = steps.length - passed.length
    console.log(`${title}: ${passed.length} of ${steps.length} passed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
    return true
  }
  const left = waiting.map(({ name }) => name)
  console.log(`${title}: ${failures.join(", ")} failed${left.length > 0 ? `; not run: ${left.join(", ")}` : ""}`)
  process.exitCode = 1
  return false
}

/** Something that a step needs is missing. In CI, where nothing may be skipped, it fails. `why` says what is missing, and how to get it. */
export const missing = (why: string): Result =>
  env.CI ? failed(`There is ${why}.`) : { code: 0, output: `skipped: ${why}`, stdout: "", isSkipped: true }

/** A step made of a thrown or returned sentence instead of a command. */
export const ok = (note = ""): Result => ({ code: 0, output: note, stdout: note })
export const failed = (output: string): Result => ({ code: 1, output, stdout: "" })
