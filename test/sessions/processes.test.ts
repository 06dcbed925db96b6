/**
 * Processes that share one session and all need another token at the same time. In full in `npm run proof -- tokens`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { directory } from "../stores/Stores.js"
import * as RedisServer from "../utils/RedisServer.js"
import { shared } from "./Shared.js"

const holds = (result: Effect.Effect.Success<ReturnType<typeof shared>>) => {
  const { millis: _, rounds, ...figures } = result
  assert.deepStrictEqual(figures, { refreshes: rounds, refused: 0, differing: 0, failures: [] })
}

describe("8 processes make one refresh in each round, none is refused, and all get the same token", () => {
  for (const [rotation, rounds, name] of [
    ["until-used", 30, "30 rounds (reduced from 200)"],
    ["strict", 10, "10 rounds (reduced from 200)"]
  ] as const) {
    it.scopedLive(
      `over a file, ${rotation}, ${name}`,
      () =>
        Effect.map(
          Effect.flatMap(directory, (place) => shared("file", place, rotation, rounds)),
          holds
        ),
      240_000
    )
    it.scopedLive.skipIf(!RedisServer.available)(
      `over Redis, ${rotation}, ${name}${RedisServer.note}`,
      () =>
        Effect.map(
          Effect.flatMap(RedisServer.make, ({ url }) => shared("redis", Redacted.value(url), rotation, rounds)),
          holds
        ),
      240_000
    )
  }
})
