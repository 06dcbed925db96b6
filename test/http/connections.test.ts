/**
 * More calls than there are connections, over real sockets and with a clock that the test moves: each answer is there when the test gives it,
 * so nothing depends on how fast the machine is.
 */
import type { ServerResponse } from "node:http"
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Deferred, Duration, Effect, Fiber, FiberRef, Layer, Redacted, TestClock } from "effect"
import { Bulkhead, CircuitBreaker, Customers, Dintero, type DinteroError, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import * as FiberLocals from "../../src/internal/FiberLocals.js"
import type { Sending } from "../../src/internal/Sending.js"
import { textOf } from "../../src/layers/http/Answer.js"
import * as Deadlines from "../../src/layers/http/Deadlines.js"
import { Attempt, exchange } from "../../src/layers/http/Exchange.js"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"

/** The sockets have time to do what they should not. */
const settle = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 30)))

/** Answers nothing until it is told to. */
const gate = () => {
  const held: Array<ServerResponse> = []
  const answer: Server.Answer = (request, response) => {
    if (open) (request.url?.includes("login") ? session : Server.goodSettings)(request, response, 1)
    else held.push(response)
  }
  const session = Server.json(200, { access_token: "session", token_type: "Bearer", expires_in: 3600 })
  let open = false
  return {
    answer,
    held,
    release: Effect.sync(() => {
      for (const response of held.splice(0)) session(response.req, response, 1)
    }),
    open: Effect.sync(() => {
      open = true
    })
  }
}

const layer = (origin: string, connections: number | undefined, options: Partial<Dintero.Options> = {}) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    baseUrl: origin,
    ...options
  }).pipe(Layer.provide(connections === undefined ? UndiciTransport.layer : UndiciTransport.layerWith({ connections })))

const login = Effect.flatMap(Customers, (customers) =>
  customers.password.login({
    type: "customer",
    email: "a@b.c",
    password: Redacted.make("a password"),
    audience: "https://api.dintero.com/v1/accounts/T12345678"
  })
)

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const describeEnd = (error: DinteroError): string =>
  error._tag === "TransportError" ? `${error.reason} sent:${error.sent} ${error.request.stopped}` : error._tag

/** So many at once; each end with how often it came. */
const many = <A, E extends DinteroError, R>(count: number, call: Effect.Effect<A, E, R>) =>
  Effect.all(
    Arr.makeBy(count, () => Effect.match(call, { onSuccess: () => "ok", onFailure: describeEnd })),
    { concurrency: "unbounded" }
  ).pipe(
    Effect.map((ends) =>
      Object.fromEntries(Object.entries(Arr.groupBy(ends, (end) => end)).map(([end, all]) => [end, all.length]))
    )
  )

