/**
 * What an operation touches: its schema, its entry in the contract, its handler, its sample and its cases, and nothing else. The compiler names
 * each one that is missing, and with all of them the operation works.
 */
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { root } from "../../scripts/lib/Shell.js"
import type { Compiled } from "./Compiler.js"
import { indexes, name, overlay, parts } from "./Trial.js"

/** In a process of its own, since a compiler that is busy answers nobody. */
const compiled = new Promise<Compiled>((resolve, reject) => {
  execFile(
    process.execPath,
    ["--import", "tsx", "test/frame/Compiler.ts"],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
    (error, stdout, stderr) => (error === null ? resolve(JSON.parse(stdout)) : reject(new Error(stderr)))
  )
})

/** A copy of what the suites need, with all parts, in which Vitest runs the tests of the operation. */
const tested = (files: ReadonlyArray<string>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "effect-dintero-trial-"))
      for (const path of ["src", "test", "scripts", "package.json", "tsconfig.base.json", "tsconfig.json", "vitest.config.ts"])
        cpSync(join(root, path), join(folder, path), { recursive: true })
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
      for (const [file, text] of overlay(parts)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true })
        writeFileSync(join(folder, file), text)
      }
      return folder
    }),
    (folder) =>
      Effect.async<{ readonly output: string; readonly report: unknown }>((resume) => {
        const { VITEST: _, ...inherited } = process.env
        const report = join(folder, "report.json")
        execFile(
          process.execPath,
          ["node_modules/vitest/vitest.mjs", "run", ...files, "-t", name, "--reporter=json", `--outputFile=${report}`],
          { cwd: folder, env: inherited },
          (_, stdout, stderr) =>
            resume(Effect.sync(() => ({ output: stdout + stderr, report: JSON.parse(readFileSync(report, "utf8")) })))
        )
      }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

describe("an operation on trial", () => {
  beforeAll(() => compiled, 600_000)

  it("touches at most five files, and compiles when all its parts are there", async () => {
    assert.isAtMost(new Set(parts.map(({ file }) => file)).size, 5)
    assert.deepStrictEqual((await compiled).whole, [])
  })

  for (const { file, named, part } of parts) {
    it(`without its ${part} (${file}): an error in ${named.file}`, async () => {
      const errors = (await compiled).without[part] ?? []
      assert.isTrue(
        errors.some((error) => error.file === named.file && named.by.test(error.message)),
        JSON.stringify(errors)
      )
    })
  }

  it("a new tag of which nothing else is there: an error in each of the indexes", async () => {
    const errors = (await compiled).newTag
    for (const index of indexes.slice(1)) {
      assert.isTrue(
        errors.some((error) => error.file === index && error.message.includes("trial")),
        `${index}: ${JSON.stringify(errors)}`
      )
    }
  })

  it.live(
    "works: its conformance cases in process, what the client sends, and what every answer ends in",
    () =>
      Effect.gen(function* () {
        const { output, report } = yield* tested([
          "test/conformance/inProcess/settings.test.ts",
          "test/http/requests.test.ts",
          "test/http/failures.test.ts"
        ])
        const { numFailedTests, testResults } = report as {
          readonly numFailedTests: number
          readonly testResults: ReadonlyArray<{
            readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>
          }>
        }
        assert.strictEqual(numFailedTests, 0, output + JSON.stringify(report))
        const passed = testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === "passed"))
        const has = (part: string) => passed.some(({ fullName }) => fullName.includes(name) && fullName.includes(part))
        for (const part of [
          "a success is what the contract says",
          "the attributes of the settings",
          "its sample",
          "each end in the tag"
        ]) {
          assert.isTrue(has(part), part)
        }
      }),
    600_000
  )
})
