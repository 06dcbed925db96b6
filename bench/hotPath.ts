// @effect-diagnostics globalDateInEffect:off
// The bare design reads the machine's time itself: that is what makes it cheap.
/** What a token costs that is cached, beside the cheapest design. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Deferred, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { AccessTokens, Dintero } from "effect-dintero"
import { type Bench, median } from "./Figure.js"

const instant = HttpClient.make((request) =>
  Effect.sync(() =>
    HttpClientResponse.fromWeb(request, Response.json({ access_token: "t", token_type: "Bearer", expires_in: 86_400 }))
  )
)

/** The cheapest design: a cell that has the token, or the Deferred of the caller who fetches it. It has no windows, no numbers and no clock of Effect. */
const bare = () => {
  type Cell =
    | { readonly _tag: "Token"; readonly token: string; readonly until: number }
    | { readonly _tag: "Fetching"; readonly deferred: Deferred.Deferred<string> }
  const state: { cell: Cell } = { cell: { _tag: "Token", token: "t", until: Date.now() + 86_400_000 } }
  return Effect.suspend(() =>
    state.cell._tag === "Fetching"
      ? Deferred.await(state.cell.deferred)
      : Date.now() < state.cell.until
        ? Effect.succeed(state.cell.token)
        : Effect.die("expired")
  )
}

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, calls] = isReduced ? [21, 20_000] : [41, 20_000]
  const runtime = ManagedRuntime.make(
    Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, instant))
    )
  )
  const tokens = await runtime.runPromise(AccessTokens)
  const time = async <E>(get: Effect.Effect<unknown, E>): Promise<number> => {
    let left = calls
    const startedAt = process.cpuUsage()
    await runtime.runPromise(Effect.whileLoop({ while: () => left-- > 0, body: () => get, step: () => {} }))
    const { system, user } = process.cpuUsage(startedAt)
    return (user + system) / calls
  }
  const cheapest = bare()
  for (let round = 0; round < 5; round++) {
    await time(tokens.get)
    await time(cheapest)
  }
  const own: Array<number> = []
  const base: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const before = await time(cheapest)
    own.push(await time(tokens.get))
    base.push((before + (await time(cheapest))) / 2)
  }
  await runtime.dispose()
  yield {
    name: "a cached token, over state cell and Deferred",
    value: median(own.map((micros, round) => micros - (base[round] ?? 0))),
    unit: "µs",
    note: `${median(own).toFixed(2)} against ${median(base).toFixed(2)}`
  }
}