describe("more calls than connections", () => {
  it.scoped(
    "1,000 logins at once over the defaults, and a server that takes a second for each: all get in, each is sent once",
    () =>
      Effect.gen(function* () {
        const { answer, held, release } = gate()
        const server = yield* Server.make({ resource: answer })
        const all = yield* Effect.fork(Effect.provide(many(1000, login), layer(server.origin, undefined)))
        for (let answered = 0; answered < 1000; answered += 64) {
          const next = Math.min(64, 1000 - answered)
          yield* until(() => held.length === next)
          yield* TestClock.adjust("1 second")
          yield* release
        }
        assert.deepStrictEqual(yield* Fiber.join(all), { ok: 1000 })
        assert.strictEqual(server.resourceRequests(), 1000)
        assert.strictEqual(server.tokenRequests(), 1)
      }),
    60_000
  )

  it.scoped("the time for an answer begins when the request is written, however long it waited before", () =>
    Effect.gen(function* () {
      const { answer, held, release } = gate()
      const server = yield* Server.make({ resource: answer })
      const all = yield* Effect.fork(
        Effect.provide(many(3, login), layer(server.origin, 1, { retry: RetryPolicy.deadline(RetryPolicy.default, "1 minute") }))
      )
      // Each answer takes 9 of the 10 seconds that it has, so the third began after 18.
      for (let answered = 0; answered < 2; answered++) {
        yield* until(() => held.length === 1)
        yield* TestClock.adjust("9 seconds")
        yield* release
      }
      yield* until(() => held.length === 1)
      yield* TestClock.adjust("9999 millis")
      yield* settle
      assert.strictEqual(server.aborted(), 0)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(all), { ok: 2, "timeout sent:maybe not-idempotent": 1 })
    })
  )

  it.scoped("what waited too long for a connection was not sent, and is not sent later", () =>
    Effect.gen(function* () {
      const { answer, open } = gate()
      const server = yield* Server.make({ resource: answer })
      const retry = RetryPolicy.connectionTimeout(RetryPolicy.none, "4 seconds")
      yield* Effect.gen(function* () {
        const all = yield* Effect.fork(many(5, login))
        yield* until(() => server.resourceRequests() === 2)
        yield* TestClock.adjust("4 seconds")
        yield* TestClock.adjust("6 seconds")
        assert.deepStrictEqual(yield* Fiber.join(all), {
          "timeout sent:no exhausted": 3,
          "timeout sent:maybe not-idempotent": 2
        })
        yield* until(() => server.aborted() === 2)
        yield* open
        assert.deepStrictEqual(yield* many(1, login), { ok: 1 })
        yield* settle
        assert.strictEqual(server.resourceRequests(), 3)
      }).pipe(Effect.provide(layer(server.origin, 2, { retry })))
    })
  )

  it.scoped("the error says so in words", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.silence })
      yield* Effect.gen(function* () {
        yield* Effect.fork(login)
        yield* until(() => server.resourceRequests() === 1)
        const waiting = yield* Effect.fork(Effect.flip(login))
        yield* settle
        yield* TestClock.adjust("20 seconds")
        const error = yield* Fiber.join(waiting)
        assert.strictEqual(error.message, "customers.password.login: its time was up while it waited to be sent; it was not sent")
      }).pipe(
        Effect.provide(
          layer(server.origin, 1, {
            retry: RetryPolicy.none.pipe(RetryPolicy.deadline("1 minute"), RetryPolicy.attemptTimeout("1 minute"))
          })
        )
      )
    })
  )

  it.scoped("what is not sent is tried again, also a login: it may be done twice, since it was not done once", () =>
    Effect.gen(function* () {
      const { answer, held, open, release } = gate()
      const server = yield* Server.make({ resource: answer })
      const retry = RetryPolicy.default.pipe(
        RetryPolicy.connectionTimeout("2 seconds"),
        RetryPolicy.backoff("1 millis", "1 millis")
      )
      yield* Effect.gen(function* () {
        const all = yield* Effect.fork(many(2, login))
        yield* until(() => held.length === 1)
        yield* TestClock.adjust("2 seconds")
        yield* TestClock.adjust("1 millis")
        yield* settle
        yield* open
        yield* release
        assert.deepStrictEqual(yield* Fiber.join(all), { ok: 2 })
        assert.strictEqual(server.resourceRequests(), 2)
      }).pipe(Effect.provide(layer(server.origin, 1, { retry })))
    })
  )

  it.scoped("the deadline ends a wait too, and what it cuts was not sent", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.silence })
      const retry = RetryPolicy.default.pipe(RetryPolicy.attemptTimeout("5 seconds"), RetryPolicy.deadline("5 seconds"))
      yield* Effect.gen(function* () {
        const all = yield* Effect.fork(many(3, login))
        yield* until(() => server.resourceRequests() === 1)
        yield* settle
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* Fiber.join(all), {
          "timeout sent:maybe not-idempotent": 1,
          "timeout sent:no deadline": 2
        })
        assert.strictEqual(server.resourceRequests(), 1)
      }).pipe(Effect.provide(layer(server.origin, 1, { retry })))
    })
  )

  it.scoped("the same behind a bulkhead and a circuit breaker, which does not count what was never sent", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.silence })
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make({ minimum: 2 }))
      const retry = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout("5 seconds"), RetryPolicy.deadline("5 seconds"))
      const options = { circuitBreaker: breaker, bulkhead: Bulkhead.make({ concurrent: 10 }) }
      yield* Effect.gen(function* () {
        const cut = yield* Effect.fork(many(4, login))
        yield* until(() => server.resourceRequests() === 1)
        yield* settle
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* Fiber.join(cut), {
          "timeout sent:maybe not-idempotent": 1,
          "timeout sent:no deadline": 3
        })
      }).pipe(Effect.provide(layer(server.origin, 1, { ...options, retry })))
      const patient = RetryPolicy.none.pipe(RetryPolicy.connectionTimeout("1 second"))
      yield* Effect.gen(function* () {
        yield* Effect.fork(getSettings)
        yield* until(() => server.resourceRequests() === 2)
        const waited = yield* Effect.fork(many(6, getSettings))
        yield* settle
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(waited), { "timeout sent:no exhausted": 6 })
        // The two are those for the tokens.
        assert.deepStrictEqual(yield* breaker.state, { _tag: "Closed", calls: 2, failures: 0 })
      }).pipe(Effect.provide(layer(server.origin, 1, { ...options, retry: patient })))
    })
  )
})

