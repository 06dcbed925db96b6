/**
 * The claims of the token's life: concurrency, refusal, outage, the graph of two levels, wrong clocks, secrets, the cost.
 *
 * Time is moved by hand wherever time matters. `npm run proof -- tokens reduced` takes fewer samples, and says so in the rows where it does.
 */
import { Array as Arr, Effect, Fiber, Layer, Redacted } from "effect"
import { AccessTokens, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { compareWithPeer, measureHotPath } from "../../bench/tokens.js"
import { interleave } from "../../test/http/TokenModel.js"
import { needless, wrongs } from "../../test/sessions/Skew.js"
import { begin, newCalls, layer as system } from "../../test/sessions/System.js"
import { look } from "../../test/tokens/Leaks.js"
import * as ManualClock from "../../test/utils/ManualClock.js"
import * as Mock from "../../test/utils/MockHttp.js"
import { sharedSessions } from "./SharedSessions.js"
import type { Row } from "./Table.js"

const reduced = process.argv[3] === "reduced"
const few = (whole: number, part: number): number => (reduced ? part : whole)
const named = (claim: string): string => (reduced ? `${claim} (reduced)` : claim)

const client = (mock: Mock.MockHttp, retry = RetryPolicy.none) =>
  Layer.orDie(Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), retry })).pipe(
    Layer.provide(mock.layer)
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** With a clock of its own. */
const run = <A, E>(program: (moved: ManualClock.ManualClock) => Effect.Effect<A, E>): Promise<A> => {
  const moved = ManualClock.make()
  return Effect.runPromise(Effect.withClock(program(moved), moved.clock))
}

const stampedes = async function* (): AsyncGenerator<Row> {
  const cold = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
  await run((moved) =>
    Effect.gen(function* () {
      const all = yield* Effect.fork(Effect.all(Arr.replicate(getSettings, 1000), { concurrency: "unbounded" }))
      yield* moved.advance(1000)
      yield* Fiber.join(all)
    }).pipe(Effect.provide(client(cold)))
  )
  yield {
    claim: "1,000 concurrent first calls",
    asked: "1 token call, 1000 calls",
    measured: `${cold.tokens()}, ${cold.resources()}`,
    holds: cold.tokens() === 1 && cold.resources() === 1000
  }
  const refusing = Mock.make({
    token: Mock.later(50, Mock.numberedTokens(3600)),
    resource: (request, count) =>
      Mock.later(10, Mock.json(request.headers.authorization === "Bearer t1" ? 401 : 200, {}))(request, count)
  })
  const [concurrent, late] = await run((moved) =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const first = yield* Effect.fork(tokens.get)
      yield* moved.advance(1000)
      const refused = yield* Fiber.join(first)
      const all = yield* Effect.fork(Effect.all(Arr.replicate(getSettings, 1000), { concurrency: "unbounded" }))
      yield* moved.advance(1000)
      yield* Fiber.join(all)
      const concurrent = refusing.tokens() - 1
      yield* Effect.all(Arr.replicate(Effect.zipRight(tokens.invalidate(refused.generation), tokens.get), 1000), {
        concurrency: "unbounded"
      })
      return [concurrent, refusing.tokens() - 1 - concurrent] as const
    }).pipe(Effect.provide(client(refusing)))
  )
  yield {
    claim: "1,000 concurrent 401s / 1,000 late 401s",
    asked: "1 / 0 token calls",
    measured: `${concurrent} / ${late}`,
    holds: concurrent === 1 && late === 0
  }
  const waited = Mock.make({ token: Mock.later(50, Mock.numberedTokens(3600)) })
  const ok = await run((moved) =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const first = yield* Effect.fork(tokens.get)
      const others = yield* Effect.forEach(Arr.range(1, 99), () => Effect.fork(tokens.get))
      yield* moved.advance(10)
      yield* Fiber.interrupt(first)
      yield* moved.advance(1000)
      return (yield* Fiber.join(Fiber.all(others))).length
    }).pipe(Effect.provide(client(waited)))
  )
  yield {
    claim: "first of 100 waiters interrupted",
    asked: "99 succeed, 1 call",
    measured: `${ok} succeed, ${waited.tokens()} call`,
    holds: ok === 99 && waited.tokens() === 1
  }
}

