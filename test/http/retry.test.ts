import { HttpClientError } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import type { DinteroError } from "effect-dintero"
import { Auth, Customers, Dintero, RetryPolicy } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const audience = "https://api.dintero.com/v1/accounts/T12345678"

const layer = (mock: Mock.MockHttp, retry?: RetryPolicy.RetryPolicy) =>
  Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), retry }).pipe(
    Layer.provide(mock.layer)
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const updateSettings = Effect.flatMap(Customers, (customers) => customers.settings.update({}))
const login = Effect.flatMap(Customers, (customers) =>
  customers.password.login({ type: "customer", email: "a@b.c", password: Redacted.make("password"), audience })
)
const refresh = Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("r") }))
const mfaLogin = Effect.flatMap(Customers, (customers) =>
  customers.password.mfaLogin({
    type: "customer",
    ident_type: "email",
    ident: "a@b.c",
    secret: Redacted.make("password"),
    audience
  })
)
const requestChange = Effect.flatMap(Customers, (customers) =>
  customers.password.requestChange({ type: "customer", email: "a@b.c", audience })
)
const challenge = Effect.flatMap(Auth, (auth) =>
  auth.mfa.challenge({ challenge_type: "oob", mfa_token: Redacted.make("mfa-token") })
)
const revoke = Effect.flatMap(Auth, (auth) => auth.revoke({ token: Redacted.make("r") }))
const keys = Effect.flatMap(Auth, (auth) => auth.keys())

/** As Node's sockets and undici report a broken connection. */
const broken =
  (code: string, syscall?: string): Mock.Answer =>
  () =>
    Effect.fail(
      new HttpClientError.RequestError({
        request: undefined as never,
        reason: "Transport",
        cause: Object.assign(new Error("fetch failed"), { cause: Object.assign(new Error(code), { code, syscall }) })
      })
    )

/** The head of an answer arrives; its body fails as a connection that could not be made would. */
const begunThenRefused: Mock.Answer = () =>
  Effect.sync(
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
        })
      )
  )

/** Runs a call to its end, however long it waits. */
const ended = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.either(call))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

