/**
 * The claims of retry: load when everything fails, `Retry-After`, what may be repeated, jitter, the deadline, the breaker, the cost.
 *
 * Time is that of TestClock wherever time matters. `npm run proof -- retry reduced` takes fewer samples, and
 * says so in the rows where it does.
 */
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { Chunk, Clock, DateTime, Effect, Either, Fiber, Layer, Random, Redacted, TestClock, TestContext } from "effect"
import type { DinteroError } from "effect-dintero"
import { type Auth, Bulkhead, CircuitBreaker, Customers, Dintero, Hedge, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { measureOverhead } from "../../bench/overhead.js"
import { operationCases } from "../../test/http/OperationCases.js"
import { runModel } from "../../test/policies/CircuitBreakerModel.js"
import * as Mock from "../../test/utils/MockHttp.js"
import type { Row } from "./Table.js"

const reduced = process.argv[3] === "reduced"
const few = (whole: number, part: number): number => (reduced ? part : whole)
const named = (claim: string): string => (reduced ? `${claim} (reduced)` : claim)

const underTestClock = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, TestContext.TestContext))

const layer = (mock: Mock.MockHttp, options: Partial<Dintero.Options> = {}) =>
  Layer.orDie(
    Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), ...options })
  ).pipe(Layer.provide(mock.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())
const updateSettings = Effect.flatMap(Customers, (customers) => customers.settings.update({}))

/** 1,000 calls a second of one operation, all failing; another operation fails now and then and needs its retries. */
const load = async function* (): AsyncGenerator<Row> {
  const seconds = few(20, 5)
  const perSecond = 1000
  let reads = 0
  let writes = 0
  const mock = Mock.make({
    resource: (request, count) => {
      if (request.method === "GET") {
        reads++
        return Mock.json(503, {})(request, count)
      }
      writes++
      // Every tenth write fails once: its retry is the next request.
      return Mock.json(writes % 11 === 1 ? 503 : 200, {})(request, count)
    }
  })
  const written = await underTestClock(
    Effect.gen(function* () {
      let written = 0
      let asked = 0
      for (let tick = 0; tick < seconds * 10; tick++) {
        yield* Effect.replicateEffect(Effect.fork(Effect.ignore(getSettings)), perSecond / 10)
        if (tick % 2 === 0) {
          asked++
          yield* Effect.fork(Effect.match(updateSettings, { onFailure: () => {}, onSuccess: () => void written++ }))
        }
        yield* TestClock.adjust("100 millis")
      }
      yield* TestClock.adjust("1 minutes")
      return { written, asked }
    }).pipe(Effect.provide(layer(mock)))
  )
  const calls = seconds * perSecond
  yield {
    claim: named(`${perSecond} rps, all failing, ${seconds} s: load on the server`),
    asked: "≤ 1.2 ×",
    measured: `${(reads / calls).toFixed(4)} × (${reads} requests of ${calls} calls)`,
    holds: reads / calls <= 1.2
  }
  yield {
    claim: named("meanwhile another operation, of which every tenth request fails: its retries are not refused"),
    asked: "all calls succeed",
    measured: `${written.written} of ${written.asked}`,
    holds: written.written === written.asked
  }
}

const httpDate = (epochMillis: number): string => DateTime.toDate(DateTime.unsafeMake(epochMillis)).toUTCString()

const retryAfters = async (): Promise<Row> => {
  const count = few(10_000, 500)
  const outcome = await underTestClock(
    Effect.gen(function* () {
      const tally = { waited: 0, early: 0, gaveUp: 0, wrong: 0 }
      let respondedAt = 0
      let headers: Record<string, string> = {}
      let again: number | undefined
      const mock = Mock.make({
        resource: (request, number) =>
          Effect.flatMap(TestClock.currentTimeMillis, (now) => {
            if (headers["x-asked"] === "1") {
              again = now
              return Mock.json(200, {})(request, number)
            }
            respondedAt = now
            const answer = Mock.json(status, {}, headers)(request, number)
            headers = { "x-asked": "1" }
            return answer
          })
      })
      let status = 503
      yield* Effect.gen(function* () {
        for (let sample = 0; sample < count; sample++) {
          const millis = yield* Random.nextIntBetween(0, 90_000)
          status = (yield* Random.nextBoolean) ? 503 : 429
          const form = sample % 4
          const skew = yield* Random.nextIntBetween(-86_400_000, 86_400_000)
          const now = yield* TestClock.currentTimeMillis
          const served = Math.floor((now + skew) / 1000) * 1000
          const seconds = Math.ceil(millis / 1000)
          const told = form === 0 ? seconds * 1000 : form === 1 ? millis : form === 2 ? seconds * 1000 : millis
          headers =
            form === 0
              ? { "retry-after": String(seconds) }
              : form === 1
                ? { "retry-after-ms": String(millis) }
                : form === 2
                  ? { date: httpDate(served), "retry-after": httpDate(served + seconds * 1000) }
                  : { "retry-after": (millis / 1000).toFixed(3) }
          again = undefined
          const fiber = yield* Effect.fork(Effect.either(getSettings))
          yield* TestClock.adjust("3 minutes")
          const end = yield* Fiber.join(fiber)
          if (again !== undefined) {
            tally.waited++
            if (again < respondedAt + told) tally.early++
          } else {
            tally.gaveUp++
            const request = Either.isLeft(end) ? end.left.request : undefined
            const at = request?.retryAt
            const right =
              told > 60_000 &&
              request?.stopped === "retry-after-too-long" &&
              at !== undefined &&
              at.epochMillis >= respondedAt + told
            if (!right) tally.wrong++
          }
        }
      }).pipe(
        Effect.provide(
          layer(mock, { retry: RetryPolicy.default.pipe(RetryPolicy.deadline("2 minutes"), RetryPolicy.withoutBudget) })
        ),
        Effect.withRandom(Random.make("retry-after"))
      )
      return tally
    })
  )
  return {
    claim: named(`${count.toLocaleString("en")} random Retry-After headers (seconds, fractions, -ms, dates of a skewed clock)`),
    asked: "earliest retry ≥ told in 100 %; else a give-up with the instant",
    measured: `${outcome.waited} waited, ${outcome.early} early; ${outcome.gaveUp} given up, ${outcome.wrong} of them wrongly`,
    holds: outcome.early === 0 && outcome.wrong === 0 && outcome.waited > 0 && outcome.gaveUp > 0
  }
}

/** What happens to the first request of an operation, and whether the system sees it. */
interface Fault {
  readonly name: string
  readonly reaches: boolean
  readonly notActedOn: boolean
  readonly answer: "fail" | "stall" | "truncate" | number
  readonly code?: string
}

const faults: ReadonlyArray<Fault> = [
  { name: "refused", reaches: false, notActedOn: true, answer: "fail", code: "ECONNREFUSED" },
  // A reset looks the same from here whether the bytes had left or not, so it is never taken for "not sent".
  { name: "reset before write", reaches: false, notActedOn: false, answer: "fail", code: "ECONNRESET" },
  { name: "reset after write", reaches: true, notActedOn: false, answer: "fail", code: "ECONNRESET" },
  { name: "truncated body", reaches: true, notActedOn: false, answer: "truncate" },
  { name: "stall before", reaches: false, notActedOn: false, answer: "stall" },
  { name: "stall after", reaches: true, notActedOn: false, answer: "stall" },
  { name: "429", reaches: false, notActedOn: true, answer: 429 },
  ...[500, 502, 503, 504].flatMap(
    (status): ReadonlyArray<Fault> => [
      { name: `${status} before`, reaches: false, notActedOn: false, answer: status },
      { name: `${status} after`, reaches: true, notActedOn: false, answer: status }
    ]
  ),
  ...[400, 403, 404, 409, 418].map((status): Fault => ({ name: `${status}`, reaches: false, notActedOn: false, answer: status }))
]

/** Every operation × fault against the embedded system, in process, with a proxy that fails before or after it. */
const classes = async (): Promise<Row> => {
  let cases = 0
  let duplicated = 0
  let hashes = 0
  const wrong: Array<string> = []
  for (const operation of operationCases) {
    for (const fault of faults) {
      cases++
      const retried = typeof fault.answer !== "number" || fault.answer >= 500 || fault.answer === 429
      const again = retried && (fault.notActedOn || operation.replay !== "never")
      const measured = await underTestClock(
        Effect.gen(function* () {
          const embedded = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
          const seed = DinteroEmbedded.demoSeed.accounts[0]
          let sent = 0
          let reached = 0
          const proxy = HttpClient.make((request, url) => {
            const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
            if (!operation.is(request.method, url.pathname, text)) return embedded.httpClient.execute(request)
            const forward = Effect.suspend(() => {
              reached++
              return embedded.httpClient.execute(request)
            })
            if (++sent > 1) return forward
            const cause = Object.assign(new Error(fault.code), { code: fault.code })
            const end =
              fault.answer === "fail"
                ? Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
                : fault.answer === "stall"
                  ? Effect.never
                  : Effect.sync(() =>
                      HttpClientResponse.fromWeb(
                        request,
                        fault.answer === "truncate"
                          ? new Response(
                              new ReadableStream({
                                start: (controller) => {
                                  controller.enqueue(new TextEncoder().encode('{"acc'))
                                  controller.error(Object.assign(new Error("cut"), { code: "ECONNRESET" }))
                                }
                              })
                            )
                          : Response.json({}, { status: Number(fault.answer) })
                      )
                    )
            return fault.reaches
              ? Effect.zipRight(
                  Effect.flatMap(forward, ({ text }) => Effect.orDie(text)),
                  end
                )
              : end
          })
          const client = Layer.orDie(
            Dintero.layer({
              accountId: seed.account_id,
              clientId: seed.clients[0].client_id,
              clientSecret: Redacted.make(seed.clients[0].client_secret)
            })
          ).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, proxy)))
          const before = yield* embedded.passwordHasher.computations
          const run = Effect.gen(function* () {
            const fiber = yield* Effect.fork(Effect.either<unknown, DinteroError, Auth | Customers>(operation.call))
            // The embedded system hashes in Node's thread pool, which TestClock does not move.
            while (fiber.unsafePoll() === null) {
              yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
              yield* TestClock.adjust("200 millis")
            }
            return yield* Fiber.join(fiber)
          })
          const end = yield* Effect.provide(run, client)
          const after = yield* embedded.passwordHasher.computations
          return { sent, reached, end, hashed: after - before }
        }).pipe(Effect.scoped, Effect.orDie)
      )
      hashes += measured.hashed
      // A read or a write of the same thing may be done twice; what spends a credential may not.
      if (operation.replay === "never" && (measured.reached > 1 || measured.hashed > 1)) duplicated++
      if (measured.sent !== (again ? 2 : 1)) wrong.push(`${operation.name} × ${fault.name}: sent ${measured.sent}`)
      const stopped = Either.isLeft(measured.end) ? measured.end.left.request.stopped : undefined
      if (retried && !again && stopped !== "not-idempotent") wrong.push(`${operation.name} × ${fault.name}: ${stopped}`)
    }
  }
  return {
    claim: `${operationCases.length} operations × ${faults.length} faults (socket, status; before and after the system)`,
    asked: "the class decides; 0 duplicated side effects",
    measured: `${cases - wrong.length} of ${cases} as the class says; ${duplicated} duplicated (${hashes} hashes)${wrong
      .slice(0, 3)
      .map((text) => `; ${text}`)
      .join("")}`,
    holds: wrong.length === 0 && duplicated === 0
  }
}

