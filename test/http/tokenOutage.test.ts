/**
 * Many calls each second while the token endpoint is down: what fails, and how often the endpoint is asked.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { AccessTokens, Dintero, RetryPolicy } from "effect-dintero"
import { samples, tell } from "../utils/Claim.js"
import * as ManualClock from "../utils/ManualClock.js"
import * as Mock from "../utils/MockHttp.js"

const perSecond = samples(1000, 100)

/** Begins with a token of `life` seconds that has so many `left`; with none when that is 0. */
const outage = (life: number, left: number, seconds: number) => {
  const moved = ManualClock.make()
  let isDown = left === 0
  const mock = Mock.make({
    token: (request, count) => (isDown ? Mock.json(503, {}) : Mock.numberedTokens(life))(request, count)
  })
  return Effect.gen(function* () {
    const tokens = yield* AccessTokens
    if (left > 0) {
      yield* tokens.get
      yield* moved.advance((life - left) * 1000)
    }
    isDown = true
    const before = mock.tokens()
    let calls = 0
    let failed = 0
    const one = Effect.match(tokens.get, { onFailure: () => void failed++, onSuccess: () => {} })
    const counted = Effect.zipRight(
      Effect.sync(() => void calls++),
      one
    )
    for (let tick = 0; tick < seconds * 10; tick++) {
      yield* Effect.fork(Effect.repeatN(counted, perSecond.count / 10 - 1))
      yield* moved.advance(100)
    }
    return { calls, failed, asked: mock.tokens() - before }
  }).pipe(
    Effect.provide(
      Dintero.layer({
        accountId: "T12345678",
        clientId: "client",
        clientSecret: Redacted.make("secret"),
        retry: RetryPolicy.default
      }).pipe(Layer.provide(mock.layer))
    ),
    Effect.withClock(moved.clock)
  )
}

describe(`the token endpoint is down while 1,000 calls a second need it${perSecond.note}`, () => {
  it.live(
    "for 299 of the 300 seconds that the token has left: no call fails",
    (context) =>
      Effect.gen(function* () {
        const { asked, calls, failed } = yield* outage(3600, 300, 299)
        tell(context, { measured: `${failed} of ${calls} calls failed, ${asked} token requests` })
        assert.deepStrictEqual([calls, failed], [299 * perSecond.count, 0])
      }),
    300_000
  )

  for (const [name, life, left] of [
    ["without a token", 3600, 0],
    ["with a token that is good to the end of it", 3600, 300],
    ["with a token that expires after a minute", 60, 60]
  ] as const) {
    it.live(
      `for 5 minutes, ${name}: at most 10 token requests`,
      (context) =>
        Effect.gen(function* () {
          const { asked, calls, failed } = yield* outage(life, left, 300)
          tell(context, { measured: `${asked} token requests (${failed} of ${calls} calls failed)` })
          assert.strictEqual(calls, 300 * perSecond.count)
          assert.isAtMost(asked, 10)
          assert.isAtLeast(asked, 1)
        }),
      300_000
    )
  }
})
