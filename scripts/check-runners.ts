/**
 * `npm run check:runners`: the package under Jest's module loader, which links modules by itself and takes the globals away at the end
 * of a test file, and in bundles. Packs the library and installs the tarball with both in an empty folder.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { failed, ok, root, run, runSteps, type Step } from "./lib/Shell.js"

const { devDependencies, name, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly name: string
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const jest = "30.5.2"
const esbuild = "0.28.2"

const work = mkdtempSync(join(tmpdir(), "effect-dintero-runners-"))
const consumer = join(work, "consumer")

const node = (args: ReadonlyArray<string>) => run(process.execPath, args, { cwd: consumer })

/** The last of each file is what runs when its environment is taken down. */
const tests: Readonly<Record<string, string>> = {
  "call.test.js": `
    test("a call is the last thing that happens", async () => {
      const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
      expect(await Effect.runPromise(Effect.provide(settings, DinteroEmbedded.layer()))).toBeDefined()
    })`,
  "start.test.js": `
    test("a system that starts and ends at once", () => Effect.runPromise(Effect.scoped(DinteroEmbedded.make())))`,
  "serve.test.js": `
    test("two systems are served at the same time, and their pages asked for together", async () => {
      const paths = ["/", "/docs", "/docs/openapi.json"]
      const one = Effect.flatMap(DinteroEmbedded.serve(), ({ url }) =>
        Effect.promise(() => Promise.all(paths.map((path) => fetch(url + path).then(({ status }) => status)))))
      const statuses = await Effect.runPromise(Effect.scoped(Effect.all([one, one], { concurrency: 2 })))
      expect(statuses).toEqual([[200, 200, 200], [200, 200, 200]])
    })`
}

const imports = `
import { expect, test } from "@jest/globals"
import { Effect } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
`

const served = `
import { Effect } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"

Effect.flatMap(DinteroEmbedded.serve(), ({ url }) => Effect.promise(() => fetch(url).then((answer) => answer.text()))).pipe(
  Effect.scoped,
  Effect.runPromise
).then(console.log)
`

const bundled = (format: "esm" | "cjs"): Step => ({
  name: `bundle-${format}`,
  run: async () => {
    const file = join(consumer, `bundle.${format === "esm" ? "mjs" : "cjs"}`)
    writeFileSync(join(consumer, "served.js"), served)
    const options = [
      "--bundle",
      "--platform=node",
      `--format=${format}`,
      "--external:libsql",
      "--log-level=error",
      `--outfile=${file}`,
      // A package of `@effect/platform-node` calls `require`, which a module does not have.
      ...(format === "esm"
        ? ['--banner:js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url)']
        : [])
    ]
    const built = await run(join(consumer, "node_modules", ".bin", "esbuild"), ["served.js", ...options], { cwd: consumer })
    if (built.code !== 0) return built
    const { code, output, stdout } = await node([file])
    return code === 0 && /<script type="module">/.test(stdout) ? ok(`a page of ${stdout.length} characters`) : failed(output)
  }
})

const steps: ReadonlyArray<Step> = [
  {
    name: "install",
    run: async () => {
      const packed = await run("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", work])
      if (packed.code !== 0) return packed
      const tarball = readdirSync(work).find((file) => file.endsWith(".tgz"))
      if (tarball === undefined) return failed("npm pack wrote no tarball")
      mkdirSync(consumer)
      writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
      const peers = Object.keys(peerDependencies).map((peer) => `${peer}@${devDependencies[peer] ?? peerDependencies[peer]}`)
      const flags = ["--save-exact", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
      const packages = [join(work, tarball), ...peers, `jest@${jest}`, `esbuild@${esbuild}`]
      const installed = await run("npm", ["install", ...flags, ...packages], { cwd: consumer })
      return installed.code === 0 ? ok(`${name}, jest ${jest}, esbuild ${esbuild}`) : installed
    }
  },
  {
    name: "jest",
    hint: "Whatever runs on after the last test of a file ends in an error here.",
    run: async () => {
      for (const [file, text] of Object.entries(tests)) writeFileSync(join(consumer, file), `${imports}${text}\n`)
      const result = await node(["--experimental-vm-modules", join("node_modules", "jest", "bin", "jest.js"), "--ci"])
      const passed = `Tests:       ${Object.keys(tests).length} passed`
      return result.code === 0 && result.output.includes(passed) ? ok(passed) : failed(result.output)
    }
  },
  bundled("esm"),
  bundled("cjs")
]

try {
  await runSteps("runners", steps)
} finally {
  rmSync(work, { recursive: true, force: true })
}
