import { HttpClientError } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  Array as Arr,
  Cause,
  Clock,
  DateTime,
  Effect,
  Fiber,
  Layer,
  Metric,
  Option,
  Random,
  Redacted,
  Stream,
  TestClock
} from "effect"
import type { DinteroError } from "effect-dintero"
import { Bulkhead, CircuitBreaker, Customers, Dintero, Hedge, RetryMetrics, RetryPolicy } from "effect-dintero"
import { audience } from "../utils/Account.js"
import * as Mock from "../utils/MockHttp.js"
import * as Spans from "../utils/Spans.js"

const layer = (mock: Mock.MockHttp, options: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), ...options }).pipe(
    Layer.provide(mock.layer)
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const updateSettings = Effect.flatMap(Customers, (customers) => customers.settings.update({}))
const login = Effect.flatMap(Customers, (customers) =>
  customers.password.login({ type: "customer", email: "a@b.c", password: Redacted.make("password"), audience })
)

const broken =
  (code: string): Mock.Answer =>
  () =>
    Effect.fail(
      new HttpClientError.RequestError({
        request: undefined as never,
        reason: "Transport",
        cause: Object.assign(new Error(code), { code })
      })
    )

/** The error of a call, however long it waits. */
const errorOf = <A, R>(call: Effect.Effect<A, DinteroError, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.flip(call))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

/** With the ms that it took. (`Effect.timed` cannot tell the fractions of a TestClock.) */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    const end = yield* effect
    return [(yield* Clock.currentTimeMillis) - from, end] as const
  })

const failing = (status = 503, headers: Record<string, string> = {}) => Mock.make({ resource: Mock.json(status, {}, headers) })

