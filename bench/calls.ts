/**
 * `settings.get` and a login against a canned server on loopback: our client beside bare `fetch` and beside openapi-fetch as Dintero's SDK
 * uses it. No tracer is installed. The variants take turns within each round, and a figure is the median over the rounds of the ratio to
 * openapi-fetch in the same round.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero, type DinteroError } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { type Bench, median, quantile } from "./Figure.js"
import { makePeer } from "./peer.js"

const accountId = "T12345678"
const credentials = {
  type: "customer" as const,
  email: "ada@example.com",
  audience: `https://api.dintero.com/v1/accounts/${accountId}`
}

type Run = (calls: number, concurrency: number) => Promise<void>

/** The plain way to run a promise-returning call often, a number of them at a time. */
const loop =
  (call: () => Promise<unknown>): Run =>
  async (count, concurrency) => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left-- > 0) await call()
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }

const ours = (origin: string, transport: typeof FetchHttpClient.layer) => {
  const runtime = ManagedRuntime.make(
    Dintero.layer({ accountId, clientId: "client", clientSecret: Redacted.make("secret"), baseUrl: origin }).pipe(
      Layer.provide(transport)
    )
  )
  const repeat =
    (call: (customers: typeof Customers.Service) => Effect.Effect<unknown, DinteroError>): Run =>
    (count, concurrency) =>
      runtime.runPromise(
        Effect.flatMap(Customers, (customers) => {
          let left = count
          const worker = Effect.whileLoop({ while: () => left-- > 0, body: () => call(customers), step: () => {} })
          return Effect.all(
            Array.from({ length: concurrency }, () => worker),
            { concurrency: "unbounded", discard: true }
          )
        })
      )
  return {
    settings: repeat((customers) => customers.settings.get()),
    login: repeat((customers) => customers.password.login({ ...credentials, password: Redacted.make("correct horse") })),
    close: () => runtime.dispose()
  }
}

/** The other side: canned answers, in a process of its own. */
const startServer = async () => {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("./cannedServer.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  // Seam: the first thing that it prints is its port.
  const [line] = (await once(child.stdout, "data")) as [Buffer]
  return { origin: `http://127.0.0.1:${line.toString().trim()}`, close: () => void child.kill() }
}

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, calls] = isReduced ? [7, 200] : [15, 400]
  const server = await startServer()
  const { origin } = server
  const peer = makePeer(origin, accountId, "client", "secret")
  const bearer = { authorization: `Bearer ${"x".repeat(700)}` }
  const settingsUrl = `${origin}/v1/accounts/${accountId}/customers/settings`
  const loginUrl = `${origin}/v1/accounts/${accountId}/customers/login`
  const overTransport = ours(origin, UndiciTransport.layer)
  const overUndici = ours(origin, NodeHttpClient.layerUndici)
  const overFetch = ours(origin, FetchHttpClient.layer)

  const subjects: Record<"settings.get" | "login", ReadonlyArray<readonly [string, Run]>> = {
    "settings.get": [
      [
        "openapi-fetch as in Dintero's SDK",
        loop(() => peer.GET("/accounts/{aid}/customers/settings", { params: { path: { aid: accountId } } }))
      ],
      ["fetch + response.json()", loop(async () => (await fetch(settingsUrl, { headers: bearer })).json())],
      ["effect-dintero over UndiciTransport", overTransport.settings],
      ["effect-dintero over layerUndici", overUndici.settings],
      ["effect-dintero over fetch", overFetch.settings]
    ],
    login: [
      [
        "openapi-fetch as in Dintero's SDK",
        loop(() =>
          peer.POST("/accounts/{aid}/customers/login", {
            params: { path: { aid: accountId } },
            body: { ...credentials, password: "correct horse" }
          })
        )
      ],
      [
        "fetch + response.json()",
        loop(async () =>
          (
            await fetch(loginUrl, {
              method: "POST",
              headers: { ...bearer, "content-type": "application/json" },
              body: JSON.stringify({ ...credentials, password: "correct horse" })
            })
          ).json()
        )
      ],
      ["effect-dintero over UndiciTransport", overTransport.login],
      ["effect-dintero over layerUndici", overUndici.login],
      ["effect-dintero over fetch", overFetch.login]
    ]
  }

  for (const [subject, variants] of Object.entries(subjects)) {
    for (const concurrency of [1, 64]) {
      const times = new Map<string, Array<number>>(variants.map(([name]) => [name, []]))
      for (const [, run] of variants) await run(200, concurrency)
      for (let round = 0; round < rounds; round++) {
        // Another order in each round, so that none always follows the same one.
        const order = [...variants.slice(round % variants.length), ...variants.slice(0, round % variants.length)]
        for (const [name, run] of order) {
          const startedAt = performance.now()
          await run(calls, concurrency)
          times.get(name)?.push(((performance.now() - startedAt) / calls) * 1000)
        }
      }
      const [[first] = [""]] = variants
      const base = times.get(first) ?? []
      for (const [name] of variants) {
        const own = times.get(name) ?? []
        const ratios = own.map((time, round) => time / (base[round] ?? Number.NaN))
        yield {
          name: `${subject}, ${concurrency} at a time: ${name}`,
          value: median(ratios),
          unit: "×",
          note: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}; ${median(own).toFixed(0)} µs`
        }
      }
    }
  }

  await Promise.all([overTransport, overUndici, overFetch].map(({ close }) => close()))
  server.close()
}
