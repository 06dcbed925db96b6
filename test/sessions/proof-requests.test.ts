/**
 * A web server opens the session of each request, acts, and lets go. What that costs over the life of a token, and when the token is renewed.
 */

import { HttpClient, type HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Layer, Random, Redacted } from "effect"
import { Customers, Session, Sessions, TokenStore, type TokenStoreService, TokenStores } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { samples, tell } from "../utils/Claim.js"
import * as ManualClock from "../utils/ManualClock.js"
import * as Spans from "../utils/Spans.js"
import { until } from "../utils/Until.js"
import { client, embedded, logIn } from "./System.js"

const minute = 60_000
const hour = 60 * minute
const { count, note } = samples(10_000, 1_000)
const sessionCount = count / 100
const claim = `${count.toLocaleString("en")} requests of ${sessionCount} sessions`

/** How many refreshes have begun, and how many of them run. */
interface Refreshes {
  begun: number
  running: number
}

const recording = (refreshes: Refreshes) =>
  Spans.make({
    begin: ({ name }) => {
      if (name !== "token.refresh") return
      refreshes.begun++
      refreshes.running++
    },
    end: ({ name }) => {
      if (name === "token.refresh") refreshes.running--
    }
  }).tracer

const refreshTokenOf = ({ body }: HttpClientRequest.HttpClientRequest): string | undefined =>
  body._tag === "Uint8Array" ? /"refresh_token":"([^"]+)"/.exec(new TextDecoder().decode(body.body))?.[1] : undefined

/** A process with sessions of its own. It shares the system and the store with the others. */
const process = (
  store: TokenStoreService,
  system: DinteroEmbedded.EmbeddedService,
  transform: (client: HttpClient.HttpClient) => HttpClient.HttpClient = (client) => client
) =>
  Sessions.layer().pipe(
    Layer.provideMerge(client({ transformClient: transform })),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, system.httpClient)),
    Layer.provide(Layer.succeed(TokenStore, store)),
    Layer.build
  )

/** Sessions of two customers, which another process has started. */
const started = (store: TokenStoreService, system: DinteroEmbedded.EmbeddedService) =>
  Effect.gen(function* () {
    const services = yield* process(store, system)
    const sessions = Context.get(services, Sessions)
    return yield* Effect.forEach(Array.from({ length: sessionCount }), (_, index) =>
      logIn(index % 2 === 0 ? "ada@example.com" : "grace@example.com").pipe(
        Effect.flatMap((login) =>
          Effect.map(sessions.start(login), ({ id }) => ({ id, refreshToken: Redacted.value(login.refresh_token ?? id) }))
        ),
        Effect.scoped,
        Effect.provide(services)
      )
    )
  }).pipe(Effect.scoped)

const system = Effect.map(Layer.build(embedded()), Context.get(DinteroEmbedded.Embedded))

/** As the handler of a request does it. */
const request = (services: Context.Context<Sessions | Customers>, id: Redacted.Redacted) =>
  Effect.gen(function* () {
    const session = yield* Context.get(services, Sessions).resume(id)
    return yield* Session.with(Context.get(services, Customers).settings.get(), session)
  }).pipe(Effect.scoped)

