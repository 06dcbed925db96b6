/**
 * Failures around a session: in its store, in an answer, on the wire, and in the middle of a refresh.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Exit, Fiber, Layer, Option, Redacted, Scope, TestClock } from "effect"
import {
  RefreshPolicy,
  Session,
  type SessionExpired,
  Sessions,
  TokenStore,
  TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { RedisTokenStore } from "effect-dintero/redis"
import { directory, open } from "../stores/Stores.js"
import * as RedisServer from "../utils/RedisServer.js"
import { begin, client, embedded, layer, logIn, newCalls, settings, value } from "./System.js"

const { Embedded } = DinteroEmbedded
const rotations = ["none", "until-used", "grace", "strict"] as const

/** A session in memory is read again whenever it is resumed. */
const readAlways = { notice: "1 nanos" } as const

const strict = RefreshPolicy.make({ rotation: "strict" })

/** Everything that a log could show of it. */
const shown = (error: unknown): string => `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 10 })}`

interface Broken {
  readonly store: TokenStoreService
  readonly break: Effect.Effect<void>
  /** Ends the cause, and nothing else. */
  readonly heal: Effect.Effect<void>
}

const entryOf = (place: string) => {
  const [folder = ""] = readdirSync(place).filter((name) => name.startsWith("key-session-"))
  const [name = ""] = readdirSync(join(place, folder)).filter((file) => file.endsWith(".entry"))
  return join(place, folder, name)
}

/** The file of the one session holds something else. */
const inFile = (damage: (bytes: Buffer) => Uint8Array) =>
  Effect.gen(function* () {
    const place = yield* directory
    let before: readonly [string, Buffer] = ["", Buffer.alloc(0)]
    return {
      store: yield* open("file", place),
      break: Effect.sync(() => {
        const path = entryOf(place)
        before = [path, readFileSync(path)]
        writeFileSync(path, damage(before[1]))
      }),
      heal: Effect.sync(() => writeFileSync(...before))
    } satisfies Broken
  })

const inRedis = (stop: (server: RedisServer.RedisServer) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const server = yield* RedisServer.make
    return {
      store: yield* RedisTokenStore.make({ url: server.url, timeout: "200 millis" }),
      break: stop(server),
      heal: server.signal("SIGCONT")
    } satisfies Broken
  })

const other = Redacted.make(Buffer.alloc(32, 8).toString("base64"))

const wrongKey = Effect.gen(function* () {
  const below = yield* TokenStores.memory
  const right = yield* TokenStores.encrypted(below, { key: Redacted.make(Buffer.alloc(32, 7).toString("base64")) })
  const wrong = yield* TokenStores.encrypted(below, { key: other })
  let now = right
  return {
    store: {
      read: (...args) => now.read(...args),
      write: (...args) => now.write(...args),
      remove: (...args) => now.remove(...args),
      lease: (...args) => now.lease(...args),
      release: (...args) => now.release(...args)
    },
    break: Effect.sync(() => {
      now = wrong
    }),
    heal: Effect.sync(() => {
      now = right
    })
  } satisfies Broken
})

const isSession = (key: string) => key.startsWith("session-")

/** A store in which the text of a session is another one when it is read. */
const anotherText = (text: string) =>
  Effect.gen(function* () {
    const below = yield* TokenStores.memory
    let isBroken = false
    return {
      store: {
        ...below,
        read: (key) =>
          Effect.map(
            below.read(key),
            Option.map((entry) => (isBroken && isSession(key) ? { ...entry, value: Redacted.make(text) } : entry))
          )
      },
      break: Effect.sync(() => {
        isBroken = true
      }),
      heal: Effect.sync(() => {
        isBroken = false
      })
    } satisfies Broken
  })

