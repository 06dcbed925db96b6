/**
 * `settings.get` and a login against a canned server on loopback: our client beside openapi-fetch as Dintero's SDK uses it, and beside `fetch` and
 * undici alone, which are the limits of what a client over them can reach. No tracer is installed. The variants take turns within each round, and a
 * figure is the median over the rounds of the ratio to openapi-fetch in the same round.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Redacted } from "effect"
import { FetchTransport } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { Agent } from "undici/index.js"
import { accountId, loop, ours, type Run, ratios, startServer } from "./Beside.js"
import type { Bench } from "./Figure.js"
import { makePeer } from "./peer.js"

interface Sent {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** undici and `JSON.parse`, and nothing else. */
const overUndici = (agent: Agent, origin: string, sent: Sent) =>
  new Promise<unknown>((resolve, reject) => {
    const chunks: Array<Buffer> = []
    agent.dispatch(
      { origin, body: null, ...sent },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString())),
        onResponseError: (_controller, error) => reject(error)
      }
    )
  })

const credentials = {
  type: "customer" as const,
  email: "ada@example.com",
  audience: `https://api.dintero.com/v1/accounts/${accountId}`
}

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, calls] = isReduced ? [7, 200] : [15, 400]
  const server = await startServer()
  const { origin } = server
  const peer = makePeer(origin, accountId, "client", "secret")
  const bearer = { authorization: `Bearer ${"x".repeat(700)}` }
  const customers = `/v1/accounts/${accountId}/customers`
  const agent = new Agent({ connections: 64 })
  const clients = {
    "effect-dintero over UndiciTransport": ours(origin, UndiciTransport.layer),
    "effect-dintero over FetchTransport": ours(origin, FetchTransport.layer),
    "effect-dintero over layerUndici": ours(origin, NodeHttpClient.layerUndici),
    "effect-dintero over FetchHttpClient": ours(origin, FetchHttpClient.layer)
  }
  /** The limits. */
  const alone = (sent: Sent): ReadonlyArray<readonly [string, Run]> => [
    ["undici alone", loop(() => overUndici(agent, origin, sent))],
    ["fetch alone", loop(async () => (await fetch(`${origin}${sent.path}`, sent)).json())]
  ]
  const each = (run: (client: ReturnType<typeof ours>) => Run): ReadonlyArray<readonly [string, Run]> =>
    Object.entries(clients).map(([name, client]) => [name, run(client)])

  const subjects: Record<"settings.get" | "login", ReadonlyArray<readonly [string, Run]>> = {
    "settings.get": [
      [
        "openapi-fetch as in Dintero's SDK",
        loop(() => peer.GET("/accounts/{aid}/customers/settings", { params: { path: { aid: accountId } } }))
      ],
      ...alone({ method: "GET", path: `${customers}/settings`, headers: bearer }),
      ...each(({ repeat }) => repeat((customers) => customers.settings.get()))
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
      ...alone({
        method: "POST",
        path: `${customers}/login`,
        headers: { ...bearer, "content-type": "application/json" },
        body: JSON.stringify({ ...credentials, password: "correct horse" })
      }),
      ...each(({ repeat }) =>
        repeat((customers) => customers.password.login({ ...credentials, password: Redacted.make("correct horse") }))
      )
    ]
  }

  for (const [subject, variants] of Object.entries(subjects)) {
    for (const concurrency of [1, 64]) yield* ratios(subject, concurrency, { rounds, calls }, variants)
  }

  await Promise.all(Object.values(clients).map(({ close }) => close()))
  await agent.close()
  server.close()
}
