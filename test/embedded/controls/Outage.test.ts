/**
 * An outage of the token endpoint, and the refresh of a session while the client's own token is expired: the real client against the system,
 * with faults and the clock.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Redacted, TestClock } from "effect"
import { Auth, Customers, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type RefreshTokenRules } from "effect-dintero/embedded"
import { audience } from "../../utils/Account.js"

const layerOf = (rotation: RefreshTokenRules.Rotation) =>
  DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests, refreshTokens: { rotation } })

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** The refresh token of Ada's session. */
const logIn = Effect.gen(function* () {
  const customers = yield* Customers
  const { refresh_token } = yield* customers.password.login({
    type: "customer",
    email: "ada@example.com",
    password: Redacted.make(DinteroEmbedded.demoPassword),
    audience
  })
  return refresh_token ?? assert.fail("no refresh token")
})

const refresh = (refresh_token: Redacted.Redacted) =>
  Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "refresh_token", refresh_token })).pipe(
    Effect.map((session) => session.refresh_token ?? assert.fail("no refresh token"))
  )

describe("an outage of the token endpoint of 5 minutes", () => {
  const outage = { match: { operation: "auth.token" }, fault: { kind: "status", status: 503 } } as const

  it.effect("is not seen while the client's token is good; a session that could not be refreshed goes on after it", () =>
    Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      const token = yield* logIn
      const { rule } = yield* faults.add(outage)
      for (let second = 0; second < 300; second += 10) {
        yield* settings
        const error = yield* Effect.flip(refresh(token))
        assert.strictEqual(error._tag, "ServerError")
        // A request that uses up a credential is not sent again.
        assert.strictEqual(error.request.attempts, 1)
        yield* TestClock.adjust("10 seconds")
      }
      yield* faults.remove(rule)
      const successor = yield* refresh(token)
      yield* refresh(successor)
    }).pipe(Effect.provide(layerOf("strict")))
  )

  it.effect(
    "fails calls from the end of the client's token to its own end, and none before or after, with few token requests",
    () =>
      Effect.gen(function* () {
        const { faults, journal } = yield* DinteroEmbedded.Embedded
        yield* settings
        // There are no calls meanwhile, so the token was not renewed before it expired.
        yield* TestClock.adjust("238 minutes")
        const { rule } = yield* faults.add(outage)
        const calls: Array<Fiber.RuntimeFiber<Either.Either<unknown, { readonly _tag: string }>>> = []
        for (let second = 0; second < 300; second++) {
          calls.push(yield* Effect.fork(Effect.either(settings)))
          yield* TestClock.adjust("1 second")
        }
        yield* faults.remove(rule)
        const asked = yield* journal.list({ operation: "auth.token", status: 503 })
        assert.isAtMost(asked.length, 10)
        // The pause after the last failure.
        yield* TestClock.adjust("5 minutes")
        yield* settings
        const ends = yield* Effect.forEach(calls, Fiber.join)
        const firstFailure = ends.findIndex(Either.isLeft)
        // The token is used until the end of its 240 minutes.
        assert.strictEqual(firstFailure, 120)
        for (const end of ends) if (Either.isLeft(end)) assert.strictEqual(end.left._tag, "ServerError")
        assert.strictEqual(ends.filter(Either.isLeft).length, 180)
      }).pipe(Effect.provide(layerOf("none")))
  )
})

describe("a session that is refreshed with a client token that is over", () => {
  const calls = Effect.flatMap(DinteroEmbedded.Embedded, ({ journal }) =>
    Effect.map(journal.list(), (entries) =>
      entries.map(
        ({ caller, status }) => `${caller === null ? "nobody" : caller.scopes.length > 0 ? "token" : "secret"} ${status}`
      )
    )
  )

  /** The call is refused, the token is renewed, and the call is sent again: two more calls, and the refresh token is used once. */
  const renewed = ["nobody 401", "secret 200", "token 200"]

  it.effect("goes on after one new client token, when a fault says that it is over", () =>
    Effect.gen(function* () {
      const { faults, journal } = yield* DinteroEmbedded.Embedded
      const token = yield* logIn
      yield* journal.clear
      yield* faults.add({ match: { operation: "auth.token", calls: [1] }, fault: { kind: "expired_token" } })
      const successor = yield* refresh(token)
      assert.deepStrictEqual(yield* calls, renewed)
      yield* refresh(successor)
    }).pipe(Effect.provide(layerOf("strict")))
  )

  it.effect("and when the system's clock does, which runs ahead of the client's", () =>
    Effect.gen(function* () {
      const { clock, journal } = yield* DinteroEmbedded.Embedded
      const token = yield* logIn
      yield* clock.advance("5 hours")
      yield* journal.clear
      const successor = yield* refresh(token)
      assert.deepStrictEqual(yield* calls, renewed)
      yield* refresh(successor)
    }).pipe(Effect.provide(layerOf("strict")))
  )

  it.effect("is not lost when the new one is refused too, and the client does not take that for its end", () =>
    Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      const token = yield* logIn
      const { rule } = yield* faults.add({ match: { operation: "auth.token" }, fault: { kind: "expired_token" } })
      const error = yield* Effect.flip(RetryPolicy.with(refresh(token), RetryPolicy.none))
      // The 401 does not say which of the two credentials was refused.
      assert.deepStrictEqual([error._tag, error._tag === "SessionExpired" && error.reason], ["SessionExpired", "unauthorized"])
      yield* faults.remove(rule)
      // The second token was refused too, so for a moment the client requests no token.
      yield* TestClock.adjust("1 minute")
      yield* refresh(token)
    }).pipe(Effect.provide(layerOf("strict")))
  )
})
