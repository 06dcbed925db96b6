/**
 * `npm run check:runners`: the package under the test runners of users, and in bundles. Packs the library and installs the tarball with all of
 * them in an empty folder. The tests of a small application run under each runner. Jest has tests of its own: its module loader links modules by
 * itself, and takes the globals away at the end of a test file. `npm run check:runners -- FILE.tgz` takes a package that was packed before.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv } from "node:process"
import { stripVTControlCharacters } from "node:util"
import { failed, ok, root, run, runSteps, type Step } from "./lib/Shell.js"
import { packInto } from "./lib/Tarball.js"

const { devDependencies, name, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly name: string
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

const jest = "30.5.2"
const esbuild = "0.28.2"
const vitest = devDependencies.vitest

/** What hangs is stopped, and what a busy machine takes long for is not: a login computes a real password hash. */
const testTimeout = 60_000

const work = mkdtempSync(join(tmpdir(), "effect-dintero-runners-"))
const consumer = join(work, "consumer")

const node = (args: ReadonlyArray<string>) => run(process.execPath, args, { cwd: consumer })

/** An application of a user, which retries a call by itself. */
const application = `
import { Effect, Schedule } from "effect"
import { Customers } from "effect-dintero"

export const signIn = (email, password) =>
  Effect.flatMap(Customers, (customers) =>
    customers.password.login({ type: "customer", email, password, audience: "https://api.dintero.com/v1/accounts/T12345678" })
  ).pipe(
    Effect.retry({ while: ({ _tag }) => _tag === "RateLimited", schedule: Schedule.spaced("1 minute") }),
    Effect.as("welcome"),
    Effect.catchTag("CredentialsRefused", () => Effect.succeed("try again"))
  )
`

/** Its tests, for any runner: with functions in the place of the client, with a clock that the test moves, with the embedded system. */
const userTests = `
import assert from "node:assert/strict"
import { stripVTControlCharacters } from "node:util"
import { Effect, Fiber, Redacted, TestClock, TestContext } from "effect"
import { CredentialsRefused, Dintero, RateLimited } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { signIn } from "./application.js"

const guess = signIn("ada@example.com", Redacted.make("a guess"))

test("a wrong password, with a function instead of the client", async () => {
  const refused = Dintero.layerTest({ customers: { password: { login: () => Effect.fail(CredentialsRefused.forTest()) } } })
  assert.equal(await Effect.runPromise(Effect.provide(guess, refused)), "try again")
})

test("too many logins, with a clock that the test moves", async () => {
  let calls = 0
  const login = () => Effect.suspend(() => Effect.fail(++calls < 3 ? RateLimited.forTest() : CredentialsRefused.forTest()))
  const program = Effect.gen(function* () {
    const fiber = yield* Effect.fork(guess)
    yield* TestClock.adjust("1 minute")
    assert.equal(calls, 2)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })
  const answer = await program.pipe(
    Effect.provide(Dintero.layerTest({ customers: { password: { login } } })),
    Effect.provide(TestContext.TestContext),
    Effect.runPromise
  )
  assert.deepEqual({ answer, calls }, { answer: "try again", calls: 3 })
})

test("a right and a wrong password, with the embedded system", async () => {
  const right = signIn("ada@example.com", Redacted.make(DinteroEmbedded.demoPassword))
  const both = Effect.provide(Effect.all([right, guess]), DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests }))
  assert.deepEqual(await Effect.runPromise(both), ["welcome", "try again"])
})
`

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
      const packed = await packInto(work, argv[2])
      if (packed.code !== 0) return packed
      mkdirSync(consumer)
      writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
      const peers = Object.keys(peerDependencies).map((peer) => `${peer}@${devDependencies[peer] ?? peerDependencies[peer]}`)
      const flags = ["--save-exact", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
      const packages = [join(work, packed.output), ...peers, `jest@${jest}`, `esbuild@${esbuild}`, `vitest@${vitest}`]
      const installed = await run("npm", ["install", ...flags, ...packages], { cwd: consumer })
      writeFileSync(join(consumer, "application.js"), application)
      return installed.code === 0 ? ok(`${name}, jest ${jest}, esbuild ${esbuild}, vitest ${vitest}`) : installed
    }
  },
  {
    name: "jest",
    hint: "Whatever runs on after the last test of a file ends in an error here.",
    run: async () => {
      for (const [file, text] of Object.entries(tests)) writeFileSync(join(consumer, file), `${imports}${text}\n`)
      writeFileSync(join(consumer, "user.test.js"), `import { test } from "@jest/globals"\n${userTests}`)
      const result = await node([
        "--experimental-vm-modules",
        join("node_modules", "jest", "bin", "jest.js"),
        "--ci",
        `--testTimeout=${testTimeout}`
      ])
      const passed = `Tests:       ${Object.keys(tests).length + 3} passed`
      return result.code === 0 && result.output.includes(passed) ? ok(passed) : failed(result.output)
    }
  },
  {
    name: "vitest",
    run: async () => {
      writeFileSync(join(consumer, "user.vitest.js"), `import { test } from "vitest"\n${userTests}`)
      writeFileSync(
        join(consumer, "vitest.config.js"),
        `export default ${JSON.stringify({ test: { include: ["user.vitest.js"], testTimeout } })}\n`
      )
      const result = await node([join("node_modules", "vitest", "vitest.mjs"), "run"])
      // Coloured in CI.
      const output = stripVTControlCharacters(result.output)
      return result.code === 0 && /Tests +3 passed/.test(output) ? ok(`vitest ${vitest}: 3 passed`) : failed(result.output)
    }
  },
  {
    name: "node-test",
    run: async () => {
      writeFileSync(join(consumer, "user.node.js"), `import { test } from "node:test"\n${userTests}`)
      const result = await node(["--test", "--test-reporter=tap", "user.node.js"])
      return result.code === 0 && result.stdout.includes("# pass 3") ? ok("node:test: 3 passed") : failed(result.output)
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