/** The wait before the second attempt, as the client makes it, over 20 classes of equal chance. */
const jitter = async (): Promise<Row> => {
  const count = few(10_000, 1000)
  const bins = new Array<number>(20).fill(0)
  await underTestClock(
    Effect.gen(function* () {
      const mock = Mock.make({ resource: (request, number) => Mock.json(number % 2 === 1 ? 503 : 200, {})(request, number) })
      const seen = RetryPolicy.default.pipe(
        RetryPolicy.withoutBudget,
        RetryPolicy.onRetry(({ delay }) =>
          Effect.sync(() => {
            const bin = Math.floor((delay / 200) * bins.length)
            bins[bin] = (bins[bin] ?? 0) + 1
          })
        )
      )
      yield* Effect.gen(function* () {
        for (let sample = 0; sample < count; sample++) {
          const fiber = yield* Effect.fork(getSettings)
          yield* TestClock.adjust("200 millis")
          yield* Fiber.join(fiber)
        }
      }).pipe(Effect.provide(layer(mock, { retry: seen })), Effect.withRandom(Random.make("jitter")))
    })
  )
  const expected = count / bins.length
  const chi = bins.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0)
  return {
    claim: named(`distribution of ${count.toLocaleString("en")} delays, seeded Random: uniform over [0, 200 ms)`),
    asked: "χ² ≤ 36.19 (19 degrees of freedom, p = 0.01)",
    measured: `χ² ${chi.toFixed(1)}`,
    holds: chi <= 36.19 && bins.length === 20
  }
}

