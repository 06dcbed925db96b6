/**
 * The tokens of one session, with a store that counts its operations and lets another process come between any two of them.
 */
import { HttpClient, type HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Either, Exit, Fiber, Layer, Metric, Option, Redacted, Scope, TestClock } from "effect"
import {
  AccessTokens,
  Auth,
  Customers,
  RefreshPolicy,
  Session,
  type TokenKey,
  TokenMetrics,
  TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as SessionRecord from "../../src/layers/sessions/SessionRecord.js"
import * as SessionTokens from "../../src/layers/sessions/SessionTokens.js"
import { client, embedded, logIn, newCalls, type Rules, value } from "./System.js"

const storeKey = `session-${"0".repeat(64)}`

interface Operation {
  readonly name: "read" | "write" | "remove" | "lease" | "release"
  readonly timeToLive?: Duration.Duration | undefined
}

type Outcome = "fails" | "fails after it wrote" | "is refused by its fence" | "hangs" | "dies"

const down = new TokenStoreError({ reason: "unavailable", message: "The store is down: start it." })

const watched = Effect.map(TokenStores.memory, (below) => {
  const operations: Array<Operation> = []
  /** What happens before the operation of that number, counted from 0. */
  const before = new Map<number, Effect.Effect<void, TokenStoreError>>()
  /** How the next writes end. */
  const writes: Array<Outcome | "works"> = []
  const noted = <A>(operation: Operation, run: () => Effect.Effect<A, TokenStoreError>): Effect.Effect<A, TokenStoreError> =>
    Effect.suspend(() => {
      operations.push(operation)
      return Effect.zipRight(before.get(operations.length - 1) ?? Effect.void, Effect.suspend(run))
    })
  const store: TokenStoreService = {
    read: (key) => noted({ name: "read" }, () => below.read(key)),
    write: (key, text, condition, options) =>
      noted({ name: "write", timeToLive: options?.timeToLive }, () => {
        switch (writes.shift()) {
          case "fails":
            return Effect.fail(down)
          case "fails after it wrote":
            return Effect.zipRight(below.write(key, text, condition, options), Effect.fail(down))
          case "is refused by its fence":
            return Effect.succeedNone
          case "hangs":
            return Effect.uninterruptible(Effect.never)
          case "dies":
            return Effect.die(new Error("a mistake in a store"))
          default:
            return below.write(key, text, condition, options)
        }
      }),
    remove: (key, condition) => noted({ name: "remove" }, () => below.remove(key, condition)),
    lease: (key, duration) => noted({ name: "lease" }, () => below.lease(key, duration)),
    release: (key, lease) => noted({ name: "release" }, () => below.release(key, lease))
  }
  const stored = Effect.map(SessionRecord.read(below, storeKey), Option.getOrThrow)
  const change = (next: (record: SessionRecord.SessionRecord) => SessionRecord.SessionRecord) =>
    Effect.flatMap(stored, ({ record, version }) =>
      below.write(storeKey, SessionRecord.toText(next(record)), { expected: Option.some(version) })
    )
  return {
    below,
    store,
    operations,
    before,
    writes,
    stored,
    /** Another process changes the session. */
    change: (next: (record: SessionRecord.SessionRecord) => SessionRecord.SessionRecord) => Effect.asVoid(change(next)),
    /** Another process notes that it uses the session, at a time that shows who it was. */
    touchElsewhere: Effect.asVoid(change((record) => ({ ...record, last_used_at: (record.last_used_at ?? 0) + 1e9 }))),
    /** The names of the operations since the last look. */
    names: () => operations.splice(0).map(({ name }) => name)
  }
})

type Watched = Effect.Effect.Success<typeof watched>

/** Ada's login, stored. */
const login = ({ below }: Watched, more: Partial<SessionRecord.SessionRecord> = {}) =>
  Effect.gen(function* () {
    const { access_token, expires_in, refresh_token = null } = yield* logIn()
    const { serverOffset } = yield* AccessTokens
    const now = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) + Option.getOrElse(yield* serverOffset, () => 0)
    const record: SessionRecord.SessionRecord = {
      format: SessionRecord.format,
      refresh_token,
      predecessor: null,
      access_token,
      issued_at: now,
      expires_at: now + expires_in * 1000,
      started_at: now,
      last_used_at: now,
      customer_id: "ada",
      label: null,
      ...more
    }
    const before = Option.map(yield* below.read(storeKey), ({ version }) => version)
    const version = Option.getOrThrow(yield* below.write(storeKey, SessionRecord.toText(record), { expected: before }))
    return { version, record } satisfies SessionRecord.StoredSession
  })

