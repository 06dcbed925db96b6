/**
 * Answers that can be read in two ways, and what a wrong reading would cost: a second wrong password, a token given up in vain, a
 * meaning that a caller cannot act on.
 */

import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Layer, Random, Redacted, TestClock } from "effect"
import type { AuthToken } from "effect-dintero"
import { Auth, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { audience } from "../utils/Account.js"
import * as Mock from "../utils/MockHttp.js"

const layer = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    retry: RetryPolicy.none,
    ...more
  }).pipe(Layer.provide(mock.layer))

const login = (password = "a password") =>
  Effect.flatMap(Customers, (customers) =>
    customers.password.login({ type: "customer", email: "a@b.c", password: Redacted.make(password), audience })
  )
const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const refresh = Effect.flatMap(Auth, (auth) =>
  auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("refresh") })
)

const said = (message: string, code?: string) => ({ error: { ...(code === undefined ? {} : { code }), message } })

describe("401", () => {
  it.effect("with a code, for a wrong password, is not sent again, and costs no token", () => {
    const mock = Mock.make({ resource: Mock.json(401, said("Wrong email or password", "WRONG")) })
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(login()))._tag, "CredentialsRefused")
      assert.strictEqual(mock.resources(), 1)
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(layer(mock)))
  })

  for (const [name, body] of [
    ["without a code", said("UNAUTHORIZED")],
    ["without a code, in words that could mean the password", said("Wrong email or password")],
    ["of RFC 6750", { error: "invalid_token", error_description: "The access token expired" }],
    ["without a word", {}]
  ] as const) {
    it.effect(`${name} is sent once more with another token, also for a login`, () => {
      const mock = Mock.make({ resource: Mock.script(Mock.json(401, body), Mock.token("session", 60)) })
      return Effect.gen(function* () {
        yield* login()
        assert.strictEqual(mock.resources(), 2)
        assert.strictEqual(mock.tokens(), 2)
      }).pipe(Effect.provide(layer(mock)))
    })
  }

  it.effect("for a missing scope is not healed by another token", () => {
    const mock = Mock.make({ resource: Mock.json(401, { error: "insufficient_scope", error_description: "no" }) })
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(getSettings))._tag, "Unauthorized")
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("mfa_required is MfaRequired, whatever its status", () =>
    Effect.forEach([400, 401, 403], (status) => {
      const mock = Mock.make({ resource: Mock.json(status, { ...said("m", "mfa_required"), mfa_token: "mfa-token-xyz" }) })
      return Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(login()))._tag, "MfaRequired")
        assert.strictEqual(mock.resources(), 1)
      }).pipe(Effect.provide(layer(mock)))
    })
  )

  it.effect("mfa_required in the flat shape of OAuth is MfaRequired too, and is sent once", () =>
    Effect.forEach([400, 401, 403], (status) => {
      const mock = Mock.make({ resource: Mock.json(status, { error: "mfa_required", mfa_token: "mfa-token-xyz" }) })
      return Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(login()))._tag, "MfaRequired")
        assert.strictEqual(mock.resources(), 1)
      }).pipe(Effect.provide(layer(mock)))
    })
  )

  it.effect("is MfaRequired also when the password is a part of that word", () => {
    const mock = Mock.make({ resource: Mock.json(403, { ...said("m", "mfa_required"), mfa_token: "mfa-token-xyz" }) })
    return Effect.gen(function* () {
      for (const password of ["required", "mfa_required"]) {
        assert.strictEqual((yield* Effect.flip(login(password)))._tag, "MfaRequired")
      }
    }).pipe(Effect.provide(layer(mock)))
  })
})

describe("expired", () => {
  it.effect("is said of a refresh token: SessionExpired; of a password: CredentialsRefused", () => {
    const mock = Mock.make({
      token: (request, count) =>
        (request.body.includes("refresh_token")
          ? Mock.json(401, said("the refresh token has expired", "EXPIRED"))
          : Mock.numberedTokens(3600))(request, count),
      resource: Mock.json(403, said("the password has expired"))
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(refresh))._tag, "SessionExpired")
      assert.strictEqual((yield* Effect.flip(login()))._tag, "CredentialsRefused")
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("is known of a token that was handed in: TokenExpired, also for a login", () => {
    const mock = Mock.make({ resource: Mock.json(401, said("no")) })
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(login()))._tag, "TokenExpired")
    }).pipe(
      Effect.provide(
        Layer.provide(
          Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("old"), expiresAt: DateTime.unsafeMake(0) }),
          mock.layer
        )
      )
    )
  })
})

