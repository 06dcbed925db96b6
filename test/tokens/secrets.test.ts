import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { samples, tell } from "../utils/Claim.js"
import { look } from "./Leaks.js"

const failures = samples(10_000, 1500)

describe("secrets", () => {
  it.live(
    `are in no error, log, span, metric, event, JSON text or inspection of random failures${failures.note}`,
    (context) =>
      Effect.gen(function* () {
        const found = yield* look(failures.count)
        tell(context, {
          measured: `${found.leaks.length} in ${found.failures} failures, ${found.logs} logs, ${found.spans} spans, ${found.events} events`
        })
        assert.deepStrictEqual(found.leaks, [])
        // It has looked at something.
        assert.isAtLeast(found.failures, failures.count)
        assert.isAtLeast(found.spans, failures.count)
        assert.isAtLeast(found.logs, 2 * failures.count)
        assert.isAtLeast(found.events, 50)
      }),
    300_000
  )
})
