/**
 * `isolateRequests`: no call waits for what another one has started, and nothing runs in the background.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Exit, Fiber, Layer, Redacted, TestClock } from "effect"
import {
  AccessTokens,
  Bulkhead,
  CircuitBreaker,
  Customers,
  Dintero,
  type DinteroError,
  Hedge,
  RefreshPolicy,
  RetryPolicy,
  TokenStores
} from "effect-dintero"
import * as Deadlines from "../../src/layers/http/Deadlines.js"
import * as Mock from "../utils/MockHttp.js"
import { until } from "../utils/Until.js"

const options: Dintero.Options = {
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.none,
  isolateRequests: true,
  refresh: RefreshPolicy.make({ jitter: 0 })
}

const over = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ ...options, ...more }).pipe(Layer.provide(mock.layer))

const tokenOf = Effect.flatMap(AccessTokens, (tokens) => Effect.map(tokens.get, ({ value }) => Redacted.value(value)))
const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const down = Mock.json(503, {})
const silent: Mock.Answer = () => Effect.never

const many = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) =>
  Effect.all(
    Array.from({ length: count }, () => effect),
    { concurrency: "unbounded" }
  )

/** What callers get who ask together, at once or when this time has passed. */
const when = <A, E, R>(time: Duration.DurationInput, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.fork(effect), (fiber) => Effect.zipRight(TestClock.adjust(time), Fiber.join(fiber)))

