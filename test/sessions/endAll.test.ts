/**
 * The end of all sessions of a customer: no call succeeds after it, whatever runs beside it, and what could not be ended is ended by the next try.
 */
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Layer, Option, Redacted, Stream, TestClock } from "effect"
import {
  Customers,
  type DinteroError,
  DinteroHttpClient,
  Session,
  SessionExpired,
  Sessions,
  TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { layer, logIn, newCalls, settings } from "./System.js"

const { Embedded } = DinteroEmbedded

const device = (label: string) =>
  Effect.flatMap(logIn(), (login) => Effect.flatMap(Sessions, (sessions) => sessions.start(login, { label })))

const labels = Effect.flatMap(Sessions, (sessions) =>
  Effect.map(sessions.ofCustomer("ada"), (list) => list.map(({ label }) => Option.getOrElse(label, () => "")))
)

/** Gives way to the other fibers so many times. */
const steps = (count: number) => Effect.forEach(Array.from({ length: count }), () => Effect.yieldNow(), { discard: true })

/** Holds the answers to calls in a session back, after the server has acted. */
const gate = Effect.gen(function* () {
  const opened = yield* Deferred.make<void>()
  let held = 0
  return {
    transform: HttpClient.transformResponse(
      Effect.tap(({ request }) =>
        Effect.suspend(() => {
          if (!/\/customers\/(settings|users)/.test(request.url)) return Effect.void
          held++
          return Deferred.await(opened)
        })
      )
    ),
    open: Effect.asVoid(Deferred.succeed(opened, undefined)),
    /** Until so many answers are held. */
    until: (count: number) => Effect.repeat(Effect.yieldNow(), { until: () => held >= count })
  }
})

const isEnded = (error: unknown): boolean =>
  error instanceof SessionExpired && error.reason === "ended" && error.request.attempts === 1

/** 64 calls, whose answers come after `endAll` has returned. */
const calls = 64

const kinds: { readonly [kind: string]: Effect.Effect<void, DinteroError, Customers | DinteroHttpClient.DinteroHttpClient> } = {
  "calls of Customers": Effect.asVoid(settings),
  "calls that say whether there is something": Effect.flatMap(Customers, ({ users }) =>
    Effect.asVoid(users.exists({ email: "nobody@example.com" }))
  ),
  "streams of pages": Effect.flatMap(Customers, ({ tokens }) => Stream.runDrain(tokens.stream("ada", { limit: 1 }))),
  "requests of the DinteroHttpClient": Effect.flatMap(DinteroHttpClient.DinteroHttpClient, (http) =>
    Effect.asVoid(http.get("/customers/settings"))
  ),
  "requests of the DinteroHttpClient whose refusal is accepted": Effect.flatMap(DinteroHttpClient.DinteroHttpClient, (http) =>
    Effect.asVoid(http.get("/customers/users/nobody").pipe(DinteroHttpClient.with({ accept: "any" })))
  )
}

describe(`endAll while ${calls} requests run: none succeeds after it has returned`, () => {
  for (const [kind, call] of Object.entries(kinds)) {
    it.scoped(kind, () =>
      Effect.gen(function* () {
        const { open, transform, until } = yield* gate
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          const [laptop, phone] = [yield* device("laptop"), yield* device("phone")]
          const fibers = yield* Effect.forEach(Array.from({ length: calls }), (_, index) =>
            Effect.fork(Effect.either(Session.with(call, index % 2 === 0 ? laptop : phone)))
          )
          yield* until(calls)
          assert.strictEqual(yield* sessions.endAll("ada"), 2)
          yield* open
          const ends = yield* Fiber.join(Fiber.all(fibers))
          assert.lengthOf(ends, calls)
          for (const end of ends) assert.isTrue(Either.isLeft(end) && isEnded(end.left))
        }).pipe(Effect.provide(DinteroHttpClient.layer.pipe(Layer.provideMerge(layer({ transform })))))
      })
    )
  }

  it.scoped("also when the answers come at any moment while it runs", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 16; round++) {
        let next = 0
        const transform = HttpClient.transformResponse(
          Effect.tap(({ request }) => {
            if (!request.url.includes("/customers/settings")) return Effect.void
            next += 7
            return steps(next % 400)
          })
        )
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          const [laptop, phone] = [yield* device("laptop"), yield* device("phone")]
          let hasReturned = false
          const late: Array<number> = []
          const fibers = yield* Effect.forEach(Array.from({ length: calls }), (_, index) =>
            Session.with(settings, index % 2 === 0 ? laptop : phone).pipe(
              Effect.tap(() => {
                if (hasReturned) late.push(index)
                return Effect.void
              }),
              Effect.either,
              Effect.fork
            )
          )
          yield* steps(round * 20)
          assert.strictEqual(yield* sessions.endAll("ada"), 2)
          hasReturned = true
          yield* Fiber.join(Fiber.all(fibers))
          assert.deepStrictEqual(late, [])
        }).pipe(Effect.provide(layer({ transform })))
      }
    })
  )

  it.scoped(
    "a call of the client, of another customer, of the session that is kept, or of a session for tests is not concerned",
    () =>
      Effect.gen(function* () {
        const { open, transform, until } = yield* gate
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          yield* device("laptop")
          const phone = yield* device("phone")
          const grace = yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login))
          // A user's own session is only what its author has made of it.
          const own = Session.forTest({ customerId: "ada", tokens: phone.tokens })
          const fibers = yield* Effect.forEach(
            [settings, ...[grace, phone, own].map((session) => Session.with(settings, session))],
            Effect.fork
          )
          yield* until(4)
          assert.strictEqual(yield* sessions.endAll("ada", { except: phone }), 1)
          yield* open
          assert.lengthOf(yield* Fiber.join(Fiber.all(fibers)), 4)
        }).pipe(Effect.provide(layer({ transform })))
      })
  )
})