/** Random deadlines, timeouts, attempts, latencies, faults, Retry-After and slow tokens. */
export const deadlines = async function* (): AsyncGenerator<Row> {
  const count = few(3000, 200)
  const tally = { over: 0, ended: 0, cut: 0, alone: 0 }
  let longest = 0
  await underTestClock(
    Effect.gen(function* () {
      for (let sample = 0; sample < count; sample++) {
        const total = yield* Random.nextIntBetween(50, 20_000)
        const each = yield* Random.nextIntBetween(1, total + 1)
        const attempts = yield* Random.nextIntBetween(1, 10)
        const slow = yield* Random.nextBoolean
        const draws = Chunk.toReadonlyArray(yield* Effect.map(Effect.replicateEffect(Random.next, 12), Chunk.fromIterable))
        let drawn = 0
        const mock = Mock.make({
          token: Mock.later(slow ? (draws[11] ?? 0) * total * 1.2 : 0, Mock.numberedTokens(3600)),
          resource: (request, number) => {
            const draw = draws[drawn++ % draws.length] ?? 0
            const answer: Mock.Answer =
              draw < 0.1
                ? () => Effect.never
                : draw < 0.3
                  ? Mock.json(429, {}, { "retry-after-ms": String(Math.round(draw * total)) })
                  : draw < 0.9
                    ? Mock.json(503, {})
                    : Mock.json(200, {})
            return Mock.later(draw * each * 1.3, answer)(request, number)
          }
        })
        const policy = RetryPolicy.default.pipe(
          RetryPolicy.deadline("1 hours"),
          RetryPolicy.attemptTimeout(each),
          RetryPolicy.deadline(total),
          RetryPolicy.attempts(attempts)
        )
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
        // To the nanosecond: instants are floating-point numbers here.
        const over = Math.round((took - total) * 1e6) / 1e6
        longest = Math.max(longest, over)
        if (over > 0) tally.over++
        tally.ended++
        if (Either.isRight(end) || end.left.request.stopped !== "deadline") continue
        const { history } = end.left.request
        // An attempt that had the whole of its own time is a cause like any other; this one had only what was left of the call's.
        const final = history[history.length - 1]
        const before = history[history.length - 2]
        if (final?.reason !== "timeout" || final.elapsed < total - 0.01 || before?.status === undefined) continue
        tally.cut++
        if (end.left._tag === "TransportError" || end.left.request.status !== before.status) tally.alone++
      }
    }).pipe(Effect.withRandom(Random.make("deadline")))
  )
  yield {
    claim: named(`deadline: ${count.toLocaleString("en")} random runs (a third with breaker, bulkhead and hedge)`),
    asked: "elapsed ≤ deadline in 100 %",
    measured: `${tally.ended - tally.over} of ${tally.ended}; the latest ${longest <= 0 ? "not over" : `${longest} ms over`}`,
    holds: tally.over === 0 && tally.ended === count
  }
  yield {
    claim: named("the error of a call whose deadline cut an attempt after an answer"),
    asked: "that answer in 100 %, not a timeout alone",
    measured: `${tally.cut - tally.alone} of ${tally.cut}`,
    holds: tally.alone === 0 && tally.cut > 0
  }
}

const breaker = async (): Promise<Row> => {
  const { first, mismatches, sequences, steps } = await Effect.runPromise(runModel(few(2000, 1000), 7))
  return {
    claim: "circuit breaker beside its reference state machine",
    asked: "≥ 1,000 random sequences, 0 differences",
    measured: `${sequences} sequences, ${steps} steps, ${mismatches} differences${first === undefined ? "" : `: ${first}`}`,
    holds: sequences >= 1000 && mismatches === 0
  }
}

const overhead = async function* (): AsyncGenerator<Row> {
  // What a breaker, a bulkhead or headers cost is printed by the bench; no figure is asked of them.
  for (const { micros, name } of await measureOverhead({ optIn: false, rounds: few(31, 15) })) {
    yield {
      claim: named(`overhead on the success path, in process: ${name}`),
      asked: "≤ 10 µs",
      measured: `${micros.toFixed(2)} µs`,
      holds: micros <= 10
    }
  }
}

export const retry = async function* (): AsyncGenerator<Row> {
  yield* load()
  yield await retryAfters()
  yield await classes()
  yield await jitter()
  yield* deadlines()
  yield await breaker()
  yield* overhead()
}
