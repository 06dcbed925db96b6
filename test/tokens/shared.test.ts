/**
 * A client's token that several processes share through a store.
 */
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Exit, Fiber, Layer, Metric, Option, Redacted, Scope, Stream, TestClock } from "effect"
import {
  type AccessToken,
  Dintero,
  RetryPolicy,
  TokenMetrics,
  TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import { interleave } from "../http/TokenModel.js"
import { directory, open } from "../stores/Stores.js"
import * as ManualClock from "../utils/ManualClock.js"
import * as Mock from "../utils/MockHttp.js"
import * as RedisServer from "../utils/RedisServer.js"
import { jumping, mark, numberOf, options, serve, start, startSource, together, watched } from "./Sharing.js"

const stores: ReadonlyArray<{
  readonly name: string
  readonly open: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope>
  readonly skip?: boolean
}> = [
  { name: "memory", open: TokenStores.memory },
  { name: "a file", open: Effect.flatMap(directory, (place) => open("file", place)) },
  {
    name: "Redis",
    open: Effect.flatMap(RedisServer.make, ({ url }) => open("redis", Redacted.value(url))),
    skip: !RedisServer.available
  }
]

const processes = 8

for (const { name, open, skip } of stores) {
  describe(`${processes} processes over ${name}${skip === true ? RedisServer.note : ""}`, () => {
    it.scopedLive.skipIf(skip === true)(
      "10 expirations cost 10 tokens",
      () =>
        Effect.gen(function* () {
          const time = yield* jumping
          const store = yield* open
          const server = serve(3600, time.clock)
          yield* Effect.gen(function* () {
            const running = yield* together(Array.from({ length: processes }, () => start(server, store)))
            const seen: Array<number> = []
            for (let round = 0; round <= 10; round++) {
              const found = yield* together(running.map(({ get, settings }) => Effect.zipRight(settings, get)))
              seen.push(...new Set(found))
              yield* time.jump(3_700_000)
            }
            assert.deepStrictEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
            assert.strictEqual(server.tokens(), 11)
          }).pipe(Effect.withClock(time.clock))
        }),
      30_000
    )

    it.scopedLive.skipIf(skip === true)(
      "a token that all are refused costs one other, and no call",
      () =>
        Effect.gen(function* () {
          const time = yield* jumping
          const store = yield* open
          const server = serve(3600, time.clock)
          yield* Effect.gen(function* () {
            const running = yield* together(Array.from({ length: processes }, () => start(server, store)))
            for (let round = 1; round <= 10; round++) {
              yield* together(running.map(({ settings }) => settings))
              assert.strictEqual(server.tokens(), round)
              server.refuse = round
              // One that is refused again and again as soon as it has come is another matter.
              yield* time.jump(60_000)
            }
          }).pipe(Effect.withClock(time.clock))
        }),
      30_000
    )

    it.scopedLive.skipIf(skip === true)("who insists gets another, and all the same", () =>
      Effect.gen(function* () {
        const store = yield* open
        const server = serve()
        const running = yield* together(Array.from({ length: processes }, () => start(server, store)))
        yield* together(running.map(({ get }) => get))
        const found = yield* together(running.map(({ tokens }) => tokens.forceRefresh))
        assert.deepStrictEqual(new Set(found.map(numberOf)), new Set([2]))
        assert.strictEqual(server.tokens(), 2)
        // Also who has read none yet.
        const { tokens } = yield* start(server, store)
        assert.strictEqual(numberOf(yield* tokens.forceRefresh), 3)
      })
    )
  })
}

/** A millisecond of the machine's own time. */
const turn = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 1)
  return Effect.sync(() => clearTimeout(timer))
})

/** With the time that it takes. */
const within = <A, E, R>(time: Duration.DurationInput, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(time)
    let ended = yield* Fiber.poll(fiber)
    // Encryption runs in a thread, which a busy machine may let wait.
    for (let i = 0; Option.isNone(ended) && i < 2_000; i++) {
      yield* turn
      ended = yield* Fiber.poll(fiber)
    }
    if (Option.isNone(ended)) return yield* Effect.dieMessage(`it has not ended after ${Duration.format(Duration.decode(time))}`)
    return yield* ended.value
  })

