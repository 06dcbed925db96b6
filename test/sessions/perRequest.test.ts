/**
 * Sessions that a web server resumes for each request: what that costs, how long they stay in memory, and how the change of another process is noticed.
 */

import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Metric,
  Option,
  Random,
  Redacted,
  Scope,
  TestClock
} from "effect"
import { Session, SessionMetrics, Sessions, type SessionsOptions } from "effect-dintero"
import * as Spans from "../utils/Spans.js"
import { layer, logIn, newCalls, settings, value } from "./System.js"
import * as WatchedStore from "./WatchedStore.js"

const { count, down } = WatchedStore

/** Another process with the same client and store. */
const another = (options: SessionsOptions = {}) =>
  Effect.map(Layer.build(Layer.fresh(Sessions.layer(options))), (context) => Context.get(context, Sessions))

/** Starts sessions, each in a request of its own, and answers their ids. */
const started = (amount: number) =>
  Effect.flatMap(Sessions, (sessions) =>
    Effect.forEach(Array.from({ length: amount }), () =>
      Effect.flatMap(logIn(), (login) => Effect.scoped(Effect.map(sessions.start(login), ({ id }) => id)))
    )
  )

const startOne = Effect.map(started(1), ([id]) => id ?? Redacted.make(""))

const tokenOf = (sessions: Sessions["Type"], id: Redacted.Redacted) =>
  Effect.scoped(Effect.flatMap(sessions.resume(id), ({ tokens }) => tokens.get))

const ends = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onSuccess: () => "here" as const, onFailure: ({ _tag }) => _tag })

const resumed = (sessions: Sessions["Type"], id: string | Redacted.Redacted) => ends(Effect.scoped(sessions.resume(id)))

/** Each refresh takes 2 seconds. */
const slowRefresh = (http: HttpClient.HttpClient) =>
  HttpClient.transform(http, (effect, { body }) =>
    body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"grant_type":"refresh_token"')
      ? Effect.delay(effect, "2 seconds")
      : effect
  )

/** Lets all fibers run that can. */
const settle = TestClock.adjust("1 millis")