describe("endAll", () => {
  it.scoped("keeps the one that is named by id, Redacted id, handle, entry of the list, or session", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      for (const named of ["id", "redacted", "handle", "info", "session"] as const) {
        const kept = yield* device("kept")
        yield* device("other")
        const info = (yield* sessions.ofCustomer("ada")).find(({ handle }) => handle === kept.handle)
        const except = {
          id: Redacted.value(kept.id),
          redacted: kept.id,
          handle: { handle: kept.handle },
          info: info ?? "",
          session: kept
        }[named]
        assert.strictEqual(yield* sessions.endAll("ada", { except }), 1)
        assert.deepStrictEqual(yield* labels, ["kept"])
        yield* Session.with(settings, kept)
        assert.strictEqual(yield* sessions.endAll("ada"), 1)
        assert.deepStrictEqual(yield* labels, [])
      }
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("ends those that are in the store alone, revokes each at the server, and leaves other customers alone", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const ids = yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const grace = yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login))
        const ada = yield* Effect.forEach(Array.from({ length: 20 }), (_, index) => Effect.scoped(device(String(index))))
        // This layer has opened none of them.
        yield* Effect.gen(function* () {
          const others = yield* Sessions
          yield* newCalls
          assert.strictEqual(yield* others.endAll("ada"), 20)
          const revocations = (yield* newCalls).filter((call) => call === "auth.revoke 200")
          assert.lengthOf(revocations, 20)
          assert.strictEqual(yield* others.endAll("ada"), 0)
          assert.deepStrictEqual(yield* newCalls, [])
        }).pipe(Effect.provide(Layer.fresh(Sessions.layer())))
        yield* Session.with(settings, grace)
        return ada.map(({ handle }) => handle)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
      for (const handle of ids) assert.isTrue(Option.isNone(yield* store.read(`session-${handle}`)))
    })
  )

  it.scoped("when the store fails for one, the others are ended, and the next try ends that one", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      let broken = ""
      const failing: TokenStoreService = {
        ...store,
        remove: (key, condition) => (key === broken ? Effect.fail(TokenStoreError.forTest()) : store.remove(key, condition))
      }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const all = yield* Effect.forEach(["1", "2", "3"], device)
        const [, second] = all
        assert.isDefined(second)
        broken = `session-${second.handle}`
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.endAll("ada"))))._tag, "TokenStoreError")
        for (const session of all) {
          assert.strictEqual((yield* Effect.flip(Effect.asVoid(Session.with(settings, session))))._tag, "SessionExpired")
          // Over in this process, also for who resumes it.
          assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.resume(session.id))))._tag, "SessionNotFound")
        }
        assert.deepStrictEqual(yield* labels, ["2"])
        broken = ""
        yield* newCalls
        assert.strictEqual(yield* sessions.endAll("ada"), 1)
        assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
        assert.deepStrictEqual(yield* labels, [])
        assert.strictEqual(yield* sessions.endAll("ada"), 0)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(failing) })))
    })
  )

  it.scoped("when the store fails and nobody tries again, the session leaves the store as soon as it works again", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      let isBroken = false
      let removals = 0
      const failing: TokenStoreService = {
        ...store,
        remove: (key, condition) =>
          Effect.suspend(() => {
            if (key.startsWith("session-")) removals++
            return isBroken ? Effect.fail(TokenStoreError.forTest()) : store.remove(key, condition)
          })
      }
      yield* Effect.gen(function* () {
        const { handle, logout } = yield* Effect.scoped(device("laptop"))
        isBroken = true
        assert.strictEqual((yield* Effect.flip(logout))._tag, "TokenStoreError")
        yield* TestClock.adjust("30 seconds")
        yield* Effect.repeat(Effect.yieldNow(), { until: () => removals >= 2 })
        assert.isTrue(Option.isSome(yield* store.read(`session-${handle}`)))
        isBroken = false
        yield* newCalls
        yield* TestClock.adjust("30 seconds")
        const sent = yield* Effect.repeat(Effect.zipRight(Effect.yieldNow(), newCalls), { until: ({ length }) => length > 0 })
        assert.deepStrictEqual(sent, ["auth.revoke 200"])
        assert.isTrue(Option.isNone(yield* store.read(`session-${handle}`)))
        assert.deepStrictEqual(yield* labels, [])
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(removals, 3)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(failing) })))
    })
  )

  it.scoped("when the server fails, all are ended in the store, and the next try revokes those that are left", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const sessions = yield* Sessions
      yield* Effect.forEach(["1", "2", "3"], (label) => Effect.scoped(device(label)))
      const { rule } = yield* faults.add({
        match: { operation: "auth.revoke", times: 2 },
        fault: { kind: "status", status: 503 }
      })
      yield* newCalls
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.endAll("ada"))))._tag, "ServerError")
      assert.deepStrictEqual((yield* newCalls).sort(), ["auth.revoke 200", "auth.revoke 503", "auth.revoke 503"])
      assert.deepStrictEqual(yield* labels, [])
      yield* faults.remove(rule)
      assert.strictEqual(yield* sessions.endAll("ada"), 2)
      assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200", "auth.revoke 200"])
      assert.strictEqual(yield* sessions.endAll("ada"), 0)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("removes a damaged session, which nobody can use", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const damaged = yield* Effect.scoped(device("damaged"))
        yield* device("whole")
        const key = `session-${damaged.handle}`
        const { value, version } = Option.getOrThrow(yield* store.read(key))
        yield* store.write(key, Redacted.make(Redacted.value(value).slice(0, -9)), { expected: Option.some(version) })
        yield* Effect.gen(function* () {
          const others = yield* Sessions
          assert.lengthOf(yield* others.ofCustomer("ada"), 1)
          assert.strictEqual(yield* others.endAll("ada"), 1)
        }).pipe(Effect.provide(Layer.fresh(Sessions.layer())))
        assert.isTrue(Option.isNone(yield* store.read(key)))
        assert.deepStrictEqual(yield* sessions.ofCustomer("ada"), [])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("against a refresh in another process: its new tokens do not bring the session back, and are revoked", () =>
    Effect.gen(function* () {
      const acted = yield* Deferred.make<void>()
      const answered = yield* Deferred.make<void>()
      let isSlow = false
      const transform = HttpClient.transformResponse(
        Effect.tap(({ request }) =>
          isSlow && request.url.endsWith("/auth/token")
            ? Effect.zipRight(Deferred.succeed(acted, undefined), Deferred.await(answered))
            : Effect.void
        )
      )
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const session = yield* device("laptop")
        // Another process has a layer of its own over the same store.
        yield* Effect.gen(function* () {
          const theirs = yield* Effect.flatMap(Sessions, ({ resume }) => resume(session.id))
          isSlow = true
          const refresh = yield* Effect.fork(Effect.flip(theirs.tokens.forceRefresh))
          yield* Deferred.await(acted)
          yield* newCalls
          assert.strictEqual(yield* sessions.endAll("ada"), 1)
          assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
          yield* Deferred.succeed(answered, undefined)
          assert.strictEqual((yield* Fiber.join(refresh))._tag, "SessionExpired")
          assert.strictEqual((yield* Effect.flip(theirs.stillOpen)).reason, "ended")
        }).pipe(Effect.provide(Layer.fresh(Sessions.layer())))
        // The tokens that came too late. Nobody waits for them, but the layer does not end before they are revoked.
        assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
        assert.deepStrictEqual(yield* labels, [])
      }).pipe(Effect.provide(layer({ transform })))
    })
  )

  it.scoped("against a login that is stored and not open yet: its session is over when it is opened", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const written = yield* Deferred.make<void>()
      const answered = yield* Deferred.make<void>()
      const slow: TokenStoreService = {
        ...store,
        write: (key, ...rest) =>
          key.startsWith("session-")
            ? Effect.tap(store.write(key, ...rest), () =>
                Effect.zipRight(Deferred.succeed(written, undefined), Deferred.await(answered))
              )
            : store.write(key, ...rest)
      }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const login = yield* logIn()
        const starting = yield* Effect.fork(sessions.start(login))
        yield* Deferred.await(written)
        assert.strictEqual(yield* sessions.endAll("ada"), 1)
        yield* Deferred.succeed(answered, undefined)
        const session = yield* Fiber.join(starting)
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(Session.with(settings, session))))._tag, "SessionExpired")
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.resume(session.id))))._tag, "SessionNotFound")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(slow) })))
    })
  )

  it.scoped("against a resume whose read is on its way: its session is over", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const reading = yield* Deferred.make<void>()
      const answered = yield* Deferred.make<void>()
      let isSlow = false
      const slow: TokenStoreService = {
        ...store,
        read: (key) =>
          isSlow && key.startsWith("session-")
            ? Effect.tap(store.read(key), () => Effect.zipRight(Deferred.succeed(reading, undefined), Deferred.await(answered)))
            : store.read(key)
      }
      yield* Effect.gen(function* () {
        const { id } = yield* Effect.scoped(device("laptop"))
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          isSlow = true
          const resuming = yield* Effect.fork(sessions.resume(id))
          yield* Deferred.await(reading)
          const ending = yield* Effect.fork(sessions.endAll("ada"))
          yield* steps(100)
          isSlow = false
          yield* Deferred.succeed(answered, undefined)
          assert.strictEqual(yield* Fiber.join(ending), 1)
          const session = yield* Fiber.join(resuming)
          assert.strictEqual((yield* Effect.flip(session.stillOpen)).reason, "ended")
        }).pipe(Effect.provide(Layer.fresh(Sessions.layer())))
      }).pipe(Effect.provide(layer({ store: Effect.succeed(slow) })))
    })
  )

  it.scoped("fails in time over a store that hangs or dies, and the sessions are over here", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      let removal: Effect.Effect<never> | undefined
      const broken: TokenStoreService = { ...store, remove: (...args) => removal ?? store.remove(...args) }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        for (const given of [Effect.never, Effect.die("a defect")]) {
          removal = given
          const session = yield* device("laptop")
          const ending = yield* Effect.fork(Effect.flip(Effect.asVoid(sessions.endAll("ada"))))
          yield* steps(50)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* Fiber.join(ending))._tag, "TokenStoreError")
          assert.isTrue(Either.isLeft(yield* Effect.either(session.stillOpen)))
          removal = undefined
          assert.strictEqual(yield* sessions.endAll("ada"), 1)
        }
      }).pipe(Effect.provide(layer({ store: Effect.succeed(broken) })))
    })
  )

  it.scoped("against logins: each is either over or in the list, and none is there without being listed", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      for (let round = 0; round < 10; round++) {
        const logins = yield* Effect.forEach(Array.from({ length: 8 }), () => logIn())
        const starting = yield* Effect.forEach(logins, (login, index) =>
          Effect.fork(Effect.zipRight(steps(index * round), sessions.start(login)))
        )
        yield* steps(round * 5)
        yield* sessions.endAll("ada")
        const started = yield* Fiber.join(Fiber.all(starting))
        const listed = new Set((yield* sessions.ofCustomer("ada")).map(({ handle }) => handle))
        for (const { handle, stillOpen } of started) {
          assert.strictEqual(Either.isRight(yield* Effect.either(stillOpen)), listed.has(handle))
        }
        assert.strictEqual(yield* sessions.endAll("ada"), listed.size)
        for (const { stillOpen } of started) assert.isTrue(Either.isLeft(yield* Effect.either(stillOpen)))
      }
    }).pipe(Effect.provide(layer()))
  )
})
