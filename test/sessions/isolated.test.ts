/**
 * Sessions over a client with `isolateRequests`: no request waits for what another one has started, and a request that never ends keeps nothing.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Redacted, Scope, Stream, TestClock } from "effect"
import {
  type AccessToken,
  Customers,
  Dintero,
  RetryPolicy,
  Session,
  Sessions,
  type SessionsOptions,
  TokenStore,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"
import { until } from "../utils/Until.js"

const login: AccessToken = {
  access_token: Redacted.make("first"),
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: Redacted.make("the-refresh-token")
}

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const resumed = Effect.flatMap(Sessions, (sessions) => sessions.resume("ada"))

/** What one request of a web server does. */
const request = Effect.scoped(Effect.flatMap(resumed, (session) => Session.with(settings, session)))

const over = (
  mock: Mock.MockHttp,
  given: { readonly options?: SessionsOptions; readonly change?: (store: TokenStoreService) => TokenStoreService } = {}
) =>
  Sessions.layer(given.options).pipe(
    Layer.provideMerge(
      Dintero.layer({
        accountId: "T12345678",
        clientId: "client",
        clientSecret: Redacted.make("secret"),
        retry: RetryPolicy.none,
        isolateRequests: true
      })
    ),
    Layer.provide(Layer.effect(TokenStore, Effect.map(TokenStores.memory, given.change ?? ((store) => store)))),
    Layer.provide(mock.layer)
  )

const started = Effect.flatMap(Sessions, (sessions) => Effect.scoped(sessions.start(login, { id: "ada", customerId: "ada" })))

/** An answer that tells the time of the server, without which no use is noted. */
const dated: Mock.Answer = (asked, count) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Mock.json(200, {}, { date: new Date(now).toUTCString() })(asked, count))

/** The token endpoint, which knows a refresh from a request for the client's own token. */
const tokens = (refresh: Mock.Answer): Mock.MockHttp & { readonly refreshes: () => number } => {
  let refreshes = 0
  const mock = Mock.make({
    token: (asked, count) =>
      asked.body.includes("refresh_token") ? refresh(asked, ++refreshes) : Mock.token("of-the-client", 100_000)(asked, count),
    resource: dated
  })
  return { ...mock, refreshes: () => refreshes }
}

const many = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) =>
  Effect.all(
    Array.from({ length: count }, () => effect),
    { concurrency: "unbounded" }
  )

/** Lets time pass until it ends. The hashes of ids take real time, in which no clock moves. */
const ended = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() =>
    fiber.unsafePoll() === null
      ? TestClock.adjust("50 millis").pipe(
          Effect.zipRight(Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))),
          Effect.zipRight(ended(fiber))
        )
      : Fiber.join(fiber)
  )

describe("sessions with isolated requests", () => {
  it.effect("are renewed once, and the others use the token that was stored", () => {
    const mock = tokens(Mock.later(1000, Mock.numberedTokens(3600)))
    return Effect.gen(function* () {
      yield* started
      yield* request
      yield* TestClock.adjust("2 hours")
      const all = yield* Effect.fork(many(10, request))
      yield* until(() => mock.refreshes() === 1)
      yield* ended(all)
      assert.strictEqual(mock.refreshes(), 1)
      assert.deepStrictEqual(
        mock.requests.filter(({ url }) => url.endsWith("/settings")).map(({ headers }) => headers.authorization),
        ["Bearer first", ...Array(10).fill("Bearer t1")]
      )
    }).pipe(Effect.provide(over(mock)))
  })

  it.effect("go on when the request that renews never ends: after the lease, another one renews", () => {
    const mock = tokens(Mock.script(() => Effect.never, Mock.numberedTokens(3600)))
    return Effect.gen(function* () {
      yield* started
      yield* TestClock.adjust("2 hours")
      yield* Effect.forkDaemon(request)
      yield* until(() => mock.refreshes() === 1)
      const others = yield* Effect.fork(many(3, request))
      yield* ended(others)
      assert.strictEqual(mock.refreshes(), 2)
    }).pipe(Effect.provide(over(mock, { options: { lease: "1 second" } })))
  })

  it.effect("are read from the store by each request that does not find them in memory", () => {
    const mock = tokens(Mock.numberedTokens(3600))
    let reads = 0
    let removals = 0
    const change = (store: TokenStoreService): TokenStoreService => ({
      ...store,
      read: (key) =>
        Effect.suspend(() => {
          if (!key.startsWith("session-")) return store.read(key)
          reads++
          // The first never gets its answer.
          return reads === 1
            ? Effect.never
            : Effect.zipRight(
                until(() => reads >= 4),
                store.read(key)
              )
        }),
      removals: Effect.sync(() => {
        removals++
        return Stream.never
      })
    })
    return Effect.gen(function* () {
      const store = yield* TokenStores.memory
      yield* Effect.provide(started, over(mock, { change: () => store }))
      yield* Effect.gen(function* () {
        const hangs = yield* Effect.fork(request)
        yield* until(() => reads === 1)
        yield* many(3, request)
        assert.strictEqual(reads, 4)
        yield* Fiber.interrupt(hangs)
        // It is in memory now, and its store is not asked to report removals, in a fiber that would outlive its request.
        yield* request
        assert.strictEqual(reads, 4)
        assert.strictEqual(removals, 0)
      }).pipe(Effect.provide(over(mock, { change: () => change(store) })))
    })
  })

  it.effect("leave the memory though the request that uses them never ends", () => {
    const mock = tokens(Mock.numberedTokens(3600))
    let reads = 0
    const change = (store: TokenStoreService): TokenStoreService => ({
      ...store,
      read: (key) =>
        Effect.suspend(() => {
          if (key.startsWith("session-")) reads++
          return store.read(key)
        })
    })
    return Effect.gen(function* () {
      yield* started
      const endless = yield* Scope.make()
      const session = yield* Scope.extend(resumed, endless)
      assert.strictEqual(reads, 0)
      yield* TestClock.adjust("16 minutes")
      yield* request
      // The session was idle for longer than sessions are kept.
      assert.strictEqual(reads, 1)
      // The first caller keeps what it has.
      yield* Session.with(settings, session)
    }).pipe(Effect.provide(over(mock, { change, options: { notice: "1 hour" } })))
  })

  it.effect("note their use in the request, and not beside it", () => {
    const mock = tokens(Mock.numberedTokens(3600))
    let writes = 0
    let isSlow = false
    const change = (store: TokenStoreService): TokenStoreService => ({
      ...store,
      write: (...all) =>
        Effect.suspend(() => {
          writes++
          return isSlow ? Effect.delay(store.write(...all), "1 second") : store.write(...all)
        })
    })
    return Effect.gen(function* () {
      const sessions = yield* Sessions
      yield* started
      yield* request
      yield* TestClock.adjust("20 minutes")
      const before = writes
      isSlow = true
      const notes = yield* Effect.fork(request)
      yield* until(() => writes === before + 1)
      yield* TestClock.adjust("999 millis")
      assert.isNull(notes.unsafePoll())
      // Another one does not note it too.
      yield* request
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(notes)
      assert.strictEqual(writes, before + 1)
      const [info] = yield* sessions.ofCustomer("ada")
      // The header has whole seconds.
      assert.strictEqual(Math.floor((info?.lastUsedAt.epochMillis ?? 0) / 1000), 20 * 60)
    }).pipe(Effect.provide(over(mock, { change })))
  })
})
