/**
 * A process dies in the middle of a rotation, and another one continues with the session. A run of all tests has the two rules of rotation that
 * differ most, and `npm run proof -- tokens` has all four.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { directory } from "../stores/Stores.js"
import { isWhole, tell } from "../utils/Claim.js"
import { kills, leaseMillis, points } from "./Shared.js"

const rotations = isWhole ? (["none", "until-used", "grace", "strict"] as const) : (["until-used", "strict"] as const)

describe("a process is killed at the six points of a rotation", () => {
  for (const rotation of rotations) {
    it.scopedLive(
      `${rotation}: ${rotation === "strict" ? "6/6 recovered or SessionExpired" : "6/6 recovered"}`,
      (context) =>
        Effect.gen(function* () {
          const results = yield* kills(rotation, yield* directory)
          const recovered = results.filter(({ end }) => end === "recovered").length
          tell(context, {
            measured: `${recovered} of ${results.length} recovered`,
            took: { millis: Math.max(...results.map(({ waited }) => waited)), limit: leaseMillis + 1000 }
          })
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
      300_000
    )
  }
})
