// @effect-diagnostics anyUnknownInErrorContext:off
// @effect-diagnostics globalErrorInEffectCatch:off globalErrorInEffectFailure:off
/**
 * The shell commands and the JSON of the docs are used as they are written. What is not run is listed in Inputs.ts, with its reason.
 */
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Redacted, Stream } from "effect"
import { Customers } from "effect-dintero"
import { SeedLines } from "effect-dintero/embedded"
import { root } from "../../scripts/lib/Shell.js"
import * as Child from "../cli/Child.js"
import { commandsNotRun, type Place } from "./Inputs.js"
import * as System from "./System.js"
import * as Texts from "./Texts.js"

const curl: Place = { file: "docs/testing.md", contains: "/_embedded/clock/advance" }
const serve: Place = { file: "README.md", contains: "npx effect-dintero serve" }

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
    const places = [curl, serve, ...commandsNotRun]
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
    "README: serve listens, takes the README's seed, and ends at Ctrl-C",
    () =>
      Effect.gen(function* () {
        const [program, command, ...args] = Texts.text(Texts.shell, serve).trim().split(" ").slice(1)
        assert.deepStrictEqual([program, command, args], ["effect-dintero", "serve", []])
        const folder = yield* Child.folder
        const seed = join(folder, "seed.json")
        writeFileSync(seed, Texts.text(Texts.json, { file: "README.md", contains: '"accounts"' }))
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
        assert.strictEqual(JSON.parse(token).expires_in, Texts.readmeSeed().accounts[0]?.access_token_lifetime)
        yield* child.signal("SIGINT")
        assert.strictEqual((yield* child.ended).code, 0)
      }),
    60_000
  )
})

describe("the JSON of the docs", () => {
  it("is used here: README's seed and the fault script of docs/testing.md", () => {
    assert.deepStrictEqual(
      Texts.json.map(({ file }) => file),
      ["README.md", "docs/testing.md"]
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
