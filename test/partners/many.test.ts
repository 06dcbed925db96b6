/**
 * Hundreds of merchants in one process.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Account, Customers, Partner, RetryPolicy } from "effect-dintero"
import { tell } from "../utils/Claim.js"
import * as Scripted from "../utils/ScriptedServer.js"
import * as Service from "./Service.js"

const merchants = Array.from({ length: 500 }, (_, index) => Service.merchantOf(index))

/** Enough for a machine that is busy with other things. */
const patient = RetryPolicy.none.pipe(RetryPolicy.deadline("2 minutes"), RetryPolicy.attemptTimeout("2 minutes"))

const options = {
  accountId: Service.partner,
  clientId: "shop",
  clientSecret: Redacted.make(Service.clientSecret),
  retry: patient
}

const overSockets = (service: Service.Service) =>
  Effect.gen(function* () {
    const answer = Service.overHttp(service, () => server.seen.at(-1)?.body ?? "")
    const server: Scripted.ScriptedServer = yield* Scripted.make({ token: answer, resource: answer })
    return Partner.layer({ ...options, baseUrl: server.origin, capacity: 500 }).pipe(Layer.provide(FetchHttpClient.layer))
  })

/** Four calls at once on the account of each, whose merchants are at work a hundred at a time. */
const fourEach = (look: Effect.Effect<unknown>) =>
  Effect.flatMap(Customers, (customers) =>
    Effect.forEach(
      merchants,
      (merchant) =>
        Effect.forEach([1, 2, 3, 4], () => customers.settings.get(), { concurrency: "unbounded" }).pipe(
          Account.with(merchant),
          Effect.zipRight(look)
        ),
      { concurrency: 100, discard: true }
    )
  )

const each = (counts: ReadonlyMap<string, number>, expected: number): void =>
  assert.deepStrictEqual(
    merchants.filter((merchant) => counts.get(merchant) !== expected),
    []
  )

describe("500 merchants, four calls at once on the account of each", () => {
  it.scopedLive(
    "take 500 exchange tokens, 500 access tokens and one token of the partner, and no more",
    (context) =>
      Effect.gen(function* () {
        const service = Service.make()
        yield* Effect.provide(fourEach(Effect.void), yield* overSockets(service))
        const [ofPartner, exchange, client] = service.counts()
        tell(context, {
          measured: `${exchange} exchange tokens, ${client} access tokens and ${ofPartner} of the partner for ${merchants.length} merchants with 4 calls each`
        })
        assert.deepStrictEqual([ofPartner, exchange, client], [1, 500, 500])
        each(service.issued.exchange, 1)
        each(service.issued.client, 1)
        each(service.calls, 4)
      }),
    300_000
  )

  it.effect(
    "keep the tokens of 100 merchants at most, with the default capacity",
    (context) =>
      Effect.gen(function* () {
        const service = Service.make()
        const most = yield* Effect.gen(function* () {
          const { kept } = yield* Partner.Partner
          let most = 0
          const look = Effect.map(kept, (count) => {
            most = Math.max(most, count)
          })
          yield* fourEach(look)
          assert.strictEqual(yield* kept, 100)
          return most
        }).pipe(Effect.provide(Partner.layer(options).pipe(Layer.provide(Service.mock(service).layer))))
        tell(context, {
          measured: `at most ${most} of ${merchants.length} merchants kept, and ${service.counts()[1]} exchange tokens`
        })
        assert.strictEqual(most, 100)
        assert.deepStrictEqual(service.counts(), [1, 500, 500])
        each(service.calls, 4)
      }),
    300_000
  )
})