describe("why a call was not tried again", () => {
  it.effect("exhausted: with every attempt, its wait and its time", () =>
    Effect.gen(function* () {
      const mock = Mock.make({
        resource: Mock.script(
          Mock.later(5, Mock.json(503, {}, { "x-request-id": "r1" })),
          broken("ECONNRESET"),
          Mock.json(500, {}, { "x-request-id": "r3" })
        )
      })
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(mock)), Effect.withRandom(Random.fixed([0.5])))
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(error.request.stopped, "exhausted")
      assert.strictEqual(error.request.attempts, 3)
      assert.strictEqual(error.request.status, 500)
      const history = error.request.history
      assert.deepStrictEqual(
        history.map(({ reason, requestId, status }) => [status, reason, requestId]),
        [
          [503, undefined, "r1"],
          [undefined, "reset", undefined],
          [500, undefined, "r3"]
        ]
      )
      assert.strictEqual(history[0]?.delay, 0)
      for (const [index, { delay, elapsed }] of history.entries()) {
        const before = history[index - 1]?.elapsed ?? 0
        assert.closeTo(elapsed - before, delay + (index === 0 ? 5 : 0), 2)
      }
    })
  )

  it.effect("budget: the retries of one operation do not take from another's", () =>
    Effect.gen(function* () {
      let settings = 0
      const mock = Mock.make({
        resource: (request, count) => {
          if (request.method === "PUT") return Mock.json(503, {})(request, count)
          settings++
          return settings === 1 ? Mock.json(503, {})(request, count) : Mock.json(200, {})(request, count)
        }
      })
      const stops = yield* Effect.gen(function* () {
        const stops: Array<string | undefined> = []
        for (let call = 0; call < 3; call++) stops.push((yield* errorOf(updateSettings)).request.stopped)
        const fiber = yield* Effect.fork(getSettings)
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(fiber)
        return stops
      }).pipe(Effect.provide(layer(mock, { retry: RetryPolicy.budget(RetryPolicy.default, { floor: 3, window: "1 day" }) })))
      // 2 retries of the first call, 1 of the second, none of the third.
      assert.deepStrictEqual(stops, ["exhausted", "budget", "budget"])
      assert.strictEqual(settings, 2)
    })
  )

  it.effect("a policy made anew for each call has the same budget", () =>
    Effect.gen(function* () {
      const mock = failing()
      yield* Effect.gen(function* () {
        for (let call = 0; call < 4; call++) {
          const policy = RetryPolicy.budget(RetryPolicy.default, { floor: 2, window: "1 day", ratio: 0 })
          yield* errorOf(getSettings.pipe(RetryPolicy.with(policy)))
        }
      }).pipe(Effect.provide(layer(mock)))
      assert.strictEqual(mock.resources(), 6)
    })
  )

  it.effect("deadline: the next attempt would begin after it", () =>
    Effect.gen(function* () {
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(failing(503, { "retry-after": "45" }))))
      assert.strictEqual(error.request.stopped, "deadline")
      assert.strictEqual(error._tag, "ServerError")
      const at = error.request.retryAt
      assert.strictEqual(at === undefined ? 0 : DateTime.toEpochMillis(at), 45_000)
    })
  )

  it.effect("deadline: it cuts an attempt, and the cause is what came before", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: Mock.script(Mock.json(503, {}, { "retry-after": "9" }), () => Effect.never) })
      const policy = RetryPolicy.default.pipe(RetryPolicy.deadline("12 seconds"), RetryPolicy.attempts(9))
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(mock, { retry: policy })))
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(error.request.stopped, "deadline")
      assert.strictEqual(error.request.attempts, 2)
      assert.strictEqual(error.request.history[1]?.reason, "timeout")
      assert.closeTo(error.request.history[1]?.elapsed ?? 0, 12_000, 0.002)
      assert.isAtMost(error.request.history[1]?.elapsed ?? 0, 12_000)
    })
  )

  it.effect("deadline: a request that may have been seen is never said to be unsent", () =>
    Effect.gen(function* () {
      const policy = RetryPolicy.default.pipe(RetryPolicy.deadline("11 seconds"), RetryPolicy.attempts(9))
      const resource = () => Mock.script(broken("ECONNREFUSED"), () => Effect.never)
      const run = (call: Effect.Effect<void, DinteroError, Customers>) => {
        const options = { retry: RetryPolicy.delay(policy, () => "5 seconds") }
        return errorOf(call).pipe(Effect.provide(layer(Mock.make({ resource: resource() }), options)))
      }
      const write = yield* run(Effect.asVoid(updateSettings))
      assert.deepInclude({ ...write }, { _tag: "TransportError", reason: "connect", sent: "maybe" })
      assert.strictEqual(write.request.stopped, "deadline")
      const once = yield* run(Effect.asVoid(login))
      assert.deepInclude({ ...once }, { _tag: "TransportError", reason: "timeout", sent: "maybe" })
      assert.strictEqual(once.request.stopped, "not-idempotent")
    })
  )

  it.effect("deadline: the time for the token counts", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ token: () => Effect.never })
      const fiber = yield* Effect.fork(
        timed(Effect.flip(getSettings)).pipe(
          RetryPolicy.with(RetryPolicy.default.pipe(RetryPolicy.attemptTimeout("1 seconds"), RetryPolicy.deadline("2 seconds"))),
          Effect.provide(layer(mock))
        )
      )
      yield* TestClock.adjust("2 seconds")
      const [took, error] = yield* Fiber.join(fiber)
      assert.closeTo(took, 2000, 0.002)
      assert.deepInclude({ ...error }, { _tag: "TransportError", reason: "timeout", sent: "no" })
      assert.deepInclude(error.request, { attempts: 0, stopped: "deadline", operation: "customers.settings.get" })
    })
  )

  it.effect("not-idempotent", () =>
    Effect.gen(function* () {
      const error = yield* errorOf(login).pipe(Effect.provide(layer(failing())))
      assert.strictEqual(error.request.stopped, "not-idempotent")
      assert.strictEqual(error.request.attempts, 1)
    })
  )

  it.effect("retry-after-too-long: with the instant", () =>
    Effect.gen(function* () {
      const mock = failing(429, { "retry-after": "3600" })
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(mock)))
      assert.strictEqual(error.request.stopped, "retry-after-too-long")
      assert.strictEqual(error._tag, "RateLimited")
      const at = error.request.retryAt
      assert.strictEqual(at === undefined ? 0 : DateTime.toEpochMillis(at), 3_600_000)
      assert.strictEqual(mock.resources(), 1)
    })
  )

  it.effect("breaker: nothing is sent, and it says until when", () =>
    Effect.gen(function* () {
      const mock = failing()
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make({ minimum: 2 }))
      const retry = RetryPolicy.delay(RetryPolicy.default, () => "1 millis")
      yield* Effect.gen(function* () {
        // A token, then two failures: the third try meets the open breaker.
        const fiber = yield* Effect.fork(Effect.flip(Effect.zipRight(Effect.ignore(getSettings), getSettings)))
        yield* TestClock.adjust("1 seconds")
        const error = yield* Fiber.join(fiber)
        assert.deepInclude({ ...error }, { _tag: "TransportError", reason: "circuit-open", sent: "no" })
        assert.deepInclude(error.request, { attempts: 0, stopped: "breaker" })
        assert.deepStrictEqual(
          error.request.history.map(({ reason }) => reason),
          ["circuit-open"]
        )
        assert.isDefined(error.request.retryAt)
        assert.strictEqual((yield* breaker.state)._tag, "Open")
        const sent = mock.resources()
        yield* breaker.close
        yield* breaker.isolate
        const isolated = yield* errorOf(getSettings)
        assert.strictEqual(isolated.request.stopped, "breaker")
        assert.isUndefined(isolated.request.retryAt)
        assert.strictEqual(mock.resources(), sent)
      }).pipe(Effect.provide(layer(mock, { circuitBreaker: breaker, retry })))
    })
  )

  it.effect("none on what cannot be tried again, nor on what was tried again and ended so", () =>
    Effect.gen(function* () {
      const refused = yield* errorOf(getSettings).pipe(Effect.provide(layer(failing(403))))
      assert.isUndefined(refused.request.stopped)
      assert.lengthOf(refused.request.history, 1)
      const mock = Mock.make({ resource: Mock.script(Mock.json(503, {}), Mock.json(403, {})) })
      const later = yield* errorOf(getSettings).pipe(Effect.provide(layer(mock)))
      assert.strictEqual(later._tag, "Forbidden")
      assert.isUndefined(later.request.stopped)
      assert.deepStrictEqual(
        later.request.history.map(({ status }) => status),
        [503, 403]
      )
    })
  )
})