const soon = <A, E, R>(effect: Effect.Effect<A, E, R>) => within("100 millis", effect)

describe("a process that starts", () => {
  it.scoped("takes the token of another process, and requests none when its clock is confirmed", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const one = yield* start(server, store)
      yield* soon(one.settings)
      yield* TestClock.adjust("10 minutes")
      const two = yield* start(server, store)
      yield* two.settings
      const first = yield* two.tokens.get
      yield* TestClock.adjust("5 minutes")
      yield* two.settings
      const later = yield* two.tokens.get
      assert.strictEqual(numberOf(later), 1)
      assert.strictEqual(later.generation, first.generation)
      yield* TestClock.adjust("39 minutes")
      yield* two.settings
      assert.strictEqual(server.tokens(), 1)
      // Ahead of its expiry it is renewed in the background, once for both.
      yield* TestClock.adjust("5 minutes")
      yield* Effect.all([one.get, two.get])
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* Effect.all([one.get, two.get]), [2, 2])
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped("renews the token when its issuer would, however late it took it over", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      yield* soon((yield* start(server, store)).get)
      yield* TestClock.adjust("54 minutes")
      const two = yield* start(server, store)
      const events: Array<string> = []
      yield* Effect.forkScoped(Stream.runForEach(two.tokens.events, (event) => Effect.sync(() => void events.push(event._tag))))
      yield* TestClock.adjust("1 millis")
      yield* two.settings
      yield* TestClock.adjust("54 seconds")
      yield* two.settings
      // Until here its clock was not confirmed, and then by the answers.
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(server.tokens(), 1)
      // The window begins 5 minutes before the expiry, and by the jitter up to 30 seconds later.
      yield* TestClock.adjust("37 seconds")
      assert.strictEqual(yield* two.get, 1)
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* two.get, 2)
      assert.deepStrictEqual(events, ["Adopted", "Acquired"])
    })
  )

  it.scoped("requests a token of its own in the background when no answer has the time", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      yield* soon((yield* start(server, store)).get)
      const two = yield* start(server, store)
      assert.strictEqual(yield* two.get, 1)
      yield* TestClock.adjust("49500 millis")
      assert.strictEqual(yield* two.get, 1)
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* two.get, 2)
      assert.strictEqual(server.tokens(), 2)
    })
  )

  for (const [when, minutes] of [
    ["in the window ahead of its expiry", 56],
    ["after its expiry", 61]
  ] as const) {
    it.scoped(`${when}: has another token`, () =>
      Effect.gen(function* () {
        const store = yield* TokenStores.memory
        const server = serve()
        yield* soon((yield* start(server, store)).get)
        yield* TestClock.adjust(Duration.minutes(minutes))
        const two = yield* start(server, store)
        yield* soon(two.settings)
        assert.strictEqual(yield* two.get, 2)
        assert.strictEqual(server.tokens(), 2)
        assert.strictEqual(server.resources(), 1)
      })
    )
  }

  it.scoped("gets exactly one other token, the same for all, when its token was refused meanwhile", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const one = yield* start(server, store)
      yield* soon(one.settings)
      server.refuse = 1
      const two = yield* start(server, store)
      yield* soon(two.settings)
      yield* soon(one.settings)
      assert.deepStrictEqual(yield* Effect.all([one.get, two.get]), [2, 2])
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped(
    "never shares tokens of different accounts, clients, audiences, base URLs or sources, and the keys reveal nothing",
    () =>
      Effect.gen(function* () {
        const { keys, store } = watched(yield* TokenStores.memory)
        const server = serve()
        const request = Effect.succeed<AccessToken>({
          access_token: Redacted.make(`${mark}100`),
          token_type: "Bearer",
          expires_in: 3600
        })
        const running = [
          yield* start(server, store),
          yield* start(server, store, { accountId: "T87654321" }),
          yield* start(server, store, { clientId: "another" }),
          yield* start(server, store, { audience: "https://api.dintero.com/v1/accounts/T00000001" }),
          yield* start(server, store, { baseUrl: "https://test.example.com/v1" })
        ]
        const found = yield* soon(together(running.map(({ get }) => get)))
        assert.strictEqual(new Set(found).size, 5)
        for (const name of ["vault", "shop"]) yield* (yield* startSource(server, { name, request, shareTokens: { store } })).get
        assert.strictEqual(keys.size, 7)
        for (const key of keys) assert.match(key, /^client-[0-9a-f]{64}$/)
      })
  )

  it.scoped("shares the tokens of a caller's own source by its name", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      let asked = 0
      const request = Effect.sync((): AccessToken => {
        return { access_token: Redacted.make(`${mark}${++asked}`), token_type: "Bearer", expires_in: 3600 }
      })
      for (let process = 0; process < processes; process++) {
        const { get } = yield* startSource(serve(), { name: "vault", request, shareTokens: { store } })
        assert.strictEqual(yield* get, 1)
      }
      assert.strictEqual(asked, 1)
    })
  )
})

