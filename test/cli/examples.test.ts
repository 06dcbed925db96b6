import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { root, run } from "./Child.js"

describe("every example runs, and ends by itself", () => {
  for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"))) {
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const [took, { code, signal, stderr, stdout }] = yield* Effect.timed(run(`examples/${name}`, []))
          assert.deepStrictEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" }, stdout)
          assert.isBelow(Duration.toSeconds(took), 15)
          // No token, no secret.
          assert.notMatch(stdout, /eyJ[\w-]{20}|public-and|public-as|correct horse/)
        }),
      60_000
    )
  }
})
