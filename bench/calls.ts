/**
 * `settings.get` and a login against a canned server on loopback: our client beside bare `fetch` and beside openapi-fetch as Dintero's SDK
 * uses it. No tracer is installed. The variants take turns within each round, and a figure is the median over the rounds of the ratio to
 * openapi-fetch in the same round.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Redacted } from "effect"
import { UndiciTransport } from "effect-dintero/undici"
import { accountId, loop, ours, type Run, ratios, startServer } from "./Beside.js"
import type { Bench } from "./Figure.js"
import { makePeer } from "./peer.js"

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
  const settingsUrl = `${origin}/v1/accounts/${accountId}/customers/settings`
  const loginUrl = `${origin}/v1/accounts/${accountId}/customers/login`
  const clients = {
    "effect-dintero over UndiciTransport": ours(origin, UndiciTransport.layer),
    "effect-dintero over layerUndici": ours(origin, NodeHttpClient.layerUndici),
    "effect-dintero over fetch": ours(origin, FetchHttpClient.layer)
  }
  const each = (run: (client: ReturnType<typeof ours>) => Run): ReadonlyArray<readonly [string, Run]> =>
    Object.entries(clients).map(([name, client]) => [name, run(client)])

  const subjects: Record<"settings.get" | "login", ReadonlyArray<readonly [string, Run]>> = {
    "settings.get": [
      [
        "openapi-fetch as in Dintero's SDK",
        loop(() => peer.GET("/accounts/{aid}/customers/settings", { params: { path: { aid: accountId } } }))
      ],
      ["fetch + response.json()", loop(async () => (await fetch(settingsUrl, { headers: bearer })).json())],
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
      ...each(({ repeat }) =>
        repeat((customers) => customers.password.login({ ...credentials, password: Redacted.make("correct horse") }))
      )
    ]
  }

  for (const [subject, variants] of Object.entries(subjects)) {
    for (const concurrency of [1, 64]) yield* ratios(subject, concurrency, { rounds, calls }, variants)
  }

  await Promise.all(Object.values(clients).map(({ close }) => close()))
  server.close()
}
