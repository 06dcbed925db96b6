import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { look } from "./Leaks.js"

describe("secrets", () => {
  it.live(
    "are in no error, log, span, metric and event of 1,500 random failures (10,000 in the proof)",
    () =>
      Effect.gen(function* () {
        const found = yield* look(1500)
        assert.deepStrictEqual(found.leaks, [])
        // It has looked at something.
        assert.isAtLeast(found.failures, 1500)
        assert.isAtLeast(found.spans, 1500)
        assert.isAtLeast(found.logs, 3000)
        assert.isAtLeast(found.events, 50)
      }),
    300_000
  )
})
