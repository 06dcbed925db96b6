/**
 * Sessions as requests use them: what a renewal costs, and what spans, events and metrics say of it.
 */

import { HttpClient, type HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Metric, Stream, TestClock } from "effect"
import {
  AccessTokens,
  RefreshPolicy,
  Session,
  Sessions,
  type TokenEvent,
  TokenMetrics,
  TokenStore,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Spans from "../utils/Spans.js"
import { begin, client, embedded, newCalls, settings, value } from "./System.js"

const isRefresh = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag === "Uint8Array" && new TextDecoder().decode(body.body).includes('"grant_type":"refresh_token"')

/** The system and the store that all processes share. */
const shared = Layer.mergeAll(
  Layer.effect(TokenStore, TokenStores.memory),
  DinteroEmbedded.layerHttpClient.pipe(Layer.provideMerge(embedded()))
)

/** A process of its own, and how many refresh tokens it has sent. */
const start = Effect.gen(function* () {
  let sent = 0
  const transformClient = (http: HttpClient.HttpClient) =>
    HttpClient.transform(http, (effect, request) => {
      if (isRefresh(request)) sent++
      return effect
    })
  const refresh = RefreshPolicy.make({ jitter: 0 })
  const context = yield* Layer.build(
    Layer.fresh(Sessions.layer({ refresh }).pipe(Layer.provideMerge(client({ transformClient, refresh }))))
  )
  return {
    refreshes: () => sent,
    sessions: Context.get(context, Sessions),
    clientTokens: Context.get(context, AccessTokens),
    run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, context)
  }
})

/** What one HTTP request does. */
const request = Effect.gen(function* () {
  const sessions = yield* Sessions
  return value(yield* (yield* sessions.resume("ada")).tokens.get)
}).pipe(Effect.scoped)

/** Keeps the spans of renewals. */
const tracing = () => {
  const names: Array<string> = []
  const { tracer } = Spans.make({
    end: ({ attributes, name }) => {
      if (name === "token.refresh") {
        names.push(`${name} ${attributes.get("dintero.token.grant")} ${attributes.get("dintero.token.reason")}`)
      }
    }
  })
  return { tracer, refreshes: () => names.splice(0) }
}

const countOf = (metric: Metric.Metric.Counter<number>) => Effect.map(Metric.value(metric), ({ count }) => count)
const adopted = countOf(Metric.tagged(TokenMetrics.adopted, "grant", "session"))
const acquired = Effect.map(
  Effect.forEach(["initial", "early", "expired", "unauthorized", "forced"], (reason) =>
    countOf(TokenMetrics.acquired.pipe(Metric.tagged("grant", "session"), Metric.tagged("reason", reason)))
  ),
  (counts) => counts.reduce((sum, count) => sum + count, 0)
)

describe("a session that is opened per request", () => {
  it.scoped("is renewed once an hour, ahead of its expiry, and no request waits at its end", () =>
    Effect.gen(function* () {
      const { refreshes, run } = yield* start
      yield* run(Effect.scoped(begin))
      const renewedAt: Array<number> = []
      const tokens = new Set<string>()
      // Never at minute 55 itself, when the renewal begins.
      for (let second = 30; second < 4 * 3600; second += 60) {
        yield* TestClock.setTime(second * 1000)
        const before = refreshes()
        tokens.add(yield* run(request))
        yield* TestClock.adjust("1 second")
        if (refreshes() > before) renewedAt.push(Math.floor(second / 60))
      }
      // Each token is good for 60 minutes, and is renewed 5 minutes before.
      assert.deepStrictEqual(renewedAt, [55, 110, 165, 220])
      assert.strictEqual(tokens.size, 5)
    }).pipe(Effect.provide(shared))
  )
})