const down = new TokenStoreError({ reason: "unavailable", message: "The store is down: start it." })
const operations = ["read", "lease", "write", "release"] as const
type Operation = (typeof operations)[number]

/** A store of which one operation does something else, once it is told to. */
const odd = (operation: Operation, instead: Effect.Effect<never, TokenStoreError> | (() => never)) =>
  Effect.map(TokenStores.memory, (below) => {
    const state = { isOdd: true }
    const other = () => (Effect.isEffect(instead) ? instead : instead())
    const store: TokenStoreService = {
      ...below,
      read: (...args) => (state.isOdd && operation === "read" ? other() : below.read(...args)),
      lease: (...args) => (state.isOdd && operation === "lease" ? other() : below.lease(...args)),
      write: (...args) => (state.isOdd && operation === "write" ? other() : below.write(...args)),
      release: (...args) => (state.isOdd && operation === "release" ? other() : below.release(...args))
    }
    return { store, state }
  })

const ways: ReadonlyArray<readonly [string, Effect.Effect<never, TokenStoreError> | (() => never)]> = [
  ["is down", Effect.fail(down)],
  ["dies", Effect.die(new Error(`${mark} in a defect`))],
  [
    "throws",
    () => {
      throw new Error(`${mark} was thrown`)
    }
  ],
  ["interrupts itself", Effect.interrupt],
  ["hangs", Effect.never],
  ["hangs, and cannot be interrupted", Effect.uninterruptible(Effect.never)]
]

/** Everything that a log could show of it. */
const shown = (error: unknown): string =>
  `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })}`

describe("a store that cannot be used", () => {
  for (const operation of operations) {
    for (const [way, instead] of ways) {
      it.scoped(`${operation} ${way}: goes on with a token of its own, unless it is to fail`, () =>
        Effect.gen(function* () {
          const { state, store } = yield* odd(operation, instead)
          const server = serve()
          const one = yield* start(server, store)
          // One operation takes 2 seconds at most, and none is tried twice.
          yield* within("2100 millis", one.settings)
          assert.strictEqual(server.tokens(), 1)
          assert.strictEqual(yield* one.get, 1)

          const closed = yield* start(server, store, { accountId: "T87654321", sharing: { onStoreFailure: "fail" } })
          const end = yield* within("2100 millis", Effect.either(closed.settings))
          // A lease that cannot be given back is nobody's failure: it ends by itself.
          if (operation === "release") return assert.isTrue(Either.isRight(end))
          assert.isTrue(Either.isLeft(end))
          if (Either.isRight(end)) return
          const error = end.left
          assert.strictEqual(error._tag, "TransportError")
          if (error._tag !== "TransportError") return
          assert.strictEqual(error.sent, operation === "write" ? "maybe" : "no")
          assert.strictEqual(error.request.operation, "auth.token")
          assert.match(error.message, /^auth\.token: the store of the shared token cannot be used \(unavailable\)\. The store /)
          assert.notInclude(shown(error), mark)
          assert.strictEqual(server.tokens(), operation === "write" ? 2 : 1)
          // And when it is back, so are the calls.
          state.isOdd = false
          yield* TestClock.adjust("10 seconds")
          yield* soon(closed.settings)
        })
      )
    }
  }
})

