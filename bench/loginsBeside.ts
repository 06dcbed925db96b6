/**
 * How long a request waits while customers log in. The server is a process of its own, started by the command, and hashes passwords as in production.
 */
import { spawn } from "node:child_process"
import { Agent, request } from "node:http"
import { createInterface } from "node:readline"
import { setTimeout } from "node:timers/promises"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Bench, quantile } from "./Figure.js"
import { root } from "./Processes.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
const [ada] = demo.customers
const account = `/v1/accounts/${demo.account_id}`
const audience = `https://api.dintero.com${account}`

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends a request, and reads the whole answer. */
export const send = (url: string, method: string, headers: Record<string, string>, body?: unknown) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: { "content-type": "application/json", ...headers } }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on("error", reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })

/** Calls `run` at a steady rate for a time, whether or not the calls before have ended, and waits for all of them. */
export const steadily = async (perSecond: number, seconds: number, run: () => Promise<void>) => {
  const all: Array<Promise<void>> = []
  const startedAt = performance.now()
  for (let i = 0; i < perSecond * seconds; i++) {
    await setTimeout(Math.max(0, startedAt + (i * 1000) / perSecond - performance.now()))
    all.push(run())
  }
  await Promise.all(all)
}

export const bench: Bench = async function* ({ isReduced }) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "serve", "--json"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"]
  })
  try {
    const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
    // Seam: the line that the command prints for programs.
    const { url } = JSON.parse(String(first.value)) as { readonly url: string }
    const granted = await send(
      `${url}${account}/auth/token`,
      "POST",
      { authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}` },
      { grant_type: "client_credentials", audience }
    )
    const authorization = `Bearer ${JSON.parse(granted.text).access_token}`
    let failures = 0
    const timed = (times: Array<number>) => async () => {
      const startedAt = performance.now()
      const { status } = await send(`${url}${account}/customers/settings`, "GET", { authorization })
      times.push(performance.now() - startedAt)
      if (status !== 200) failures++
    }
    const login = async () => {
      const body = { type: "customer", email: ada.email, password: DinteroEmbedded.demoPassword, audience }
      const { status } = await send(`${url}${account}/customers/login`, "POST", { authorization }, body)
      if (status !== 200) failures++
    }
    const seconds = isReduced ? 5 : 10
    await steadily(100, 2, timed([]))
    const idle: Array<number> = []
    const busy: Array<number> = []
    // In turns, so that a machine that slows down slows both.
    for (let round = 0; round < (isReduced ? 2 : 4); round++) {
      await steadily(50, seconds, timed(idle))
      await Promise.all([steadily(50, seconds, timed(busy)), steadily(8, seconds, login)])
    }
    const of = (times: ReadonlyArray<number>, q: number) => quantile(times, q)
    yield {
      name: "GET settings while 8 customers log in each second, beside none: p99",
      value: of(busy, 0.99) / of(idle, 0.99),
      unit: "×",
      note: `${of(busy, 0.99).toFixed(1)} and ${of(idle, 0.99).toFixed(1)} ms; medians ${of(busy, 0.5).toFixed(1)} and ${of(idle, 0.5).toFixed(1)} ms`
    }
    yield { name: "failed requests", value: failures, unit: "" }
  } finally {
    child.kill()
    agent.destroy()
  }
}
