// @effect-diagnostics globalDateInEffect:off
// The bare design reads the machine's time itself: that is what makes it cheap.
/**
 * What a token that is there costs, and what becomes of a stampede and of an outage: this client beside openapi-fetch as Dintero's SDK uses it.
 */
import { createServer } from "node:http"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Deferred, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { AccessTokens, Customers, Dintero, RefreshPolicy, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { makePeer } from "./peer.js"

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const instant = HttpClient.make((request) =>
  Effect.sync(() =>
    HttpClientResponse.fromWeb(request, Response.json({ access_token: "t", token_type: "Bearer", expires_in: 86_400 }))
  )
)

/** The cheapest design of feasibility.md: a cell with the token or with the Deferred of whoever fetches it; no windows, no numbers, no clock of Effect. */
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

export interface HotPath {
  /** µs per `get`, medians. */
  readonly ours: number
  readonly bare: number
  /** The median of the differences in the same round. */
  readonly over: number
}

/** In turns, so that both have the same machine. */
export const measureHotPath = async (rounds = 41, calls = 20_000): Promise<HotPath> => {
  const runtime = ManagedRuntime.make(
    Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, instant))
    )
  )
  const tokens = await runtime.runPromise(AccessTokens)
  const time = async <E>(get: Effect.Effect<unknown, E>): Promise<number> => {
    let left = calls
    const startedAt = performance.now()
    await runtime.runPromise(Effect.whileLoop({ while: () => left-- > 0, body: () => get, step: () => {} }))
    return ((performance.now() - startedAt) / calls) * 1000
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
  return { ours: median(own), bare: median(base), over: median(own.map((micros, round) => micros - (base[round] ?? 0))) }
}

export interface Outcome {
  readonly script: string
  readonly client: string
  readonly tokenCalls: number
  readonly failed: number
  readonly calls: number
}

/** A server on loopback whose token endpoint can be down. `life`: of its tokens, in seconds. */
const startServer = async (life: number) => {
  const seen = { tokens: 0, isDown: false }
  const server = createServer((request, response) => {
    request.resume()
    request.on("end", () => {
      const isToken = request.url?.endsWith("/auth/token") === true
      if (isToken) seen.tokens++
      const answer = () => {
        const status = isToken && seen.isDown ? 503 : 200
        const body = isToken
          ? { access_token: "t", token_type: "Bearer", expires_in: life }
          : { users: { customer_id_format: "uuid" } }
        response.writeHead(status, { "content-type": "application/json" })
        response.end(JSON.stringify(status === 200 ? body : {}))
      }
      // As far away as a token endpoint is.
      if (isToken) setTimeout(answer, 20)
      else answer()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  return {
    origin,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

interface Client {
  readonly name: string
  readonly call: () => Promise<boolean>
  readonly close: () => Promise<void>
}

const accountId = "T12345678"

const openapiFetch = (origin: string): Client => {
  const peer = makePeer(origin, accountId, "client", "secret")
  return {
    name: "openapi-fetch as in Dintero's SDK",
    call: () =>
      peer.GET("/accounts/{aid}/customers/settings", { params: { path: { aid: accountId } } }).then(
        ({ response }) => response.ok,
        () => false
      ),
    close: async () => {}
  }
}

const ours = (origin: string): Client => {
  const runtime = ManagedRuntime.make(
    Dintero.layer({
      accountId,
      clientId: "client",
      clientSecret: Redacted.make("secret"),
      baseUrl: origin,
      retry: RetryPolicy.none,
      // The window of a token that lives for 10 seconds, as that of the default is for one that lives for hours.
      refresh: RefreshPolicy.make({ aheadFraction: 0.6, hard: "500 millis" })
    }).pipe(Layer.provide(UndiciTransport.layer))
  )
  return {
    name: "effect-dintero",
    call: () =>
      runtime.runPromise(
        Effect.flatMap(Customers, (customers) =>
          Effect.match(customers.settings.get(), { onFailure: () => false, onSuccess: () => true })
        )
      ),
    close: () => runtime.dispose()
  }
}

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** 1,000 first calls at the same time. */
const stampede = async (make: (origin: string) => Client): Promise<Outcome> => {
  const server = await startServer(3600)
  const client = make(server.origin)
  const ends = await Promise.all(times(1000).map(() => client.call()))
  await client.close()
  await server.close()
  return {
    script: "stampede: 1,000 concurrent first calls",
    client: client.name,
    tokenCalls: server.seen.tokens,
    failed: ends.filter((ok) => !ok).length,
    calls: 1000
  }
}

/** A token of 10 seconds; the endpoint is down from second 1 to 9, that is for less than the token lives; 100 calls a second. */
const outage = async (make: (origin: string) => Client): Promise<Outcome> => {
  const server = await startServer(10)
  const client = make(server.origin)
  await client.call()
  const before = server.seen.tokens
  const ends: Array<Promise<boolean>> = []
  for (let tick = 0; tick < 90; tick++) {
    server.seen.isDown = tick >= 10
    for (let call = 0; call < 10; call++) ends.push(client.call())
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const settled = await Promise.all(ends)
  await client.close()
  await server.close()
  return {
    script: "outage of the token endpoint for 8 s of a token's 10 s, 100 calls a second",
    client: client.name,
    tokenCalls: server.seen.tokens - before,
    failed: settled.filter((ok) => !ok).length,
    calls: settled.length
  }
}

/** The same scripts for both, one after the other. */
export const compareWithPeer = async function* (): AsyncGenerator<Outcome> {
  for (const script of [stampede, outage]) for (const make of [openapiFetch, ours]) yield await script(make)
}