describe("what is stored", () => {
  const whole = `{"format":"effect-dintero client token 1","access_token":"${mark}9","issued_at":0,"expires_at":9e15}`
  const cases: ReadonlyArray<readonly [name: string, text: string, reason: TokenStoreError["reason"]]> = [
    ["is empty", "", "unreadable"],
    ["was cut off in its first words", whole.slice(0, 20), "unreadable"],
    ["was cut off in its token", whole.slice(0, 80), "unreadable"],
    ["has a token that no header can have", whole.replace("9", "9 "), "unreadable"],
    ["has a time that is none", whole.replace("9e15", '"soon"'), "unreadable"],
    ["is of another release", whole.replace("token 1", "token 2"), "foreign"],
    ["is a session", '{"format":"effect-dintero session 1"}', "foreign"],
    ["is of another program", "[shop]\nkey=1\n", "foreign"]
  ]
  for (const [name, text, reason] of cases) {
    it.scoped(`${name}: ${reason === "foreign" ? "left as it is, or told" : "a whole one is put in its place"}`, () =>
      Effect.gen(function* () {
        const below = yield* TokenStores.memory
        const { key, store } = watched(below)
        const server = serve()
        // Nothing is stored yet, so that this only asks for the key.
        yield* soon((yield* start(server, store)).get)
        const before = Option.getOrThrow(yield* below.read(key()))
        const written = yield* below.write(key(), Redacted.make(text), { expected: Option.some(before.version) })

        const closed = yield* start(server, store, { sharing: { onStoreFailure: "fail" } })
        if (reason === "foreign") {
          const error = yield* Effect.flip(closed.settings)
          assert.strictEqual(error._tag, "TransportError")
          assert.include(error.message, `(${reason})`)
          assert.notInclude(shown(error), mark)
          assert.strictEqual(server.tokens(), 1)
        } else {
          yield* soon(closed.settings)
          assert.strictEqual(yield* closed.get, 2)
          const whole = Option.getOrThrow(yield* below.read(key()))
          yield* below.write(key(), Redacted.make(text), { expected: Option.some(whole.version) })
        }

        const failures = Metric.value(Metric.tagged(TokenMetrics.storeFailures, "reason", reason))
        const { count } = yield* failures
        const opened = yield* start(server, store)
        yield* soon(opened.settings)
        const own = reason === "foreign" ? 2 : 3
        assert.strictEqual(yield* opened.get, own)
        assert.strictEqual((yield* failures).count, count + 1)
        const after = Option.getOrThrow(yield* below.read(key()))
        if (reason === "foreign") {
          assert.deepStrictEqual([Option.some(after.version), Redacted.value(after.value)], [written, text])
        } else {
          assert.strictEqual(yield* (yield* start(server, store)).get, own)
        }
      })
    )
  }

  it.scoped("cannot be read for five minutes, where that is told: calls work again within a second", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      let isDown = true
      const store: TokenStoreService = {
        ...below,
        read: (key) => (isDown ? new TokenStoreError({ reason: "unavailable", message: "It is down." }) : below.read(key))
      }
      const client = yield* start(serve(), store, { sharing: { onStoreFailure: "fail" } })
      for (let second = 0; second < 300; second += 5) {
        assert.strictEqual((yield* Effect.flip(client.settings))._tag, "TransportError")
        yield* TestClock.adjust("5 seconds")
      }
      isDown = false
      yield* TestClock.adjust("1 second")
      yield* soon(client.settings)
    })
  )

  it.scoped(
    "is unreadable to the store itself: a whole one is put in its place, also where a failure of the store would be told",
    () =>
      Effect.gen(function* () {
        const below = yield* TokenStores.memory
        const encrypted = yield* TokenStores.encrypted(below, { key: Redacted.make(new Uint8Array(32).fill(7)) })
        const { key, store } = watched(encrypted)
        const server = serve()
        yield* soon((yield* start(server, store)).get)
        for (const [round, onStoreFailure] of (["fail", "request"] as const).entries()) {
          const before = Option.getOrThrow(yield* below.read(key()))
          const cut = Redacted.make(Redacted.value(before.value).slice(0, -3))
          yield* below.write(key(), cut, { expected: Option.some(before.version) })
          const running = yield* start(server, store, { sharing: { onStoreFailure } })
          yield* soon(running.settings)
          assert.strictEqual(server.tokens(), round + 2)
          assert.strictEqual(yield* (yield* start(server, store)).get, round + 2)
        }
      })
  )
})

