/**
 * Requests to the served system beside the same requests to a plain server of `node:http` that sends the same bytes and headers. Both are
 * processes of their own, and the system is started by the command, as users start it. They take turns within each round.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Bench, median, quantile } from "./Figure.js"
import { built, root } from "./Processes.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
export const account = `/v1/accounts/${demo.account_id}`
export const audience = `https://api.dintero.com${account}`

export const connections = 16

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

interface Received {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

export const send = (url: string, { body, headers, method, path }: Sent) =>
  new Promise<Received>((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => {
        const headers = Object.fromEntries(
          Object.entries(response.headersDistinct).map(([name, [value = ""] = []]) => [name, value])
        )
        resolve({ status: response.statusCode ?? 0, headers, body: text })
      })
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })

const separator = Buffer.from("\r\n\r\n")

/** How many bytes a response has, from its beginning, and whether it is a 200. `undefined` while its head is not complete. */
const sizeOf = (bytes: Buffer): number | undefined => {
  const end = bytes.indexOf(separator)
  if (end < 0) return undefined
  const head = bytes.toString("latin1", 0, end)
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  if (!head.startsWith("HTTP/1.1 200") || length === undefined) throw new Error(`not the response that was expected: ${head}`)
  return end + separator.length + Number(length)
}

const bytesOf = (url: URL, { body = "", headers, method, path }: Sent): Buffer => {
  const lines = Object.entries({
    host: url.host,
    ...headers,
    ...(body === "" ? {} : { "content-length": String(body.length) })
  })
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`)
}

/** Sends requests on one connection, the next one when the response to the one before is complete. */
const repeat = (url: URL, next: () => Buffer, until: () => boolean, answered: () => void) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => socket.write(next()))
    let rest: Buffer = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on("error", reject)
    socket.on("data", (chunk: Buffer) => {
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      try {
        const size = sizeOf(all)
        rest = all
        if (size === undefined || all.length < size) return
      } catch (error) {
        socket.destroy()
        return reject(error)
      }
      rest = Buffer.alloc(0)
      answered()
      if (until()) {
        socket.destroy()
        resolve()
      } else {
        socket.write(next())
      }
    })
  })

export interface Server {
  readonly child: ChildProcess
  readonly url: URL
}

export const start = async (...args: ReadonlyArray<string>): Promise<Server> => {
  const child = spawn(process.execPath, [...args], { cwd: root, stdio: ["ignore", "pipe", "inherit", "ipc"] })
  const { stdout } = child
  if (stdout === null) throw new Error("the server has no output")
  const first = await createInterface(stdout)[Symbol.asyncIterator]().next()
  // Seam: the line that each of the two servers prints when it listens.
  const { url } = JSON.parse(String(first.value)) as { readonly url: string }
  return { child, url: new URL(url) }
}

const cpuOf = async ({ child }: Server): Promise<number> => {
  child.send("cpu")
  // Seam: the answer of `reportCpu.mjs`.
  const [{ cpu }] = (await once(child, "message")) as [{ readonly cpu: number }]
  return cpu
}

export interface Cost {
  /** µs for each request: of the time that passes, and of the server's CPU time. */
  readonly elapsed: number
  readonly cpu: number
}

/** `sent`: one request again and again, or a function that gives the next one. */
export const costOf = async (server: Server, sent: Sent | (() => Sent), millis: number, least = 0): Promise<Cost> => {
  const cpu = await cpuOf(server)
  const startedAt = performance.now()
  let count = 0
  const once = typeof sent === "function" ? undefined : bytesOf(server.url, sent)
  const next = typeof sent === "function" ? () => bytesOf(server.url, sent()) : () => once ?? Buffer.alloc(0)
  const isOver = () => performance.now() - startedAt >= millis && count >= least
  await Promise.all(
    Array.from({ length: connections }, () =>
      repeat(server.url, next, isOver, () => {
        count++
      })
    )
  )
  const elapsed = ((performance.now() - startedAt) * 1000) / count
  return { elapsed, cpu: ((await cpuOf(server)) - cpu) / count }
}

/** What the plain server cannot copy, since Node writes it itself. */
const isOwn = (name: string): boolean => !["date", "connection", "keep-alive"].includes(name)

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, millis] = isReduced ? [3, 400] : [9, 700]
  const script = fileURLToPath(new URL("./programs/reportCpu.mjs", import.meta.url))
  const dist = await built()
  // The build, since users run that. `tsx` adds a call for each function that a request makes.
  const system = await start("--import", script, join(dist, "cli", "main.js"), "serve", "--json", "--log", "none")
  const plain = await start("--import", "tsx", fileURLToPath(new URL("./programs/plainServer.ts", import.meta.url)))
  try {
    const ofSystem = (sent: Sent) => send(system.url.origin, sent)
    const token: Sent = {
      method: "POST",
      path: `${account}/auth/token`,
      headers: {
        authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`,
        "content-type": "application/json"
      },
      body: JSON.stringify({ grant_type: "client_credentials", audience })
    }
    const authorization = `Bearer ${JSON.parse((await ofSystem(token)).body).access_token}`
    const get = (path: string): Sent => ({ method: "GET", path: `${account}/customers${path}`, headers: { authorization } })
    for (let i = 0; i < 10; i++) {
      const body = JSON.stringify({
        type: "customer",
        email: `someone${i}@example.com`,
        first_name: "Some",
        last_name: `One ${i}`
      })
      const { body: answer, status } = await ofSystem({
        ...get("/users"),
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body
      })
      if (status !== 200) throw new Error(`a customer was not created: ${status} ${answer}`)
    }
    const subjects: Record<string, Sent> = {
      "GET settings with a token": get("/settings"),
      "users.get": get(`/users/${demo.customers[0].customer_id}`),
      "users.list of 10": get("/users?limit=10"),
      "POST auth/token": token
    }
    const answers: Record<string, unknown> = {}
    for (const sent of Object.values(subjects)) {
      const { body, headers, status } = await ofSystem(sent)
      if (status !== 200) throw new Error(`${sent.path}: ${status} ${body}`)
      answers[`${sent.method} ${sent.path}`] = {
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => isOwn(name))),
        body,
        signs: sent === token
      }
    }
    plain.child.send({ answers })
    await once(plain.child, "message")

    for (const [subject, sent] of Object.entries(subjects)) {
      const own: Array<Cost> = []
      const peer: Array<Cost> = []
      // Long enough that the compiler of V8 is done.
      for (const server of [system, plain]) await costOf(server, sent, 0, isReduced ? 5_000 : 10_000)
      for (let round = 0; round < rounds; round++) {
        own.push(await costOf(system, sent, millis))
        peer.push(await costOf(plain, sent, millis))
      }
      for (const [what, of] of [
        ["requests a second", ({ elapsed }: Cost) => elapsed],
        ["CPU time", ({ cpu }: Cost) => cpu]
      ] as const) {
        const [ours, others] = [own.map(of), peer.map(of)]
        // More than 1 would be better than the plain server, for both figures.
        const ratios = ours.map((cost, round) => (others[round] ?? Number.NaN) / cost)
        yield {
          name: `${subject}, ${connections} connections, beside a plain server: ${what}`,
          value: median(ratios),
          unit: "×",
          note: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}; ${median(ours).toFixed(0)} and ${median(others).toFixed(0)} µs each`
        }
      }
    }
  } finally {
    system.child.kill()
    plain.child.kill()
  }
}