describe("breaker, bulkhead and hedge of a layer", () => {
  it.effect("a 4xx never opens the breaker", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make({ minimum: 2 }))
      yield* Effect.replicateEffect(errorOf(getSettings), 20).pipe(
        Effect.provide(layer(failing(403), { circuitBreaker: breaker }))
      )
      assert.strictEqual((yield* breaker.state)._tag, "Closed")
    })
  )

  it.effect("the breaker's states can be watched", () =>
    Effect.gen(function* () {
      const breaker = yield* CircuitBreaker.start(CircuitBreaker.make({ minimum: 2 }))
      const watching = yield* Effect.fork(Stream.runCollect(Stream.take(breaker.changes, 2)))
      yield* Effect.yieldNow()
      yield* errorOf(getSettings).pipe(Effect.provide(layer(failing(), { circuitBreaker: breaker })))
      const states = yield* Fiber.join(watching)
      assert.deepStrictEqual(
        Arr.fromIterable(states).map(({ _tag }) => _tag),
        ["Closed", "Open"]
      )
    })
  )

  it.effect("a full bulkhead: not sent, tried again as such, and named when it ends the call", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: Mock.later(60_000, Mock.json(200, {})) })
      const options = { bulkhead: Bulkhead.make({ concurrent: 1, queue: 0 }), retry: RetryPolicy.none }
      yield* Effect.gen(function* () {
        yield* Effect.fork(Effect.ignore(getSettings))
        yield* TestClock.adjust("1 millis")
        const error = yield* Effect.flip(getSettings)
        assert.deepInclude({ ...error }, { _tag: "TransportError", reason: "bulkhead-full", sent: "no" })
        assert.deepInclude(error.request, { attempts: 0, stopped: "exhausted" })
        assert.strictEqual(mock.resources(), 1)
      }).pipe(Effect.provide(layer(mock, options)))
    })
  )

  it.effect("the deadline holds in the queue of a bulkhead", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: () => Effect.never })
      const retry = RetryPolicy.default.pipe(RetryPolicy.attemptTimeout("8 seconds"), RetryPolicy.deadline("8 seconds"))
      yield* Effect.gen(function* () {
        const first = yield* Effect.fork(
          Effect.flip(getSettings).pipe(RetryPolicy.with(RetryPolicy.deadline(RetryPolicy.none, "20 seconds")))
        )
        yield* TestClock.adjust("1 millis")
        const second = yield* Effect.fork(timed(Effect.flip(getSettings)))
        yield* TestClock.adjust("8 seconds")
        const [took, error] = yield* Fiber.join(second)
        assert.closeTo(took, 8000, 0.002)
        assert.deepInclude({ ...error }, { _tag: "TransportError", reason: "timeout", sent: "no" })
        assert.deepInclude(error.request, { attempts: 0, stopped: "deadline" })
        yield* Fiber.interrupt(first)
      }).pipe(Effect.provide(layer(mock, { bulkhead: Bulkhead.make({ concurrent: 1, queue: 1 }), retry })))
    })
  )

  it.effect("a slow read is sent a second time, a slow write is not", () =>
    Effect.gen(function* () {
      const sent = { GET: 0, PUT: 0 }
      const mock = Mock.make({
        resource: (request, count) => {
          const method = request.method === "PUT" ? "PUT" : "GET"
          sent[method]++
          // Each a little faster than those before, so that none is slow until the last.
          return Mock.later(sent[method] === 41 ? 5000 : 40 - sent[method] / 2, Mock.json(200, {}))(request, count)
        }
      })
      const options = { hedge: Hedge.make({ samples: 40, budget: 0.5 }) }
      yield* Effect.gen(function* () {
        for (const call of [getSettings, updateSettings]) {
          for (let count = 0; count < 41; count++) {
            const fiber = yield* Effect.fork(call)
            yield* TestClock.adjust("200 millis")
            if (count === 40 && call === updateSettings) yield* TestClock.adjust("6 seconds")
            yield* Fiber.join(fiber)
          }
        }
      }).pipe(Effect.provide(layer(mock, options)))
      assert.deepStrictEqual(sent, { GET: 42, PUT: 41 })
    })
  )
})