describe("a bad store or entry is a typed error of resume, get and start, and does not end the session", () => {
  const cases: ReadonlyArray<{
    readonly name: string
    readonly reason: TokenStoreError["reason"]
    readonly advice: RegExp
    readonly open: Effect.Effect<Broken, TokenStoreError, Scope.Scope>
    readonly skip?: boolean
  }> = [
    { name: "half written", reason: "unreadable", advice: /log in again/, open: inFile((bytes) => bytes.subarray(0, 90)) },
    { name: "empty", reason: "unreadable", advice: /log in again/, open: inFile(() => Buffer.alloc(0)) },
    {
      name: "of another program",
      reason: "foreign",
      advice: /was not changed/,
      open: inFile(() => Buffer.from("[shop]\nkey=1\n"))
    },
    {
      name: "of another release",
      reason: "foreign",
      advice: /separate store/,
      open: anotherText('{"format":"effect-dintero session 2"}')
    },
    { name: "of another key", reason: "wrong-key", advice: /olderKeys/, open: wrongKey },
    {
      name: "in a directory that this process may not use",
      reason: "unavailable",
      advice: /chmod 700/,
      open: Effect.gen(function* () {
        const place = yield* directory
        return {
          store: yield* open("file", place),
          break: Effect.sync(() => chmodSync(place, 0o777)),
          heal: Effect.sync(() => chmodSync(place, 0o700))
        }
      })
    },
    {
      name: "in a Redis that hangs",
      reason: "unavailable",
      advice: /did not answer within 200 ms/,
      open: inRedis(({ signal }) => signal("SIGSTOP")),
      skip: !RedisServer.available
    }
  ]
  for (const { advice, name, open, reason, skip } of cases) {
    it.scopedLive.skipIf(skip === true)(`${name}: ${reason}${skip === true ? RedisServer.note : ""}`, () =>
      Effect.gen(function* () {
        const broken = yield* open
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          const login = yield* logIn()
          const session = yield* sessions.start(login, { id: "ada" })
          const second = yield* logIn()
          const { generation } = yield* session.tokens.get
          yield* broken.break
          yield* session.tokens.invalidate(generation)
          const errors = [
            yield* Effect.flip(Effect.scoped(sessions.resume("ada"))),
            yield* Effect.flip(session.tokens.get),
            // A damaged one would be replaced: see below.
            ...(reason === "unreadable" ? [] : [yield* Effect.flip(Effect.scoped(sessions.start(second, { id: "ada" })))])
          ]
          for (const error of errors) {
            assert.include(["TokenStoreError", "SessionNotStored"], error._tag)
            assert.strictEqual("reason" in error && error.reason, reason)
            assert.match(error.message, advice)
            for (const secret of [login.access_token, login.refresh_token, second.access_token]) {
              if (secret !== undefined) assert.notInclude(shown(error), Redacted.value(secret))
            }
          }
          yield* broken.heal
          // A connection that hung may need a moment.
          yield* Effect.retry(Effect.delay(session.tokens.forceRefresh, "100 millis"), { times: 20 })
          yield* Session.with(settings, session)
          assert.isTrue(Either.isRight(yield* Effect.either(sessions.resume("ada"))))
        }).pipe(
          Effect.provide(
            layer({
              rules: { rotation: "strict" },
              refresh: strict,
              store: Effect.succeed(broken.store),
              sessions: readAlways
            })
          )
        )
      })
    )
  }

  it.scopedLive.skipIf(!RedisServer.available)(`in a Redis that is gone: unavailable${RedisServer.note}`, () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url, timeout: "200 millis" })
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const session = yield* begin
        const second = yield* logIn()
        yield* session.tokens.get
        yield* server.stop
        const errors = [
          yield* Effect.flip(Effect.scoped(sessions.resume("ada"))),
          yield* Effect.flip(session.tokens.forceRefresh),
          yield* Effect.flip(Effect.scoped(sessions.start(second, { id: "ada" })))
        ]
        for (const error of errors) assert.strictEqual("reason" in error && error.reason, "unavailable")
        // A valid token is used until it expires.
        yield* Session.with(settings, session)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store), sessions: readAlways })))
    })
  )

  it.scoped("a session that is damaged beyond repair is unreadable, and a login replaces it", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      let key = ""
      const store: TokenStoreService = {
        ...below,
        write: (...args) =>
          Effect.suspend(() => below.write(...args)).pipe(
            Effect.tap(() => {
              key = args[0]
            })
          )
      }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const session = yield* begin
        const stored = yield* Effect.flatMap(below.read(key), Effect.orDie)
        yield* below.write(key, Redacted.make('{"format":"effect-dintero session 1","refresh_token":"s3cr'), {
          expected: Option.some(stored.version)
        })
        const error = yield* Effect.flip(session.tokens.forceRefresh)
        assert.strictEqual(error._tag === "TokenStoreError" && error.reason, "unreadable")
        assert.notInclude(shown(error), "s3cr")
        const again = yield* sessions.start(yield* logIn(), { id: "ada" })
        yield* again.tokens.forceRefresh
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )
})

