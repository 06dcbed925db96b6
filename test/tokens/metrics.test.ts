import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, MetricState, Redacted, TestClock } from "effect"
import { AccessTokens, Customers, Dintero, RetryPolicy } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"
import * as Spans from "../utils/Spans.js"

const layer = (mock: Mock.MockHttp) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    retry: RetryPolicy.none
  }).pipe(Layer.provide(mock.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** The metrics of tokens, as `name{tags}` and a number. */
const counted = Effect.map(Metric.snapshot, (pairs) =>
  Object.fromEntries(
    pairs
      .filter(({ metricKey }) => metricKey.name.startsWith("dintero_token_"))
      .map(({ metricKey, metricState }) => {
        const tags = metricKey.tags.map(({ key, value }) => `${key}=${value}`).sort()
        const value = MetricState.isGaugeState(metricState)
          ? metricState.value
          : MetricState.isCounterState(metricState) || MetricState.isHistogramState(metricState)
            ? metricState.count
            : Number.NaN
        return [`${metricKey.name}{${tags.join(",")}}`, Number(value)]
      })
  )
)

describe("metrics", () => {
  it.effect("count under these names and tags", () => {
    const mock = Mock.make({
      token: Mock.later(
        10,
        Mock.script(
          Mock.json(503, {}),
          Mock.numberedTokens(3600),
          Mock.numberedTokens(3600),
          Mock.json(503, {}),
          Mock.numberedTokens(3600)
        )
      ),
      resource: (request, count) =>
        Mock.json(request.headers.authorization === "Bearer t2" ? 401 : 200, { users: { customer_id_format: "uuid" } })(
          request,
          count
        )
    })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const before = yield* counted
      const since = Effect.map(counted, (after) =>
        Object.fromEntries(
          Object.entries(after)
            .filter(([name]) => !name.includes("expires_at"))
            .map(([name, value]) => [name, value - (before[name] ?? 0)])
            .filter(([, value]) => value !== 0)
        )
      )
      const first = yield* Effect.fork(Effect.flip(tokens.get))
      const interrupted = yield* Effect.fork(tokens.get)
      yield* TestClock.adjust("5 millis")
      assert.strictEqual((yield* since)["dintero_token_waiters{grant=client_credentials}"], 2)
      yield* Fiber.interrupt(interrupted)
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(first)
      yield* Effect.flip(tokens.get)
      yield* TestClock.adjust("1 second")
      // The second token is refused: it is replaced, and the call sent once more.
      const call = yield* Effect.fork(getSettings)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(call)
      // Inside the hard window the renewal fails.
      yield* TestClock.adjust("3595 seconds")
      const stale = yield* Effect.fork(tokens.get)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stale)
      const forced = yield* Effect.fork(tokens.forceRefresh)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(forced)
      const grant = "grant=client_credentials"
      assert.deepStrictEqual(yield* since, {
        [`dintero_token_acquired{${grant},reason=initial}`]: 1,
        [`dintero_token_acquired{${grant},reason=unauthorized}`]: 1,
        [`dintero_token_acquired{${grant},reason=forced}`]: 1,
        [`dintero_token_failed{error=ServerError,${grant},reason=initial}`]: 1,
        [`dintero_token_failed{error=ServerError,${grant},reason=expired}`]: 1,
        [`dintero_token_failures_served{${grant}}`]: 1,
        [`dintero_token_refused{${grant}}`]: 1,
        "dintero_token_replayed{operation=customers.settings.get}": 1,
        [`dintero_token_stale_served{${grant}}`]: 1,
        [`dintero_token_duration_millis{${grant}}`]: 3
      })
      const after = yield* counted
      assert.strictEqual(after[`dintero_token_waiters{${grant}}`], before[`dintero_token_waiters{${grant}}`] ?? 0)
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      assert.approximately(after[`dintero_token_expires_at_seconds{${grant}}`] ?? 0, now / 1000 + 3600, 2)
    }).pipe(Effect.provide(layer(mock)))
  })
})

describe("spans", () => {
  it.effect("token.refresh has the reason, the key, the number and the result", () => {
    const mock = Mock.make({ token: Mock.script(Mock.numberedTokens(3600), Mock.json(503, {})) })
    const found: Array<readonly [string, ReadonlyMap<string, unknown>, string]> = []
    const { tracer } = Spans.make({ end: ({ attributes, name }, exit) => void found.push([name, attributes, exit._tag]) })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      yield* tokens.get
      yield* Effect.flip(tokens.forceRefresh)
      const spans = found
        .filter(([name]) => name === "token.refresh")
        .map(([, attributes, end]) => [Object.fromEntries(attributes), end])
      const key = /^[0-9a-f]{8}$/
      const normal = JSON.parse(JSON.stringify(spans), (name, value: unknown) =>
        name === "dintero.token.key" ? key.test(String(value)) : value
      ) as unknown
      assert.deepStrictEqual(normal, [
        [
          {
            "dintero.token.reason": "initial",
            "dintero.token.grant": "client_credentials",
            "dintero.token.key": true,
            "dintero.token.generation": 1
          },
          "Success"
        ],
        [{ "dintero.token.reason": "forced", "dintero.token.grant": "client_credentials", "dintero.token.key": true }, "Failure"]
      ])
    }).pipe(Effect.withTracer(tracer), Effect.provide(layer(mock)))
  })
})
