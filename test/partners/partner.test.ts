import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Metric, Option, Redacted, Stream, TestClock } from "effect"
import {
  AccessTokens,
  Account,
  Auth,
  Customers,
  Dintero,
  DinteroHttpClient,
  ForeignAccount,
  Grant,
  Partner,
  RefreshPolicy,
  RetryPolicy,
  Session,
  Sessions,
  TokenMetrics,
  TokenStores
} from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"
import * as Spans from "../utils/Spans.js"
import * as Service from "./Service.js"

const [ada = "", bob = "", cyd = ""] = [0, 1, 2].map(Service.merchantOf)

const options: Partner.Options = {
  accountId: Service.partner,
  clientId: "shop",
  clientSecret: Redacted.make(Service.clientSecret),
  retry: RetryPolicy.none,
  refresh: RefreshPolicy.make({ jitter: 0 })
}

const layerOf = (mock: Mock.MockHttp, more: Partial<Partner.Options> = {}) =>
  Partner.layer({ ...options, ...more }).pipe(Layer.provide(mock.layer))

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const settingsOf = (merchant: string) => Account.with(settings, merchant)

describe("Partner", () => {
  it.effect("gets the token of a merchant in three steps, each with its own credential", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      yield* settingsOf(ada)
      assert.deepStrictEqual(service.lines, [
        `POST ${Service.partner}/auth/token Basic`,
        `POST ${Service.partner}/auth/exchange_token partner`,
        `POST ${ada}/auth/token exchange`,
        `GET ${ada}/customers/settings client`
      ])
      yield* settings
      assert.deepStrictEqual(service.lines.slice(4), [`GET ${Service.partner}/customers/settings partner`])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })

  it.effect("asks for each token once, however many calls wait for it", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const merchants = [ada, bob].flatMap((merchant) => Array.from({ length: 4 }, () => merchant))
      yield* Effect.forEach(merchants, settingsOf, { concurrency: "unbounded" })
      assert.deepStrictEqual(service.counts(), [1, 2, 2])
      assert.deepStrictEqual([service.calls.get(ada), service.calls.get(bob)], [4, 4])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })

  it.effect("the audience of a merchant's token is the partner's, or what the options say", () =>
    Effect.gen(function* () {
      const url = (account: string, user = "") => `https://${user}api.dintero.com/v1/accounts/${account}`
      for (const [more, own, audience] of [
        [{}, url(Service.partner), url(Service.partner)],
        [{ audience: "merchant" }, url(Service.partner), url(ada)],
        [{ audience: "merchant", audienceSpelling: "user" }, url(Service.partner, `${Service.partner}@`), url(ada, `${ada}@`)]
      ] as const) {
        const service = Service.make()
        yield* Effect.provide(settingsOf(ada), layerOf(Service.mock(service), more))
        assert.deepStrictEqual(service.audiences, [own, audience])
      }
    })
  )

  for (const [kinds, more] of [
    [["client"], [0, 0, 1]],
    [
      ["client", "exchange"],
      [0, 1, 1]
    ],
    [
      ["client", "exchange", "partner"],
      [1, 1, 1]
    ]
  ] as const) {
    it.effect(`a refusal of the tokens ${kinds.join(", ")} has each of them replaced once, for all calls`, () => {
      const service = Service.make()
      return Effect.gen(function* () {
        yield* settingsOf(ada)
        const before = service.counts()
        service.revoke(...kinds)
        yield* Effect.forEach([1, 2, 3, 4], () => settingsOf(ada), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          service.counts().map((count, index) => count - (before[index] ?? 0)),
          [...more]
        )
        assert.strictEqual(service.calls.get(ada), 5)
      }).pipe(Effect.provide(layerOf(Service.mock(service))))
    })
  }

  it.effect("an exchange token that has expired is exchanged anew when the merchant's token has", () => {
    const service = Service.make({ partner: 86_400, exchange: 600, client: 3600 })
    return Effect.gen(function* () {
      yield* settingsOf(ada)
      yield* TestClock.adjust("11 minutes")
      yield* settingsOf(ada)
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
      yield* TestClock.adjust("50 minutes")
      yield* settingsOf(ada)
      assert.deepStrictEqual(service.counts(), [1, 2, 2])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })

  it.effect("renews a merchant's token ahead of its expiry, while calls use the current one", () => {
    const service = Service.make({ exchange: 86_400, client: 3600, partner: 86_400 })
    const arrived = Effect.runSync(Deferred.make<void>())
    let isSlow = false
    const mock = Service.mock(service, ({ path }) =>
      isSlow && path.endsWith("/auth/token")
        ? () => Effect.zipRight(Deferred.succeed(arrived, undefined), Effect.never)
        : undefined
    )
    return Effect.gen(function* () {
      yield* settingsOf(ada)
      yield* TestClock.adjust("56 minutes")
      isSlow = true
      yield* settingsOf(ada)
      yield* Deferred.await(arrived)
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
      assert.strictEqual(service.calls.get(ada), 2)
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("a merchant of somebody else ends in Forbidden of the exchange, and the others go on", () => {
    const service = Service.make()
    service.refuse(ada)
    return Effect.gen(function* () {
      const error = yield* Effect.flip(settingsOf(ada))
      assert.deepStrictEqual(
        [error._tag, error.request.operation, error.request.account],
        ["Forbidden", "auth.exchangeToken", Service.partner]
      )
      // Calls in the pause after it get the same failure.
      yield* Effect.flip(settingsOf(ada))
      yield* settingsOf(bob)
      assert.lengthOf(
        service.lines.filter((line) => line.includes("exchange_token")),
        2
      )
      assert.deepStrictEqual([service.calls.get(ada), service.calls.get(bob)], [undefined, 1])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })

  it.effect("an interrupted call takes nothing from the others that wait for the same token", () => {
    const service = Service.make()
    const go = Effect.runSync(Deferred.make<void>())
    const arrived = Effect.runSync(Deferred.make<void>())
    const mock = Service.mock(service, ({ path }) =>
      path.endsWith("/auth/exchange_token")
        ? Service.after(service, Effect.zipRight(Deferred.succeed(arrived, undefined), Deferred.await(go)))
        : undefined
    )
    return Effect.gen(function* () {
      const first = yield* Effect.fork(settingsOf(ada))
      yield* Deferred.await(arrived)
      const second = yield* Effect.fork(settingsOf(ada))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(second)
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("is told when the layer is closed", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const services = yield* Effect.scoped(
        Effect.gen(function* () {
          const context = yield* Layer.build(layerOf(Service.mock(service)))
          yield* Effect.provide(settingsOf(ada), context)
          return context
        })
      )
      for (const merchant of [ada, bob]) {
        const error = yield* Effect.flip(Effect.provide(settingsOf(merchant), services))
        assert.strictEqual(error._tag, "TransportError")
      }
      assert.strictEqual(yield* Context.get(services, Partner.Partner).kept, 0)
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
    })
  })

  it.effect("options that cannot work are named, before anything is sent", () => {
    const mock = Service.mock(Service.make())
    return Effect.gen(function* () {
      const pathsOf = (more: Partial<Partner.Options>) =>
        Effect.scoped(Effect.flip(Layer.build(layerOf(mock, more)))).pipe(
          Effect.map(({ issues }) => issues.map(({ path }) => path))
        )
      assert.deepStrictEqual(yield* pathsOf({ accountId: "T12345678" }), ["accountId"])
      for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.deepStrictEqual(yield* pathsOf({ capacity }), ["capacity"])
      }
      assert.deepStrictEqual(yield* pathsOf({ clientId: "a:b" }), ["clientId"])
      // @ts-expect-error neither of the two
      assert.deepStrictEqual(yield* pathsOf({ audience: "both" }), ["audience"])
      assert.lengthOf(mock.requests, 0)
    })
  })

  it.effect("processes that share tokens share those of merchants too", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const process = () => layerOf(Service.mock(service), { shareTokens: { store } })
      yield* Effect.provide(settingsOf(ada), process())
      yield* Effect.provide(settingsOf(ada), process())
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
      assert.strictEqual(service.calls.get(ada), 2)
    })
  })
})

describe("the merchants that are kept", () => {
  it.effect("are those that were used last", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const partner = yield* Partner.Partner
      yield* Effect.forEach([ada, bob, ada, cyd], settingsOf)
      assert.strictEqual(yield* partner.kept, 2)
      yield* settingsOf(ada)
      assert.deepStrictEqual(service.counts(), [1, 3, 3])
      yield* settingsOf(bob)
      assert.deepStrictEqual(service.counts(), [1, 4, 4])
      assert.strictEqual(service.issued.exchange.get(bob), 2)
      assert.strictEqual(yield* partner.kept, 2)
    }).pipe(Effect.provide(layerOf(Service.mock(service), { capacity: 2 })))
  })

  it.effect("are more than that only while so many are in use, and nobody who waits is cut off", () => {
    const service = Service.make()
    const go = Effect.runSync(Deferred.make<void>())
    let waiting = 0
    const mock = Service.mock(service, ({ path }) => {
      if (!path.endsWith("/auth/exchange_token") || waiting === 3) return undefined
      const wait = Effect.suspend(() => {
        waiting++
        return Deferred.await(go)
      })
      return Service.after(service, wait)
    })
    return Effect.gen(function* () {
      const partner = yield* Partner.Partner
      const fibers = yield* Effect.forEach([ada, bob, cyd], (merchant) => Effect.fork(settingsOf(merchant)))
      yield* Effect.repeat(Effect.yieldNow(), { until: () => waiting === 3 })
      assert.strictEqual(yield* partner.kept, 3)
      yield* Deferred.succeed(go, undefined)
      yield* Effect.forEach(fibers, Fiber.join)
      assert.strictEqual(yield* partner.kept, 1)
      assert.deepStrictEqual(service.counts(), [1, 3, 3])
    }).pipe(Effect.provide(layerOf(mock, { capacity: 1 })))
  })

  it.effect("a call that is running goes on when its merchant is given up", () => {
    const service = Service.make()
    const go = Effect.runSync(Deferred.make<void>())
    const arrived = Effect.runSync(Deferred.make<void>())
    const mock = Service.mock(service, ({ path }) =>
      path === `/v1/accounts/${ada}/customers/settings`
        ? (request, count) =>
            Deferred.succeed(arrived, undefined).pipe(
              Effect.zipRight(Deferred.await(go)),
              Effect.zipRight(Mock.json(200, { users: { customer_id_format: "uuid" } })(request, count))
            )
        : undefined
    )
    return Effect.gen(function* () {
      const running = yield* Effect.fork(settingsOf(ada))
      yield* Deferred.await(arrived)
      yield* settingsOf(bob)
      assert.strictEqual(yield* (yield* Partner.Partner).kept, 1)
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(yield* Fiber.join(running), { users: { customer_id_format: "uuid" } })
    }).pipe(Effect.provide(layerOf(mock, { capacity: 1 })))
  })

  it.effect("the renewal of a merchant that is given up is interrupted", () => {
    const service = Service.make({ exchange: 86_400, client: 3600, partner: 86_400 })
    const begun = Effect.runSync(Deferred.make<void>())
    const ended = Effect.runSync(Deferred.make<void>())
    let isSlow = false
    const mock = Service.mock(service, ({ path }) =>
      isSlow && path === `/v1/accounts/${ada}/auth/token`
        ? () =>
            Deferred.succeed(begun, undefined).pipe(
              Effect.zipRight(Effect.never),
              Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
            )
        : undefined
    )
    return Effect.gen(function* () {
      yield* settingsOf(ada)
      yield* TestClock.adjust("56 minutes")
      isSlow = true
      yield* settingsOf(ada)
      yield* Deferred.await(begun)
      yield* settingsOf(bob)
      yield* Deferred.await(ended)
    }).pipe(Effect.provide(layerOf(mock, { capacity: 1 })))
  })

  it.effect("a refusal of a token from before does not touch the token that was requested since", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const tokens = Context.get(yield* Partner.account(ada), AccessTokens)
      const old = yield* tokens.get
      yield* settingsOf(bob)
      assert.isTrue(Option.isNone(yield* tokens.peek))
      const current = yield* tokens.get
      assert.isTrue(yield* tokens.invalidate(old.generation))
      assert.strictEqual(yield* tokens.get, current)
      assert.deepStrictEqual(service.counts(), [1, 3, 3])
    }).pipe(Effect.provide(layerOf(Service.mock(service), { capacity: 1 })))
  })

  it.effect("are counted by a gauge, and their tokens by the metrics of tokens", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const gauge = Effect.map(Metric.value(TokenMetrics.merchants), ({ value }) => value)
      const acquired = (grant: string) =>
        Effect.map(
          Metric.value(TokenMetrics.acquired.pipe(Metric.tagged("grant", grant), Metric.tagged("reason", "initial"))),
          ({ count }) => count
        )
      const before = yield* Effect.all([gauge, acquired("exchange")])
      yield* Effect.forEach([ada, bob, cyd], settingsOf).pipe(
        Effect.zipRight(gauge),
        Effect.map((kept) => assert.strictEqual(kept - before[0], 2)),
        Effect.provide(layerOf(Service.mock(service), { capacity: 2 }))
      )
      assert.strictEqual((yield* gauge) - before[0], 0)
      assert.strictEqual((yield* acquired("exchange")) - before[1], 3)
    })
  })

  it.effect("their events can be watched, which keeps them", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      const tokens = Context.get(yield* Partner.account(ada), AccessTokens)
      const events = yield* Effect.fork(Stream.runHead(tokens.events))
      yield* Effect.repeat(Effect.yieldNow(), { times: 50 })
      yield* settingsOf(bob)
      yield* settingsOf(ada)
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(events))._tag, "Acquired")
      assert.deepStrictEqual(service.counts(), [1, 2, 2])
    }).pipe(Effect.provide(layerOf(Service.mock(service), { capacity: 1 })))
  })
})