describe("a damaged session: resume says that it is unreadable, and a login replaces it", () => {
  type Text = (change: (text: string) => string) => Effect.Effect<void, TokenStoreError>
  /** A store, and how the text of its one entry is changed below it. */
  const stores: ReadonlyArray<
    readonly [string, Effect.Effect<readonly [TokenStoreService, Text], TokenStoreError, Scope.Scope>]
  > = [
    [
      "memory",
      Effect.gen(function* () {
        const { changing, store } = keyed(yield* TokenStores.memory)
        return [store, changing(store)] as const
      })
    ],
    [
      "encrypted, in memory",
      Effect.gen(function* () {
        const below = yield* TokenStores.memory
        const { changing, store } = keyed(yield* TokenStores.encrypted(below, { key: other }))
        return [store, changing(below)] as const
      })
    ],
    [
      "file",
      Effect.gen(function* () {
        const place = yield* directory
        const text: Text = (change) =>
          Effect.sync(() => writeFileSync(entryOf(place), change(readFileSync(entryOf(place), "utf8"))))
        return [yield* open("file", place), text] as const
      })
    ]
  ]
  const damages: ReadonlyArray<readonly [string, (text: string) => string]> = [
    ["empty", () => ""],
    ["cut in its first words", (text) => text.slice(0, 9)],
    ["cut in half", (text) => text.slice(0, text.length / 2)],
    ["cut by 3 characters", (text) => text.slice(0, -3)],
    ["one character of its first words changed", (text) => `${text.slice(0, 4)}~${text.slice(5)}`],
    ["zeros", (text) => "\0".repeat(text.length)]
  ]
  const resumed = Effect.flatMap(Sessions, ({ resume }) => resume("ada"))
  const inAnother = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(Effect.scoped(effect), Layer.fresh(Sessions.layer()))
  for (const [name, make] of stores) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        const [store, text] = yield* make
        yield* Effect.gen(function* () {
          yield* Effect.scoped(begin)
          for (const [damage, change] of damages) {
            yield* text(change)
            // Each in a process of its own, which does not have the session in memory.
            const error = yield* Effect.flip(inAnother(Effect.asVoid(resumed)))
            assert.strictEqual(error._tag === "TokenStoreError" && error.reason, "unreadable", damage)
            yield* Effect.scoped(begin)
            const again = yield* inAnother(Effect.flatMap(resumed, (session) => Session.with(settings, session)))
            assert.isDefined(again, damage)
          }
        }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
      })
    )
  }
})

describe("a stored time that no date can have", () => {
  for (const field of ["started_at", "last_used_at"] as const) {
    it.scoped(`${field}: the entry is unreadable, and the list of the customer goes on`, () =>
      Effect.gen(function* () {
        const { changing, store } = keyed(yield* TokenStores.memory)
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          yield* Effect.scoped(Effect.flatMap(logIn(), (login) => sessions.start(login, { label: "good" })))
          yield* Effect.scoped(begin)
          yield* changing(store)((text) => text.replace(new RegExp(`"${field}":[0-9.]+`), `"${field}":1e300`))
          yield* Effect.gen(function* () {
            const later = yield* Sessions
            const error = yield* Effect.flip(Effect.scoped(later.resume("ada")))
            assert.strictEqual(error._tag === "TokenStoreError" && error.reason, "unreadable")
            const list = yield* later.ofCustomer("ada")
            assert.deepStrictEqual(
              list.map(({ label }) => label),
              [Option.some("good")]
            )
          }).pipe(Effect.provide(Layer.fresh(Sessions.layer())))
        }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
      })
    )
  }
})

/** A store that notes the key of its last session, and changes the text under it in another one. */
const keyed = (below: TokenStoreService) => {
  let key = ""
  return {
    store: {
      ...below,
      write: (...args) =>
        Effect.suspend(() => {
          if (isSession(args[0])) key = args[0]
          return below.write(...args)
        })
    } satisfies TokenStoreService,
    changing: (store: TokenStoreService) => (change: (text: string) => string) =>
      Effect.gen(function* () {
        const entry = Option.getOrThrow(yield* store.read(key))
        yield* store.write(key, Redacted.make(change(Redacted.value(entry.value))), { expected: Option.some(entry.version) })
      })
  }
}

const down = new TokenStoreError({ reason: "unavailable", message: "The store is down: start it." })

