/**
 * A test that is skipped says why, and how to have it run. In CI nothing is skipped.
 */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { filesBelow, root } from "../../scripts/lib/Shell.js"

/** The tests of the page and of Redis, on a machine that has no Chromium and no Redis. */
const without = (more: Readonly<Record<string, string>>) =>
  Effect.async<{ readonly failed: boolean; readonly output: string }>((resume) => {
    const { CI: _1, VITEST: _2, ...inherited } = process.env
    execFile(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "run", "test/inspector/InspectorPage.test.ts", "test/stores/redis.test.ts"],
      { cwd: root, env: { ...inherited, NO_COLOR: "1", CHROMIUM_PATH: "/nowhere", REDIS_SERVER: "/nowhere", ...more } },
      (error, stdout, stderr) => resume(Effect.succeed({ failed: error !== null, output: stdout + stderr }))
    )
  })

describe("what a test needs of the machine", () => {
  it.live(
    "is named when it is not there, with how to get it, and the tests are skipped",
    () =>
      Effect.gen(function* () {
        const { failed, output } = yield* without({})
        assert.isFalse(failed, output)
        assert.match(output, /skipped: no Chromium; install it with apt-get install chromium, or give its path as CHROMIUM_PATH/)
        assert.match(
          output,
          /skipped: no redis-server; install it with apt-get install redis-server, or give its path as REDIS_SERVER/
        )
        assert.match(output, /InspectorPage\.test\.ts \((\d+) tests \| \1 skipped\)/)
        // Some of its tests need no server.
        assert.match(output, /redis\.test\.ts \(\d+ tests \| \d+ skipped\)/)
      }),
    180_000
  )

  it.live(
    "fails the tests in CI, with the same words",
    () =>
      Effect.gen(function* () {
        const { failed, output } = yield* without({ CI: "true" })
        assert.isTrue(failed)
        assert.match(output, /Error: There is no Chromium; install it with/)
        assert.match(output, /Error: There is no redis-server; install it with/)
        assert.match(output, /Test Files +2 failed/)
      }),
    180_000
  )

  it("is the only reason to skip a test, and is in its title", () => {
    const reasons = filesBelow("test", ".ts")
      .filter((path) => !path.endsWith("needed.test.ts"))
      .flatMap((path) => readFileSync(path, "utf8").match(/\.(?:skip|todo|runIf)\(|\.skipIf\(.*?\)\(/g) ?? [])
    assert.deepStrictEqual([...new Set(reasons)].sort(), [
      // Of the tests that need curl, or an IPv6 address of this machine.
      ".skip(",
      ".skipIf(!RedisServer.available)(",
      ".skipIf(PostgresServer.isSkipped)(",
      ".skipIf(availability.isSkipped)(",
      ".skipIf(isRedis && !RedisServer.available)(",
      ".skipIf(isSkipped)(",
      ".skipIf(options.skip === true)(",
      ".skipIf(skip === true)(",
      ".skipIf(skip)("
    ])
  })
})