describe("a process that asks for the token and does not finish", () => {
  // Few and short: each look of somebody who waits takes the test's clock some milliseconds.
  const more = { sharing: { lease: "2 seconds" } } as const

  it.scoped("when it was killed, the others wait for its lease and request once", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      const { key, store } = watched(below)
      const server = serve()
      const running = yield* together(Array.from({ length: 4 }, () => start(server, store, more)))
      yield* soon(together(running.map(({ settings }) => settings)))
      yield* TestClock.adjust("2 hours")
      yield* below.lease(key(), Duration.seconds(2))
      const waiting = yield* Effect.fork(together(running.map(({ settings }) => settings)))
      yield* TestClock.adjust("1950 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("250 millis")
      yield* Fiber.join(waiting)
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped("when its lease does not end, each process requests its own token a fifth of the lease later", () =>
    Effect.gen(function* () {
      const store: TokenStoreService = { ...(yield* TokenStores.memory), lease: () => Effect.succeedNone }
      const server = serve()
      const running = yield* together(Array.from({ length: 4 }, () => start(server, store, more)))
      yield* within("2500 millis", together(running.map(({ settings }) => settings)))
      assert.strictEqual(server.tokens(), 4)
    })
  )

  it.scoped("when it is slow, the next holder of the lease stores a token, and it uses its own", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const slow = yield* start(server, store, more)
      server.next.push((request, count) => Effect.delay(Mock.token(`${mark}${count}`, 3600)(request, count), "3 seconds"))
      const waiting = yield* Effect.fork(slow.get)
      yield* TestClock.adjust("1 second")
      const other = yield* start(server, store, more)
      assert.strictEqual(yield* within("1200 millis", other.get), 2)
      assert.strictEqual(yield* within("1 second", Fiber.join(waiting)), 1)
      assert.strictEqual(yield* (yield* start(server, store)).get, 2)
    })
  )

  it.scoped("when it has finished before another process gets the lease, that process reads again", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const slow: TokenStoreService = { ...store, lease: (...args) => Effect.delay(store.lease(...args), "1 second") }
      const server = serve()
      const [one, two] = [yield* start(server, store), yield* start(server, slow)]
      assert.deepStrictEqual(yield* within("1100 millis", together([one.get, two.get])), [1, 1])
    })
  )

  it.scoped("when it fails, the next process tries without waiting for the lease", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const [one, two] = [yield* start(server, store), yield* start(server, store)]
      server.next.push(Mock.json(503, {}))
      assert.strictEqual((yield* Effect.flip(one.settings))._tag, "ServerError")
      yield* soon(two.settings)
      yield* TestClock.adjust("1 second")
      yield* one.settings
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped("never waits for longer than the deadline of its policy", () =>
    Effect.gen(function* () {
      const store: TokenStoreService = { ...(yield* TokenStores.memory), lease: () => Effect.succeedNone }
      const retry = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout("1 second"), RetryPolicy.deadline("2 seconds"))
      const one = yield* start(serve(), store, { retry })
      yield* within("2500 millis", one.get)
    })
  )

  it.scoped("when it is asked to end while it requests or waits, it ends at once and releases its lease", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const build = (scope: Scope.CloseableScope) => Scope.extend(start(server, store), scope)
      const [one, two] = [yield* Scope.make(), yield* Scope.make()]
      server.next.push(() => Effect.never)
      const asking = yield* Effect.fork(Effect.either(Effect.flatMap(build(one), ({ get }) => get)))
      yield* TestClock.adjust("1 second")
      const waiting = yield* Effect.fork(Effect.either(Effect.flatMap(build(two), ({ get }) => get)))
      yield* TestClock.adjust("1 second")
      yield* Scope.close(two, Exit.void)
      assert.isTrue(Either.isLeft(yield* Fiber.join(waiting)))
      yield* Scope.close(one, Exit.void)
      assert.isTrue(Either.isLeft(yield* Fiber.join(asking)))
      yield* soon((yield* start(server, store)).settings)
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped("when it is asked to end while its store hangs, it ends within 2 seconds", () =>
    Effect.gen(function* () {
      const { store } = yield* odd("lease", Effect.uninterruptible(Effect.never))
      const scope = yield* Scope.make()
      const { get } = yield* Scope.extend(start(serve(), store), scope)
      const waiting = yield* Effect.fork(Effect.either(get))
      yield* TestClock.adjust("1 second")
      yield* within("1100 millis", Scope.close(scope, Exit.void))
      assert.isTrue(Either.isLeft(yield* Fiber.join(waiting)))
    })
  )
})