const open = (
  { store }: Watched,
  stored: SessionRecord.StoredSession,
  options: Partial<Pick<SessionTokens.Options, "policy" | "lastUsed" | "unusedFor">> = {}
) =>
  Effect.gen(function* () {
    const tokens = yield* AccessTokens
    const key: TokenKey = { ...tokens.key, grant: "session", subject: "0".repeat(64) }
    return yield* SessionTokens.make({
      auth: yield* Auth,
      client: tokens,
      store,
      key,
      storeKey,
      policy: RefreshPolicy.make({ jitter: 0 }),
      renewed: () => Effect.void,
      lease: Duration.seconds(15),
      stored,
      lastUsed: Duration.minutes(15),
      unusedFor: Duration.days(90),
      ...options
    })
  })

const layer = (rules?: Rules, transform?: (http: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  client({ transformClient: transform }).pipe(
    Layer.provideMerge(DinteroEmbedded.layerHttpClient),
    Layer.provideMerge(embedded(rules))
  )

const isRefresh = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"grant_type":"refresh_token"')

describe("a session in memory", () => {
  it.scoped("reads no store and sends no request while its token is good", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      yield* newCalls
      const seen = new Set<string>()
      for (let minute = 0; minute < 55; minute++) {
        seen.add(value(yield* session.tokens.get))
        yield* session.stillOpen
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(seen.size, 1)
      assert.deepStrictEqual(watching.names(), [])
      assert.deepStrictEqual(yield* newCalls, [])
    }).pipe(Effect.provide(layer()))
  )

  for (const [who, resumedAt] of [
    ["the process that started it", 0],
    ["a process that opens it 20 minutes later", 20],
    ["a process that opens it 50 minutes later", 50],
    ["a process that opens it 54 minutes later", 54]
  ] as const) {
    it.scoped(`is renewed 55 minutes after its token was issued, by ${who}`, () =>
      Effect.gen(function* () {
        const watching = yield* watched
        const stored = yield* login(watching)
        yield* TestClock.adjust(Duration.minutes(resumedAt))
        const session = yield* open(watching, stored)
        const first = value(yield* session.tokens.get)
        yield* TestClock.setTime(55 * 60_000 - 1_000)
        assert.strictEqual(value(yield* session.tokens.get), first)
        yield* TestClock.adjust("10 millis")
        assert.strictEqual(value(yield* session.tokens.get), first)
        assert.deepStrictEqual(watching.names(), [])
        yield* TestClock.setTime(55 * 60_000 + 1_000)
        // In the background: this caller does not wait.
        assert.strictEqual(value(yield* session.tokens.get), first)
        yield* TestClock.adjust("10 millis")
        assert.notStrictEqual(value(yield* session.tokens.get), first)
        assert.deepStrictEqual(watching.names(), ["read", "lease", "read", "write", "release"])
      }).pipe(Effect.provide(layer()))
    )
  }
})

describe("a process that does not know the server's time", () => {
  /** A process that has just started, and a session that was stored by another one `minutes` ago. */
  const resumed = (minutes: number) =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      yield* TestClock.adjust(Duration.minutes(minutes))
      const started = yield* Layer.build(Layer.fresh(client()))
      yield* newCalls
      const session = yield* Effect.provide(open(watching, stored), started)
      return { session, watching, started, token: Redacted.value(stored.record.access_token ?? Redacted.make("none")) }
    })

  it.scoped("takes a stored token that is good by its own clock, and asks for a client token a minute later at the latest", () =>
    Effect.gen(function* () {
      const { session, token, watching } = yield* resumed(20)
      for (let second = 0; second < 45; second++) {
        assert.strictEqual(value(yield* session.tokens.get), token)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(yield* newCalls, [])
      yield* TestClock.adjust("4 seconds")
      yield* session.tokens.get
      yield* TestClock.adjust("10 millis")
      // That told the server's time, by which the token that is in memory is good.
      assert.deepStrictEqual(yield* newCalls, ["auth.token 200"])
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(value(yield* session.tokens.get), token)
      assert.deepStrictEqual(yield* newCalls, [])
      assert.deepStrictEqual(watching.names(), [])
      // It is renewed at the time at which its issuer would.
      yield* TestClock.adjust("6 minutes")
      yield* session.tokens.get
      yield* TestClock.adjust("10 millis")
      assert.notStrictEqual(value(yield* session.tokens.get), token)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("asks for nothing when an answer has told the server's time meanwhile", () =>
    Effect.gen(function* () {
      const { session, started, token, watching } = yield* resumed(20)
      const { serverOffset } = Context.get(started, AccessTokens)
      assert.isTrue(Option.isNone(yield* serverOffset))
      const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
      const asAda = {
        ...Session.forTest({ customerId: "ada" }),
        tokens: session.tokens
      }
      yield* Effect.provide(Session.with(settings, asAda), started)
      assert.isTrue(Option.isSome(yield* serverOffset))
      for (let minute = 20; minute < 54; minute++) {
        assert.strictEqual(value(yield* session.tokens.get), token)
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(yield* newCalls, ["customers.settings.get 200"])
      assert.deepStrictEqual(watching.names(), [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("asks for a client token first when the stored one is in the window ahead of its expiry", () =>
    Effect.gen(function* () {
      const { session, token } = yield* resumed(56)
      assert.deepStrictEqual(yield* newCalls, [])
      // By the server's time it is good for 4 minutes.
      assert.strictEqual(value(yield* session.tokens.get), token)
      assert.deepStrictEqual(yield* newCalls, ["auth.token 200"])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("asks for a client token first when the stored one was issued in its future", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching, { issued_at: 60_000 })
      const started = yield* Layer.build(Layer.fresh(client()))
      yield* newCalls
      const session = yield* Effect.provide(open(watching, stored), started)
      yield* session.tokens.get
      assert.strictEqual((yield* newCalls)[0], "auth.token 200")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("notes no use until it knows the server's time, by which the life of the entry is counted", () =>
    Effect.gen(function* () {
      const { session, started, watching } = yield* resumed(20)
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(watching.names(), [])
      yield* Context.get(started, AccessTokens).get
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(watching.names(), ["write"])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("uses an access token without a refresh token until it expires by the server's time", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching, { refresh_token: null })
      yield* TestClock.adjust("57 minutes")
      const started = yield* Layer.build(Layer.fresh(client()))
      yield* newCalls
      const session = yield* Effect.provide(open(watching, stored), started)
      yield* session.tokens.get
      assert.deepStrictEqual(yield* newCalls, [])
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(session.tokens.get)))._tag, "SessionExpired")
      assert.strictEqual((yield* Effect.flip(session.stillOpen))._tag, "SessionExpired")
    }).pipe(Effect.provide(layer()))
  )
})

describe("a note of a use", () => {
  const used = (watching: Watched) => Effect.map(watching.stored, ({ record }) => (record.last_used_at ?? 0) / 60_000)

  it.scoped("is written once in the time for it, without a read, however often the session is used", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      for (let minute = 0; minute < 50; minute++) {
        yield* Effect.all([session.touch, session.touch, session.touch])
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(watching.names(), ["write", "write", "write"])
      assert.approximately(yield* used(watching), 45, 0.1)
      assert.isFalse(session.isOutdated())
      assert.strictEqual(session.stored().version, (yield* watching.stored).version)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("is not needed after a renewal", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      yield* TestClock.adjust("14 minutes")
      yield* session.tokens.forceRefresh
      watching.names()
      yield* TestClock.adjust("14 minutes")
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(watching.names(), [])
      assert.approximately(yield* used(watching), 14, 0.1)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("is written more often when sessions disappear sooner than that", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching), { unusedFor: Duration.minutes(10) })
      for (let minute = 0; minute < 20; minute++) {
        yield* session.touch
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(watching.names(), ["write", "write", "write"])
    }).pipe(Effect.provide(layer()))
  )

  for (const outcome of ["fails", "dies", "hangs"] as const) {
    it.scoped(`that ${outcome} is written again half a minute later, and disturbs nobody`, () =>
      Effect.gen(function* () {
        const watching = yield* watched
        const session = yield* open(watching, yield* login(watching))
        yield* TestClock.adjust("15 minutes")
        watching.writes.push(outcome)
        for (let second = 0; second < 29; second++) {
          yield* session.touch
          yield* session.stillOpen
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(watching.names(), ["write"])
        assert.strictEqual(yield* used(watching), 500 / 60_000)
        yield* TestClock.adjust("12 seconds")
        yield* session.touch
        yield* TestClock.adjust("10 millis")
        assert.deepStrictEqual(watching.names(), ["write"])
        assert.isAbove(yield* used(watching), 15)
      }).pipe(Effect.provide(layer()))
    )
  }

  it.scoped("that comes after a change of another process changes nothing, and makes a recheck due, which reads once", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      yield* watching.change((record) => ({ ...record, refresh_token: Redacted.make("another") }))
      yield* TestClock.adjust("16 minutes")
      for (let use = 0; use < 3; use++) {
        yield* session.touch
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(watching.names(), ["write"])
      assert.isTrue(session.isOutdated())
      assert.strictEqual((yield* session.recheck)._tag, "Same")
      assert.isFalse(session.isOutdated())
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(watching.names(), ["read", "write"])
      const { record } = yield* watching.stored
      assert.strictEqual(Redacted.value(record.refresh_token ?? Redacted.make("none")), "another")
      assert.isAbove(yield* used(watching), 18)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("is not written after the session has ended, and none runs after its scope", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const scope = yield* Scope.make()
      const session = yield* Scope.extend(open(watching, stored), scope)
      yield* TestClock.adjust("16 minutes")
      watching.writes.push("hangs")
      yield* session.touch
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      yield* session.touch
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(watching.names(), ["write"])
      const other = yield* open(watching, stored)
      yield* other.close
      yield* other.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(watching.names(), [])
    }).pipe(Effect.provide(layer()))
  )
})

describe("a recheck", () => {
  it.scoped("reads once, and ends a session that is gone", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const session = yield* open(watching, stored)
      yield* session.stillOpen
      yield* watching.below.remove(storeKey, { expected: Option.some(stored.version) })
      assert.deepStrictEqual(yield* session.recheck, { _tag: "Gone" })
      assert.deepStrictEqual(watching.names(), ["read"])
      assert.strictEqual((yield* Effect.flip(session.stillOpen))._tag, "SessionExpired")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(session.tokens.get)))._tag, "SessionExpired")
      assert.isTrue(Option.isNone(yield* session.tokens.peek))
      assert.deepStrictEqual(watching.names(), [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("changes nothing when the store fails", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      const seenAt = session.seenAt()
      yield* TestClock.adjust("1 minute")
      watching.before.set(0, Effect.fail(down))
      assert.strictEqual(yield* Effect.flip(Effect.asVoid(session.recheck)), down)
      yield* session.stillOpen
      assert.strictEqual(session.seenAt(), seenAt)
      yield* session.recheck
      assert.strictEqual(session.seenAt(), seenAt + 60_000)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("takes over a newer token, which is used when the present one is refused: no read, no request", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const one = yield* open(watching, stored)
      const other = yield* open(watching, stored)
      const { generation } = yield* one.tokens.get
      const newer = value(yield* other.tokens.forceRefresh)
      yield* one.recheck
      watching.names()
      yield* newCalls
      yield* one.tokens.invalidate(generation)
      assert.strictEqual(value(yield* one.tokens.get), newer)
      assert.deepStrictEqual(watching.names(), [])
      assert.deepStrictEqual(yield* newCalls, [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("tells a new login under the same id, whose tokens the old session does not get", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      const first = value(yield* session.tokens.get)
      yield* TestClock.adjust("1 minute")
      const next = yield* login(watching)
      const found = yield* session.recheck
      assert.deepStrictEqual([found._tag, found._tag === "Replaced" && found.stored.version], ["Replaced", next.version])
      const token = yield* Effect.either(session.tokens.forceRefresh)
      assert.strictEqual(Either.isLeft(token) && token.left._tag, "SessionExpired")
      assert.isFalse(yield* session.remove)
      assert.strictEqual((yield* watching.stored).version, next.version)
      assert.notStrictEqual(Redacted.value(next.record.access_token ?? Redacted.make("none")), first)
    }).pipe(Effect.provide(layer()))
  )
})

describe("a refresh beside notes of a use", () => {
  const rotations = ["none", "until-used", "grace", "strict"] as const
  const outcomes = ["works", "is refused by its fence", "fails", "fails after it wrote"] as const

  /** One refresh, with another process that notes a use before the operations of these numbers. Answers how many operations there were. */
  const refreshed = (
    rotation: (typeof rotations)[number],
    outcome: (typeof outcomes)[number],
    touches: ReadonlyArray<number>,
    own: boolean
  ) => {
    let sent = 0
    const transform = (http: HttpClient.HttpClient) =>
      HttpClient.transform(http, (effect, request) => {
        if (isRefresh(request)) sent++
        return effect
      })
    const name = `${rotation}, the write ${outcome}, touched ${own ? "here" : "elsewhere"} before ${touches.join(" and ")}`
    return Effect.gen(function* () {
      const watching = yield* watched
      const policy = RefreshPolicy.make({ rotation, jitter: 0 })
      const session = yield* open(watching, yield* login(watching), { policy, lastUsed: Duration.minutes(1) })
      const first = value(yield* session.tokens.get)
      yield* TestClock.adjust("2 minutes")
      for (const touch of touches) {
        watching.before.set(touch, own ? Effect.zipRight(session.touch, Effect.yieldNow()) : watching.touchElsewhere)
      }
      watching.writes.push(outcome)
      const adopted = yield* Metric.value(Metric.tagged(TokenMetrics.adopted, "grant", "session"))
      const end = yield* Effect.either(session.tokens.forceRefresh)
      // Received tokens that could not be stored are given to nobody, and are stored by the next caller.
      if (Either.isLeft(end)) assert.strictEqual(end.left._tag, "TokenStoreError", name)
      const token = value(Either.isRight(end) ? end.right : yield* session.tokens.forceRefresh)
      const operations = watching.names().length
      const { record } = yield* watching.stored
      assert.notStrictEqual(token, first, name)
      assert.strictEqual(Redacted.value(record.access_token ?? Redacted.make("none")), token, name)
      assert.strictEqual(sent, 1, name)
      // However it got into the store, it was requested here.
      assert.deepStrictEqual(yield* Metric.value(Metric.tagged(TokenMetrics.adopted, "grant", "session")), adopted, name)
      // The stored refresh token is the one that the server expects.
      watching.before.clear()
      yield* session.tokens.forceRefresh
      assert.strictEqual(sent, 2, name)
      return operations
    }).pipe(Effect.scoped, Effect.provide(layer({ rotation }, transform)))
  }

  for (const rotation of rotations) {
    const most = rotation === "strict" ? "one or two" : "one"
    it.effect(`${rotation}: loses no token, and sends one request, wherever another process notes ${most}`, () =>
      Effect.gen(function* () {
        const operations = yield* refreshed(rotation, "works", [], false)
        assert.isAbove(operations, 4)
        for (let one = 0; one < operations; one++) {
          const last = rotation === "strict" ? operations + 2 : one + 1
          for (let two = one; two < last; two++) yield* refreshed(rotation, "works", [one, two], false)
        }
      })
    )
  }

  for (const outcome of ["is refused by its fence", "fails", "fails after it wrote"] as const) {
    it.effect(`strict, the write ${outcome}: the same`, () =>
      Effect.gen(function* () {
        const operations = yield* refreshed("strict", outcome, [], false)
        for (let one = 0; one < operations + 2; one++) yield* refreshed("strict", outcome, [one], false)
      })
    )
  }

  it.effect("strict: the same, wherever this process notes one", () =>
    Effect.gen(function* () {
      const operations = yield* refreshed("strict", "works", [], true)
      for (let one = 0; one < operations + 2; one++) yield* refreshed("strict", "works", [one], true)
    })
  )

  it.scoped("keeps the later time of the two", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      // Between the read under the lease and the write.
      watching.before.set(3, watching.touchElsewhere)
      yield* session.tokens.forceRefresh
      assert.isAtLeast((yield* watching.stored).record.last_used_at ?? 0, 1e9)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a refused refresh token ends the session, also when a use is noted before its removal", () =>
    Effect.gen(function* () {
      const { accounts } = yield* DinteroEmbedded.Embedded
      const watching = yield* watched
      const snapshot = yield* accounts.snapshot("T12345678")
      const session = yield* open(watching, yield* login(watching))
      // The server has never heard of it.
      yield* accounts.restore(snapshot)
      watching.before.set(4, watching.touchElsewhere)
      const end = yield* Effect.flip(Effect.asVoid(session.tokens.forceRefresh))
      assert.strictEqual(end._tag === "SessionExpired" && end.reason, "refused")
      assert.deepStrictEqual(watching.names(), ["read", "lease", "read", "read", "remove", "read", "remove", "release"])
      assert.isTrue(Option.isNone(yield* watching.below.read(storeKey)))
      assert.strictEqual((yield* Effect.flip(session.stillOpen)).reason, "refused")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a refused refresh token does not end a session for which another process has stored newer tokens", () =>
    Effect.gen(function* () {
      const { accounts } = yield* DinteroEmbedded.Embedded
      const watching = yield* watched
      const snapshot = yield* accounts.snapshot("T12345678")
      const session = yield* open(watching, yield* login(watching))
      yield* accounts.restore(snapshot)
      const newer = yield* logIn()
      watching.before.set(
        4,
        watching.change((record) => ({
          ...record,
          access_token: newer.access_token,
          refresh_token: newer.refresh_token ?? null
        }))
      )
      yield* Effect.flip(Effect.asVoid(session.tokens.forceRefresh))
      yield* session.stillOpen
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Either.isRight(yield* Effect.either(session.tokens.forceRefresh)))
    }).pipe(Effect.provide(layer()))
  )
})

describe("the parts of a logout", () => {
  it.scoped("the first one ends the session here at once, without the store and the server", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      yield* newCalls
      yield* session.close
      assert.strictEqual((yield* Effect.flip(session.stillOpen)).reason, "ended")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(session.tokens.get)))._tag, "SessionExpired")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(session.tokens.forceRefresh)))._tag, "SessionExpired")
      assert.deepStrictEqual([watching.names(), yield* newCalls], [[], []])
      assert.isTrue(yield* session.remove)
      assert.deepStrictEqual([watching.names(), yield* newCalls], [["remove"], []])
      yield* session.revoke
      yield* session.revoke
      assert.deepStrictEqual([watching.names(), yield* newCalls], [[], ["auth.revoke 200"]])
      assert.isFalse(yield* session.remove)
      // Once it is revoked, a second logout has nothing to do at the server.
      yield* session.logout
      assert.deepStrictEqual(yield* newCalls, [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a removal that is interrupted after it was made: the next logout revokes the tokens", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const session = yield* open(watching, stored)
      yield* newCalls
      watching.before.set(
        0,
        Effect.zipRight(watching.below.remove(storeKey, { expected: Option.some(stored.version) }), Effect.never)
      )
      const ending = yield* Effect.fork(session.logout)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(ending)
      assert.deepStrictEqual(yield* newCalls, [])
      yield* session.logout
      assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a session that another process has ended costs no request", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const session = yield* open(watching, stored)
      const other = yield* open(watching, stored)
      yield* other.logout
      yield* newCalls
      yield* session.logout
      assert.deepStrictEqual(yield* newCalls, [])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("the tokens that another process has stored are removed and revoked", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const stored = yield* login(watching)
      const session = yield* open(watching, stored)
      const other = yield* open(watching, stored)
      yield* other.tokens.forceRefresh
      const { refresh_token } = other.stored().record
      watching.names()
      yield* session.logout
      assert.deepStrictEqual(watching.names(), ["remove", "read", "remove"])
      assert.isTrue(Option.isNone(yield* watching.below.read(storeKey)))
      const again = yield* open(watching, yield* login(watching, { access_token: null, refresh_token }))
      const end = yield* Effect.flip(Effect.asVoid(again.tokens.get))
      assert.strictEqual(end._tag === "SessionExpired" && end.reason, "refused")
    }).pipe(Effect.provide(layer({ rotation: "until-used" })))
  )

  it.scoped("a refresh that is stored after it is undone: its refresh token is revoked", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching))
      // The session is logged out between the answer and its write.
      watching.before.set(3, Effect.ignore(session.logout))
      yield* newCalls
      const end = yield* Effect.flip(Effect.asVoid(session.tokens.forceRefresh))
      assert.strictEqual(end._tag, "SessionExpired")
      yield* TestClock.adjust("1 second")
      const calls = yield* newCalls
      assert.strictEqual(calls.filter((call) => call === "auth.revoke 200").length, 2)
      assert.isTrue(Option.isNone(yield* watching.below.read(storeKey)))
    }).pipe(Effect.provide(layer({ rotation: "until-used" })))
  )
})

describe("each write says how long the entry is needed", () => {
  const lives = ({ operations }: Watched) =>
    operations.filter(({ name }) => name === "write").map(({ timeToLive }) => timeToLive && Duration.toMinutes(timeToLive))

  it.scoped("until the session was not used for the time that is allowed", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching), { unusedFor: Duration.hours(10) })
      yield* session.tokens.forceRefresh
      yield* TestClock.adjust("16 minutes")
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lives(watching), [600, 600])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("until its greatest age", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const policy = RefreshPolicy.make({ maxSessionAge: "3 hours" })
      const session = yield* open(watching, yield* login(watching), { policy })
      yield* TestClock.adjust("30 minutes")
      yield* session.touch
      yield* session.tokens.forceRefresh
      yield* TestClock.adjust("30 minutes")
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lives(watching).slice(-2), [150, 120])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("until its access token expires when there is no refresh token", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching, { refresh_token: null }))
      yield* TestClock.adjust("30 minutes")
      yield* session.touch
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lives(watching), [30])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("for ever when nothing ends it", () =>
    Effect.gen(function* () {
      const watching = yield* watched
      const session = yield* open(watching, yield* login(watching), { unusedFor: Duration.infinity })
      yield* session.tokens.forceRefresh
      assert.deepStrictEqual(lives(watching), [undefined])
    }).pipe(Effect.provide(layer()))
  )
})