/** Starts with a token of `life` seconds and so much of it `left`; none at all when that is 0. */
const outage = async (life: number, left: number, seconds: number) => {
  let isDown = left === 0
  const mock = Mock.make({
    token: (request, count) => (isDown ? Mock.json(503, {}) : Mock.numberedTokens(life))(request, count)
  })
  return run((moved) =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      if (left > 0) {
        yield* Effect.orDie(tokens.get)
        yield* moved.advance((life - left) * 1000)
      }
      isDown = true
      const before = mock.tokens()
      let failed = 0
      const one = Effect.match(tokens.get, { onFailure: () => void failed++, onSuccess: () => {} })
      for (let tick = 0; tick < seconds * 10; tick++) {
        yield* Effect.fork(Effect.repeatN(one, 99))
        yield* moved.advance(100)
      }
      return { failed, asked: mock.tokens() - before }
    }).pipe(Effect.provide(client(mock, RetryPolicy.default)))
  )
}

const outages = async function* (): AsyncGenerator<Row> {
  const short = await outage(3600, 300, 299)
  yield {
    claim: "token endpoint down for less than the window (299 s of 300), 1,000 rps",
    asked: "0 failed requests",
    measured: `${short.failed} failed of 299000, ${short.asked} token calls`,
    holds: short.failed === 0
  }
  for (const [name, life, left] of [
    ["cold", 3600, 0],
    ["with a valid token", 3600, 300],
    ["with a token that expires after a minute", 60, 60]
  ] as const) {
    const { asked, failed } = await outage(life, left, 300)
    yield {
      claim: `5 min outage at 1,000 rps: ${name}`,
      asked: "<= 10 token calls",
      measured: `${asked} (${failed} of 300000 requests failed)`,
      holds: asked <= 10
    }
  }
}

const graph = async (): Promise<Row> => {
  const calls = await run(() =>
    Effect.gen(function* () {
      const { clock } = yield* DinteroEmbedded.Embedded
      const session = yield* begin
      yield* clock.advance("2 hours")
      yield* newCalls
      yield* session.tokens.forceRefresh
      return yield* newCalls
    }).pipe(Effect.scoped, Effect.provide(system()))
  )
  const wanted = ["auth.token 401", "auth.token 200", "auth.token 200"]
  return {
    claim: "expired parent, live refresh token",
    asked: "succeeds with exactly 2 extra calls",
    measured: `succeeds: ${calls.join(", ")}`,
    holds: calls.join() === wanted.join()
  }
}

const clocks = async function* (): AsyncGenerator<Row> {
  for (const wrong of wrongs) {
    const { refreshes, refused } = await Effect.runPromise(needless(wrong))
    yield {
      claim: `local clock ${wrong.name}`,
      asked: "0 needless 401s, 0 needless refreshes",
      measured: `${refused}, ${refreshes}`,
      holds: refused === 0 && refreshes === 0
    }
  }
}

const secrets = async (): Promise<Row> => {
  const { events, failures, leaks, logs, spans } = await Effect.runPromise(look(few(10_000, 2000)))
  return {
    claim: named(`${failures} random failures: secrets in errors, logs, spans, metrics, events, JSON, inspect`),
    asked: "0",
    measured: `${leaks.length} (looked at ${logs} logs, ${spans} spans, ${events} events)${leaks[0] === undefined ? "" : `: ${leaks[0].split(":")[0]}`}`,
    holds: leaks.length === 0
  }
}

const interleavings = async (): Promise<Row> => {
  const programs = few(1000, 200)
  let broken = 0
  for (let seed = 1; seed <= programs; seed++) {
    if ((await Effect.runPromise(interleave(seed))).length > 0) broken++
  }
  return {
    claim: named(`${programs} random programs of get, interrupt, invalidate, forceRefresh, revoke, time`),
    asked: "0 break a promise",
    measured: String(broken),
    holds: broken === 0
  }
}

const hotPath = async (): Promise<Row> => {
  const { bare, ours, over } = await measureHotPath()
  return {
    claim: "hot path, token cached",
    asked: "<= 1 µs over state cell + Deferred",
    measured: `${over.toFixed(2)} µs over (${ours.toFixed(2)} against ${bare.toFixed(2)})`,
    holds: over <= 1
  }
}

const peer = async function* (): AsyncGenerator<Row> {
  for await (const { calls, client, failed, script, tokenCalls } of compareWithPeer()) {
    const isOurs = client === "effect-dintero"
    yield {
      claim: `${script}: ${client}`,
      asked: isOurs ? "0 failed, <= 10 token calls" : "for comparison",
      measured: `${tokenCalls} token calls, ${failed} of ${calls} failed`,
      holds: !isOurs || (failed === 0 && tokenCalls <= 10)
    }
  }
}

export const tokens = async function* (): AsyncGenerator<Row, void, void> {
  yield* stampedes()
  yield* outages()
  yield await graph()
  yield* sharedSessions()
  yield* clocks()
  yield await secrets()
  yield await interleavings()
  yield await hotPath()
  yield* peer()
}