describe("a session for each request", () => {
  it.live(
    `${claim} in one token life read the store once for each session, and for what another process ended${note}`,
    (context) => {
      const moved = ManualClock.make()
      return Effect.gen(function* () {
        const dintero = yield* system
        const reads = { count: 0 }
        const memory = yield* TokenStores.memory
        const devices = yield* started(memory, dintero)
        const refreshes: Refreshes = { begun: 0, running: 0 }
        const store: TokenStoreService = {
          ...memory,
          read: (key) =>
            Effect.suspend(() => {
              reads.count++
              return memory.read(key)
            })
        }
        const sent = { tokens: 0, calls: 0 }
        const counted = HttpClient.mapRequest((request: HttpClientRequest.HttpClientRequest) => {
          sent[request.url.endsWith("/auth/token") ? "tokens" : "calls"]++
          return request
        })
        const services = yield* Effect.withTracer(process(store, dintero, counted), recording(refreshes))
        const other = Context.get(yield* process(memory, dintero), Sessions)

        // Until the renewal ahead of the expiry begins.
        const life = hour - 5 * minute
        const ended = new Set<number>()
        const notFound: Array<number> = []
        for (let number = 0; number < count; number++) {
          // In the middle, another process ends five of the sessions.
          if (number === count / 2) {
            for (const index of [1, 3, 4, 5, 9]) {
              const [device] = devices.slice(index, index + 1)
              if (device !== undefined) assert.isTrue(yield* other.end(device.id))
              ended.add(index)
            }
          }
          const index = number % sessionCount
          const [device] = devices.slice(index, index + 1)
          if (device === undefined || notFound.includes(index)) continue
          yield* request(services, device.id).pipe(
            Effect.withTracer(recording(refreshes)),
            Effect.catchTag("SessionNotFound", () => Effect.sync(() => void notFound.push(index)))
          )
          yield* moved.advance(life / count)
        }

        tell(context, {
          measured: `${reads.count} store reads, ${sent.tokens} token requests, ${refreshes.begun} spans of a refresh`
        })
        assert.deepStrictEqual(notFound.sort(), [...ended].sort())
        // For one that was ended: when the removal is reported, and when its browser comes the next time.
        assert.isAtMost(reads.count, sessionCount + 2 * ended.size)
        assert.strictEqual(sent.tokens, 0)
        assert.strictEqual(refreshes.begun, 0)
        // All but those that were not made after a session had ended.
        assert.strictEqual(sent.calls, count - (ended.size * count) / 2 / sessionCount)
      }).pipe(Effect.scoped, Effect.withClock(moved.clock))
    },
    600_000
  )

  it.live(
    `${claim} at random times over an expiry renew each session once, ahead of expiry, although that takes 4 s${note}`,
    (context) => {
      const moved = ManualClock.make()
      return Effect.gen(function* () {
        const dintero = yield* system
        const memory = yield* TokenStores.memory
        const startedAt = yield* Clock.currentTimeMillis
        const devices = yield* started(memory, dintero)
        const refreshes: Refreshes = { begun: 0, running: 0 }
        const sent = new Map<string, Array<number>>()
        const asleep = new Set<string>()
        // The endpoint answers after 4 seconds of the virtual time.
        const slow = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) =>
          Effect.gen(function* () {
            const token = refreshTokenOf(request)
            if (token !== undefined) {
              const at = (yield* Clock.currentTimeMillis) - startedAt
              sent.set(token, [...(sent.get(token) ?? []), at])
              asleep.add(token)
              yield* Effect.sleep("4 seconds")
              asleep.delete(token)
            }
            return request
          })
        )
        const tracer = recording(refreshes)
        const services = yield* Effect.withTracer(process(memory, dintero, slow), tracer)

        // Each session has a request at a random moment of each slot, so that no session is unused through its whole window of renewal.
        const end = 75 * minute
        const perSession = count / sessionCount
        const times: Array<{ readonly at: number; readonly id: Redacted.Redacted; readonly refreshToken: string }> = []
        for (const device of devices) {
          for (let slot = 0; slot < perSession; slot++) {
            times.push({ at: ((slot + (yield* Random.next)) * end) / perSession, ...device })
          }
        }
        times.sort((one, two) => one.at - two.at)

        const waits: Array<number> = []
        for (const { at, id, refreshToken } of times) {
          yield* moved.advance(startedAt + at - (yield* Clock.currentTimeMillis))
          const before = yield* Clock.currentTimeMillis
          const running = yield* Effect.fork(Effect.withTracer(request(services, id), tracer))
          let isDone = false
          running.addObserver(() => {
            isDone = true
          })
          // Time stands still while anything works. It passes for a request that may wait for the endpoint, since its token is about to expire.
          const mayWait = before >= startedAt + hour - 10_000
          const settled = until(() => (isDone || (mayWait && asleep.has(refreshToken))) && refreshes.running === asleep.size)
          yield* settled
          while (!isDone) yield* Effect.zipRight(moved.advance(1_000), settled)
          yield* Fiber.join(running)
          waits.push((yield* Clock.currentTimeMillis) - before)
        }

        waits.sort((one, two) => one - two)
        const p99 = waits[Math.ceil(waits.length * 0.99) - 1]
        const perRefreshToken = [...sent.values()]
        const first = Math.min(...perRefreshToken.flat())
        const last = Math.max(...perRefreshToken.flat())
        tell(context, {
          measured: `${perRefreshToken.flat().length} renewals, from minute ${(first / minute).toFixed(1)} to minute ${(last / minute).toFixed(1)} of 60; p99 of added wait ${p99} ms, longest ${waits.at(-1)} ms`
        })
        assert.lengthOf(waits, count)
        assert.deepStrictEqual([perRefreshToken.length, perRefreshToken.flat().length], [sessionCount, sessionCount])
        assert.isBelow(last, hour - 4_000)
        assert.strictEqual(p99, 0)
      }).pipe(Effect.scoped, Effect.withRandom(Random.make("requests")), Effect.withClock(moved.clock))
    },
    600_000
  )
})