describe("the partner flow", () => {
  it.effect("client_credentials with a token that was exchanged: Bearer", () => {
    const mock = Mock.make({ token: Mock.token("merchant", 60) })
    return Effect.gen(function* () {
      const auth = yield* Auth
      yield* auth.token({ grant_type: "client_credentials", audience })
      assert.strictEqual(mock.requests[0]?.headers.authorization, "Bearer exchanged")
    }).pipe(
      Effect.provide(
        Layer.provide(Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("exchanged") }), mock.layer)
      )
    )
  })
})

describe("what JavaScript would pass", () => {
  it.effect("is InvalidRequest, or InvalidConfiguration, and no defect", () =>
    Effect.gen(function* () {
      const auth = yield* Auth
      const customers = yield* Customers
      for (const grant of [null, undefined, 5, "text", [], { grant_type: { toString: 1 } }]) {
        assert.strictEqual((yield* Effect.flip(auth.token<AuthToken>(grant as never)))._tag, "InvalidRequest")
        assert.strictEqual((yield* Effect.flip(customers.password.login(grant as never)))._tag, "InvalidRequest")
      }
      const cyclic: { self?: unknown } = {}
      cyclic.self = cyclic
      for (const value of [cyclic, { big: 1n }]) {
        assert.strictEqual((yield* Effect.flip(customers.settings.update(value as never)))._tag, "InvalidRequest")
      }
      const plain = Layer.provide(
        Dintero.layerFixedToken({ accountId: "T12345678", token: "plain" as never }),
        Mock.make({}).layer
      )
      const error = yield* Effect.scoped(Effect.flip(Layer.build(plain)))
      assert.strictEqual(error._tag, "InvalidConfiguration")
    }).pipe(Effect.provide(layer(Mock.make({}))))
  )

  it.effect("a transport that throws is a TransportError", () => {
    const throwing = layer(Mock.make({}), {
      transformClient: (client) =>
        Object.assign(Object.create(client) as typeof client, {
          execute: () => {
            throw new Error("a bug in a transport")
          }
        })
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(getSettings))._tag, "TransportError")
    }).pipe(Effect.provide(throwing))
  })

  it.effect("an unknown field that is nested deeper than a stack does not break the error that it ends in", () => {
    const mock = Mock.make({ resource: Mock.json(400, said("no")) })
    const deep = JSON.parse(`${'{"a":'.repeat(3500)}1${"}".repeat(3500)}`) as object
    return Effect.gen(function* () {
      const customers = yield* Customers
      assert.strictEqual((yield* Effect.flip(customers.settings.update({ ...deep })))._tag, "BadRequest")
    }).pipe(Effect.provide(layer(mock)))
  })
})

describe("secrets that do not look like themselves", () => {
  it.effect("are cut out in their other spellings, and out of the request id", () =>
    Effect.gen(function* () {
      const password = 'corr"ect\\horse'
      const secret = "pässwörd-ñ"
      const echo: Mock.Answer = (request) =>
        Effect.sync(() =>
          Response.json(
            {
              error: { message: `got ${request.body} by ${password} and mfa-tok-12345`, code: secret },
              mfa_token: "mfa-tok-12345"
            },
            { status: 400, headers: { "x-request-id": String(request.headers.authorization) } }
          )
        )
      const shown = (error: unknown) => `${inspect(error, { depth: 20 })}\n${JSON.stringify(error)}`
      const own = yield* Effect.flip(login(password)).pipe(
        Effect.provide(layer(Mock.make({ token: Mock.token("bearer-token", 60), resource: echo })))
      )
      for (const hidden of [password, 'corr\\"ect\\\\horse', "mfa-tok-12345", "bearer-token"]) {
        assert.notInclude(shown(own), hidden)
      }
      const client = yield* Effect.flip(getSettings).pipe(
        Effect.provide(layer(Mock.make({ token: echo }), { clientSecret: Redacted.make(secret) }))
      )
      assert.notInclude(shown(client), secret)
      const good = yield* Effect.flip(getSettings).pipe(
        Effect.provide(
          layer(
            Mock.make({
              token: Mock.token("bearer-token", 60),
              resource: Mock.json(200, [], { "x-request-id": "for bearer-token" })
            })
          )
        )
      )
      assert.strictEqual(good._tag, "InvalidResponse")
      assert.notInclude(shown(good), "bearer-token")
    })
  )
})