describe("spans, events and metrics", () => {
  it.scoped("resumed 100 times with a good token: no request for a token, and no span of one", () => {
    const { refreshes, tracer } = tracing()
    return Effect.gen(function* () {
      const one = yield* start
      yield* one.run(Effect.scoped(begin))
      yield* TestClock.adjust("10 minutes")
      const other = yield* start
      yield* newCalls
      assert.deepStrictEqual(refreshes(), ["token.refresh client_credentials initial"])
      const before = [yield* acquired, yield* adopted]
      const seen = new Set<string>()
      for (let turn = 0; turn < 100; turn++) seen.add(yield* other.run(request))
      yield* other.run(Effect.scoped(Effect.flatMap(other.sessions.resume("ada"), (session) => Session.with(settings, session))))
      assert.strictEqual(seen.size, 1)
      assert.deepStrictEqual(yield* newCalls, ["customers.settings.get 200"])
      assert.deepStrictEqual(refreshes(), [])
      assert.strictEqual(yield* acquired, before[0])
      assert.isAbove(yield* adopted, before[1] ?? 0)
    }).pipe(Effect.withTracer(tracer), Effect.provide(shared))
  })

  it.scoped("the process that renews makes a span, and the one that finds its token makes none", () => {
    const { refreshes, tracer } = tracing()
    const told = (event: TokenEvent): string => ("reason" in event ? `${event._tag} ${event.reason}` : event._tag)
    return Effect.gen(function* () {
      const one = yield* start
      const first = yield* one.run(begin)
      const other = yield* start
      const second = yield* other.sessions.resume("ada")
      const events: Array<string> = []
      for (const [name, { tokens }] of [
        ["one", first],
        ["other", second]
      ] as const) {
        yield* Effect.forkScoped(
          Stream.runForEach(tokens.events, (event) => Effect.sync(() => void events.push(`${name}: ${told(event)}`)))
        )
      }
      // The other process asks for a token of the client, with which it learns the server's time.
      yield* TestClock.adjust("1 minute")
      yield* other.clientTokens.get
      const before = [yield* acquired, yield* adopted]
      refreshes()
      const { generation } = yield* second.tokens.get
      const token = value(yield* first.tokens.forceRefresh)
      assert.deepStrictEqual(refreshes(), ["token.refresh session forced"])
      yield* second.tokens.invalidate(generation)
      assert.strictEqual(value(yield* second.tokens.get), token)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(refreshes(), [])
      assert.deepStrictEqual(events, ["one: Acquired forced", "other: Refused", "other: Adopted"])
      assert.deepStrictEqual([yield* acquired, yield* adopted], [(before[0] ?? 0) + 1, (before[1] ?? 0) + 1])
      assert.strictEqual(one.refreshes() + other.refreshes(), 1)
    }).pipe(Effect.withTracer(tracer), Effect.provide(shared))
  })

  it.scoped("a process that waits for the renewal of another one makes no span of its own", () => {
    const { refreshes, tracer } = tracing()
    return Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      const one = yield* start
      const first = yield* one.run(begin)
      const other = yield* start
      const second = yield* other.sessions.resume("ada")
      yield* other.clientTokens.get
      yield* TestClock.adjust("1 minute")
      yield* faults.add({ match: { operation: "auth.token", times: 1 }, fault: { kind: "delay", millis: 2_000 } })
      refreshes()
      const both = yield* Effect.forEach([first, second], ({ tokens }) => Effect.fork(tokens.forceRefresh))
      yield* TestClock.adjust("3 seconds")
      const found = yield* Effect.forEach(both, Fiber.join)
      assert.strictEqual(new Set(found.map(value)).size, 1)
      assert.deepStrictEqual(refreshes(), ["token.refresh session forced"])
      assert.strictEqual(one.refreshes() + other.refreshes(), 1)
    }).pipe(Effect.withTracer(tracer), Effect.provide(shared))
  })

  it.scoped("the same token that is judged anew is no news", () =>
    Effect.gen(function* () {
      const one = yield* start
      yield* one.run(Effect.scoped(begin))
      yield* TestClock.adjust("10 minutes")
      const other = yield* start
      const session = yield* other.sessions.resume("ada")
      const seen: Array<TokenEvent> = []
      yield* Effect.forkScoped(Stream.runForEach(session.tokens.events, (event) => Effect.sync(() => void seen.push(event))))
      const before = yield* adopted
      const first = yield* session.tokens.get
      // For a minute it is used on the word of the local clock.
      yield* TestClock.adjust("49 seconds")
      yield* session.tokens.get
      yield* TestClock.adjust("1 second")
      const second = yield* session.tokens.get
      assert.strictEqual(second.generation, first.generation)
      assert.notDeepEqual(second.expiresAt, first.expiresAt)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen, [])
      assert.strictEqual(yield* adopted, before)
    }).pipe(Effect.provide(shared))
  )
})
