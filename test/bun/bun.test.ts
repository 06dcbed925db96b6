/**
 * The package on Bun: a real Bun runs a program of its own, since what differs is the runtime.
 * Where there is none the test is skipped, but for in CI, where it fails.
 */
import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { root } from "../cli/Child.js"
import { needed } from "../utils/Needed.js"
import * as Runtimes from "../utils/Runtimes.js"

const availability = needed(Runtimes.bun.isThere(), Runtimes.bun.reason)

const [
  {
    account_id,
    clients: [{ client_id, client_secret }]
  }
] = DinteroEmbedded.demoSeed.accounts

const run = (env: NodeJS.ProcessEnv) =>
  Effect.async<{ readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = execFile(
      Runtimes.bun.path,
      ["test/bun/Script.ts"],
      { cwd: root, env: { ...process.env, ...env } },
      (_error, stdout, stderr) => resume(Effect.succeed({ stdout, stderr }))
    )
    return Effect.sync(() => child.kill())
  })

describe.skipIf(availability.isSkipped)(`on Bun${availability.note}`, () => {
  it.scopedLive(
    "a login against the embedded system in process; the settings of a served one over FetchTransport and over UndiciTransport",
    () =>
      Effect.gen(function* () {
        const { url } = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
        const { stderr, stdout } = yield* run({
          DINTERO_ACCOUNT_ID: account_id,
          DINTERO_CLIENT_ID: client_id,
          DINTERO_CLIENT_SECRET: client_secret,
          DINTERO_BASE_URL: url
        })
        assert.strictEqual(stderr, "")
        assert.deepStrictEqual(JSON.parse(stdout), {
          bun: true,
          right: "Bearer",
          wrong: "CredentialsRefused",
          fetch: "uuid",
          undici: "uuid",
          many: 100
        })
      }),
    60_000
  )
})