describe("an answer that is too large", () => {
  const large = "x".repeat(9 * 1024 * 1024)
  it.effect("keeps the meaning of its status", () =>
    Effect.gen(function* () {
      for (const [status, tag] of [
        [500, "ServerError"],
        [403, "Forbidden"],
        [429, "RateLimited"]
      ] as const) {
        const mock = Mock.make({
          resource: () =>
            Effect.sync(
              () => new Response(large, { status, headers: { "content-length": String(large.length), "x-request-id": "r" } })
            )
        })
        const error = yield* Effect.flip(getSettings).pipe(Effect.provide(layer(mock)))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(error.request.requestId, "r")
      }
    })
  )
})

describe("an InvalidResponse", () => {
  it.effect("names every field that is wrong", () => {
    const mock = Mock.make({ token: Mock.json(200, { access_token: "a b", token_type: "MAC", expires_in: 0 }) })
    return Effect.gen(function* () {
      const error = yield* Effect.flip(getSettings)
      assert.strictEqual(error._tag, "InvalidResponse")
      if (error._tag !== "InvalidResponse") return
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["access_token", "expires_in", "token_type"]
      )
    }).pipe(Effect.provide(layer(mock)))
  })
})

describe("time", () => {
  it.effect("the deadline covers the wait for a token: nothing is sent after it", () => {
    const mock = Mock.make({ token: Mock.later(9000, Mock.numberedTokens(3600)) })
    return Effect.gen(function* () {
      const hasty = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout("900 millis"), RetryPolicy.deadline("1 seconds"))
      const fiber = yield* Effect.fork(Effect.flip(RetryPolicy.with(login(), hasty)))
      yield* TestClock.adjust("1500 millis")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "TransportError")
      if (error._tag === "TransportError") assert.deepStrictEqual([error.reason, error.sent], ["timeout", "no"])
      yield* TestClock.adjust("8 seconds")
      assert.strictEqual(mock.resources(), 0)
      // Others may wait for the same token: it was not given up with this wait.
      yield* getSettings
      assert.strictEqual(mock.tokens(), 1)
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("a 429 that does not say how long is waited for longer than another failure", () => {
    const sentWithin = (status: number, millis: number) => {
      const mock = Mock.make({ resource: Mock.script(Mock.json(status, {}), Mock.json(200, {})) })
      return Effect.gen(function* () {
        const fiber = yield* Effect.fork(Effect.withRandom(getSettings, Random.fixed([0.9])))
        yield* TestClock.adjust(millis)
        yield* Fiber.interrupt(fiber)
        return mock.resources()
      }).pipe(Effect.provide(layer(mock, { retry: RetryPolicy.default })))
    }
    return Effect.gen(function* () {
      assert.strictEqual(yield* sentWithin(503, 300), 2)
      assert.strictEqual(yield* sentWithin(429, 300), 1)
    })
  })

  it.effect("a background renewal waits as long as the token endpoint asks", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), Mock.json(429, {}, { "retry-after": "240" })) })
    return Effect.gen(function* () {
      yield* getSettings
      yield* TestClock.adjust("55 minutes")
      for (let second = 0; second < 200; second += 10) {
        yield* getSettings
        yield* TestClock.adjust("10 seconds")
      }
      assert.strictEqual(mock.tokens(), 2)
    }).pipe(Effect.provide(layer(mock)))
  })
})