describe("Account.with", () => {
  it.effect("outside of a partner's layer is ForeignAccount for another account, and nothing is sent", () => {
    const mock = Mock.make({})
    const layer = Dintero.layer({ accountId: ada, clientId: "c", clientSecret: Redacted.make("s") }).pipe(
      Layer.provide(mock.layer)
    )
    return Effect.gen(function* () {
      const auth = yield* Auth
      const customers = yield* Customers
      for (const call of [
        customers.settings.get(),
        auth.keys(),
        auth.token(Grant.clientCredentials("a")),
        Stream.runDrain(customers.users.stream()),
        Stream.runDrain(customers.users.changes())
      ]) {
        const error: unknown = yield* Effect.flip(Account.with(call, bob))
        if (!(error instanceof ForeignAccount)) return assert.fail(String(error))
        assert.deepStrictEqual(
          [error.account, error.reason, error.request.account, error.request.attempts],
          [bob, "not-partner", ada, 0]
        )
      }
      assert.lengthOf(mock.requests, 0)
      // Its own account is no other one.
      yield* settingsOf(ada)
      assert.lengthOf(mock.requests, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a text that is no id of an account is ForeignAccount, and nothing is sent", () => {
    const mock = Service.mock(Service.make())
    return Effect.gen(function* () {
      for (const text of ["", "T1234567", "../T12345678", "T12345678/x", "\0", `${ada} `]) {
        const error = yield* Effect.flip(settingsOf(text))
        if (error._tag !== "ForeignAccount") return assert.fail(error._tag)
        assert.deepStrictEqual([error.account, error.reason], [text, "not-an-id"])
        const other = yield* Effect.flip(Partner.account(text))
        assert.deepStrictEqual([other.account, other.reason], [text, "not-an-id"])
      }
      assert.lengthOf(mock.requests, 0)
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("of two, the inner one counts; the services of one merchant refuse another", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      yield* Account.with(settingsOf(ada), bob)
      assert.deepStrictEqual([...service.calls], [[ada, 1]])
      const error = yield* Account.with(settings.pipe(Partner.provide(ada)), bob).pipe(Effect.flip)
      if (error._tag !== "ForeignAccount") return assert.fail(error._tag)
      assert.deepStrictEqual([error.account, error.reason, error.request.account], [bob, "not-partner", ada])
      yield* Account.with(settings.pipe(Partner.provide(ada)), ada)
      assert.deepStrictEqual([...service.calls], [[ada, 2]])
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })

  it.effect("is obeyed by all kinds of calls, and named by their errors and spans", () => {
    const service = Service.make()
    const accounts: Array<unknown> = []
    const mock = Service.mock(service, ({ path }) =>
      path.endsWith("/users")
        ? Mock.json(200, [])
        : path.endsWith("/discounts")
          ? Mock.json(200, {})
          : path.endsWith("/tags")
            ? Mock.json(404, { error: { code: "NOT FOUND", message: "Customer not found" } })
            : undefined
    )
    const { tracer } = Spans.make({
      attribute: ({ name }, key, value) => {
        if (key === "dintero.account" && name.startsWith("customers.")) accounts.push(value)
      }
    })
    return Effect.gen(function* () {
      const customers = yield* Customers
      const auth = yield* Auth
      const http = yield* DinteroHttpClient.DinteroHttpClient
      yield* Effect.gen(function* () {
        yield* Stream.runDrain(customers.users.stream())
        const [changes] = yield* Stream.runCollect(customers.users.changes())
        const checkpoint = changes?.checkpoint
        yield* Stream.runDrain(customers.users.changes({ checkpoint }))
        const ofPartner = yield* Effect.flip(Stream.runDrain(customers.users.changes({ checkpoint: `${checkpoint}x` as never })))
        assert.strictEqual(ofPartner.request.account, ada)
        yield* http.get("/discounts")
        const refused = yield* Effect.flip(http.get("http://elsewhere.example"))
        assert.strictEqual(refused.request.account, ada)
        const error = yield* Effect.flip(customers.tags.ofCustomer("c"))
        assert.deepStrictEqual([error._tag, error.request.account], ["NotFound", ada])
        const invalid = yield* Effect.flip(customers.users.list({ limit: 0 }))
        assert.deepStrictEqual([invalid._tag, invalid.request.account], ["InvalidRequest", ada])
        // The exchange token authorises it, as for the merchant's own token.
        yield* auth.token(Grant.clientCredentials("another audience"))
      }).pipe(Account.with(ada), Effect.withTracer(tracer))
      assert.isAbove(accounts.length, 0)
      assert.deepStrictEqual([...new Set(accounts)], [ada])
      assert.isTrue(
        mock.requests.every(({ url }) => url.includes(`/accounts/${ada}/`) || url.includes(`/${Service.partner}/auth/`))
      )
      assert.strictEqual(service.lines.at(-1), `POST ${ada}/auth/token exchange`)
      assert.deepStrictEqual(service.counts(), [1, 1, 2])
    }).pipe(Effect.provide(DinteroHttpClient.layer.pipe(Layer.provideMerge(layerOf(mock)))))
  })

  it.effect("together with RetryPolicy.with: the policy is that of the call, and not of its tokens", () => {
    const service = Service.make()
    let failures = 0
    const mock = Service.mock(service, ({ path }) =>
      path.endsWith("/settings") && ++failures <= 2 ? Mock.json(503, { error: { message: "busy" } }) : undefined
    )
    const twice = RetryPolicy.default.pipe(RetryPolicy.attempts(3))
    return Effect.gen(function* () {
      for (const call of [
        settings.pipe(Account.with(ada), RetryPolicy.with(twice)),
        settings.pipe(RetryPolicy.with(twice), Account.with(ada))
      ]) {
        failures = 0
        const fiber = yield* Effect.fork(call)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        assert.strictEqual(failures, 3)
      }
      failures = 0
      assert.strictEqual((yield* Effect.flip(settingsOf(ada)))._tag, "ServerError")
      assert.deepStrictEqual(service.counts(), [1, 1, 1])
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("the requests for tokens are under the policy of the layer", () => {
    const service = Service.make()
    let exchanges = 0
    const mock = Service.mock(service, ({ path }) =>
      path.endsWith("/exchange_token") && ++exchanges > 0 ? Mock.json(503, { error: { message: "busy" } }) : undefined
    )
    return Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(settings.pipe(RetryPolicy.with(RetryPolicy.none), Account.with(ada))))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(exchanges, 2)
    }).pipe(Effect.provide(layerOf(mock, { retry: RetryPolicy.default.pipe(RetryPolicy.attempts(2)) })))
  })

  describe("together with Session.with", () => {
    const login = { access_token: Redacted.make("token-of-eve"), token_type: "Bearer", expires_in: 3600 } as const

    const sessionAt = (merchant: string) =>
      Effect.gen(function* () {
        const context = yield* Layer.build(
          Sessions.layer().pipe(Layer.provide(Partner.layerAccount(merchant)), Layer.provide(TokenStores.layerMemory))
        )
        return yield* Context.get(context, Sessions).start(login, { id: "eve" })
      })

    const answering = (service: Service.Service) =>
      Service.mock(service, ({ authorization, path }) =>
        authorization === "Bearer token-of-eve" && path === `/v1/accounts/${ada}/customers/settings`
          ? Mock.json(200, { users: { customer_id_format: "sequence" } })
          : undefined
      )

    it.scoped("in either order: a call on the merchant's account with the customer's token", () => {
      const service = Service.make()
      const mock = answering(service)
      return Effect.gen(function* () {
        const session = yield* sessionAt(ada)
        for (const call of [
          settings.pipe(Account.with(ada), Session.with(session)),
          settings.pipe(Session.with(session), Account.with(ada)),
          settings.pipe(Session.with(session), Partner.provide(ada))
        ]) {
          assert.deepStrictEqual(yield* call, { users: { customer_id_format: "sequence" } })
        }
        // The client's own calls are the client's.
        const auth = yield* Auth
        yield* auth.keys().pipe(Session.with(session), Account.with(ada), Effect.either)
        assert.strictEqual(service.lines.at(-1), `GET ${ada}/auth/keys client`)
      }).pipe(Effect.provide(layerOf(mock)))
    })

    it.scoped("of a session of another account is ForeignAccount, and nothing is sent", () => {
      const mock = answering(Service.make())
      return Effect.gen(function* () {
        const session = yield* sessionAt(bob)
        for (const call of [
          settings.pipe(Account.with(ada), Session.with(session)),
          settings.pipe(Session.with(session), Account.with(ada))
        ]) {
          const error = yield* Effect.flip(call)
          if (error._tag !== "ForeignAccount") return assert.fail(error._tag)
          assert.deepStrictEqual([error.reason, error.account], ["session", ada])
        }
        assert.lengthOf(mock.requests, 0)
      }).pipe(Effect.provide(layerOf(mock)))
    })

    it.scoped("a refresh is authorised by the merchant's token, whatever account the caller acts on", () => {
      const service = Service.make()
      const mock = Service.mock(service, ({ authorization, body, path }) => {
        if (body.includes("refresh_token")) {
          assert.strictEqual(path, `/v1/accounts/${ada}/auth/token`)
          assert.match(authorization, new RegExp(`^Bearer client-${ada}`))
          return Mock.token("token-of-eve", 3600)
        }
        return authorization === "Bearer token-of-eve" ? Mock.json(200, {}) : undefined
      })
      return Effect.gen(function* () {
        const context = yield* Layer.build(
          Sessions.layer().pipe(Layer.provide(Partner.layerAccount(ada)), Layer.provide(TokenStores.layerMemory))
        )
        const session = yield* Context.get(context, Sessions).startFrom(Redacted.make("refresh"), { id: "eve" })
        // The first call needs the refresh. It is made in the account of the merchant, and the refresh is nobody's.
        yield* settings.pipe(Session.with(session), Account.with(ada))
        assert.deepStrictEqual(service.counts(), [1, 1, 1])
      }).pipe(Effect.provide(layerOf(mock)))
    })
  })

  it.effect("is gone after the effect, also when it failed or was interrupted", () => {
    const service = Service.make()
    return Effect.gen(function* () {
      yield* Effect.exit(Account.with(Effect.fail("no"), ada))
      const exit = yield* Effect.exit(Account.with(Effect.interrupt, ada))
      assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
      assert.isTrue(Option.isNone(yield* Account.Current))
      yield* settings
      assert.deepStrictEqual([...service.calls], [[Service.partner, 1]])
    }).pipe(Effect.provide(layerOf(Service.mock(service))))
  })
})
