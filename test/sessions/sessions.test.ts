import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Exit, Fiber, Redacted, Scope, Stream, TestClock } from "effect"
import { RefreshPolicy, Session, Sessions, TokenStore, TokenStores } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { until } from "../utils/Until.js"
import { begin, layer, logIn, newCalls, settings, value } from "./System.js"

const { Embedded } = DinteroEmbedded

/** Lets the other fibers go on until each of them waits. */
const steps = Effect.forEach(Array.from({ length: 200 }), () => Effect.yieldNow(), { discard: true })

describe("acting as a customer", () => {
  it.scoped("Session.with makes the calls inside as the customer, and those outside as the client", () =>
    Effect.gen(function* () {
      const { journal } = yield* Embedded
      const session = yield* begin
      yield* journal.clear
      yield* Session.with(settings, session)
      yield* settings
      const entries = yield* journal.list()
      assert.strictEqual(entries[0]?.caller?.subject, "ada")
      assert.notStrictEqual(entries[1]?.caller?.subject, "ada")
      // A login inside is the client's: a customer's token may not.
      const login = yield* Effect.either(Session.with(logIn("grace@example.com"), session))
      assert.isTrue(Either.isRight(login))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("does not mix two customers at the same time", () =>
    Effect.gen(function* () {
      const { journal } = yield* Embedded
      const sessions = yield* Sessions
      const ada = yield* begin
      const grace = yield* Effect.flatMap(logIn("grace@example.com"), (login) => sessions.start(login, { id: "grace" }))
      yield* journal.clear
      yield* Effect.all(
        Array.from({ length: 50 }, (_, index) => Session.with(settings, index % 2 === 0 ? ada : grace)),
        { concurrency: "unbounded" }
      )
      const subjects = (yield* journal.list()).map(({ caller }) => caller?.subject)
      assert.deepStrictEqual([subjects.filter((s) => s === "ada").length, subjects.filter((s) => s === "grace").length], [25, 25])
    }).pipe(Effect.provide(layer()))
  )
})

describe("a session", () => {
  for (const rotation of ["none", "until-used", "grace", "strict"] as const) {
    it.scoped(`renews itself, for a day, when the server's rotation is ${rotation}`, () =>
      Effect.gen(function* () {
        const session = yield* begin
        const seen = new Set<string>()
        for (let hour = 0; hour < 24; hour++) {
          seen.add(value(yield* session.tokens.get))
          yield* Session.with(settings, session)
          yield* TestClock.adjust("1 hour")
        }
        assert.strictEqual(seen.size, 24)
      }).pipe(
        Effect.provide(
          layer({ rules: { rotation }, refresh: RefreshPolicy.make({ rotation: rotation === "grace" ? "grace" : rotation }) })
        )
      )
    )
  }

  it.scoped("is the same for all callers that open it, and one refresh serves them all", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      yield* begin
      yield* TestClock.adjust("2 hours")
      yield* newCalls
      const all = yield* Effect.forEach(Array.from({ length: 100 }), () => sessions.resume("ada"))
      const tokens = yield* Effect.forEach(all, (session) => session.tokens.get, { concurrency: "unbounded" })
      assert.strictEqual(new Set(tokens.map(value)).size, 1)
      // The client's own token is 2 hours old too.
      assert.deepStrictEqual(yield* newCalls, ["auth.token 200", "auth.token 200"])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("outlives its process, and another process resumes it from the store", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore
      const login = yield* logIn()
      const first = yield* Scope.make()
      const one = yield* Sessions
      const before = yield* one.start(login, { id: "ada" }).pipe(
        Scope.extend(first),
        Effect.flatMap(({ tokens }) => tokens.get)
      )
      yield* Scope.close(first, Exit.void)
      yield* newCalls
      const resumed = yield* one.resume("ada")
      assert.strictEqual(value(yield* resumed.tokens.get), value(before))
      assert.deepStrictEqual(yield* newCalls, [])
      assert.isTrue(Either.isLeft(yield* Effect.either(one.resume("nobody"))))
      assert.isObject(store)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("ends in SessionExpired when its refresh token is refused", () =>
    Effect.gen(function* () {
      const { accounts } = yield* Embedded
      const snapshot = yield* accounts.snapshot("T12345678")
      const session = yield* begin
      const sessions = yield* Sessions
      // The server has never heard of it.
      yield* accounts.restore(snapshot)
      yield* TestClock.adjust("2 hours")
      const error = yield* Effect.flip(Session.with(settings, session))
      assert.strictEqual(error._tag, "SessionExpired")
      assert.isTrue(Either.isLeft(yield* Effect.either(sessions.resume("ada"))))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("lasts as long as its access token if the login has no refresh token", () =>
    Effect.gen(function* () {
      const { refresh_token: _, ...login } = yield* logIn()
      const sessions = yield* Sessions
      const session = yield* sessions.start(login, { id: "ada" })
      yield* TestClock.adjust("59 minutes")
      yield* Session.with(settings, session)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Effect.flip(Session.with(settings, session)))._tag, "SessionExpired")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("from a refresh token alone", () =>
    Effect.gen(function* () {
      const login = yield* logIn()
      const sessions = yield* Sessions
      const session = yield* sessions.startFrom(login.refresh_token ?? Redacted.make("none"), { id: "ada" })
      yield* Session.with(settings, session)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("ends at the age that the policy allows, whatever the server says", () =>
    Effect.gen(function* () {
      const session = yield* begin
      yield* TestClock.adjust("23 hours")
      yield* Session.with(settings, session)
      yield* TestClock.adjust("2 hours")
      yield* newCalls
      const error = yield* Effect.flip(Session.with(settings, session))
      assert.strictEqual(error._tag, "SessionExpired")
      assert.include(error.message, "age")
    }).pipe(Effect.provide(layer({ refresh: RefreshPolicy.make({ maxSessionAge: "24 hours" }) })))
  )
})

describe("logout", () => {
  it.scoped("ends the session in this process, in the store and at the server", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const login = yield* logIn()
      const session = yield* sessions.start(login, { id: "ada" })
      yield* session.logout
      assert.strictEqual((yield* Effect.flip(session.tokens.get))._tag, "SessionExpired")
      assert.isTrue(Either.isLeft(yield* Effect.either(sessions.resume("ada"))))
      const again = yield* sessions.startFrom(login.refresh_token ?? Redacted.make("none"), { id: "ada" })
      assert.strictEqual((yield* Effect.flip(again.tokens.get))._tag, "SessionExpired")
      // Twice is the same as once.
      yield* session.logout
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("wins over a running refresh: no caller gets its token, and the server has revoked it", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const session = yield* begin
      yield* TestClock.adjust("58 minutes")
      yield* faults.add({ match: { operation: "auth.token" }, fault: { kind: "delay", millis: 2_000 } })
      const waiting = yield* Effect.forEach(Array.from({ length: 10 }), () =>
        Effect.fork(Effect.either(session.tokens.forceRefresh))
      )
      yield* TestClock.adjust("1 second")
      const out = yield* Effect.fork(session.logout)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(out)
      const ends = yield* Fiber.join(Fiber.all(waiting))
      assert.deepStrictEqual(
        new Set(ends.map((end) => (Either.isLeft(end) ? end.left._tag : "a token"))),
        new Set(["SessionExpired"])
      )
      assert.strictEqual((yield* Effect.flip(session.tokens.get))._tag, "SessionExpired")
    }).pipe(Effect.provide(layer({ rules: { rotation: "until-used" } })))
  )

  it.scoped("ends the session here while the server is down, fails, and can be tried again", () =>
    Effect.gen(function* () {
      const { faults } = yield* Embedded
      const session = yield* begin
      const { rule } = yield* faults.add({ match: { operation: "auth.revoke" }, fault: { kind: "status", status: 503 } })
      assert.strictEqual((yield* Effect.flip(session.logout))._tag, "ServerError")
      assert.strictEqual((yield* Effect.flip(session.tokens.get))._tag, "SessionExpired")
      yield* faults.remove(rule)
      yield* newCalls
      yield* session.logout
      assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
    }).pipe(Effect.provide(layer()))
  )
})

describe("two logouts at the same time", () => {
  it.scoped("revoke the refresh token, also when the store answers the later removal first", () =>
    Effect.gen(function* () {
      const below = yield* TokenStores.memory
      const [first, list] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      let removals = 0
      const store: TokenStore["Type"] = {
        ...below,
        removals: undefined,
        remove: (key, condition) =>
          Effect.suspend(() => {
            const before = !key.startsWith("session-") ? list : ++removals === 1 ? first : undefined
            return Effect.zipRight(before === undefined ? Effect.void : Deferred.await(before), below.remove(key, condition))
          })
      }
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const session = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
        yield* newCalls
        const one = yield* Effect.fork(session.logout)
        yield* until(() => removals === 1)
        const other = yield* Effect.fork(session.logout)
        yield* steps
        yield* Deferred.succeed(first, undefined)
        yield* steps
        yield* Deferred.succeed(list, undefined)
        yield* Fiber.join(one)
        yield* Fiber.join(other)
        assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )
})

describe("the graph of two levels", () => {
  it.scoped("with an expired client token and a valid refresh token, a call succeeds with exactly 2 extra calls", () =>
    Effect.gen(function* () {
      const { clock } = yield* Embedded
      const session = yield* begin
      // The client's and the customer's token expire at the server, and the client does not notice.
      yield* clock.advance("2 hours")
      yield* newCalls
      yield* session.tokens.forceRefresh
      // The refresh that is refused with its parent, the parent, and the refresh. One is what it takes anyway.
      assert.deepStrictEqual(yield* newCalls, ["auth.token 401", "auth.token 200", "auth.token 200"])
    }).pipe(Effect.provide(layer()))
  )
})

describe("events", () => {
  it.scoped("report what happens to the token", () =>
    Effect.gen(function* () {
      const session = yield* begin
      const seen: Array<string> = []
      yield* Effect.forkScoped(Stream.runForEach(session.tokens.events, (event) => Effect.sync(() => void seen.push(event._tag))))
      yield* TestClock.adjust("1 second")
      const token = yield* session.tokens.get
      yield* session.tokens.forceRefresh
      yield* session.tokens.invalidate(token.generation + 1)
      yield* session.logout
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen, ["Acquired", "Refused", "Revoked"])
    }).pipe(Effect.provide(layer()))
  )
})
