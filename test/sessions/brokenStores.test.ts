/**
 * A store of the program that hangs or dies at one of its functions: whoever waits for it gets a typed error in time, and the layer ends.
 */
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Redacted, Scope, TestClock } from "effect"
import { Mfa, Sessions, TokenStoreError, type TokenStoreService, TokenStores } from "effect-dintero"
import { layer, logIn } from "./System.js"

const secret = "a text that is stored"

/** A store in memory, of which one function stops working when the test says so. */
const breaking = (what: "read" | "write" | "remove" | "lease" | "release", given: Effect.Effect<never, TokenStoreError>) =>
  Effect.map(TokenStores.memory, (below) => {
    let isBroken = false
    const orBroken =
      <Given extends ReadonlyArray<unknown>, A>(name: string, run: (...args: Given) => Effect.Effect<A, TokenStoreError>) =>
      (...args: Given): Effect.Effect<A, TokenStoreError> =>
        Effect.suspend(() => (isBroken && name === what ? given : run(...args)))
    const store: TokenStoreService = {
      read: orBroken("read", below.read),
      write: orBroken("write", below.write),
      remove: orBroken("remove", below.remove),
      lease: orBroken("lease", below.lease),
      release: orBroken("release", below.release)
    }
    return {
      store,
      break: Effect.sync(() => {
        isBroken = true
      }),
      heal: Effect.sync(() => {
        isBroken = false
      })
    }
  })

/** How the effect ends within five minutes of the test clock. */
const ended = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    for (let second = 0; second < 300; second++) {
      yield* TestClock.adjust("1 second")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      const exit = yield* Fiber.poll(fiber)
      if (Option.isSome(exit)) return exit.value
    }
    return yield* Effect.dieMessage("it hangs")
  })

const isTyped = <A, E>(exit: Exit.Exit<A, E>): boolean =>
  Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error instanceof TokenStoreError

describe("a store that is back", () => {
  for (const seconds of [5, 60]) {
    it.scoped(`after an outage of ${seconds} seconds: sessions work again within a second`, () =>
      Effect.gen(function* () {
        const unavailable = new TokenStoreError({ reason: "unavailable", message: "It is down." })
        const broken = yield* breaking("read", Effect.fail(unavailable))
        yield* Effect.gen(function* () {
          const sessions = yield* Sessions
          const session = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
          yield* broken.break
          yield* TestClock.adjust("2 hours")
          for (let second = 0; second < seconds; second++) {
            assert.isTrue(isTyped(yield* Effect.exit(session.tokens.get)))
            yield* TestClock.adjust("1 second")
          }
          yield* broken.heal
          yield* TestClock.adjust("1 second")
          assert.isTrue(Exit.isSuccess(yield* Effect.exit(session.tokens.get)))
        }).pipe(Effect.provide(layer({ store: Effect.succeed(broken.store) })))
      })
    )
  }
})

const kinds = { hangs: Effect.never, dies: Effect.die(new Error(secret)) }

for (const [how, given] of Object.entries(kinds)) {
  describe(`a store that ${how}`, () => {
    for (const what of ["read", "write", "lease", "release"] as const) {
      it.scoped(`at ${what}, in a refresh: it ends, and so does the layer`, () =>
        Effect.gen(function* () {
          const broken = yield* breaking(what, given)
          const scope = yield* Scope.make()
          const services = yield* Layer.buildWithScope(layer({ store: Effect.succeed(broken.store) }), scope)
          yield* Effect.gen(function* () {
            const sessions = yield* Sessions
            const session = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
            yield* broken.break
            const exit = yield* ended(session.tokens.forceRefresh)
            // The new token is stored before the lease is released.
            assert.isTrue(what === "release" ? Exit.isSuccess(exit) : isTyped(exit))
            assert.notInclude(inspect(exit, { depth: 10 }), secret)
            assert.isTrue(Exit.isSuccess(yield* ended(Scope.close(scope, Exit.void))))
          }).pipe(Effect.provide(services))
        })
      )
    }

    for (const what of ["read", "write"] as const) {
      it.scoped(`at ${what}, in a login that waits for its code: a TokenStoreError`, () =>
        Effect.gen(function* () {
          const broken = yield* breaking(what, given)
          yield* Effect.gen(function* () {
            const required = {
              challenge_type: "oob",
              mfa_token: Redacted.make("mfa-token"),
              oob_code: Redacted.make("oob-code")
            } as const
            const { id } = yield* Mfa.begin(required)
            yield* broken.break
            const confirmed = yield* ended(Mfa.confirm(id, Redacted.make("123456")))
            const sent = yield* ended(Mfa.resend(id))
            assert.isTrue(isTyped(confirmed) && isTyped(sent))
            assert.notInclude(inspect([confirmed, sent], { depth: 10 }), secret)
          }).pipe(Effect.provide(layer({ store: Effect.succeed(broken.store) })))
        })
      )
    }
  })
}
