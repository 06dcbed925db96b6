/**
 * A process dies in the middle of a rotation, and another one continues with the session. All four rules of rotation are in
 * `npm run proof -- tokens`; here are those that differ most.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { directory } from "../stores/Stores.js"
import { kills, points } from "./Shared.js"

describe("a process is killed at the six points of a rotation", () => {
  for (const rotation of ["until-used", "strict"] as const) {
    it.scopedLive(
      `${rotation}: ${rotation === "strict" ? "6/6 recovered or SessionExpired" : "6/6 recovered"}`,
      () =>
        Effect.gen(function* () {
          const results = yield* kills(rotation, yield* directory)
          for (const { point, signal } of results) assert.strictEqual(signal, "SIGKILL", point)
          assert.deepStrictEqual(
            results.map(({ end, point }) => [point, end]),
            // The server has used the token up, and the only one who heard of its successor is dead.
            points.map((point) => [
              point,
              rotation === "strict" && (point === "acted" || point === "received") ? "SessionExpired" : "recovered"
            ])
          )
        }),
      60_000
    )
  }
})
