/**
 * What the retry policy promises, over many random answers, waits and policies. The same seed makes the same ones.
 */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Clock, DateTime, Effect, Either, Fiber, Layer, Random, Redacted, TestClock } from "effect"
import { Bulkhead, CircuitBreaker, Customers, Dintero, Hedge, RetryPolicy } from "effect-dintero"
import { samples, tell } from "../utils/Claim.js"
import * as Mock from "../utils/MockHttp.js"

const layer = (mock: Mock.MockHttp, options: Partial<Dintero.Options>) =>
  Layer.orDie(
    Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), ...options })
  ).pipe(Layer.provide(mock.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const httpDate = (epochMillis: number): string => DateTime.toDate(DateTime.unsafeMake(epochMillis)).toUTCString()

/** A header that tells so many milliseconds at least, and how many it tells. The server's clock is wrong by `skew`. */
const retryAfter = (form: number, millis: number, now: number, skew: number) => {
  const seconds = Math.ceil(millis / 1000)
  const served = Math.floor((now + skew) / 1000) * 1000
  switch (form) {
    case 0:
      return { told: seconds * 1000, headers: { "retry-after": String(seconds) } }
    case 1:
      return { told: millis, headers: { "retry-after-ms": String(millis) } }
    case 2:
      return {
        told: seconds * 1000,
        headers: { date: httpDate(served), "retry-after": httpDate(served + seconds * 1000) }
      }
    default:
      return { told: millis, headers: { "retry-after": (millis / 1000).toFixed(3) } }
  }
}

describe("random Retry-After headers", () => {
  const headers = samples(10_000, 500)

  it.effect(
    `seconds, fractions, milliseconds and dates of a wrong clock: never sent early; else a failure with the instant${headers.note}`,
    (context) =>
      Effect.gen(function* () {
        const tally = { waited: 0, early: 0, gaveUp: 0, wrong: 0 }
        let answer: Mock.Answer = Mock.json(200, {})
        let respondedAt = 0
        let sentAgain: number | undefined
        let sendings = 0
        const mock = Mock.make({
          resource: (request, count) =>
            Effect.flatMap(TestClock.currentTimeMillis, (now) => {
              if (sendings++ > 0) {
                sentAgain = now
                return Mock.json(200, {})(request, count)
              }
              respondedAt = now
              return answer(request, count)
            })
        })
        yield* Effect.gen(function* () {
          for (let sample = 0; sample < headers.count; sample++) {
            const millis = yield* Random.nextIntBetween(0, 90_000)
            const status = (yield* Random.nextBoolean) ? 503 : 429
            const skew = yield* Random.nextIntBetween(-86_400_000, 86_400_000)
            const { headers, told } = retryAfter(sample % 4, millis, yield* TestClock.currentTimeMillis, skew)
            answer = Mock.json(status, {}, headers)
            sentAgain = undefined
            sendings = 0
            const fiber = yield* Effect.fork(Effect.either(getSettings))
            yield* TestClock.adjust("3 minutes")
            const end = yield* Fiber.join(fiber)
            if (sentAgain !== undefined) {
              tally.waited++
              if (sentAgain < respondedAt + told) tally.early++
              continue
            }
            tally.gaveUp++
            const request = Either.isLeft(end) ? end.left.request : undefined
            const at = request?.retryAt
            const isRight =
              told > 60_000 &&
              request?.stopped === "retry-after-too-long" &&
              at !== undefined &&
              at.epochMillis >= respondedAt + told
            if (!isRight) tally.wrong++
          }
        }).pipe(
          Effect.provide(
            layer(mock, { retry: RetryPolicy.default.pipe(RetryPolicy.deadline("2 minutes"), RetryPolicy.withoutBudget) })
          ),
          Effect.withRandom(Random.make("retry-after"))
        )
        tell(context, {
          measured: `${tally.waited} waited, ${tally.early} early; ${tally.gaveUp} given up, ${tally.wrong} of them wrongly`
        })
        assert.deepStrictEqual([tally.early, tally.wrong], [0, 0])
        assert.isAbove(tally.waited, headers.count / 2)
        assert.isAbove(tally.gaveUp, headers.count / 10)
      }),
    300_000
  )
})

describe("random waits before the second attempt", () => {
  const waits = samples(10_000, 1000)
  const together = 50

  it.effect(
    `are uniform over 200 ms: χ² of 20 classes at most 36.19, that is p = 0.01${waits.note}`,
    (context) => {
      const bins = new Array<number>(20).fill(0)
      const mock = Mock.make({
        resource: (request, count) => Mock.json((count - 1) % (2 * together) < together ? 503 : 200, {})(request, count)
      })
      const seen = RetryPolicy.default.pipe(
        RetryPolicy.withoutBudget,
        RetryPolicy.onRetry(({ delay }) =>
          Effect.sync(() => {
            const bin = Math.floor((delay / 200) * bins.length)
            bins[bin] = (bins[bin] ?? 0) + 1
          })
        )
      )
      return Effect.gen(function* () {
        for (let round = 0; round < waits.count / together; round++) {
          const fiber = yield* Effect.fork(Effect.replicateEffect(getSettings, together, { concurrency: "unbounded" }))
          yield* TestClock.adjust("200 millis")
          yield* Fiber.join(fiber)
        }
        const expected = waits.count / bins.length
        const chi = bins.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0)
        tell(context, { measured: `χ² ${chi.toFixed(1)}` })
        assert.strictEqual(
          bins.reduce((sum, found) => sum + found, 0),
          waits.count
        )
        assert.lengthOf(bins, 20)
        assert.isAtMost(chi, 36.19)
      }).pipe(Effect.provide(layer(mock, { retry: seen })), Effect.withRandom(Random.make("jitter")))
    },
    300_000
  )
})

describe("random deadlines, timeouts, attempts, latencies, faults, Retry-After headers and slow tokens", () => {
  const runs = samples(3000, 200)

  it.effect(
    `no call outlives its deadline, and one that it cut after an answer ends in that answer${runs.note}`,
    (context) =>
      Effect.gen(function* () {
        const tally = { over: 0, ended: 0, cut: 0, timeoutAlone: 0 }
        for (let sample = 0; sample < runs.count; sample++) {
          const total = yield* Random.nextIntBetween(50, 20_000)
          const each = yield* Random.nextIntBetween(1, total + 1)
          const attempts = yield* Random.nextIntBetween(1, 10)
          const isTokenSlow = yield* Random.nextBoolean
          const draws = Chunk.toReadonlyArray(yield* Effect.map(Effect.replicateEffect(Random.next, 12), Chunk.fromIterable))
          let drawn = 0
          const mock = Mock.make({
            token: Mock.later(isTokenSlow ? (draws[11] ?? 0) * total * 1.2 : 0, Mock.numberedTokens(3600)),
            resource: (request, count) => {
              const draw = draws[drawn++ % draws.length] ?? 0
              const answer: Mock.Answer =
                draw < 0.1
                  ? () => Effect.never
                  : draw < 0.3
                    ? Mock.json(429, {}, { "retry-after-ms": String(Math.round(draw * total)) })
                    : draw < 0.9
                      ? Mock.json(503, {})
                      : Mock.json(200, {})
              return Mock.later(draw * each * 1.3, answer)(request, count)
            }
          })
          const policy = RetryPolicy.default.pipe(
            RetryPolicy.deadline("1 hours"),
            RetryPolicy.attemptTimeout(each),
            RetryPolicy.deadline(total),
            RetryPolicy.attempts(attempts)
          )
          // A third of them.
          const guards =
            sample % 3 === 0 ? { bulkhead: Bulkhead.make(), circuitBreaker: CircuitBreaker.make(), hedge: Hedge.make() } : {}
          const fiber = yield* Effect.fork(
            Effect.gen(function* () {
              const from = yield* Clock.currentTimeMillis
              const end = yield* Effect.either(getSettings)
              return [(yield* Clock.currentTimeMillis) - from, end] as const
            }).pipe(Effect.provide(layer(mock, { retry: policy, ...guards })))
          )
          yield* TestClock.adjust("2 minutes")
          const [took, end] = yield* Fiber.join(fiber)
          tally.ended++
          // To the nanosecond: instants are floating-point numbers here.
          if (Math.round((took - total) * 1e6) > 0) tally.over++
          if (Either.isRight(end) || end.left.request.stopped !== "deadline") continue
          const { history } = end.left.request
          // An attempt that had the whole of its own time is a cause like any other; this one had only the rest of the call's.
          const final = history[history.length - 1]
          const before = history[history.length - 2]
          if (final?.reason !== "timeout" || final.elapsed < total - 0.01 || before?.status === undefined) continue
          tally.cut++
          if (end.left._tag === "TransportError" || end.left.request.status !== before.status) tally.timeoutAlone++
        }
        tell(context, {
          measured: `${tally.ended - tally.over} of ${tally.ended} in time; ${tally.cut - tally.timeoutAlone} of ${tally.cut} that were cut end in the answer`
        })
        assert.deepStrictEqual([tally.ended, tally.over, tally.timeoutAlone], [runs.count, 0, 0])
        assert.isAbove(tally.cut, 0)
      }).pipe(Effect.withRandom(Random.make("deadline"))),
    300_000
  )
})
