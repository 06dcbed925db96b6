/**
 * `npm run bench` (or `npm run bench -- rounds calls`): `settings.get` and a login against a canned server on loopback, our client beside bare `fetch` and beside
 * openapi-fetch as Dintero's SDK uses it. No tracer is installed. The variants take turns within each round, and what is printed
 * is the median over the rounds of the ratio to the peer in the same round: on a shared machine absolute times say little.
 * At the end each claim is a line of its own: `claim | asked | measured`.
 */

import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero, type DinteroError } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { measureOverhead } from "./overhead.js"
import { makePeer } from "./peer.js"
import { compareWithPeer, measureHotPath } from "./tokens.js"

const [rounds = 15, calls = 400] = process.argv.slice(2).map(Number)
const accountId = "T12345678"
const credentials = {
  type: "customer" as const,
  email: "ada@example.com",
  audience: `https://api.dintero.com/v1/accounts/${accountId}`
}

const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("./cannedServer.ts", import.meta.url))], {
  stdio: ["ignore", "pipe", "inherit"]
})
const [line] = (await once(child.stdout, "data")) as [Buffer]
const origin = `http://127.0.0.1:${line.toString().trim()}`

const slim = "effect-dintero over UndiciTransport"

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

const peer = makePeer(origin, accountId, "client", "secret")
const bearer = { authorization: `Bearer ${"x".repeat(700)}` }
const settingsUrl = `${origin}/v1/accounts/${accountId}/customers/settings`
const loginUrl = `${origin}/v1/accounts/${accountId}/customers/login`

const ours = (transport: typeof FetchHttpClient.layer) => {
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

const overTransport = ours(UndiciTransport.layer)
const overUndici = ours(NodeHttpClient.layerUndici)
const overFetch = ours(FetchHttpClient.layer)

const subjects: Record<"settings.get" | "login", ReadonlyArray<readonly [string, Run]>> = {
  "settings.get": [
    [
      "openapi-fetch as in Dintero's SDK",
      loop(() => peer.GET("/accounts/{aid}/customers/settings", { params: { path: { aid: accountId } } }))
    ],
    ["fetch + response.json()", loop(async () => (await fetch(settingsUrl, { headers: bearer })).json())],
    [slim, overTransport.settings],
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
    [slim, overTransport.login],
    ["effect-dintero over layerUndici", overUndici.login],
    ["effect-dintero over fetch", overFetch.login]
  ]
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const quartile = (values: ReadonlyArray<number>, q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? Number.NaN

const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")

/** By subject and concurrency, of the transport that this package brings. */
const claims: Array<string> = []

console.log(`${cpus().length} cores, load ${load()}`)
console.log(`${rounds} rounds of ${calls} calls; ratio to the peer: median (quartiles) of the rounds; Node ${process.version}\n`)
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
    const base = times.get(variants[0]?.[0] ?? "") ?? []
    console.log(`${subject}, ${concurrency === 1 ? "one after the other" : `${concurrency} at a time`}`)
    for (const [name] of variants) {
      const own = times.get(name) ?? []
      const ratios = own.map((time, round) => time / (base[round] ?? Number.NaN))
      console.log(
        `  ${name.padEnd(36)} ${median(own).toFixed(0).padStart(5)} µs   ${median(ratios).toFixed(2)} (${quartile(ratios, 0.25).toFixed(2)}–${quartile(
          ratios,
          0.75
        ).toFixed(2)})`
      )
      if (name === slim && subject === "settings.get") {
        claims.push(
          `settings.get over undici, tracing off, ${concurrency} at a time | <= 0.70 x openapi-fetch | ${median(ratios).toFixed(2)}`
        )
      }
    }
    console.log()
  }
}

console.log(`load ${load()}\n\nclaim | asked | measured`)
for (const claim of claims) console.log(claim)

for (const { micros, name } of await measureOverhead()) {
  const asked = name.startsWith("opt-in") ? "nothing asked" : "<= 10 µs"
  console.log(`policy overhead on the success path, in process: ${name} | ${asked} | ${micros.toFixed(2)} µs`)
}

const hot = await measureHotPath()
console.log(
  `a token that is there, over state cell + Deferred | <= 1 µs | ${hot.over.toFixed(2)} µs (${hot.ours.toFixed(2)} against ${hot.bare.toFixed(2)})`
)

console.log("\nscript | client | token calls | failed")
for await (const { calls, client, failed, script, tokenCalls } of compareWithPeer()) {
  console.log(`${script} | ${client} | ${tokenCalls} | ${failed} of ${calls}`)
}

await overTransport.close()
await overUndici.close()
await overFetch.close()
child.kill()

// In a process of its own: what the clients above have left behind is not counted.
spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", fileURLToPath(new URL("./instances.ts", import.meta.url))], {
  stdio: "inherit"
})
