/**
 * Clients that send their bodies a byte a second: how long the requests of others wait beside them, and how these clients end. The server is a
 * process of its own, started by the command from the build with a short limit for bodies, and so are the slow clients.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { Agent, request } from "node:http"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Bench, quantile } from "./Figure.js"
import { built, root } from "./Processes.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
const account = `/v1/accounts/${demo.account_id}`
const audience = `https://api.dintero.com${account}`
const basic = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`

/** ms. */
const bodyLimit = 5_000

/** How much later than the limit the last client may notice its end, in ms: the server looks now and then, and the client has to be told. */
const tolerance = 1_000

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends a request, and reads the whole answer. */
const send = (url: string, method: string, headers: Record<string, string>, body?: string) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: { "content-type": "application/json", ...headers } }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })

const memoryOf = async (child: ChildProcess) => {
  child.send("memory")
  // Seam: the answer of `reportMemory.mjs`.
  const [memory] = (await once(child, "message")) as [{ readonly heapUsed: number; readonly rss: number }]
  return memory
}

const mebibytes = (bytes: number): number => bytes / 1024 / 1024

export const bench: Bench = async function* ({ isReduced }) {
  const [clients, rounds] = isReduced ? [300, 2] : [1_000, 4]
  const dist = await built()
  const programs = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url))
  const server = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--import",
      programs("reportMemory.mjs"),
      join(dist, "cli", "main.js"),
      ...["serve", "--json", "--log", "none", "--time-limits", `body=${bodyLimit / 1_000}`]
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit", "ipc"] }
  )
  try {
    if (server.stdout === null) throw new Error("the server has no output")
    const first = await createInterface(server.stdout)[Symbol.asyncIterator]().next()
    // Seam: the line that the command prints for programs.
    const { url } = JSON.parse(String(first.value)) as { readonly url: string }
    const token = `${account}/auth/token`
    const asked = JSON.stringify({ grant_type: "client_credentials", audience })
    const granted = await send(`${url}${token}`, "POST", { authorization: basic }, asked)
    const authorization = `Bearer ${JSON.parse(granted.text).access_token}`
    let failures = 0
    /** Calls at a steady rate, whether or not the calls before have ended. */
    const steadily = async (times: Array<number>, millis: number) => {
      const all: Array<Promise<void>> = []
      const startedAt = performance.now()
      for (let i = 0; (i * 1000) / 100 < millis; i++) {
        await setTimeout(Math.max(0, startedAt + (i * 1000) / 100 - performance.now()))
        const sentAt = performance.now()
        all.push(
          send(`${url}${account}/customers/settings`, "GET", { authorization }).then(({ status }) => {
            times.push(performance.now() - sentAt)
            if (status !== 200) failures++
          })
        )
      }
      await Promise.all(all)
    }
    await steadily([], 2_000)
    const before = await memoryOf(server)
    const idle: Array<number> = []
    const busy: Array<number> = []
    let last = 0
    let others = 0
    // In turns, so that a machine that slows down slows both.
    for (let round = 0; round < rounds; round++) {
      await steadily(idle, bodyLimit)
      const slow = spawn(process.execPath, [programs("slowBodies.mjs"), url, token, basic, String(clients)], {
        cwd: root,
        stdio: ["ignore", "pipe", "inherit"]
      })
      try {
        const lines = createInterface(slow.stdout)[Symbol.asyncIterator]()
        await lines.next()
        // Until the last of them has ended.
        await steadily(busy, bodyLimit - 500)
        const ended = lines.next()
        await steadily(busy, 500)
        // Seam: the last line of `slowBodies.mjs`.
        const told = JSON.parse(String((await ended).value)) as { readonly named: number; readonly last: number }
        last = Math.max(last, told.last)
        others += clients - told.named
      } finally {
        slow.kill()
      }
    }
    const after = await memoryOf(server)
    const of = (times: ReadonlyArray<number>, q: number) => quantile(times, q)
    yield {
      name: "GET settings beside slow bodies, beside none: p99",
      value: of(busy, 0.99) / of(idle, 0.99),
      unit: "×",
      note: `${clients} bodies, a byte a second each; ${of(busy, 0.99).toFixed(1)} and ${of(idle, 0.99).toFixed(1)} ms; medians ${of(busy, 0.5).toFixed(1)} and ${of(idle, 0.5).toFixed(1)} ms`
    }
    yield { name: "failed requests beside slow bodies", value: failures, unit: "" }
    yield {
      name: "slow bodies that did not end in a 408 that names the limit",
      value: others,
      unit: "",
      note: `of ${rounds * clients}`
    }
    yield {
      name: "the last slow body ended after the limit and",
      value: Math.max(0, last - bodyLimit),
      unit: "ms",
      note: `the limit was ${bodyLimit} ms; the server looks now and then, so up to ${tolerance} ms is within it`
    }
    yield {
      name: "memory that slow bodies leave behind",
      value: mebibytes(after.heapUsed - before.heapUsed),
      unit: "MiB",
      note: `of the heap, after it was collected; the process has ${mebibytes(after.rss - before.rss).toFixed(0)} MiB more`
    }
  } finally {
    server.kill()
    agent.destroy()
  }
}