describe("what can be seen of it", () => {
  it.effect("a call has one id in its error and, when told so, in the headers of every attempt", () =>
    Effect.gen(function* () {
      const mock = failing()
      const options = { requestId: { header: "X-Request-Id", attemptHeader: "x-attempt" } }
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(mock, options)))
      const own = mock.requests.filter(({ url }) => url.endsWith("/settings"))
      assert.deepStrictEqual(
        own.map(({ headers }) => [headers["x-request-id"], headers["x-attempt"]]),
        ["1", "2", "3"].map((attempt) => [error.request.clientRequestId, attempt])
      )
      assert.match(error.request.clientRequestId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      const silent = failing()
      const other = yield* errorOf(getSettings).pipe(Effect.provide(layer(silent)))
      assert.isDefined(other.request.clientRequestId)
      for (const { headers } of silent.requests) {
        assert.includeMembers(["accept", "authorization", "content-type", "content-length"], Object.keys(headers))
      }
    })
  )

  it.effect("a header that the client writes itself, or that is none, is refused", () =>
    Effect.gen(function* () {
      for (const name of ["Authorization", "content-type", "x y", "", "x\ny"]) {
        const options = { requestId: { header: name } }
        const error = yield* Effect.flip(Layer.build(layer(failing(), options)))
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.strictEqual(error.issues[0]?.path, "requestId.header")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("counters under the documented names, with the caller's tags", () =>
    Effect.gen(function* () {
      const tagged = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.tagMetrics(effect, { test: "counters" })
      yield* tagged(errorOf(getSettings)).pipe(Effect.provide(layer(failing())))
      const read = (metric: Metric.Metric.Counter<number>, tags: Record<string, string>) =>
        Effect.map(
          Metric.value(
            Object.entries({ test: "counters", ...tags }).reduce((self, [key, value]) => Metric.tagged(self, key, value), metric)
          ),
          ({ count }) => count
        )
      // One of them for the token.
      assert.strictEqual(yield* read(RetryMetrics.attempts, {}), 4)
      assert.strictEqual(yield* read(RetryMetrics.retries, { reason: "503" }), 2)
      assert.strictEqual(yield* read(RetryMetrics.giveUps, { reason: "exhausted" }), 1)
      const { value } = yield* Metric.value(
        RetryMetrics.budgetRemaining.pipe(Metric.tagged("test", "counters"), Metric.tagged("operation", "customers.settings.get"))
      )
      assert.strictEqual(value, 8)
      const names = (yield* Metric.snapshot).map(({ metricKey }) => metricKey.name)
      assert.includeMembers(names, [
        "dintero_client_attempts",
        "dintero_client_retries",
        "dintero_client_give_ups",
        "dintero_client_budget_remaining"
      ])
    })
  )

  it.effect("a span per attempt, within that of the call", () =>
    Effect.gen(function* () {
      const { spans, tracer } = Spans.make()
      const mock = Mock.make({
        resource: Mock.script(Mock.json(503, {}), broken("ECONNRESET"), Mock.json(200, {}))
      })
      const fiber = yield* Effect.fork(getSettings.pipe(Effect.withTracer(tracer), Effect.provide(layer(mock))))
      yield* TestClock.adjust("1 minutes")
      yield* Fiber.join(fiber)
      const call = spans.find(({ name }) => name === "customers.settings.get")
      const attempts = spans.filter(({ name }) => name === "customers.settings.get attempt")
      assert.deepStrictEqual(
        attempts.map(({ attributes, parent }) => [
          attributes.get("dintero.attempt"),
          attributes.get("http.response.status_code"),
          attributes.get("error.type"),
          Option.exists(parent, ({ spanId }) => spanId === call?.spanId)
        ]),
        [
          [1, 503, undefined, true],
          [2, undefined, "reset", true],
          [3, 200, undefined, true]
        ]
      )
      const ids = new Set(attempts.map(({ attributes }) => attributes.get("dintero.client_request_id")))
      assert.strictEqual(ids.size, 1)
      assert.isAbove(Number(attempts[1]?.attributes.get("dintero.retry.delay_ms")), 0)
    })
  )

  it.effect("hooks are told, and change nothing", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const policy = RetryPolicy.default.pipe(
        RetryPolicy.onRetry(({ attempt, error }) => Effect.sync(() => told.push(`${attempt} ${error.request.status}`))),
        RetryPolicy.onGiveUp(({ stopped }) => Effect.sync(() => told.push(stopped))),
        RetryPolicy.onGiveUp(() => Effect.die("a hook of bad manners")),
        RetryPolicy.onRetry(({ attempt }) => (attempt === 2 ? Effect.failCause(Cause.die("another")) : Effect.void))
      )
      const error = yield* errorOf(getSettings).pipe(Effect.provide(layer(failing(), { retry: policy })))
      assert.strictEqual(error._tag, "ServerError")
      assert.deepStrictEqual(told, ["1 503", "2 503", "exhausted"])
      const hanging = RetryPolicy.onRetry(RetryPolicy.default, () => Effect.never)
      const fiber = yield* Effect.fork(timed(Effect.flip(getSettings)).pipe(Effect.provide(layer(failing(), { retry: hanging }))))
      yield* TestClock.adjust("30 seconds")
      const [took] = yield* Fiber.join(fiber)
      assert.isAtMost(took, 30_000)
    })
  )
})
