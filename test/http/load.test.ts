import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import { Customers, Dintero } from "effect-dintero"
import { samples, tell } from "../utils/Claim.js"
import * as Mock from "../utils/MockHttp.js"

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const updateSettings = Effect.flatMap(Customers, (customers) => customers.settings.update({}))

const seconds = samples(20, 3)

describe("1,000 calls a second of one operation, all failing", () => {
  it.effect(
    `are at most 1.2 times as many requests, and take no retry from another operation${seconds.note}`,
    (context) => {
      const perSecond = 1000
      let reads = 0
      let writes = 0
      const mock = Mock.make({
        resource: (request, count) => {
          if (request.method === "GET") {
            reads++
            return Mock.json(503, {})(request, count)
          }
          writes++
          // Every tenth write fails once: its retry is the next request.
          return Mock.json(writes % 11 === 1 ? 503 : 200, {})(request, count)
        }
      })
      return Effect.gen(function* () {
        let written = 0
        let asked = 0
        for (let tick = 0; tick < seconds.count * 10; tick++) {
          yield* Effect.replicateEffect(Effect.fork(Effect.ignore(getSettings)), perSecond / 10)
          if (tick % 2 === 0) {
            asked++
            yield* Effect.fork(Effect.match(updateSettings, { onFailure: () => {}, onSuccess: () => void written++ }))
          }
          yield* TestClock.adjust("100 millis")
        }
        yield* TestClock.adjust("1 minutes")
        const load = reads / (seconds.count * perSecond)
        tell(context, { measured: `${load.toFixed(4)} × the calls; ${written} of ${asked} calls of the other operation succeed` })
        assert.isAtMost(load, 1.2)
        // Each call reached the server at least once.
        assert.isAtLeast(load, 1)
        assert.deepStrictEqual([written, writes > asked], [asked, true])
      }).pipe(
        Effect.provide(
          Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
            Layer.provide(mock.layer)
          )
        )
      )
    },
    300_000
  )
})
