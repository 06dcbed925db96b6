import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { needless, run, wrongs } from "./Skew.js"

describe("a local clock that is wrong", () => {
  it.live("right clocks: each token is renewed once an hour, and the second process asks for no token", () =>
    Effect.gen(function* () {
      const [one = [], two = []] = yield* run({ first: 0, later: 0, other: 0 })
      // In 200 minutes the client gets 4 tokens; the customer a login and 3 refreshes.
      assert.strictEqual(one.filter((call) => call === "auth.token 200").length, 7)
      assert.strictEqual(two.filter((call) => call === "auth.token 200").length, 0)
    })
  )

  for (const wrong of wrongs) {
    // A process whose clock cannot be right asks for a client token, with which it learns the server's time.
    const refreshes = wrong.other === 0 ? 0 : 1
    it.live(`${wrong.name}: no needless refusal, and ${refreshes === 0 ? "no needless token" : "one client token more"}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* needless(wrong), { refused: 0, refreshes })
      })
    )
  }
})