/** A store in memory whose next writes go wrong. */
const failing = Effect.gen(function* () {
  const below = yield* TokenStores.memory
  const next: Array<"fails" | "fails after it wrote" | "is refused by its fence" | "hangs"> = []
  const store: TokenStoreService = {
    ...below,
    write: (...args) =>
      Effect.suspend(() => {
        switch (next.shift()) {
          case "fails":
            return Effect.fail(down)
          case "fails after it wrote":
            return Effect.zipRight(below.write(...args), Effect.fail(down))
          case "is refused by its fence":
            return Effect.succeedNone
          case "hangs":
            return Effect.timeoutFail(Effect.never, { duration: "2 seconds", onTimeout: () => down })
          default:
            return below.write(...args)
        }
      })
  }
  return { store, next }
})

describe("a write that fails after a rotation gives out no token and loses nothing", () => {
  for (const rotation of rotations) {
    for (const how of ["fails", "fails after it wrote", "hangs"] as const) {
      it.scoped(`${rotation}, the write ${how}: the next get stores it first`, () =>
        Effect.gen(function* () {
          const { next, store } = yield* failing
          yield* Effect.gen(function* () {
            const session = yield* begin
            const first = yield* session.tokens.get
            yield* session.tokens.invalidate(first.generation)
            yield* newCalls
            next.push(how)
            const fiber = yield* Effect.fork(Effect.flip(session.tokens.get))
            yield* TestClock.adjust("3 seconds")
            assert.strictEqual((yield* Fiber.join(fiber))._tag, "TokenStoreError")
            assert.isTrue(Option.isNone(yield* session.tokens.peek))
            assert.deepStrictEqual(yield* newCalls, ["auth.token 200"])
            yield* TestClock.adjust("2 seconds")
            const token = yield* session.tokens.get
            assert.notStrictEqual(value(token), value(first))
            assert.deepStrictEqual(yield* newCalls, [])
            // Its refresh token is the one that is stored: the server takes it.
            yield* Session.with(settings, session)
            yield* session.tokens.forceRefresh
            assert.deepStrictEqual(yield* newCalls, ["customers.settings.get 200", "auth.token 200"])
          }).pipe(
            Effect.provide(
              layer({ rules: { rotation }, refresh: RefreshPolicy.make({ rotation }), store: Effect.succeed(store) })
            )
          )
        })
      )
    }
  }

  it.scoped("with strict rotation, tokens are stored after the lease has ended if nobody else has written", () =>
    Effect.gen(function* () {
      const { next, store } = yield* failing
      yield* Effect.gen(function* () {
        const session = yield* begin
        next.push("is refused by its fence")
        yield* session.tokens.forceRefresh
        yield* session.tokens.forceRefresh
      }).pipe(Effect.provide(layer({ rules: { rotation: "strict" }, refresh: strict, store: Effect.succeed(store) })))
    })
  )

  it.scoped("with strict rotation, tokens are stored when the program ends, and the next program resumes the session", () =>
    Effect.gen(function* () {
      const { next, store } = yield* failing
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const login = yield* logIn()
        const scope = yield* Scope.make()
        const session = yield* Scope.extend(sessions.start(login, { id: "ada" }), scope)
        next.push("fails")
        yield* Effect.flip(session.tokens.forceRefresh)
        yield* Scope.close(scope, Exit.void)
        const resumed = yield* sessions.resume("ada")
        yield* resumed.tokens.forceRefresh
      }).pipe(Effect.provide(layer({ rules: { rotation: "strict" }, refresh: strict, store: Effect.succeed(store) })))
    })
  )
})

const isRefresh = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"grant_type":"refresh_token"')

describe("a refresh with a wrong answer is an InvalidResponse, and the session stays", () => {
  const good = { access_token: "s3cr3t.access.token", token_type: "Bearer", expires_in: 3600, refresh_token: "s3cr3t-refresh" }
  const { expires_in: _, ...without } = good
  const cases: ReadonlyArray<readonly [string, unknown]> = [
    ["expires_in is a text with a unit", { ...good, expires_in: "3600s" }],
    ["expires_in is zero", { ...good, expires_in: 0 }],
    ["expires_in is negative", { ...good, expires_in: -1 }],
    ["expires_in is missing", without],
    ["the token has a newline", { ...good, access_token: "s3cr3t\nx-admin: yes" }],
    ["the refresh token is a number", { ...good, refresh_token: 5 }],
    ["it is no object", "s3cr3t"]
  ]
  for (const [name, body] of cases) {
    it.scoped(name, () => {
      let isBad = false
      const transform = (http: HttpClient.HttpClient) =>
        HttpClient.transform(http, (effect, request) =>
          isBad && isRefresh(request) ? Effect.sync(() => HttpClientResponse.fromWeb(request, Response.json(body))) : effect
        )
      return Effect.gen(function* () {
        const session = yield* begin
        isBad = true
        const error = yield* Effect.flip(session.tokens.forceRefresh)
        assert.strictEqual(error._tag, "InvalidResponse")
        assert.notInclude(shown(error), "s3cr3t")
        isBad = false
        yield* session.tokens.forceRefresh
        yield* Session.with(settings, session)
      }).pipe(Effect.provide(layer({ rules: { rotation: "strict" }, refresh: strict, transform })))
    })
  }
})

