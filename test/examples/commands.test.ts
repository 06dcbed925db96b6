// @effect-diagnostics anyUnknownInErrorContext:off
// @effect-diagnostics globalErrorInEffectCatch:off globalErrorInEffectFailure:off
/**
 * The shell commands and the JSON of the docs are used as they are written. What is not run is listed in Inputs.ts, with its reason.
 */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Redacted, Stream } from "effect"
import { Customers } from "effect-dintero"
import { SeedLines } from "effect-dintero/embedded"
import { blocks } from "../../scripts/lib/Examples.js"
import { bin, root } from "../../scripts/lib/Shell.js"
import * as Child from "../cli/Child.js"
import { commandsNotRun, type Place } from "./Inputs.js"
import * as System from "./System.js"
import * as Texts from "./Texts.js"

const curl: Place = { file: "docs/testing.md", contains: "/_embedded/clock/advance" }
const serve: Place = { file: "docs/serving.md", contains: "npx effect-dintero serve" }
const firstServe: Place = { file: "docs/getting-started.md", contains: "npx effect-dintero serve" }
const firstRun: Place = { file: "docs/getting-started.md", contains: "npx tsx first.ts" }

/** Each line has to succeed; curl alone does not fail when it is refused. */
const bash = (script: string, cwd: string, env: Readonly<Record<string, string>>) =>
  Effect.async<string, Error>((resume) => {
    const strict = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; echo; }\n'
    execFile("bash", ["-c", strict + script], { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.fail(new Error(`${error.message}\n${stdout}${stderr}`)))
    )
  })

describe("the commands of the docs", () => {
  it("are run here, or listed with the reason", () => {
    const places = [curl, serve, firstServe, firstRun, ...commandsNotRun]
    for (const place of places) assert.isNotEmpty(Texts.text(Texts.shell, place))
    assert.lengthOf(Texts.shell, places.length, "a command is neither run nor listed")
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    assert.strictEqual(scripts.start, "tsx examples/quickstart.ts")
    assert.strictEqual(scripts.test, "vitest run")
  })

  it.scopedLive(
    "docs/testing.md: curl moves the clock, reads the outbox and sets the fault script of the same page",
    () =>
      Effect.gen(function* () {
        const { folder, services, system } = yield* System.make(System.demo, { mfa: false, redis: false })
        writeFileSync(join(folder, "faults.json"), Texts.text(Texts.json, { file: "docs/testing.md", contains: '"rules"' }))
        yield* Context.get(services, Customers).password.requestChange({
          type: "customer",
          email: "ada@example.com",
          audience: "https://api.dintero.com/v1/accounts/T12345678"
        })
        const output = yield* bash(Texts.text(Texts.shell, curl), folder, {
          TOKEN: Redacted.value(system.adminToken),
          URL: system.url
        })
        assert.include(output, "ada@example.com")
        assert.isAtLeast((yield* system.clock.state).offset_millis, 86_400_000)
        assert.lengthOf(yield* system.faults.list, Texts.faultScript().rules.length)
      }),
    60_000
  )

  it.scopedLive(
    "docs/serving.md: serve listens, takes the seed of the page, and ends at Ctrl-C",
    () =>
      Effect.gen(function* () {
        const [program, command, ...args] = Texts.text(Texts.shell, serve).trim().split(" ").slice(1)
        assert.deepStrictEqual([program, command, args], ["effect-dintero", "serve", []])
        const folder = yield* Child.folder
        const seed = join(folder, "seed.json")
        writeFileSync(seed, Texts.seedText())
        const child = yield* Child.start(Child.cli, ["serve", "--seed", seed])
        const banner = yield* child.until(/http:\/\/127\.0\.0\.1:\d+/)
        const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(banner) ?? []
        const token = yield* bash(
          `curl -u shop:a-secret-of-your-own -H 'content-type: application/json' -d '${JSON.stringify({
            grant_type: "client_credentials",
            audience: "https://api.dintero.com/v1/accounts/T12345678"
          })}' $URL/v1/accounts/T12345678/auth/token`,
          folder,
          { URL: url }
        )
        assert.strictEqual(JSON.parse(token).expires_in, Texts.seed().accounts[0]?.access_token_lifetime)
        yield* child.signal("SIGINT")
        assert.strictEqual((yield* child.ended).code, 0)
      }),
    60_000
  )
})

describe("docs/getting-started.md", () => {
  it.scopedLive(
    "its program calls the system that its command serves, with the values of the page",
    () =>
      Effect.gen(function* () {
        const [program, command, ...args] = Texts.text(Texts.shell, firstServe).trim().split(" ").slice(1)
        assert.deepStrictEqual([program, command, args], ["effect-dintero", "serve", ["--port", "4711"]])
        // A port that is free here.
        const child = yield* Child.start(Child.cli, ["serve", "--port", "0"])
        const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(yield* child.until(/Ctrl-C/)) ?? []
        const [first] = blocks().filter(({ code, file }) => file === firstRun.file && code.includes("await Effect.runPromise("))
        const folder = join(root, ".tmp", `first-call-${crypto.randomUUID()}`)
        yield* Effect.acquireRelease(
          Effect.sync(() => mkdirSync(folder, { recursive: true })),
          () => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        writeFileSync(join(folder, "first.ts"), first?.code ?? "")
        const commands = Texts.text(Texts.shell, firstRun).replace("http://127.0.0.1:4711", url)
        assert.strictEqual(yield* bash(commands.replace("npx tsx", bin("tsx")), folder, {}), "ada: ada@example.com\n")
      }),
    60_000
  )
})

describe("the JSON of the docs", () => {
  it("is used here: the seed of docs/serving.md and the fault script of docs/testing.md", () => {
    assert.deepStrictEqual(
      Texts.json.map(({ file }) => file),
      ["docs/serving.md", "docs/testing.md"]
    )
  })

  it.effect("has a seed in lines, which is valid", () =>
    Effect.gen(function* () {
      assert.lengthOf(Texts.ndjson, 1)
      const lines = (Texts.ndjson[0]?.code ?? "").split("\n")
      const { seed } = yield* SeedLines.read(() => Stream.toAsyncIterable(Stream.fromIterable(lines)))
      assert.deepStrictEqual(seed.accounts, [{ account_id: "T12345678", clients: [], tags: [{ tag: "vip" }] }])
    })
  )
})