describe("a session per request", () => {
  it.scoped("1,000 requests of 10 sessions of another process read the store 10 times, and request no token", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      const { spans, tracer } = Spans.make()
      yield* Effect.gen(function* () {
        const ids = yield* started(10)
        const sessions = yield* another({ notice: "2 hours" })
        yield* watched.steps
        yield* newCalls
        spans.length = 0
        yield* Effect.forEach(
          Array.from({ length: 1_000 }, (_, index) => ids[index % 10] ?? Redacted.make("")),
          (id, index) => Effect.zipRight(index % 100 === 0 ? TestClock.adjust("1 minute") : Effect.void, tokenOf(sessions, id)),
          { concurrency: 8 }
        )
        assert.strictEqual(count(yield* watched.steps, "read session"), 10)
        assert.deepStrictEqual(yield* newCalls, [])
        assert.strictEqual(spans.filter(({ name }) => name === "token.refresh").length, 0)
        const from = spans
          .filter(({ name }) => name === "session.resume")
          .map(({ attributes }) => attributes.get("dintero.session.from"))
        assert.strictEqual(from.length, 1_000)
        assert.isAtLeast(from.filter((text) => text === "memory").length, 900)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })), Effect.withTracer(tracer))
    })
  )

  it.scoped("over an expiry, at random times, each session is renewed once, ahead of it, and no request waits", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      const { spans, tracer } = Spans.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const ids = yield* started(10)
        yield* newCalls
        spans.length = 0
        const times = yield* Effect.forEach(Array.from({ length: 300 }), () =>
          Effect.zip(Random.nextIntBetween(45 * 60_000, 62 * 60_000), Random.nextIntBetween(0, 10))
        ).pipe(Effect.withRandom(Random.make("13")))
        let at = 0
        for (const [time, index] of [...times].sort(([one], [other]) => one - other)) {
          yield* TestClock.adjust(Duration.millis(time - at))
          at = time
          // No time passes here, and a renewal takes 2 seconds. So a request that waited for one would wait for ever.
          yield* tokenOf(sessions, ids[index] ?? Redacted.make(""))
        }
        yield* TestClock.adjust("2 seconds")
        const refreshes = spans.filter(
          ({ attributes, name }) => name === "token.refresh" && attributes.get("dintero.token.grant") === "session"
        )
        assert.deepStrictEqual(
          refreshes.map(({ attributes }) => attributes.get("dintero.token.reason")),
          Array.from({ length: 10 }, () => "early")
        )
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store), transform: slowRefresh })), Effect.withTracer(tracer))
    })
  )

  it.scoped("the first requests of a session read the store once, however many come together", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const sessions = yield* another()
        yield* watched.steps
        watched.before = () => Effect.sleep("1 second")
        const waiting = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.fork(tokenOf(sessions, id)))
        yield* TestClock.adjust("1 second")
        const tokens = yield* Fiber.join(Fiber.all(waiting))
        assert.strictEqual(new Set(tokens.map(value)).size, 1)
        assert.strictEqual(count(yield* watched.steps, "read session"), 1)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("a caller that is interrupted while the store is read fails no other, and the last one stops the read", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const sessions = yield* another()
        yield* watched.steps
        let stopped = 0
        watched.before = () => Effect.onInterrupt(Effect.sleep("1 second"), () => Effect.sync(() => stopped++))
        const [first, second] = [yield* Effect.fork(tokenOf(sessions, id)), yield* Effect.fork(tokenOf(sessions, id))]
        yield* settle
        yield* Fiber.interrupt(first)
        yield* settle
        assert.strictEqual(stopped, 0)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(second)
        assert.strictEqual(count(yield* watched.steps, "read session"), 1)

        const other = yield* another()
        const only = yield* Effect.fork(tokenOf(other, id))
        yield* settle
        yield* Fiber.interrupt(only)
        yield* settle
        assert.strictEqual(stopped, 1)
        // The next caller begins anew.
        watched.before = () => Effect.void
        yield* tokenOf(other, id)
        assert.strictEqual(count(yield* watched.steps, "read session"), 2)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("a store that hangs or dies is a typed error, and the next request tries again", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const sessions = yield* another()
        watched.before = () => Effect.never
        const hung = yield* Effect.fork(resumed(sessions, id))
        const sick = yield* Effect.fork(ends(sessions.health))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(hung), "TokenStoreError")
        assert.strictEqual(yield* Fiber.join(sick), "TokenStoreError")
        watched.before = () => Effect.die(new Error("s3cret"))
        const error = yield* Effect.flip(Effect.asVoid(Effect.scoped(sessions.resume(id))))
        assert.strictEqual(error._tag, "TokenStoreError")
        assert.notInclude(`${error} ${JSON.stringify(error)}`, "s3cret")
        watched.before = () => Effect.void
        assert.strictEqual(yield* resumed(sessions, id), "here")
        yield* sessions.health
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("what was resumed is counted, and spans show no secret", () =>
    Effect.gen(function* () {
      const { spans, tracer } = Spans.make()
      const counts = Effect.gen(function* () {
        const of = (from: string) =>
          Effect.map(Metric.value(Metric.tagged(SessionMetrics.resumed, "from", from)), ({ count }) => count)
        const ended = yield* Metric.value(SessionMetrics.ended)
        return [yield* of("memory"), yield* of("store"), yield* of("none"), ended.count]
      })
      yield* Effect.gen(function* () {
        const before = yield* counts
        const id = yield* startOne
        const sessions = yield* another()
        yield* resumed(sessions, id)
        yield* resumed(sessions, id)
        yield* resumed(sessions, "nobody's")
        yield* sessions.end(id)
        const after = yield* counts
        assert.deepStrictEqual(
          after.map((count, index) => Number(count) - Number(before[index])),
          [1, 1, 1, 1]
        )
        const own = spans.filter(({ name }) => name.startsWith("session."))
        assert.deepStrictEqual(
          own.map(({ attributes, name }) => [name, attributes.get("dintero.session.from")]),
          [
            ["session.start", undefined],
            ["session.resume", "store"],
            ["session.resume", "memory"],
            ["session.resume", "none"],
            ["session.end", undefined]
          ]
        )
        for (const { attributes } of own) {
          assert.match(String(attributes.get("dintero.session.handle")), /^[0-9a-f]{64}$/)
          for (const text of attributes.values()) assert.notInclude(String(text), Redacted.value(id))
        }
      }).pipe(Effect.provide(layer()), Effect.withTracer(tracer))
    })
  )
})

