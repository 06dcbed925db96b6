import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { tagNames } from "../operations/Samples.js"
import { targets } from "./Suite.js"

describe("each tag has a test file for each target, which runs its cases there", () => {
  for (const target of Object.keys(targets)) {
    it(target, () => {
      const folder = new URL(`${target}/`, import.meta.url)
      assert.sameMembers(
        readdirSync(folder),
        tagNames.map((tag) => `${tag}.test.ts`)
      )
      for (const tag of tagNames) {
        assert.strictEqual(
          readFileSync(new URL(`${tag}.test.ts`, folder), "utf8"),
          `import { targets } from "../Suite.js"\n\ntargets.${target}("${tag}")\n`
        )
      }
    })
  }
})
