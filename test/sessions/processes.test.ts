/**
 * Processes that share one session and all need another token at the same time. In full in `npm run proof -- tokens`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { directory } from "../stores/Stores.js"
import * as RedisServer from "../utils/RedisServer.js"
import { shared } from "./Shared.js"

const rounds = 20

const holds = (result: Effect.Effect.Success<ReturnType<typeof shared>>) => {
  const { millis: _, ...figures } = result
  assert.deepStrictEqual(figures, { rounds, refreshes: rounds, refused: 0, differing: 0, failures: [] })
}

describe(`8 processes, ${rounds} rounds (reduced): as many refreshes, none refused, one token for all`, () => {
  for (const rotation of ["until-used", "strict"] as const) {
    it.scopedLive(
      `over a file, ${rotation}`,
      () =>
        Effect.map(
          Effect.flatMap(directory, (place) => shared("file", place, rotation, rounds)),
          holds
        ),
      60_000
    )
    it.scopedLive.skipIf(!RedisServer.available)(
      `over Redis, ${rotation}`,
      () =>
        Effect.map(
          Effect.flatMap(RedisServer.make, ({ url }) => shared("redis", Redacted.value(url), rotation, rounds)),
          holds
        ),
      60_000
    )
  }
})