describe("how long a session stays in memory", () => {
  it.scoped("until nobody has used it for the time `idle`", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const [first, second] = yield* started(2)
        const sessions = yield* another({ idle: "10 minutes", notice: "1 day" })
        const inMemory = Effect.map(Metric.value(SessionMetrics.inMemory), ({ value }) => value)
        const before = yield* inMemory
        const held = yield* Scope.make()
        yield* Scope.extend(sessions.resume(second ?? ""), held)
        yield* resumed(sessions, first ?? "")
        assert.strictEqual((yield* inMemory) - before, 2)
        yield* TestClock.adjust("9 minutes")
        yield* resumed(sessions, first ?? "")
        yield* watched.steps
        yield* TestClock.adjust("9 minutes")
        yield* resumed(sessions, first ?? "")
        assert.strictEqual(count(yield* watched.steps, "read session"), 0)
        yield* TestClock.adjust("10 minutes")
        // The one that is in use stays.
        assert.strictEqual((yield* inMemory) - before, 1)
        yield* resumed(sessions, first ?? "")
        assert.strictEqual(count(yield* watched.steps, "read session"), 1)
        yield* Scope.close(held, Exit.void)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual((yield* inMemory) - before, 0)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store), sessions: { idle: Duration.infinity } })))
    })
  )

  it.scoped("until `capacity` others were used later, unless it is in use", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const [a = Redacted.make(""), b = Redacted.make(""), c = Redacted.make(""), d = Redacted.make("")] = yield* started(4)
        const sessions = yield* another({ capacity: 2 })
        const reads = (id: Redacted.Redacted) =>
          Effect.zipRight(
            Effect.zipRight(watched.steps, resumed(sessions, id)),
            Effect.map(watched.steps, (steps) => count(steps, "read session"))
          )
        const held = yield* Scope.make()
        const inUse = yield* Scope.extend(sessions.resume(d), held)
        // `b` is the one that was not used for the longest time when `c` comes.
        yield* Effect.forEach([a, b, a, c], (id) => resumed(sessions, id))
        assert.deepStrictEqual(yield* Effect.forEach([a, c, d, b], reads), [0, 0, 0, 1])
        yield* inUse.tokens.get
        yield* Scope.close(held, Exit.void)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("its renewal goes on when the request has ended", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const id = yield* startOne
      yield* TestClock.adjust("57 minutes")
      const first = yield* tokenOf(sessions, id)
      yield* TestClock.adjust("1 second")
      yield* newCalls
      assert.notStrictEqual(value(yield* tokenOf(sessions, id)), value(first))
      assert.deepStrictEqual(yield* newCalls, [])
    }).pipe(Effect.provide(layer({ sessions: { idle: "2 hours" } })))
  )

  it.scoped("until the layer is closed: then nothing runs, what is held fails, and nothing can be opened", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make({ reports: true })
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const inMemory = Effect.map(Metric.value(SessionMetrics.inMemory), ({ value }) => value)
        const before = yield* inMemory
        const scope = yield* Scope.make()
        const subscribers = watched.subscribers
        const sessions = yield* Scope.extend(another(), scope)
        const session = yield* sessions.resume(id)
        const { id: second } = yield* Effect.scoped(Effect.flatMap(logIn(), (login) => sessions.start(login)))
        const login = yield* logIn()
        // One is about to be read when the layer closes.
        watched.before = () => Effect.never
        yield* TestClock.adjust("1 minute")
        const other = yield* startOne.pipe(Effect.timeoutOption("1 second"), Effect.fork)
        const waiting = yield* Effect.fork(resumed(sessions, "another"))
        yield* settle
        assert.strictEqual(watched.subscribers, subscribers + 1)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* Fiber.join(waiting), "TokenStoreError")
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.await(other)
        watched.before = () => Effect.void
        assert.strictEqual(watched.subscribers, subscribers)
        assert.strictEqual(yield* inMemory, before)
        yield* watched.steps
        yield* newCalls
        assert.strictEqual(yield* resumed(sessions, id), "TokenStoreError")
        assert.strictEqual(yield* resumed(sessions, second), "TokenStoreError")
        assert.strictEqual(yield* ends(session.tokens.get), "TransportError")
        const error = yield* Effect.flip(Effect.asVoid(Effect.scoped(sessions.start(login))))
        assert.strictEqual(error._tag, "SessionNotStored")
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* watched.steps, [])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})