describe("isolated requests without a token", () => {
  it.effect("request one each, and those after them none", () => {
    const mock = Mock.make({ token: Mock.later(100, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      assert.strictEqual(new Set(yield* when("100 millis", many(20, tokenOf))).size, 20)
      // One of them is shared from now on.
      assert.strictEqual(new Set(yield* many(20, tokenOf)).size, 1)
      assert.strictEqual(mock.tokens(), 20)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("are not held up by one that is never answered, nor by its interruption", () => {
    const mock = Mock.make({ token: Mock.script(silent, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const hangs = yield* Effect.fork(tokenOf)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* many(3, tokenOf), ["t2", "t3", "t4"])
      yield* Fiber.interrupt(hangs)
      assert.strictEqual(yield* tokenOf, "t4")
      assert.strictEqual(mock.tokens(), 4)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("end their token requests with them", () => {
    let open = 0
    const mock = Mock.make({
      token: () =>
        Effect.acquireUseRelease(
          Effect.sync(() => void open++),
          () => Effect.never,
          () => Effect.sync(() => void open--)
        )
    })
    return Effect.gen(function* () {
      const fiber = yield* Effect.fork(getSettings)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(open, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(open, 0)
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("count as one failure when they fail together", () => {
    const mock = Mock.make({
      token: (request, count) => (count <= 20 ? Mock.later(10, down) : Mock.numberedTokens(60))(request, count)
    })
    return Effect.gen(function* () {
      const ends = yield* when("10 millis", many(20, Effect.flip(tokenOf)))
      assert.deepStrictEqual(new Set(ends.map(({ _tag }) => _tag)), new Set(["ServerError"]))
      // The first pause.
      assert.strictEqual((yield* Effect.flip(tokenOf))._tag, "ServerError")
      assert.strictEqual(mock.tokens(), 20)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* tokenOf, "t21")
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("that fail use the token that another one has got meanwhile", () => {
    const mock = Mock.make({ token: Mock.script(Mock.later(100, down), Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const slow = yield* Effect.fork(tokenOf)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* tokenOf, "t2")
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* Fiber.join(slow), "t2")
      assert.strictEqual(yield* tokenOf, "t2")
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("ask again when the token is revoked meanwhile, and are told of the end of the layer", () => {
    const mock = Mock.make({ token: Mock.later(100, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const fiber = yield* Effect.gen(function* () {
        const tokens = yield* AccessTokens
        const revoked = yield* Effect.fork(tokenOf)
        yield* TestClock.adjust("50 millis")
        yield* tokens.revoke
        yield* TestClock.adjust("50 millis")
        assert.strictEqual(mock.tokens(), 2)
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(yield* Fiber.join(revoked), "t2")
        const last = yield* Effect.forkDaemon(Effect.exit(tokens.forceRefresh))
        yield* TestClock.adjust("50 millis")
        return last
      }).pipe(Effect.provide(over(mock)))
      yield* TestClock.adjust("50 millis")
      const end = yield* Fiber.join(fiber)
      assert.match(Exit.isFailure(end) ? String(end.cause) : "", /the scope of the layer is closed/)
    })
  })
})

describe("isolated requests with a token that has been refused", () => {
  it.effect("get another one each, and are sent once more", () => {
    const isGood = (authorization: string | undefined) => authorization !== "Bearer t1"
    const mock = Mock.make({
      token: Mock.later(10, Mock.numberedTokens(3600)),
      resource: (request, count) =>
        (isGood(request.headers.authorization) ? Mock.json(200, {}) : Mock.json(401, {}))(request, count)
    })
    return Effect.gen(function* () {
      assert.strictEqual(yield* when("10 millis", tokenOf), "t1")
      yield* when("10 millis", many(5, getSettings))
      assert.strictEqual(mock.tokens(), 6)
      assert.strictEqual(mock.resources(), 10)
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("isolated requests ahead of expiry", () => {
  const ahead = (
    token: Mock.Answer,
    test: (mock: Mock.MockHttp) => Effect.Effect<void, DinteroError, AccessTokens | Customers>
  ) => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), token, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      assert.strictEqual(yield* tokenOf, "t1")
      yield* TestClock.adjust("56 minutes")
      yield* test(mock)
    }).pipe(Effect.provide(over(mock)))
  }

  it.effect("renew the token once: one waits for it, and the others go on", () =>
    ahead(Mock.later(1000, Mock.numberedTokens(3600)), (mock) =>
      Effect.gen(function* () {
        const renews = yield* Effect.fork(tokenOf)
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* many(10, tokenOf), Array(10).fill("t1"))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(renews), "t2")
        assert.strictEqual(yield* tokenOf, "t2")
        assert.strictEqual(mock.tokens(), 2)
      })
    )
  )

  it.effect("go on with the present token when the renewal fails, and leave the endpoint alone for 30 seconds", () =>
    ahead(down, (mock) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* many(10, tokenOf), Array(10).fill("t1"))
        assert.strictEqual(mock.tokens(), 2)
        yield* TestClock.adjust("31 seconds")
        assert.strictEqual(yield* tokenOf, "t3")
      })
    )
  )

  it.effect("go on with the present token when the renewal takes more than 5 seconds; another one tries after 30", () =>
    ahead(silent, (mock) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* when("5 seconds", tokenOf), "t1")
        assert.strictEqual(yield* tokenOf, "t1")
        assert.strictEqual(mock.tokens(), 2)
        yield* TestClock.adjust("25 seconds")
        assert.strictEqual(yield* tokenOf, "t3")
      })
    )
  )

  it.effect("leave the renewal to the next one when the first is interrupted", () =>
    ahead(silent, (mock) =>
      Effect.gen(function* () {
        const renews = yield* Effect.fork(tokenOf)
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(renews)
        assert.strictEqual(yield* tokenOf, "t3")
        assert.strictEqual(mock.tokens(), 3)
      })
    )
  )

  it.effect("use the token to its last second while the endpoint is down, and none waits for it", () =>
    ahead(down, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* tokenOf, "t1")
        yield* TestClock.adjust("235 seconds")
        assert.strictEqual(yield* tokenOf, "t3")
      })
    )
  )
})

describe("isolated requests that share the token with other processes", () => {
  it.effect("wait for no caller: the one that has the lease may never end", () => {
    const mock = Mock.make({ token: Mock.script(silent, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const store = yield* TokenStores.memory
      yield* Effect.gen(function* () {
        const hangs = yield* Effect.fork(tokenOf)
        yield* until(() => mock.tokens() === 1)
        const tokens = yield* when("1300 millis", many(3, tokenOf))
        assert.deepStrictEqual(tokens, ["t2", "t2", "t2"])
        assert.strictEqual(mock.tokens(), 2)
        yield* Fiber.interrupt(hangs)
      }).pipe(Effect.provide(over(mock, { shareTokens: { store, lease: "1 second" } })))
    })
  })
})

describe("isolated deadlines", () => {
  it.effect("have a sleep each, and others have one for all", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const sleeps = () => Effect.map(TestClock.sleeps(), (all) => Array.from(all).length)
      const ended: Array<string> = []
      const watched = (name: string, millis: number) => ({
        at: Deadlines.now(clock) + millis,
        expired: () => void ended.push(name)
      })
      const before = yield* sleeps()
      const ends = [true, false].flatMap((isolated) =>
        ["one", "two"].map((name, index) => Deadlines.watch(clock, watched(`${name} ${isolated}`, 1000 + index), isolated))
      )
      yield* Effect.yieldNow()
      assert.strictEqual((yield* sleeps()) - before, 3)
      ends[0]?.()
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(ended.sort(), ["one false", "two false", "two true"])
    })
  )
})

describe("isolateRequests", () => {
  for (const more of [{ bulkhead: Bulkhead.make() }, { circuitBreaker: CircuitBreaker.make() }]) {
    const [name] = Object.keys(more)
    it.effect(`excludes ${name}, and says why`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.provide(Effect.asVoid(AccessTokens), over(Mock.make({}), more)))
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          [name]
        )
        assert.match(error.message, /beside isolateRequests/)
        yield* Effect.provide(Effect.asVoid(AccessTokens), over(Mock.make({}), { ...more, isolateRequests: false }))
      })
    )
  }

  it.effect("goes with a hedge", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      yield* many(3, getSettings)
      assert.strictEqual(mock.resources(), 3)
    }).pipe(Effect.provide(over(mock, { hedge: Hedge.make() })))
  })
})