describe("after a refresh without another refresh token, the session keeps the one that it has", () => {
  for (const refresh_token of [undefined, null, ""]) {
    it.scoped(`refresh_token is ${JSON.stringify(refresh_token) ?? "missing"}`, () => {
      let isOther = false
      const answer = { access_token: "another", token_type: "bearer", expires_in: "3600", refresh_token }
      const sent: Array<string> = []
      const transform = (http: HttpClient.HttpClient) =>
        HttpClient.transform(http, (effect, request) => {
          if (!isRefresh(request)) return effect
          if (request.body._tag === "Uint8Array") sent.push(new TextDecoder().decode(request.body.body))
          return isOther ? Effect.sync(() => HttpClientResponse.fromWeb(request, Response.json(answer))) : effect
        })
      return Effect.gen(function* () {
        const session = yield* begin
        isOther = true
        yield* session.tokens.forceRefresh
        assert.strictEqual(Redacted.value((yield* session.tokens.get).value), "another")
        isOther = false
        yield* session.tokens.forceRefresh
        assert.strictEqual(sent.length, 2)
        assert.strictEqual(sent[1], sent[0])
      }).pipe(Effect.provide(layer({ rules: { rotation: "none" }, transform })))
    })
  }
})

describe("after a lost answer, the token is sent once more if that is safe, and otherwise there is a typed error", () => {
  for (const rotation of rotations) {
    it.scoped(rotation, () =>
      Effect.gen(function* () {
        const { faults } = yield* Embedded
        const session = yield* begin
        const { generation } = yield* session.tokens.get
        yield* newCalls
        yield* faults.add({
          match: { operation: "auth.token", times: 1 },
          fault: { kind: "drop", when: "after_commit" }
        })
        yield* session.tokens.invalidate(generation)
        const end = yield* Effect.either(session.tokens.get)
        const calls = yield* newCalls
        if (rotation !== "strict") {
          assert.isTrue(Either.isRight(end))
          assert.lengthOf(calls, 2)
          yield* session.tokens.forceRefresh
          return
        }
        assert.strictEqual(Either.isLeft(end) && end.left._tag, "TransportError")
        assert.lengthOf(calls, 1)
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Effect.flip(session.tokens.get))._tag, "SessionExpired")
        assert.lengthOf(yield* newCalls, 1)
      }).pipe(Effect.provide(layer({ rules: { rotation }, refresh: RefreshPolicy.make({ rotation }) })))
    )
  }

  it.scoped("gives up an answer that never comes within the lease, and sends the token once more", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const session = yield* begin
      yield* faults.add({ match: { operation: "auth.token", times: 1 }, fault: { kind: "stall", when: "after_commit" } })
      const fiber = yield* Effect.fork(session.tokens.forceRefresh)
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer({ rules: { rotation: "until-used" } })))
  )

  const judged = { error: "invalid_grant" }
  const doubtful = { error: { errors: [], message: "UNAUTHORIZED" } }
  const endings: ReadonlyArray<
    readonly [string, ReadonlyArray<readonly [number, unknown]>, readonly [string, SessionExpired["reason"] | undefined]]
  > = [
    [
      "a predecessor that cannot be asked",
      [
        [400, judged],
        [503, judged]
      ],
      ["ServerError", undefined]
    ],
    // It is unknown which of the two credentials is refused.
    [
      "a predecessor with which the client is refused",
      [
        [400, judged],
        [401, doubtful],
        [401, doubtful]
      ],
      ["SessionExpired", "unauthorized"]
    ],
    [
      "a successor with which the client is refused: the predecessor is not shown",
      [
        [401, doubtful],
        [401, doubtful]
      ],
      ["SessionExpired", "unauthorized"]
    ]
  ]
  for (const [name, script, ends] of endings) {
    it.scoped(`until-used, ${name}: not the end of the session`, () => {
      let answers: ReadonlyArray<readonly [number, unknown]> = []
      let sent = 0
      const transform = (http: HttpClient.HttpClient) =>
        HttpClient.transform(http, (effect, request) => {
          if (isRefresh(request)) sent++
          const [answer, ...rest] = isRefresh(request) ? answers : []
          if (answer === undefined) return effect
          answers = rest
          const [status, body] = answer
          return Effect.sync(() => HttpClientResponse.fromWeb(request, Response.json(body, { status })))
        })
      return Effect.gen(function* () {
        const session = yield* begin
        yield* session.tokens.forceRefresh
        sent = 0
        answers = script
        const error = yield* Effect.flip(session.tokens.forceRefresh)
        assert.deepStrictEqual([error._tag, error._tag === "SessionExpired" ? error.reason : undefined], ends)
        assert.strictEqual(sent, script.length)
        yield* session.tokens.forceRefresh
      }).pipe(
        Effect.provide(
          layer({ rules: { rotation: "until-used" }, refresh: RefreshPolicy.make({ rotation: "until-used" }), transform })
        )
      )
    })
  }
})

