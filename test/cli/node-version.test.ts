/**
 * The command on a version of Node that is too old. `npm run check:platforms` starts it on a real Node 18.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as NodeVersion from "../../src/cli/NodeVersion.js"
import { root } from "./Child.js"

const refusal = (version: string) =>
  NodeVersion.check(version).pipe(
    Effect.match({ onFailure: ({ exitCode, message }) => ({ exitCode, message }), onSuccess: () => undefined })
  )

describe("the version of Node", () => {
  it.effect("is refused in a sentence below 20, and in no later version", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal("18.20.8"), {
        exitCode: undefined,
        message: "effect-dintero needs Node 20 or later, and this is Node 18.20.8"
      })
      for (const version of ["20.0.0", "22.1.0", "100.0.0"]) assert.isUndefined(yield* refusal(version), version)
    })
  )

  it.effect("agrees with the engines of package.json", () =>
    Effect.gen(function* () {
      const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
      const oldest = /^>=(\d+)$/.exec(engines.node)?.[1]
      assert.isUndefined(yield* refusal(`${oldest}.0.0`))
      assert.isDefined(yield* refusal(`${Number(oldest) - 1}.99.0`))
    })
  )
})
