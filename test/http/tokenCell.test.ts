import { assert, describe, it } from "@effect/vitest"
import {
  Array as Arr,
  Cause,
  Chunk,
  Clock,
  Context,
  Deferred,
  Duration,
  Effect,
  Either,
  Exit,
  Fiber,
  Layer,
  Option,
  Random,
  Redacted,
  Scope,
  Stream
} from "effect"
import { AccessTokens, Customers, Dintero, RefreshPolicy, RetryPolicy } from "effect-dintero"
import { samples } from "../utils/Claim.js"
import * as ManualClock from "../utils/ManualClock.js"
import * as Mock from "../utils/MockHttp.js"
import { interleave } from "./TokenModel.js"

const options: Dintero.Options = {
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.none
}

const over = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ ...options, ...more }).pipe(Layer.provide(mock.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const tokenOf = Effect.flatMap(AccessTokens, (tokens) => tokens.get)
const currentToken = Effect.map(tokenOf, ({ value }) => Redacted.value(value))

/** Each test has a clock of its own, moved by {@link advance}. */
const Moved = Context.GenericTag<ManualClock.ManualClock>("test/Moved")
const advance = (time: Duration.DurationInput) => Effect.flatMap(Moved, (moved) => moved.advance(Duration.toMillis(time)))
const timed = <E>(name: string, run: () => Effect.Effect<unknown, E, ManualClock.ManualClock>, limit = 20_000) =>
  it.live(
    name,
    () =>
      Effect.suspend(() => {
        const moved = ManualClock.make()
        return Effect.provideService(run(), Moved, moved).pipe(Effect.withClock(moved.clock))
      }),
    limit
  )

const down = Mock.json(503, {})

/** One call after the other, evenly, over a time. Answers how many failed. */
const calls = (perSecond: number, seconds: number) =>
  Effect.gen(function* () {
    const tokens = yield* AccessTokens
    let failed = 0
    const one = Effect.match(tokens.get, { onFailure: () => void failed++, onSuccess: () => {} })
    for (let tick = 0; tick < seconds * 10; tick++) {
      yield* Effect.fork(Effect.repeatN(one, perSecond / 10 - 1))
      yield* advance("100 millis")
    }
    return failed
  })

describe("stale while error", () => {
  for (const [name, retry] of [
    ["no retry", RetryPolicy.none],
    ["the default retry", RetryPolicy.default]
  ] as const) {
    timed(`an outage shorter than the window fails no request: ${name}`, () => {
      const mock = Mock.make({
        token: (request, count) => (count === 1 || count > 6 ? Mock.numberedTokens(3600) : down)(request, count)
      })
      return Effect.gen(function* () {
        yield* getSettings
        yield* advance("55 minutes")
        assert.strictEqual(yield* calls(100, 299), 0)
        assert.isAtMost(mock.tokens(), 7)
        yield* advance("2 seconds")
        // The window is over, and so is the outage.
        yield* getSettings
      }).pipe(Effect.provide(over(mock, { retry })))
    })
  }

  timed("an endpoint that hangs does not take what is left of the token", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), () => Effect.never) })
    return Effect.gen(function* () {
      yield* getSettings
      // Nobody has called for an hour: the first call comes inside the hard window.
      yield* advance("3592 seconds")
      const call = yield* Effect.fork(currentToken)
      yield* advance("4 seconds")
      assert.strictEqual(yield* Fiber.join(call), "t1")
    }).pipe(Effect.provide(over(mock)))
  })

  timed('whileFailing "fail" tells the failure once the hard window has begun', () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), down) })
    return Effect.gen(function* () {
      yield* getSettings
      yield* advance("3589 seconds")
      assert.strictEqual(yield* currentToken, "t1")
      yield* advance("2 seconds")
      assert.strictEqual((yield* Effect.flip(tokenOf))._tag, "ServerError")
    }).pipe(Effect.provide(over(mock, { refresh: RefreshPolicy.make({ whileFailing: "fail" }) })))
  })

  timed("a token that is refused during the pause of a renewal is replaced at once, not minutes later", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), down, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const first = yield* tokens.get
      yield* advance("56 minutes")
      yield* tokens.get
      yield* advance("2 seconds")
      assert.strictEqual(mock.tokens(), 2)
      yield* tokens.invalidate(first.generation)
      assert.strictEqual(yield* currentToken, "t3")
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("pauses", () => {
  /** The times of the token requests, in seconds since the one before. */
  const gaps = (mock: (times: Array<number>) => Mock.MockHttp, more: Partial<Dintero.Options>, seconds: number) =>
    Effect.gen(function* () {
      const times: Array<number> = []
      yield* Effect.provide(calls(10, seconds), over(mock(times), more))
      return times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 1000))
    })

  const noting = (answer: Mock.Answer) => (times: Array<number>) =>
    Mock.make({
      token: (request, count) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          times.push(now)
          return answer(request, count)
        })
    })

  timed("ahead of expiry: the least interval, doubled to the most", () =>
    Effect.gen(function* () {
      const found = yield* gaps(
        noting(Mock.script(Mock.numberedTokens(5000), down)),
        { refresh: RefreshPolicy.make({ ahead: "1 hour", aheadFraction: 0.9, jitter: 0, maximumInterval: "2 minutes" }) },
        2000
      )
      assert.deepStrictEqual(found.slice(1, 6), [30, 60, 120, 120, 120])
    })
  )

  timed("without a token: a second, three times that, and so on", () =>
    Effect.gen(function* () {
      const found = yield* gaps(noting(down), { refresh: RefreshPolicy.make({ maximumInterval: "1 minute" }) }, 200)
      assert.deepStrictEqual(found, [1, 3, 9, 27, 60, 60])
    })
  )

  timed("Retry-After of the token endpoint is waited for, for an hour at most", () =>
    Effect.gen(function* () {
      const told = (seconds: number) => Mock.json(429, {}, { "retry-after": String(seconds) })
      const found = yield* gaps(noting(Mock.script(told(20), told(600), down)), {}, 700)
      assert.deepStrictEqual(found.slice(0, 2), [20, 600])
      const mock = Mock.make({ token: Mock.script(told(1e9), Mock.numberedTokens(60)) })
      yield* Effect.gen(function* () {
        yield* Effect.flip(tokenOf)
        yield* advance("59 minutes")
        yield* Effect.flip(tokenOf)
        yield* advance("61 seconds")
        yield* tokenOf
      }).pipe(Effect.provide(over(mock)))
    })
  )

  for (const [name, life] of [
    ["cold", 0],
    ["with a token that expires meanwhile", 60],
    ["with a token that has a long window", 3600]
  ] as const) {
    timed(
      `5 minutes of outage at 1,000 calls a second cost at most 10 token calls: ${name}`,
      () => {
        let isDown = life === 0
        const mock = Mock.make({
          token: (request, count) => (isDown ? down : Mock.numberedTokens(life))(request, count)
        })
        return Effect.gen(function* () {
          if (life > 0) yield* tokenOf
          isDown = true
          if (life > 300) yield* advance(Duration.seconds(life - 300))
          const before = mock.tokens()
          yield* calls(1000, 300)
          assert.isAtMost(mock.tokens() - before, 10)
        }).pipe(Effect.provide(over(mock, { retry: RetryPolicy.default })))
      },
      60_000
    )
  }

  timed("a service that refuses every token costs a token call now and then", () => {
    const mock = Mock.make({ resource: Mock.json(401, {}) })
    return Effect.gen(function* () {
      for (let tick = 0; tick < 600; tick++) {
        yield* Effect.all([Effect.flip(getSettings), Effect.flip(getSettings)], { concurrency: 2 })
        yield* advance("500 millis")
      }
      assert.isAtMost(mock.tokens(), 10)
    }).pipe(Effect.provide(over(mock)))
  })

  timed("forceRefresh asks all the same, and its success ends the pause", () => {
    const mock = Mock.make({ token: Mock.script(down, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      yield* Effect.flip(tokens.get)
      yield* Effect.flip(tokens.get)
      assert.strictEqual(mock.tokens(), 1)
      yield* tokens.forceRefresh
      yield* tokens.get
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })

  timed("forceRefresh joins a request that is under way", () => {
    const mock = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const all = yield* Effect.forEach(Arr.range(1, 100), (index) =>
        Effect.fork(index % 2 === 0 ? tokens.get : tokens.forceRefresh)
      )
      yield* advance("1 second")
      yield* Fiber.join(Fiber.all(all))
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("invalidate", () => {
  timed("1,000 concurrent refusals of one token cost 1 token call, 1,000 late ones none", () => {
    const mock = Mock.make({ token: Mock.later(10, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      yield* Effect.fork(tokens.get)
      yield* advance("10 minutes")
      const refused = yield* tokens.get
      const one = Effect.zipRight(tokens.invalidate(refused.generation), tokens.get)
      const all = yield* Effect.fork(Effect.all(Arr.replicate(one, 1000), { concurrency: "unbounded" }))
      yield* advance("1 second")
      assert.strictEqual(new Set((yield* Fiber.join(all)).map(({ generation }) => generation)).size, 1)
      assert.strictEqual(mock.tokens(), 2)
      yield* Effect.all(Arr.replicate(one, 1000), { concurrency: "unbounded" })
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("windows", () => {
  timed("jitter is spread over at most a tenth of the window, and never past the hard one", () =>
    Effect.gen(function* () {
      const life = 3_600_000
      const softs: Array<number> = []
      for (let index = 0; index < 10_000; index++) {
        softs.push(RefreshPolicy.windows(RefreshPolicy.default, 0, life, yield* Random.next).soft)
      }
      const from = life - 300_000
      for (const soft of softs) assert.isTrue(soft >= from && soft <= from + 30_000)
      const tenths = Arr.range(0, 9).map(
        (tenth) => softs.filter((soft) => Math.min(9, Math.floor((soft - from) / 3000)) === tenth).length
      )
      for (const count of tenths) assert.isTrue(count > 850 && count < 1150, String(tenths))
    })
  )

  for (const life of [1, 2, 5, 10, 20, 30, 60, 300, 3600, 86_400]) {
    timed(
      `a life of ${life} s: a call each ${life / 100} s costs at most ${life <= 50 ? "two tokens" : "a token and a bit"} a life`,
      () => {
        const mock = Mock.make({ token: Mock.numberedTokens(life) })
        return Effect.gen(function* () {
          const tokens = yield* AccessTokens
          for (let tick = 0; tick < 1000; tick++) {
            yield* tokens.get
            yield* advance(life * 10)
          }
          assert.isAtMost(mock.tokens(), life <= 50 ? 20 : 14)
          assert.isAtLeast(mock.tokens(), 10)
        }).pipe(Effect.provide(over(mock)))
      }
    )
  }
})

describe("revoke", () => {
  timed("during a request: nobody gets its token, and who waited gets the next", () => {
    const mock = Mock.make({ token: Mock.later(1000, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const waiting = yield* Effect.forEach(Arr.range(1, 10), () => Effect.fork(currentToken))
      yield* advance("500 millis")
      yield* tokens.revoke
      yield* advance("10 seconds")
      assert.deepStrictEqual(new Set(yield* Fiber.join(Fiber.all(waiting))), new Set(["t2"]))
      assert.strictEqual(yield* currentToken, "t2")
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(over(mock)))
  })

  timed("drops the current token", () => {
    const mock = Mock.make({})
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      yield* tokens.get
      yield* tokens.revoke
      assert.isTrue(Option.isNone(yield* tokens.peek))
      assert.strictEqual(yield* currentToken, "t2")
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("events", () => {
  timed("tell what happened, in order, with the reasons", () => {
    const mock = Mock.make({
      token: Mock.script(
        down,
        Mock.numberedTokens(3600),
        Mock.numberedTokens(3600),
        Mock.numberedTokens(3600),
        Mock.numberedTokens(3600)
      )
    })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const collected = yield* Effect.fork(Stream.runCollect(Stream.take(tokens.events, 7)))
      yield* Effect.yieldNow()
      yield* Effect.flip(tokens.get)
      yield* advance("2 seconds")
      const first = yield* tokens.get
      yield* advance("56 minutes")
      yield* tokens.get
      yield* advance("1 second")
      yield* tokens.invalidate(first.generation + 1)
      yield* tokens.get
      yield* tokens.forceRefresh
      yield* tokens.revoke
      const seen = Chunk.toReadonlyArray(yield* Fiber.join(collected))
      assert.deepStrictEqual(
        seen.map((event) => ("reason" in event ? `${event._tag} ${event.reason}` : event._tag)),
        ["Failed initial", "Acquired initial", "Acquired early", "Refused", "Acquired unauthorized", "Acquired forced", "Revoked"]
      )
    }).pipe(Effect.provide(over(mock)))
  })
})

describe("sources", () => {
  const source = (
    request: Dintero.TokensFromOptions["request"],
    mock = Mock.make({}),
    more: Partial<Dintero.TokensFromOptions> = {}
  ) =>
    Dintero.layerTokensFrom({ accountId: "T12345678", request, retry: RetryPolicy.none, ...more }).pipe(Layer.provide(mock.layer))

  const token = (text: string, expires_in = 3600) =>
    ({ access_token: Redacted.make(text), token_type: "Bearer", expires_in }) as const

  timed("of one's own: shared, and its token is sent", () => {
    const mock = Mock.make({})
    let asked = 0
    return Effect.gen(function* () {
      yield* Effect.all(Arr.replicate(getSettings, 100), { concurrency: "unbounded" })
      assert.strictEqual(asked, 1)
      assert.deepStrictEqual(new Set(mock.requests.map(({ headers }) => headers.authorization)), new Set(["Bearer from-vault"]))
    }).pipe(
      Effect.provide(
        source(
          Effect.sync(() => {
            asked++
            return token("from-vault")
          }),
          mock
        )
      )
    )
  })

  timed("of one's own that gives the same token again: it keeps its number, by which a late refusal knows it", () =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const first = yield* tokens.get
      yield* advance("59 minutes")
      yield* tokens.get
      yield* advance("1 millis")
      const second = yield* tokens.get
      assert.strictEqual(second.generation, first.generation)
      assert.notDeepEqual(second.expiresAt, first.expiresAt)
      yield* tokens.invalidate(first.generation)
      assert.isTrue(Option.isNone(yield* tokens.peek))
    }).pipe(Effect.provide(source(Effect.sync(() => token("from-vault")))))
  )

  for (const [name, bad] of [
    ["no seconds at all", token("t", Number.NaN)],
    ["0 seconds", token("t", 0)],
    ["negative seconds", token("t", -5)],
    ["a line break", token("t\nx-admin: 1")],
    ["an empty text", token("")]
  ] as const) {
    timed(`of one's own that gives ${name}: a typed error, and a pause`, () => {
      let asked = 0
      return Effect.gen(function* () {
        const error = yield* Effect.flip(getSettings)
        assert.strictEqual(error._tag, "InvalidResponse")
        yield* Effect.flip(getSettings)
        assert.strictEqual(asked, 1)
      }).pipe(
        Effect.provide(
          source(
            Effect.sync(() => {
              asked++
              return bad
            })
          )
        )
      )
    })
  }

  timed("of one's own that dies or interrupts itself is not asked on every call", () =>
    Effect.forEach([Effect.die(new Error("a bug")), Effect.interrupt], (end) => {
      let asked = 0
      return Effect.gen(function* () {
        for (let call = 0; call < 100; call++) {
          const exit = yield* Effect.exit(getSettings)
          assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause) && !Cause.isInterrupted(exit.cause))
        }
        assert.strictEqual(asked, 1)
      }).pipe(
        Effect.provide(
          source(
            Effect.suspend(() => {
              asked++
              return end
            })
          )
        )
      )
    })
  )

  timed("of one's own that never ends does not end the client", () => {
    let asked = 0
    const request = Effect.suspend(() => (++asked === 1 ? Effect.uninterruptible(Effect.never) : Effect.succeed(token("t"))))
    return Effect.gen(function* () {
      const first = yield* Effect.fork(Effect.flip(tokenOf))
      yield* advance("31 seconds")
      assert.strictEqual((yield* Fiber.join(first))._tag, "TransportError")
      yield* advance("2 seconds")
      assert.strictEqual(yield* currentToken, "t")
    }).pipe(Effect.provide(source(request)))
  })

  timed("static: never renewed, and gone when it is given up", () => {
    const mock = Mock.make({ resource: Mock.json(401, {}) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      assert.strictEqual((yield* Effect.flip(getSettings))._tag, "Unauthorized")
      assert.strictEqual(mock.resources(), 1)
      assert.strictEqual(Redacted.value((yield* tokens.forceRefresh).value), "static")
      yield* tokens.revoke
      assert.strictEqual((yield* Effect.flip(getSettings))._tag, "TransportError")
      assert.isTrue(Option.isNone(yield* tokens.peek))
      assert.strictEqual(mock.resources(), 1)
    }).pipe(
      Effect.provide(
        Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("static"), retry: RetryPolicy.none }).pipe(
          Layer.provide(mock.layer)
        )
      )
    )
  })
})

describe("scope", () => {
  timed("while it closes nobody starts another request, also when one under way cannot be interrupted", () => {
    const asked: Array<string> = []
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const released = yield* Deferred.make<void>()
      const slow = Effect.uninterruptible(
        Effect.zipRight(
          Effect.sync(() => asked.push("asked")),
          Effect.as(Deferred.await(released), { access_token: Redacted.make("t"), token_type: "Bearer", expires_in: 1 } as const)
        )
      )
      const layer = Dintero.layerTokensFrom({ accountId: "T12345678", request: slow }).pipe(Layer.provide(Mock.make({}).layer))
      const context = yield* Layer.buildWithScope(layer, scope)
      const waiting = yield* Effect.fork(Effect.either(Effect.provide(tokenOf, context)))
      yield* advance("1 millis")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* advance("1 millis")
      const late = yield* Effect.either(Effect.provide(tokenOf, context))
      assert.isTrue(Either.isLeft(late))
      yield* Deferred.succeed(released, undefined)
      yield* Fiber.join(closing)
      yield* Fiber.join(waiting)
      assert.strictEqual(asked.length, 1)
    })
  })

  timed("a call in the finalizer of an interrupted fiber gets a token for all", () => {
    const mock = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const interrupted = yield* Effect.fork(Effect.onInterrupt(Effect.never, () => Effect.ignore(tokenOf)))
      yield* advance("1 millis")
      const ending = yield* Effect.fork(Fiber.interrupt(interrupted))
      yield* advance("1 millis")
      const other = yield* Effect.fork(currentToken)
      yield* advance("1 second")
      yield* Fiber.join(ending)
      assert.strictEqual(yield* Fiber.join(other), "t1")
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(over(mock)))
  })
})

const programs = samples(1000, 100)

describe("any interleaving", () => {
  timed(
    `of get, interruption, invalidate, forceRefresh, revoke and time keeps the promises${programs.note}`,
    () =>
      Effect.gen(function* () {
        for (let seed = 1; seed <= programs.count; seed++) {
          const broken = yield* interleave(seed)
          assert.deepStrictEqual(broken, [], `seed ${seed}`)
        }
      }),
    240_000
  )
})
