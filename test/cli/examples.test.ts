import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { root, run } from "./Child.js"

describe("every example runs, and ends by itself", () => {
  for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"))) {
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const { code, signal, stderr, stdout } = yield* run(`examples/${name}`, [])
          assert.deepStrictEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" }, stdout)
          // No token, no secret.
          assert.notMatch(stdout, /eyJ[\w-]{20}|public-and|public-as|correct horse/)
        }),
      180_000
    )
  }
})
