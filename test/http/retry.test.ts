import { HttpClientError } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { Customers, Dintero, RetryPolicy } from "effect-dintero"
import { call, calls, isRequestOf, sampleOf } from "../operations/Samples.js"
import * as Mock from "../utils/MockHttp.js"

const layer = (mock: Mock.MockHttp, retry?: RetryPolicy.RetryPolicy) =>
  Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), retry }).pipe(
    Layer.provide(mock.layer)
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const login = call("customers.password.login", sampleOf("customers.password.login").input)
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
  // One operation that may be sent again and one that may not meet all faults. Of each kind of fault the others meet one, each call the next.
  const exhausted = ["customers.settings.update", "customers.password.login"]
  const faultsOf = (name: string, index: number): ReadonlyArray<keyof typeof faults> =>
    exhausted.includes(name)
      ? Object.keys(faults)
      : (["no", "maybe"] as const).flatMap((kind) => {
          const all = Object.keys(faults).filter((fault) => faults[fault]?.sent === kind)
          return all.slice(index % all.length).slice(0, 1)
        })
  // The client's own token is asked for by this grant as well.
  const sampled = calls.filter(({ variant }) => variant !== "client_credentials")
  for (const [index, self] of sampled.entries()) {
    const { replay } = sampleOf(self.operation)
    for (const fault of faultsOf(self.name, index)) {
      const { answer, sent } = faults[fault] ?? assert.fail(fault)
      const again = sent === "no" || replay !== "never"
      it.effect(`${self.name} (${replay}) × ${fault}: ${again ? "up to 3 times" : "once"}`, () => {
        const isOwn = ({ body, method, url }: Mock.Recorded) => isRequestOf(self, method, url, body)
        const mock = Mock.make({
          token: (request, count) => (isOwn(request) ? answer : Mock.numberedTokens(3600))(request, count),
          resource: answer
        })
        return Effect.gen(function* () {
          const end = yield* ended(call(self.operation, self.input))
          assert.strictEqual(end._tag, "Left")
          assert.strictEqual(mock.requests.filter(isOwn).length, again ? 3 : 1)
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
