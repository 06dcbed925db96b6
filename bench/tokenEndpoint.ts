/** What becomes of a stampede and of an outage at the token endpoint: this client beside openapi-fetch as Dintero's SDK uses it. */
import { createServer } from "node:http"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero, RefreshPolicy, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import type { Bench } from "./Figure.js"
import { makePeer } from "./peer.js"

interface Outcome {
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
export const bench: Bench = async function* () {
  for (const script of [stampede, outage]) {
    for (const make of [openapiFetch, ours]) {
      const { calls, client, failed, script: name, tokenCalls } = await script(make)
      yield { name: `${name}: ${client}: token requests`, value: tokenCalls, unit: "" }
      yield { name: `${name}: ${client}: failed`, value: failed, unit: "", note: `of ${calls}` }
    }
  }
}
