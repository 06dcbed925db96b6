/**
 * The tables of docs/observability.md against a client that does everything that is counted, traced and told: what it shows is in the tables, and
 * what is in the tables it shows.
 */
import { HttpClientError, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  Chunk,
  Context,
  type Duration,
  Effect,
  Fiber,
  HashMap,
  Layer,
  List,
  Logger,
  Metric,
  MetricKeyType,
  Redacted,
  Stream,
  TestClock
} from "effect"
import {
  AccessTokens,
  Account,
  Customers,
  Dintero,
  Partner,
  RetryPolicy,
  Sessions,
  type TokenEvent,
  TokenStore,
  TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import * as Tables from "../../scripts/lib/ObservabilityTables.js"
import { operations } from "../../src/contract/Contract.js"
import * as Service from "../partners/Service.js"
import * as Mock from "../utils/MockHttp.js"
import * as Spans from "../utils/Spans.js"

const options: Dintero.Options = {
  accountId: "T12345678",
  clientId: "shop",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.none
}

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const within = <A, E, R>(time: Duration.DurationInput, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

/** The events of these tokens, in the order in which they come. */
const watched = (tokens: AccessTokens["Type"], events: Array<TokenEvent>) =>
  Effect.zipRight(
    Effect.forkScoped(Stream.runForEach(tokens.events, (event) => Effect.sync(() => void events.push(event)))),
    Effect.yieldNow()
  )

const noAnswer: Mock.Answer = ({ url }) =>
  Effect.fail(new HttpClientError.RequestError({ request: HttpClientRequest.get(url), reason: "Transport", cause: "reset" }))

/** Calls that succeed, are repeated, are given up, are refused for their token, and get no answer. */
const calls = Effect.suspend(() => {
  const mock = Mock.make({
    resource: Mock.script(
      Mock.json(503, {}),
      Mock.json(200, { users: { customer_id_format: "uuid" } }),
      Mock.json(401, {}),
      Mock.json(200, { users: { customer_id_format: "uuid" } }),
      Mock.json(503, {}),
      noAnswer
    )
  })
  const retry = RetryPolicy.default.pipe(RetryPolicy.attempts(2))
  return Effect.gen(function* () {
    yield* within("1 minute", settings)
    yield* within("1 minute", settings)
    yield* within("1 minute", Effect.flip(settings))
  }).pipe(
    Effect.provide(Dintero.layer({ ...options, retry, requestId: { header: "x-request-id" } }).pipe(Layer.provide(mock.layer))),
    Effect.zipRight(
      within("1 minute", settings).pipe(Effect.provide(Dintero.layer(options).pipe(Layer.provide(Mock.make({}).layer))))
    )
  )
})

/** A token endpoint that fails at the first request, and at a renewal. */
const tokens = (events: Array<TokenEvent>) =>
  Effect.suspend(() => {
    const mock = Mock.make({
      token: Mock.later(10, Mock.script(Mock.json(503, {}), Mock.numberedTokens(3600), Mock.json(503, {})))
    })
    return Effect.gen(function* () {
      const tokens = yield* AccessTokens
      yield* watched(tokens, events)
      yield* within("100 millis", Effect.flip(tokens.get))
      yield* Effect.flip(tokens.get)
      yield* TestClock.adjust("1 second")
      const { generation } = yield* within("1 second", tokens.get)
      // Inside the hard window the renewal fails.
      yield* TestClock.adjust("3595 seconds")
      yield* within("1 second", tokens.get)
      yield* tokens.invalidate(generation)
      yield* tokens.revoke
      yield* Effect.yieldNow()
    }).pipe(Effect.scoped, Effect.provide(Dintero.layer(options).pipe(Layer.provide(mock.layer))))
  })

const broken = (below: TokenStoreService) => {
  let isBroken = false
  const orBroken =
    <Given extends ReadonlyArray<unknown>, A>(run: (...args: Given) => Effect.Effect<A, TokenStoreError>) =>
    (...args: Given): Effect.Effect<A, TokenStoreError> =>
      Effect.suspend(() => (isBroken ? Effect.fail(TokenStoreError.forTest({ reason: "unavailable" })) : run(...args)))
  const store: TokenStoreService = {
    ...below,
    read: orBroken(below.read),
    write: orBroken(below.write),
    remove: orBroken(below.remove),
    lease: orBroken(below.lease)
  }
  return {
    store,
    break: () => {
      isBroken = true
    }
  }
}

/** Two processes with one token; then their store breaks. */
const sharing = (events: Array<TokenEvent>) =>
  Effect.gen(function* () {
    const { break: breakStore, store } = broken(yield* TokenStores.memory)
    const mock = Mock.make({ token: Mock.later(20, Mock.numberedTokens(3600)) })
    const process = Effect.map(
      Layer.build(Dintero.layer({ ...options, shareTokens: { store } }).pipe(Layer.provide(mock.layer))),
      (context) => Context.get(context, AccessTokens)
    )
    const [one, other] = [yield* process, yield* process]
    yield* watched(other, events)
    yield* within(
      "1 minute",
      Effect.all([one.get, Effect.zipRight(Effect.sleep("5 millis"), other.get)], { concurrency: "unbounded" })
    )
    breakStore()
    yield* within("1 minute", one.forceRefresh)
  }).pipe(Effect.scoped)

const login = {
  access_token: Redacted.make("a.b.c"),
  refresh_token: Redacted.make("refresh"),
  token_type: "Bearer",
  expires_in: 3600
} as const

/** A session that is started, resumed and ended, and what fails of each. */
const sessions = Effect.gen(function* () {
  const { break: breakStore, store } = broken(yield* TokenStores.memory)
  yield* Effect.gen(function* () {
    const sessions = yield* Sessions
    const session = yield* within("1 minute", sessions.start(login))
    yield* within("1 minute", sessions.resume(session.id))
    yield* within("1 minute", Effect.flip(sessions.resume("no session")))
    yield* within("1 minute", session.logout)
    yield* within("1 minute", Effect.exit(sessions.end({ handle: "no handle" })))
    breakStore()
    yield* within("5 minutes", Effect.flip(sessions.resume("another")))
    yield* within("5 minutes", Effect.flip(sessions.start(login)))
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Sessions.layer().pipe(
        Layer.provide(Dintero.layer(options)),
        Layer.provide(Layer.succeed(TokenStore, store)),
        Layer.provide(Mock.make({ resource: Mock.json(200, {}) }).layer)
      )
    )
  )
})

const partners = Effect.suspend(() =>
  within("1 minute", Account.with(settings, Service.merchantOf(0))).pipe(
    Effect.provide(
      Partner.layer({
        accountId: Service.partner,
        clientId: "shop",
        clientSecret: Redacted.make(Service.clientSecret),
        retry: RetryPolicy.none
      }).pipe(Layer.provide(Service.mock(Service.make()).layer))
    )
  )
)

/** The spans, events, logs and metrics of all of it. */
const shown = Effect.gen(function* () {
  const { spans, tracer } = Spans.make()
  const events: Array<TokenEvent> = []
  const logs: Array<unknown> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.make(
      ({ annotations, message, spans }) => void logs.push([message, HashMap.toEntries(annotations), List.toArray(spans)])
    )
  )
  yield* Effect.all([calls, tokens(events), sharing(events), sessions, partners]).pipe(
    Effect.withTracer(tracer),
    Effect.provide(logger)
  )
  const metrics = (yield* Metric.snapshot).filter(({ metricKey }) => metricKey.name.startsWith("dintero"))
  return { spans, events, logs, metrics: Chunk.toReadonlyArray(Chunk.fromIterable(metrics)) }
})

const unique = (names: Iterable<string>): ReadonlyArray<string> => [...new Set(names)].sort()

const rowOf = (name: string): string => {
  const [operation = "", ...more] = name.split(" ")
  return operation in operations ? ["OPERATION", ...more].join(" ") : name
}

const kindOf = (type: unknown): string =>
  MetricKeyType.isCounterKey(type)
    ? "counter"
    : MetricKeyType.isGaugeKey(type)
      ? "gauge"
      : MetricKeyType.isHistogramKey(type)
        ? "histogram"
        : "?"

describe("the tables of docs/observability.md", () => {
  it.effect("have every span, attribute, metric, tag and event that a client shows, and no other", () =>
    Effect.gen(function* () {
      const { events, logs, metrics, spans } = yield* shown

      const found = unique(spans.map(({ name }) => rowOf(name))).map((name) => {
        const all = spans.filter((span) => rowOf(span.name) === name).map(({ attributes }) => [...attributes.keys()])
        const everywhere = unique(all.flat()).map((attribute) => ({
          attribute,
          isOptional: !all.every((keys) => keys.includes(attribute))
        }))
        return { name, attributes: everywhere }
      })
      const listed = Tables.spans()
        .map(({ attributes, name }) => ({
          name,
          attributes: attributes
            .map(({ isOptional, name }) => ({ attribute: name, isOptional }))
            .sort((a, b) => (a.attribute < b.attribute ? -1 : 1))
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      assert.deepStrictEqual(found, listed)
      assert.isNotEmpty(listed)

      assert.deepStrictEqual(
        unique(
          metrics.map(
            ({ metricKey: { keyType, name, tags } }) => `${name} ${kindOf(keyType)} ${unique(tags.map(({ key }) => key)).join()}`
          )
        ),
        unique(Tables.metrics().map(({ kind, name, tags }) => `${name} ${kind} ${unique(tags).join()}`))
      )

      assert.deepStrictEqual(
        unique(events.map(({ _tag, ...fields }) => `${_tag} ${unique(Object.keys(fields)).join()}`)),
        unique(Tables.events().map(({ fields, name }) => `${name} ${unique(fields).join()}`))
      )

      // The page says that a client logs nothing of its own.
      assert.deepStrictEqual(logs, [])
    })
  )

  it("say something of every row", () => {
    for (const { about, attributes, name } of Tables.spans()) {
      assert.isNotEmpty(about, name)
      for (const attribute of attributes) assert.isNotEmpty(attribute.about, attribute.name)
    }
    for (const { about, name } of [...Tables.metrics(), ...Tables.events()]) assert.isNotEmpty(about, name)
  })
})
