/**
 * Processes that share one session and all need another token at the same time.
 */
import { assert, describe, it, type TestContext } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { directory } from "../stores/Stores.js"
import { samples, tell } from "../utils/Claim.js"
import * as RedisServer from "../utils/RedisServer.js"
import { shared } from "./Shared.js"

const holds = (context: TestContext, result: Effect.Effect.Success<ReturnType<typeof shared>>) => {
  const { millis, rounds, ...figures } = result
  tell(context, {
    measured: `${result.refreshes} refreshes, ${result.refused} refused, ${result.differing} rounds with differing tokens; ${(millis / 1000).toFixed(1)} s`
  })
  assert.deepStrictEqual(figures, { refreshes: rounds, refused: 0, differing: 0, failures: [] })
}

describe("8 processes make one refresh in each round, none is refused, and all get the same token", () => {
  for (const [rotation, { count: rounds, note }] of [
    ["until-used", samples(200, 30)],
    ["strict", samples(200, 10)]
  ] as const) {
    const name = `${rounds} rounds${note}`
    it.scopedLive(
      `over a file, ${rotation}, ${name}`,
      (context) =>
        Effect.map(
          Effect.flatMap(directory, (place) => shared("file", place, rotation, rounds)),
          (result) => holds(context, result)
        ),
      480_000
    )
    it.scopedLive.skipIf(!RedisServer.available)(
      `over Redis, ${rotation}, ${name}${RedisServer.note}`,
      (context) =>
        Effect.map(
          Effect.flatMap(RedisServer.make, ({ url }) => shared("redis", Redacted.value(url), rotation, rounds)),
          (result) => holds(context, result)
        ),
      480_000
    )
  }
})
