import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Metric, Option, Redacted, Scope, TestClock } from "effect"
import { AccessTokens, Customers, Dintero, RefreshPolicy, RetryPolicy } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const options: Dintero.Options = {
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.none
}

const over = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ ...options, ...more }).pipe(Layer.provide(mock.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const currentToken = Effect.flatMap(AccessTokens, (tokens) => Effect.map(tokens.get, ({ value }) => Redacted.value(value)))
const bearers = (mock: Mock.MockHttp) =>
  mock.requests.filter(({ url }) => url.endsWith("/settings")).map(({ headers }) => headers.authorization)

describe("one token for all", () => {
  it.live("a call with a token at hand starts no more fibers than one without a token", () => {
    const place = { country: "NO", postal_code: "0349", postal_place: "OSLO" }
    const getPlace = Effect.flatMap(Customers, (customers) =>
      customers.addresses.postalPlace({ country: "no", postal_code: "0349" })
    )
    const fibersOf = <E>(call: Effect.Effect<unknown, E, Customers>) =>
      Effect.gen(function* () {
        yield* call
        const { count: before } = yield* Metric.value(Metric.fiberStarted)
        yield* Effect.repeatN(call, 9)
        const { count: after } = yield* Metric.value(Metric.fiberStarted)
        return after - before
      })
    const mock = Mock.make({ resource: Mock.json(200, place) })
    return Effect.gen(function* () {
      assert.strictEqual(yield* fibersOf(getSettings), yield* fibersOf(getPlace))
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("1,000 concurrent first calls make 1 token request", () => {
    const mock = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => getSettings),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(all)
      assert.strictEqual(mock.tokens(), 1)
      assert.strictEqual(mock.resources(), 1000)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect(
    "1,000 concurrent first calls whose token request is not answered in time make 2 requests, one after the other",
    () => {
      let pending = 0
      let most = 0
      const counted =
        (answer: Mock.Answer): Mock.Answer =>
        (request, count) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              most = Math.max(most, ++pending)
            }),
            () => answer(request, count),
            () => Effect.sync(() => pending--)
          )
      const mock = Mock.make({
        token: Mock.script(counted(Mock.later(60_000, Mock.numberedTokens(3600))), counted(Mock.numberedTokens(3600)))
      })
      return Effect.gen(function* () {
        const all = yield* Effect.fork(
          Effect.all(
            Array.from({ length: 1000 }, () => getSettings),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual(mock.tokens(), 1)
        // The attempt's 10 seconds and the wait before the retry: what a busy machine can bring about too. It is no second flight.
        yield* TestClock.adjust("15 seconds")
        yield* Fiber.join(all)
        assert.deepStrictEqual([mock.tokens(), most, mock.resources()], [2, 1, 1000])
      }).pipe(Effect.provide(over(mock, { retry: RetryPolicy.default })))
    }
  )

  it.effect("the first of 100 waiters is interrupted: 99 succeed, 1 request", () => {
    const mock = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const first = yield* Effect.fork(currentToken)
      const others = yield* Effect.forEach(Array.from({ length: 99 }), () => Effect.fork(currentToken))
      yield* TestClock.adjust("10 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(new Set(yield* Fiber.join(Fiber.all(others))), new Set(["t1"]))
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("all waiters are interrupted: the token that they asked for is still kept", () => {
    const mock = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const waiters = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.fork(currentToken))
      yield* TestClock.adjust("10 millis")
      yield* Fiber.interruptAll(waiters)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* currentToken, "t1")
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("a failed request fails all who waited, and all who come within the next second; then somebody asks again", () => {
    const mock = Mock.make({ token: Mock.script(Mock.later(50, Mock.json(500, {})), Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 100 }, () => Effect.flip(getSettings)),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("500 millis")
      const errors = yield* Fiber.join(all)
      assert.deepStrictEqual(new Set(errors.map(({ _tag }) => _tag)), new Set(["ServerError"]))
      assert.strictEqual((yield* Effect.flip(getSettings))._tag, "ServerError")
      assert.strictEqual(mock.tokens(), 1)
      yield* TestClock.adjust("1 second")
      yield* getSettings
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("a caller's own retry policy does not become that of the token that all wait for", () => {
    const mock = Mock.make({ token: Mock.script(Mock.json(503, {}), Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const one = yield* Effect.fork(RetryPolicy.with(getSettings, RetryPolicy.none))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(one)
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock, { retry: RetryPolicy.default })))
  })
})

describe("a refused token", () => {
  it.effect("1,000 concurrent 401s make 1 new token; each call is sent once more", () => {
    const mock = Mock.make({
      resource: (request, count) =>
        Mock.later(10, request.headers.authorization === "Bearer t1" ? Mock.json(401, {}) : Mock.json(200, {}))(request, count)
    })
    return Effect.gen(function* () {
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => getSettings),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(all)
      assert.strictEqual(mock.tokens(), 2)
      assert.strictEqual(mock.resources(), 2000)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("late 401s for a token that was replaced meanwhile cost no token request", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const first = yield* tokens.get
      yield* tokens.invalidate(first.generation)
      const second = yield* tokens.get
      yield* Effect.all(
        Array.from({ length: 1000 }, () => tokens.invalidate(first.generation)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* tokens.get, second)
      assert.strictEqual(second.generation, first.generation + 1)
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("is replaced once and no more: a service that refuses every token ends in Unauthorized", () => {
    const mock = Mock.make({ resource: Mock.json(401, { error: { message: "no" } }) })
    return Effect.gen(function* () {
      const error = yield* Effect.flip(getSettings)
      assert.strictEqual(error._tag, "Unauthorized")
      assert.deepStrictEqual(bearers(mock), ["Bearer t1", "Bearer t2"])
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("renewal", () => {
  it.effect("happens ahead of expiry in the background: nobody waits", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), Mock.later(2000, Mock.numberedTokens(3600))) })
    return Effect.gen(function* () {
      yield* getSettings
      yield* TestClock.adjust("54 minutes")
      yield* getSettings
      assert.strictEqual(mock.tokens(), 1, "5 minutes ahead, not sooner")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* currentToken, "t1", "the current token is used while the next one is on its way")
      assert.strictEqual(mock.tokens(), 2)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* currentToken, "t2")
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("a failed renewal fails no call while the token lives, and is not tried again for 30 seconds", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), Mock.json(500, {})) })
    return Effect.gen(function* () {
      yield* getSettings
      yield* TestClock.adjust("56 minutes")
      for (let second = 0; second < 120; second++) {
        yield* getSettings
        yield* TestClock.adjust("1 seconds")
      }
      assert.isAtMost(mock.tokens(), 1 + 120 / 30)
      assert.isAtLeast(mock.tokens(), 3)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("an expired token is never sent", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      yield* getSettings
      yield* TestClock.adjust("2 hours")
      yield* getSettings
      assert.deepStrictEqual(bearers(mock), ["Bearer t1", "Bearer t2"])
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("a token that expires during the waits of a retry is not sent again", () => {
    const mock = Mock.make({
      token: Mock.numberedTokens(20),
      resource: Mock.script(Mock.json(503, {}, { "retry-after": "25" }), Mock.json(200, {}))
    })
    return Effect.gen(function* () {
      const call = yield* Effect.fork(getSettings)
      yield* TestClock.adjust("1 minutes")
      yield* Fiber.join(call)
      assert.deepStrictEqual(bearers(mock), ["Bearer t1", "Bearer t2"])
    }).pipe(Effect.provide(over(mock, { retry: RetryPolicy.default })))
  })

  for (const life of [1, 2, 10, 30, 60, 600, 3600, 86400]) {
    it.effect(`a life of ${life} s is used for at least half of it`, () => {
      const mock = Mock.make({ token: Mock.numberedTokens(life) })
      return Effect.gen(function* () {
        yield* currentToken
        yield* TestClock.adjust(`${(life * 1000) / 2 - 1} millis`)
        for (let call = 0; call < 10; call++) yield* currentToken
        assert.strictEqual(mock.tokens(), 1)
        yield* TestClock.adjust(`${life * 1000} millis`)
        assert.strictEqual(yield* currentToken, "t2")
      }).pipe(Effect.provide(over(mock)))
    })
  }

  it.effect("follows the layer's own policy", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      yield* currentToken
      yield* TestClock.adjust("31 minutes")
      yield* currentToken
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(
      Effect.provide(
        over(mock, {
          refresh: RefreshPolicy.make({ ahead: RefreshPolicy.default.ahead, aheadFraction: 0.2, hard: "30 minutes" })
        })
      )
    )
  })
})

describe("scope", () => {
  it.effect("nothing is asked for after the layer's scope closed, and who waited is told", () => {
    const mock = Mock.make({ token: Mock.later(1000, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(over(mock), scope)
      const waiter = yield* Effect.fork(Effect.provide(Effect.flip(getSettings), context))
      yield* TestClock.adjust("10 millis")
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(waiter)
      assert.strictEqual(error._tag, "TransportError")
      assert.include(error.message, "closed")
      const later = yield* Effect.provide(Effect.flip(getSettings), context)
      assert.strictEqual(later._tag, "TransportError")
      yield* TestClock.adjust("1 hours")
      assert.strictEqual(mock.tokens(), 1)
      assert.strictEqual(mock.resources(), 0)
    })
  })
})

describe("peek", () => {
  it.effect("shows the current token without asking for one", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      assert.isTrue(Option.isNone(yield* tokens.peek))
      const token = yield* tokens.get
      assert.deepStrictEqual(Option.getOrThrow(yield* tokens.peek), token)
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })
})