describe("in the middle of a refresh, the answer is stored and nothing keeps running", () => {
  it.scoped("all waiting callers are interrupted", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const session = yield* begin
      const first = yield* session.tokens.get
      yield* faults.add({ match: { operation: "auth.token", times: 1 }, fault: { kind: "delay", millis: 2_000 } })
      const waiting = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.fork(session.tokens.forceRefresh))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interruptAll(waiting)
      yield* TestClock.adjust("2 seconds")
      yield* newCalls
      assert.notStrictEqual(value(yield* session.tokens.get), value(first))
      assert.deepStrictEqual(yield* newCalls, [])
      yield* session.tokens.forceRefresh
    }).pipe(Effect.provide(layer({ rules: { rotation: "strict" }, refresh: strict })))
  )

  it.scoped("the layer ends", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const build = Layer.build(Layer.fresh(Sessions.layer({ refresh: strict }).pipe(Layer.provideMerge(client()))))
      const scope = yield* Scope.make()
      const services = yield* Scope.extend(build, scope)
      const session = yield* Effect.provide(Scope.extend(begin, scope), services)
      yield* faults.add({ match: { operation: "auth.token", times: 1 }, fault: { kind: "delay", millis: 2_000 } })
      const waiting = yield* Effect.fork(Effect.either(session.tokens.forceRefresh))
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("500 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(closing)
      assert.isTrue(Either.isLeft(yield* Fiber.join(waiting)))
      yield* newCalls
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* newCalls, [])
      // Used up is the token from before: that the session goes on shows that its successor was stored.
      const again = yield* Effect.flatMap(build, (context) =>
        Effect.provide(
          Effect.flatMap(Sessions, ({ resume }) => resume("ada")),
          context
        )
      )
      yield* again.tokens.get
    }).pipe(
      Effect.provide(
        Layer.effect(TokenStore, TokenStores.memory).pipe(
          Layer.provideMerge(DinteroEmbedded.layerHttpClient),
          Layer.provideMerge(embedded({ rotation: "strict" }))
        )
      )
    )
  )
})

describe("a session and later callers", () => {
  it.scoped("the session is renewed in the background before it expires", () =>
    Effect.gen(function* () {
      const session = yield* begin
      const first = yield* session.tokens.get
      yield* TestClock.adjust("56 minutes")
      yield* newCalls
      assert.strictEqual(value(yield* session.tokens.get), value(first))
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual(value(yield* session.tokens.get), value(first))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("after a logout, a new login is another session, also while a program still holds the old one", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const old = yield* begin
      yield* old.logout
      const another = yield* begin
      yield* another.tokens.get
      const resumed = yield* sessions.resume("ada")
      yield* resumed.tokens.get
      assert.strictEqual((yield* Effect.flip(old.tokens.get))._tag, "SessionExpired")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("no token outlives the session age that the policy allows", () =>
    Effect.gen(function* () {
      const session = yield* begin
      yield* TestClock.adjust("31 minutes")
      assert.strictEqual((yield* Effect.flip(session.tokens.get))._tag, "SessionExpired")
    }).pipe(Effect.provide(layer({ refresh: RefreshPolicy.make({ maxSessionAge: "30 minutes" }) })))
  )

  it("refuses a lease that cannot work when the layer is made", () => {
    assert.throws(() => Sessions.layer({ lease: 0 }), RangeError)
    assert.throws(() => Sessions.layer({ lease: Number.POSITIVE_INFINITY }), RangeError)
    assert.throws(() => Sessions.layer({ lease: "366 days" }), /at most 365 days/)
    assert.doesNotThrow(() => Sessions.layer({ lease: "1 hour" }))
  })
})