describe("a session that another process has ended", () => {
  it.scoped("is noticed after the time `notice` if the store does not report removals, with one read", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const [here, there] = [yield* another(), yield* another()]
        const held = yield* here.resume(id)
        yield* there.end(id)
        yield* watched.steps
        yield* TestClock.adjust("29 seconds")
        assert.strictEqual(yield* resumed(here, id), "here")
        assert.deepStrictEqual(yield* watched.steps, [])
        yield* TestClock.adjust("1 second")
        watched.before = () => Effect.sleep("1 second")
        const all = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.fork(resumed(here, id)))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(new Set(yield* Fiber.join(Fiber.all(all))), new Set(["SessionNotFound"]))
        assert.deepStrictEqual(yield* watched.steps, ["read session"])
        assert.strictEqual(yield* ends(held.tokens.get), "SessionExpired")
        assert.strictEqual(yield* ends(held.stillOpen), "SessionExpired")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("is over at once if the store reports removals, and a session that is not reported is never read again", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make({ reports: true })
      yield* Effect.gen(function* () {
        const [gone = Redacted.make(""), stays = Redacted.make("")] = yield* started(2)
        const [here, there] = [yield* another(), yield* another()]
        yield* settle
        const held = yield* here.resume(gone)
        yield* resumed(here, stays)
        yield* watched.steps
        yield* there.end(gone)
        yield* settle
        // The process that ends it reads it once. The two others that have it in memory read it once, because its removal was reported.
        assert.strictEqual(count(yield* watched.steps, "read session"), 3)
        assert.strictEqual(yield* ends(held.stillOpen), "SessionExpired")
        assert.strictEqual(yield* ends(held.tokens.get), "SessionExpired")
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* resumed(here, stays), "here")
        assert.deepStrictEqual(yield* watched.steps, [])
        assert.strictEqual(yield* resumed(here, gone), "SessionNotFound")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("its own end is no news for a process", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make({ reports: true })
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const session = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
        yield* settle
        yield* watched.steps
        yield* session.logout
        yield* settle
        assert.strictEqual(count(yield* watched.steps, "read session"), 0)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("is noticed when the subscription is lost and made again, and when the store is down at the start", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make({ reports: true })
      const { removals = Effect.die("none") } = watched.store
      let isDown = true
      const store = { ...watched.store, removals: Effect.suspend(() => (isDown ? Effect.fail(down) : removals)) }
      yield* Effect.gen(function* () {
        const [first = Redacted.make(""), second = Redacted.make("")] = yield* started(2)
        const [here, there] = [yield* another(), yield* another()]
        yield* settle
        assert.strictEqual(watched.subscribers, 0)
        yield* resumed(here, first)
        yield* resumed(here, second)
        yield* there.end(first)
        // As with a store that reports nothing.
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* resumed(here, first), "SessionNotFound")
        isDown = false
        yield* TestClock.adjust("10 seconds")
        assert.isAtLeast(watched.subscribers, 2)
        yield* TestClock.adjust("1 minute")
        yield* resumed(here, second)
        yield* watched.steps
        yield* TestClock.adjust("1 minute")
        yield* resumed(here, second)
        assert.deepStrictEqual(yield* watched.steps, [])
        yield* watched.loseSubscriptions
        yield* settle
        assert.strictEqual(yield* resumed(here, second), "here")
        assert.deepStrictEqual(yield* watched.steps, ["read session"])
        // Also one that was read a moment before: its removal could have been missed.
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* resumed(here, second), "here")
        assert.deepStrictEqual(yield* watched.steps, [])
        yield* watched.loseSubscriptions
        yield* settle
        assert.strictEqual(yield* resumed(here, second), "here")
        assert.deepStrictEqual(yield* watched.steps, ["read session"])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(store) })))
    })
  )

  it.scoped("while the store fails, one that has to be read again is not resumed, and one that is held goes on", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const sessions = yield* another()
        const held = yield* sessions.resume(id)
        yield* TestClock.adjust("31 seconds")
        watched.before = () => Effect.fail(down)
        assert.strictEqual(yield* resumed(sessions, id), "TokenStoreError")
        yield* Session.with(settings, held)
        watched.before = () => Effect.void
        assert.strictEqual(yield* resumed(sessions, id), "here")
        yield* watched.steps
        assert.strictEqual(yield* resumed(sessions, id), "here")
        assert.deepStrictEqual(yield* watched.steps, [])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("that is reported while it is read for the first time is not opened", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make({ reports: true })
      yield* Effect.gen(function* () {
        const id = yield* startOne
        const [here, there] = [yield* another(), yield* another()]
        yield* resumed(there, id)
        yield* settle
        // The entry was read, and its answer is on its way.
        const answered = yield* Deferred.make<void>()
        let isFirst = true
        watched.after = (step) => {
          if (step !== "read session" || !isFirst) return Effect.void
          isFirst = false
          return Deferred.await(answered)
        }
        const waiting = yield* Effect.fork(resumed(here, id))
        yield* settle
        yield* there.end(id)
        yield* settle
        yield* Deferred.succeed(answered, undefined)
        assert.strictEqual(yield* Fiber.join(waiting), "SessionNotFound")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})

describe("a session that was replaced, under an id that the program chose", () => {
  for (const reports of [true, false]) {
    it.scoped(
      `stays with callers that hold it, and later ones get the new one (removals ${reports ? "are" : "are not"} reported)`,
      () =>
        Effect.gen(function* () {
          const watched = yield* WatchedStore.make({ reports })
          yield* Effect.gen(function* () {
            const [here, there] = [yield* another(), yield* another()]
            yield* settle
            const first = yield* Effect.flatMap(logIn(), (login) => here.start(login, { id: "ada" }))
            const elsewhere = yield* there.resume("ada")
            const before = value(yield* first.tokens.get)
            yield* TestClock.adjust("31 seconds")
            const second = yield* Effect.flatMap(logIn("grace@example.com"), (login) => here.start(login, { id: "ada" }))
            yield* settle
            const after = value(yield* second.tokens.get)
            assert.notStrictEqual(after, before)
            for (const old of [first, elsewhere]) {
              assert.strictEqual(value(yield* old.tokens.get), before)
              yield* Session.with(settings, old)
            }
            for (const sessions of [here, there]) {
              const later = yield* sessions.resume("ada")
              assert.deepStrictEqual(later.customerId, Option.some("grace"))
              assert.strictEqual(value(yield* later.tokens.get), after)
            }
            // Nothing of the old one is left that could be refreshed.
            yield* TestClock.adjust("2 hours")
            assert.deepStrictEqual(
              [yield* ends(first.tokens.get), yield* ends(elsewhere.tokens.get), yield* ends(second.tokens.get)],
              ["SessionExpired", "SessionExpired", "here"]
            )
          }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
        })
    )
  }
})

describe("the end of a session, and a login under the same id, which the program chose", () => {
  it.scoped("a logout while the login is being stored ends the session before, and not the new one", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      const [written, stored] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const before = yield* Effect.flatMap(logIn(), (login) => sessions.start(login, { id: "ada" }))
        const login = yield* logIn()
        watched.before = (step) =>
          step === "write session" ? Effect.zipRight(Deferred.succeed(written, undefined), Deferred.await(stored)) : Effect.void
        const starting = yield* Effect.fork(sessions.start(login, { id: "ada" }))
        yield* Deferred.await(written)
        yield* before.logout
        yield* Deferred.succeed(stored, undefined)
        const session = yield* Fiber.join(starting)
        assert.strictEqual(yield* ends(before.stillOpen), "SessionExpired")
        assert.strictEqual(yield* ends(session.stillOpen), "here")
        yield* Session.with(settings, session)
        assert.strictEqual(yield* resumed(sessions, "ada"), "here")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("a logout that the store refused does not keep a login of another process out", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const [here, there] = [yield* another(), yield* another()]
        const before = yield* Effect.flatMap(logIn(), (login) => here.start(login, { id: "ada" }))
        watched.before = (step) => (step === "remove session" ? Effect.fail(down) : Effect.void)
        assert.strictEqual(yield* ends(before.logout), "TokenStoreError")
        // It is over in this process, whether the store works or not.
        assert.strictEqual(yield* resumed(here, "ada"), "SessionNotFound")
        watched.before = () => Effect.fail(down)
        assert.strictEqual(yield* resumed(here, "ada"), "SessionNotFound")
        watched.before = () => Effect.void
        assert.strictEqual(yield* resumed(here, "ada"), "SessionNotFound")
        yield* TestClock.adjust("1 second")
        yield* Effect.flatMap(logIn(), (login) => there.start(login, { id: "ada" }))
        yield* Effect.flatMap(here.resume("ada"), (session) => Session.with(settings, session))
        assert.strictEqual(yield* ends(before.stillOpen), "SessionExpired")
        // What is left of the logout can still be done, and leaves the new session alone.
        yield* newCalls
        yield* before.logout
        assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
        assert.strictEqual(yield* resumed(here, "ada"), "here")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})

describe("the options of the layer", () => {
  const wrong: ReadonlyArray<readonly [keyof SessionsOptions, ReadonlyArray<number>]> = [
    ["lease", [0, 99, Number.POSITIVE_INFINITY]],
    ["capacity", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ["perCustomer", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ["idle", [0, -1, Number.NaN]],
    ["notice", [0, -1, Number.NaN]],
    ["lastUsed", [0, -1, Number.NaN]],
    ["unusedFor", [0, -1, Number.NaN]]
  ]
  for (const [name, values] of wrong) {
    it(`${name}: what cannot work is refused with its name and a value that works`, () => {
      for (const given of values) {
        assert.throws(() => Sessions.layer({ [name]: given }), RangeError, new RegExp(`Sessions\\.${name}: .* [Gg]ive `))
      }
    })
  }

  it("times other than the lease may be infinite", () => {
    const infinite = Duration.infinity
    assert.doesNotThrow(() => Sessions.layer({ idle: infinite, notice: infinite, lastUsed: infinite, unusedFor: infinite }))
  })
})