describe("what a transport tells of a request", () => {
  const times = { attemptTimeout: 10_000, connectionTimeout: 4_000, deadline: Number.POSITIVE_INFINITY }

  const sendOver = (client: HttpClient.HttpClient) =>
    Effect.flatMap(Effect.clock, (clock) =>
      exchange(client, request, new Attempt(clock, Deadlines.now(clock), times), textOf(1000))
    ).pipe(Effect.flip)

  const telling = (tell: (sending: Sending) => Effect.Effect<void>) =>
    HttpClient.make(() =>
      FiberRef.get(FiberLocals.currentSending).pipe(
        Effect.flatMap((sending) => (sending === undefined ? Effect.die("nobody asks") : tell(sending))),
        Effect.zipRight(Effect.never)
      )
    )

  const request = HttpClientRequest.get("http://127.0.0.1/never")

  for (const [name, tell, sent, after] of [
    ["nothing, as fetch does: the time begins at once", () => Effect.void, "maybe", "10 seconds"],
    ["that it waits: its own time, and it was not sent", (sending) => Effect.sync(() => sending.waits()), "no", "4 seconds"],
    [
      "that it is written, after 3 seconds: the whole time from there",
      (sending) =>
        Effect.sync(() => sending.waits()).pipe(
          Effect.zipRight(Effect.sleep("3 seconds")),
          Effect.zipRight(Effect.sync(() => assert.isTrue(sending.leaves())))
        ),
      "maybe",
      "13 seconds"
    ],
    [
      "that it waits again, after it was written: that changes nothing",
      (sending) =>
        Effect.sync(() => {
          sending.waits()
          sending.leaves()
          sending.waits()
        }),
      "maybe",
      "10 seconds"
    ]
  ] as ReadonlyArray<readonly [string, (sending: Sending) => Effect.Effect<void>, "no" | "maybe", Duration.DurationInput]>) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(sendOver(telling(tell)))
        yield* TestClock.adjust(Duration.subtract(Duration.decode(after), "1 millis"))
        assert.strictEqual((yield* Fiber.poll(call))._tag, "None")
        yield* TestClock.adjust("1 millis")
        assert.deepInclude(yield* Fiber.join(call), { _tag: "NoAnswer", reason: "timeout", sent })
      })
    )
  }

  it.effect("when its time is up it must not be written any more", () =>
    Effect.gen(function* () {
      const told = yield* Deferred.make<Sending>()
      const call = yield* Effect.fork(
        sendOver(
          telling((sending) =>
            Effect.zipRight(
              Effect.sync(() => sending.waits()),
              Deferred.succeed(told, sending)
            )
          )
        )
      )
      const sending = yield* Deferred.await(told)
      yield* TestClock.adjust("4 seconds")
      assert.deepInclude(yield* Fiber.join(call), { sent: "no" })
      assert.isFalse(sending.leaves())
    })
  )
})
