/**
 * The start of a session that fails, hangs or is interrupted: nothing of the login is left behind.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Option, Redacted, Scope, TestClock } from "effect"
import { Session, Sessions, type StartOptions } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { layer, logIn, newCalls, settings, value } from "./System.js"
import * as WatchedStore from "./WatchedStore.js"

const { count, down } = WatchedStore
const { Embedded } = DinteroEmbedded

/** Starts a session of a new login, which has failed already or waits for the store, and answers the error. */
const failedStart = (options: StartOptions = {}) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const login = yield* logIn()
    yield* newCalls
    const fiber = yield* Effect.fork(Effect.flip(Effect.asVoid(Effect.scoped(sessions.start(login, options)))))
    yield* TestClock.adjust("30 seconds")
    return { error: yield* Fiber.join(fiber), login }
  })

/** Whether the refresh token of this login still works. */
const isValid = (refreshToken: Redacted.Redacted | undefined) =>
  Effect.flatMap(Sessions, (sessions) =>
    Effect.scoped(
      Effect.flatMap(sessions.startFrom(refreshToken ?? Redacted.make("none")), ({ tokens }) =>
        Effect.match(tokens.get, { onFailure: () => false, onSuccess: () => true })
      )
    )
  )

describe("a login whose session cannot be stored", () => {
  const failures: ReadonlyArray<readonly [string, Effect.Effect<void, typeof down>]> = [
    ["fails", Effect.fail(down)],
    ["hangs", Effect.never],
    ["dies", Effect.die(new Error("s3cret"))],
    ["interrupts itself", Effect.interrupt]
  ]
  for (const [name, failure] of failures) {
    for (const when of ["before", "after"] as const) {
      for (const kind of ["customer", "session"] as const) {
        it.scoped(`is revoked when the store ${name}, ${when} the ${kind} entry is written`, () =>
          Effect.gen(function* () {
            const watched = yield* WatchedStore.make()
            yield* Effect.gen(function* () {
              const keys: Array<string> = []
              watched[when] = (step, key) => {
                if (step !== `write ${kind}`) return Effect.void
                keys.push(key)
                return failure
              }
              const { error, login } = yield* failedStart()
              assert.strictEqual(error._tag, "SessionNotStored")
              assert.deepStrictEqual([error.reason, error.refreshToken], ["unavailable", "revoked"])
              assert.match(error.message, /not stored\..*The refresh token of the login was revoked.*log in again/)
              assert.notInclude(`${error} ${JSON.stringify(error)}`, "s3cret")
              assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
              watched[when] = () => Effect.void
              assert.isFalse(yield* isValid(login.refresh_token))
              // What was written in truth was taken back.
              const [key = ""] = keys
              if (kind === "session") assert.isTrue(Option.isNone(yield* watched.store.read(key)))
              assert.deepStrictEqual(yield* Effect.flatMap(Sessions, ({ ofCustomer }) => ofCustomer("ada")), [])
            }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
          })
        )
      }
    }
  }

  it.scoped("stays valid when it cannot be revoked, and the error says so", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const { faults } = yield* Embedded
        watched.before = () => Effect.fail(down)
        const { rule } = yield* faults.add({ match: { operation: "auth.revoke" }, fault: { kind: "status", status: 503 } })
        const { error, login } = yield* failedStart()
        assert.strictEqual(error.refreshToken, "valid")
        assert.match(error.message, /could not be revoked.*auth\.revoke/)
        yield* faults.remove(rule)
        watched.before = () => Effect.void
        assert.isTrue(yield* isValid(login.refresh_token))
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("a revocation that hangs is given up", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const { faults } = yield* Embedded
        watched.before = () => Effect.never
        yield* faults.add({ match: { operation: "auth.revoke" }, fault: { kind: "stall", when: "after_commit" } })
        const { error } = yield* failedStart()
        assert.strictEqual(error.refreshToken, "valid")
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("the refresh token of `startFrom` is not revoked, and a login without one has none", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const { refresh_token, ...login } = yield* logIn()
        yield* newCalls
        watched.before = () => Effect.fail(down)
        const from = yield* Effect.flip(Effect.asVoid(Effect.scoped(sessions.startFrom(refresh_token ?? Redacted.make("none")))))
        assert.strictEqual(from.refreshToken, "valid")
        assert.match(from.message, /was not revoked, so the session can be started with it later/)
        const without = yield* Effect.flip(Effect.asVoid(Effect.scoped(sessions.start(login))))
        assert.strictEqual(without.refreshToken, "none")
        assert.deepStrictEqual(yield* newCalls, [])
        watched.before = () => Effect.void
        assert.isTrue(yield* isValid(refresh_token))
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("the session that is stored under a chosen id stays, and nothing of it is revoked", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        yield* Effect.flatMap(logIn(), (login) => Effect.scoped(sessions.start(login, { id: "ada" })))
        watched.before = (step) => (step === "write session" ? Effect.fail(down) : Effect.void)
        const { error } = yield* failedStart({ id: "ada" })
        assert.strictEqual(error.refreshToken, "revoked")
        watched.before = () => Effect.void
        const session = yield* sessions.resume("ada")
        yield* session.tokens.forceRefresh
        yield* Session.with(settings, session)
        assert.strictEqual((yield* sessions.ofCustomer("ada")).length, 1)
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})

describe("a start that is interrupted", () => {
  const steps = ["write customer", "write session"] as const
  for (const when of ["before", "after"] as const) {
    for (const at of steps) {
      it.scoped(`${when} ${at}: the login is revoked in the background, and nothing is stored`, () =>
        Effect.gen(function* () {
          const watched = yield* WatchedStore.make()
          yield* Effect.gen(function* () {
            const sessions = yield* Sessions
            const login = yield* logIn()
            const keys: Array<string> = []
            watched.before = (step, key) =>
              Effect.zipRight(
                Effect.sync(() => void (step === "write session" && keys.push(key))),
                when === "before" && step === at ? Effect.sleep("1 second") : Effect.void
              )
            watched.after = (step) => (when === "after" && step === at ? Effect.sleep("1 second") : Effect.void)
            yield* newCalls
            const fiber = yield* Effect.fork(Effect.scoped(sessions.start(login)))
            yield* TestClock.adjust("500 millis")
            const exit = yield* Fiber.interrupt(fiber)
            assert.isTrue(Exit.isInterrupted(exit))
            yield* TestClock.adjust("30 seconds")
            assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
            watched.before = () => Effect.void
            watched.after = () => Effect.void
            for (const key of keys) assert.isTrue(Option.isNone(yield* watched.store.read(key)))
            assert.deepStrictEqual(yield* sessions.ofCustomer("ada"), [])
            assert.isFalse(yield* isValid(login.refresh_token))
          }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
        })
      )
    }
  }

  it.scoped("by the end of the program: the layer ends after the login was revoked", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const scope = yield* Scope.make()
        const services = yield* Scope.extend(Layer.build(Layer.fresh(Sessions.layer())), scope)
        const login = yield* logIn()
        watched.before = (step) => (step === "write session" ? Effect.never : Effect.void)
        yield* newCalls
        const fiber = yield* Effect.fork(Effect.scoped(Context.get(services, Sessions).start(login)))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* newCalls, ["auth.revoke 200"])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})

describe("what a start is given", () => {
  it.scoped("an empty id, a text that is no customer_id and a bad token are refused, and nothing is stored", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const wrong: ReadonlyArray<readonly [StartOptions, RegExp]> = [
          [{ id: "" }, /`id` is empty/],
          [{ id: Redacted.make("") }, /`id` is empty/],
          [{ customerId: "" }, /`customerId` must have 1 to 255/],
          [{ customerId: " ada" }, /`customerId` must have 1 to 255/],
          [{ customerId: "a".repeat(256) }, /`customerId` must have 1 to 255/]
        ]
        yield* watched.steps
        for (const [options, message] of wrong) {
          const { error } = yield* failedStart(options)
          assert.deepStrictEqual([error._tag, error.reason, error.refreshToken], ["SessionNotStored", "invalid", "revoked"])
          assert.match(error.message, message)
        }
        const login = yield* logIn()
        const bad = Redacted.make("s3cret\nwith a newline")
        const error = yield* Effect.flip(Effect.asVoid(Effect.scoped(sessions.start({ ...login, access_token: bad }))))
        assert.strictEqual(error.reason, "invalid")
        assert.notInclude(`${error} ${JSON.stringify(error)}`, "s3cret")
        assert.deepStrictEqual(yield* watched.steps, [])
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("a label is cut at 200 whole characters, and a session of an unguessable id costs no read", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const login = yield* logIn()
        yield* watched.steps
        const session = yield* sessions.start(login, { label: "😀".repeat(300) })
        assert.deepStrictEqual(session.label, Option.some("😀".repeat(200)))
        const steps = yield* watched.steps
        assert.strictEqual(count(steps, "read session"), 0)
        assert.strictEqual(count(steps, "write session"), 1)
        assert.match(Redacted.value(session.id), /^[A-Za-z0-9_-]{43}$/)
        const short = yield* Effect.flatMap(logIn(), (login) => sessions.start(login, { label: "phone" }))
        assert.deepStrictEqual(short.label, Option.some("phone"))
        assert.notStrictEqual(value(yield* short.tokens.get), value(yield* session.tokens.get))
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )
})