describe("revoke", () => {
  it.scoped("removes the token from the store: new processes get another one, others keep theirs", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const [one, two] = [yield* start(server, store), yield* start(server, store)]
      yield* soon(one.settings)
      yield* two.settings
      yield* one.tokens.revoke
      assert.strictEqual(yield* two.get, 1)
      const three = yield* start(server, store)
      assert.deepStrictEqual(yield* soon(together([one.get, three.get])), [2, 2])
      assert.strictEqual(server.tokens(), 2)
    })
  )

  it.scoped("wins over a running request, whose token is not stored", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const server = serve()
      const one = yield* start(server, store)
      server.next.push((request, count) => Effect.delay(Mock.token(`${mark}${count}`, 3600)(request, count), "1 second"))
      const waiting = yield* Effect.fork(one.get)
      yield* TestClock.adjust("500 millis")
      yield* one.tokens.revoke
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(waiting), 2)
      assert.strictEqual(yield* (yield* start(server, store)).get, 2)
    })
  )

  it.scoped("fails when the store cannot be reached, and drops the token here all the same", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      let isDown = false
      const store: TokenStoreService = { ...below, remove: (...args) => (isDown ? Effect.fail(down) : below.remove(...args)) }
      const server = serve()
      const one = yield* start(server, store)
      yield* soon(one.settings)
      isDown = true
      const error = yield* Effect.flip(one.tokens.revoke)
      assert.match(error.message, /revoke it again/)
      assert.strictEqual((yield* Effect.flip(one.tokens.revoke))._tag, "TransportError")
      assert.isTrue(Option.isNone(yield* one.tokens.peek))
      assert.strictEqual(yield* soon(one.get), 2)
      isDown = false
      yield* one.tokens.revoke
      assert.strictEqual(yield* soon((yield* start(server, store)).get), 3)
    })
  )

  it.scoped("does not change an entry of another program", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      const { key, store } = watched(below)
      const one = yield* start(serve(), store)
      yield* one.tokens.revoke
      yield* below.write(key(), Redacted.make("[shop]"), { expected: Option.none() })
      yield* one.tokens.revoke
      assert.isTrue(Option.isSome(yield* below.read(key())))
    })
  )
})