describe("what is sent again", () => {
  const faults: Record<string, { readonly answer: Mock.Answer; readonly sent: "no" | "maybe" }> = {
    refused: { answer: broken("ECONNREFUSED"), sent: "no" },
    "host not found": { answer: broken("ENOTFOUND"), sent: "no" },
    "certificate refused": { answer: broken("SELF_SIGNED_CERT_IN_CHAIN"), sent: "no" },
    "no route when connecting": { answer: broken("EHOSTUNREACH", "connect"), sent: "no" },
    "a route that was lost": { answer: broken("EHOSTUNREACH", "read"), sent: "maybe" },
    "a broken TLS record": { answer: broken("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), sent: "maybe" },
    // Whatever its code says, an answer had begun: the server has seen the request.
    "an answer that breaks with a code of connecting": { answer: begunThenRefused, sent: "maybe" },
    reset: { answer: broken("ECONNRESET"), sent: "maybe" },
    "socket closed": { answer: broken("UND_ERR_SOCKET"), sent: "maybe" },
    "unknown fault": { answer: broken("SOMETHING"), sent: "maybe" },
    silence: { answer: () => Effect.never, sent: "maybe" },
    500: { answer: Mock.json(500, {}), sent: "maybe" },
    503: { answer: Mock.json(503, {}), sent: "maybe" }
  }
  const operations = {
    "settings.get (safe)": { call: Effect.asVoid(getSettings), class: "safe", own: "/settings" },
    "settings.update (idempotent)": { call: Effect.asVoid(updateSettings), class: "idempotent", own: "/settings" },
    "keys (safe)": { call: Effect.asVoid(keys), class: "safe", own: "/keys" },
    "revoke (idempotent)": { call: revoke, class: "idempotent", own: "/revoke" },
    "password.login (never)": { call: Effect.asVoid(login), class: "never", own: "/login" },
    "password.mfaLogin (never)": { call: Effect.asVoid(mfaLogin), class: "never", own: "/mfa_login" },
    "password.requestChange (never)": { call: requestChange, class: "never", own: "/change_password" },
    "mfa.challenge (never)": { call: Effect.asVoid(challenge), class: "never", own: "/mfa/challenge" },
    "token refresh_token (never)": { call: Effect.asVoid(refresh), class: "never", own: "refresh_token" }
  } as const
  for (const [name, operation] of Object.entries(operations)) {
    for (const [fault, { answer, sent }] of Object.entries(faults)) {
      const again = sent === "no" || operation.class !== "never"
      it.effect(`${name} × ${fault}: ${again ? "up to 3 times" : "once"}`, () => {
        const mock = Mock.make({
          token: (request, count) =>
            (request.body.includes("refresh_token") ? answer : Mock.numberedTokens(3600))(request, count),
          resource: answer
        })
        return Effect.gen(function* () {
          const end = yield* ended<void, DinteroError, Auth | Customers>(operation.call)
          assert.strictEqual(end._tag, "Left")
          const own = mock.requests.filter(({ body, url }) => url.endsWith(operation.own) || body.includes(operation.own))
          assert.strictEqual(own.length, again ? 3 : 1)
          if (end._tag === "Left") {
            assert.strictEqual(end.left.request.attempts, again ? 3 : 1)
            if (end.left._tag === "TransportError") assert.strictEqual(end.left.sent, sent)
          }
        }).pipe(Effect.provide(layer(mock)))
      })
    }
  }

  it.effect("429 for any operation: it was not acted on", () => {
    const mock = Mock.make({ resource: Mock.script(Mock.json(429, {}, { "retry-after": "2" }), Mock.token("session", 60)) })
    return Effect.gen(function* () {
      const end = yield* ended(login)
      assert.strictEqual(end._tag, "Right")
      assert.strictEqual(mock.resources(), 2)
    }).pipe(Effect.provide(layer(mock)))
  })

  for (const status of [400, 401, 403, 404, 409, 418]) {
    it.effect(`${status}: never`, () => {
      const mock = Mock.make({ resource: Mock.json(status, {}) })
      return Effect.gen(function* () {
        yield* ended(getSettings)
        // A 401 is sent once more with another token, which is not a retry.
        assert.strictEqual(mock.resources(), status === 401 ? 2 : 1)
      }).pipe(Effect.provide(layer(mock)))
    })
  }
})

describe("time", () => {
  it.effect("Retry-After is waited for, to the millisecond and not less", () => {
    const mock = Mock.make({ resource: Mock.script(Mock.json(503, {}, { "retry-after": "7" }), Mock.json(200, {})) })
    return Effect.gen(function* () {
      const fiber = yield* Effect.fork(getSettings)
      yield* TestClock.adjust("6999 millis")
      assert.strictEqual(mock.resources(), 1)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual(mock.resources(), 2)
    }).pipe(Effect.provide(layer(mock)))
  })

  it.effect("an attempt that gets no answer ends after its timeout, and the call after its deadline", () => {
    const mock = Mock.make({ resource: () => Effect.never })
    return Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(getSettings))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(mock.resources(), 1)
      yield* TestClock.adjust("21 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "TransportError")
      if (error._tag === "TransportError") assert.strictEqual(error.reason, "timeout")
      assert.isAtLeast(mock.resources(), 2)
    }).pipe(Effect.provide(layer(mock, RetryPolicy.attempts(RetryPolicy.default, 100))))
  })

  it.effect("an interruption ends a wait and a request at once", () => {
    let aborted = 0
    const mock = Mock.make({ resource: Mock.script(Mock.json(503, {}, { "retry-after": "30" }), Mock.json(200, {})) })
    const hanging = Mock.make({ resource: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => aborted++)) })
    return Effect.gen(function* () {
      const waiting = yield* Effect.fork(Effect.provide(getSettings, layer(mock)))
      const requesting = yield* Effect.fork(Effect.provide(getSettings, layer(hanging)))
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.interruptAll([waiting, requesting])
      assert.strictEqual(aborted, 1)
      yield* TestClock.adjust("1 hours")
      assert.strictEqual(mock.resources(), 1)
      assert.strictEqual(hanging.resources(), 1)
    })
  })
})

describe("which policy", () => {
  const failing = () => Mock.make({ resource: Mock.json(503, {}) })

  it.effect("the layer's, unless a caller chose another", () =>
    Effect.gen(function* () {
      const byDefault = failing()
      yield* ended(getSettings).pipe(Effect.provide(layer(byDefault)))
      assert.strictEqual(byDefault.resources(), 3)
      const byLayer = failing()
      yield* ended(getSettings).pipe(Effect.provide(layer(byLayer, RetryPolicy.attempts(RetryPolicy.default, 5))))
      assert.strictEqual(byLayer.resources(), 5)
      const byCaller = failing()
      yield* ended(RetryPolicy.with(getSettings, RetryPolicy.attempts(RetryPolicy.default, 2))).pipe(
        Effect.provide(layer(byCaller, RetryPolicy.attempts(RetryPolicy.default, 5)))
      )
      assert.strictEqual(byCaller.resources(), 2)
      const none = failing()
      yield* ended(getSettings.pipe(RetryPolicy.with(RetryPolicy.none))).pipe(Effect.provide(layer(none)))
      assert.strictEqual(none.resources(), 1)
    })
  )
})