describe("clocks that are wrong", () => {
  const hour = 3_600_000
  /** What a process whose clock is wrong by so much costs, that starts so many minutes after the token came: calls refused, tokens asked for. */
  const cost = (wrongBy: number, minutes: number) =>
    Effect.suspend(() => {
      const moved = ManualClock.make()
      const server = serve(3600, moved.right)
      return Effect.gen(function* () {
        const store = yield* TokenStores.memory
        const soonest = <A, E>(effect: Effect.Effect<A, E>, clock = moved.right) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.fork(Effect.withClock(effect, clock))
            yield* moved.advance(100)
            return yield* Fiber.join(fiber)
          })
        const wrong = moved.wrongBy(wrongBy)
        const right = yield* start(server, store)
        yield* soonest(right.settings)
        yield* moved.advance(minutes * 60_000)
        // The entry is right, whoever wrote it.
        const [calls, tokens] = [server.resources(), server.tokens()]
        const other = yield* Effect.withClock(start(server, store), wrong)
        yield* soonest(other.settings, wrong)
        const found = { refused: server.resources() - calls - 1, tokens: server.tokens() - tokens }
        // From then on it knows better: for a day they share each token, and none is refused.
        const [laterCalls, laterTokens] = [server.resources(), server.tokens()]
        for (let round = 0; round < 24 * 12; round++) {
          yield* soonest(right.settings)
          yield* soonest(other.settings, wrong)
          yield* moved.advance(5 * 60_000)
        }
        assert.strictEqual(server.resources() - laterCalls, 2 * 24 * 12)
        assert.isAtMost(server.tokens() - laterTokens, 27)
        return found
      }).pipe(Effect.scoped, Effect.withClock(moved.clock))
    })

  for (const [name, wrongBy, minutes, expected] of [
    ["right", 0, 10, { refused: 0, tokens: 0 }],
    ["a minute ahead", 60_000, 10, { refused: 0, tokens: 0 }],
    ["a minute behind", -60_000, 10, { refused: 0, tokens: 0 }],
    // Nobody can know better than one's own clock before the first answer: a token more than needed, and no refusal.
    ["an hour ahead", hour, 10, { refused: 0, tokens: 1 }],
    ["an hour behind", -hour, 10, { refused: 0, tokens: 1 }],
    // But for one that is taken for good, since it would be if the clock were right.
    ["an hour behind, and the token has expired", -hour, 70, { refused: 1, tokens: 1 }]
  ] as const) {
    it.live(`${name}: ${expected.refused} refused, ${expected.tokens} tokens`, () =>
      Effect.map(cost(wrongBy, minutes), (found) => assert.deepStrictEqual(found, expected))
    )
  }
})

describe("any interleaving", () => {
  it.live(
    "of get, interruption, invalidate, forceRefresh, revoke and time keeps the promises of a token that is not shared",
    () =>
      Effect.gen(function* () {
        for (let seed = 1; seed <= 50; seed++) {
          assert.deepStrictEqual(yield* interleave(seed, yield* TokenStores.memory), [], `seed ${seed}`)
        }
      }),
    30_000
  )
})

describe("options that cannot work", () => {
  const issuesOf = (shareTokens: Partial<Dintero.TokenSharing>, name?: string) =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const sharing = { store, ...shareTokens }
      const layers = [
        ...(name === undefined ? [Dintero.layer({ ...options, shareTokens: sharing })] : []),
        Dintero.layerTokensFrom({ accountId: "T12345678", name, request: Effect.never, shareTokens: sharing })
      ]
      const ends = yield* Effect.forEach(layers, (layer) => Effect.either(Effect.scoped(Layer.build(layer))))
      return ends.map((end) =>
        Either.isLeft(end) && end.left._tag === "InvalidConfiguration" ? end.left.issues.map(({ path }) => path) : []
      )
    }).pipe(Effect.provide(serve().layer))

  it.effect("are named", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* issuesOf({ lease: 99 }), [["shareTokens.lease"], ["shareTokens.lease", "name"]])
      assert.deepStrictEqual(yield* issuesOf({ lease: Number.POSITIVE_INFINITY }, "vault"), [["shareTokens.lease"]])
      assert.deepStrictEqual(yield* issuesOf({}, ""), [["name"]])
      assert.deepStrictEqual(yield* issuesOf({}, "vault"), [[]])
    })
  )
})
