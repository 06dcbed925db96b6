/** The served system as a process of its own, a plain server beside it, and requests to both. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { Agent, request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { root } from "./Processes.js"

export const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
export const account = `/v1/accounts/${demo.account_id}`

export const connections = 16

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

export interface Received {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

export interface Server {
  readonly child: ChildProcess
  readonly url: URL
}

/** Starts a program that prints its URL as JSON when it listens. */
export const start = async (...args: ReadonlyArray<string>): Promise<Server> => {
  const child = spawn(process.execPath, [...args], { cwd: root, stdio: ["ignore", "pipe", "inherit", "ipc"] })
  const { stdout } = child
  if (stdout === null) throw new Error("the server has no output")
  const first = await createInterface(stdout)[Symbol.asyncIterator]().next()
  // Seam: the line that each of the servers prints when it listens.
  const { url } = JSON.parse(String(first.value)) as { readonly url: string }
  return { child, url: new URL(url) }
}

/** The system of a build, which reports its CPU time. `tsx` would add a call for each function that a request makes. */
export const startSystem = (dist: string, ...flags: ReadonlyArray<string>): Promise<Server> =>
  start(
    "--import",
    fileURLToPath(new URL("./programs/reportCpu.mjs", import.meta.url)),
    join(dist, "cli", "main.js"),
    ...["serve", "--json", "--log", "none"],
    ...flags
  )

export const startPlain = (): Promise<Server> =>
  start("--import", "tsx", fileURLToPath(new URL("./programs/plainServer.ts", import.meta.url)))

/** What a server replies to a message of the bench. */
export const ask = async ({ child }: Server, message: object | string): Promise<unknown> => {
  child.send(message)
  const [reply] = await once(child, "message")
  return reply
}

export const cpuOf = async (server: Server): Promise<number> => {
  // Seam: the answer of `reportCpu.mjs`.
  const { cpu } = (await ask(server, "cpu")) as { readonly cpu: number }
  return cpu
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** One request, outside of what is measured. */
export const send = ({ url }: Server, { body, headers, method, path }: Sent): Promise<Received> =>
  new Promise<Received>((resolve, reject) => {
    const outgoing = request(`${url.origin}${path}`, { method, headers, agent }, (response) => {
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

/** How many bytes a response has, from its beginning. `undefined` while its head is not complete. Throws unless it is a 200. */
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

/** Sends one request after the other on one connection, each when the response to the one before is complete. */
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

export interface Cost {
  /** µs for each request: of the time that passes, and of the server's CPU time. */
  readonly elapsed: number
  readonly cpu: number
  /** How many requests there were. */
  readonly count: number
}

/** Returns one request after the other. */
export type Requests = () => Sent

/** The same requests again and again, in turn. */
export const inTurn = (...requests: ReadonlyArray<Sent>): Requests => {
  let count = 0
  return () => {
    const sent = requests[count++ % requests.length]
    if (sent === undefined) throw new Error("there is no request to send")
    return sent
  }
}

/** The same, each with a URL that no request had before. Both servers ignore a parameter that they do not know. */
export const neverTwice = (requests: Requests): Requests => {
  let count = 0
  return () => {
    const sent = requests()
    return { ...sent, path: `${sent.path}${sent.path.includes("?") ? "&" : "?"}unknown=${count++}` }
  }
}

/** Sends requests for so many milliseconds, and at least so many of them. */
export const costOf = async (server: Server, requests: Requests, millis: number, least = 0): Promise<Cost> => {
  const next = () => bytesOf(server.url, requests())
  const cpu = await cpuOf(server)
  const startedAt = performance.now()
  let count = 0
  const isOver = () => performance.now() - startedAt >= millis && count >= least
  await Promise.all(
    Array.from({ length: connections }, () =>
      repeat(server.url, next, isOver, () => {
        count++
      })
    )
  )
  const elapsed = ((performance.now() - startedAt) * 1000) / count
  return { elapsed, cpu: ((await cpuOf(server)) - cpu) / count, count }
}

export const token: Sent = {
  method: "POST",
  path: `${account}/auth/token`,
  headers: {
    authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`,
    "content-type": "application/json"
  },
  body: JSON.stringify({ grant_type: "client_credentials", audience: `https://api.dintero.com${account}` })
}

/** Throws unless the answer is a 200. */
const expected = async (server: Server, sent: Sent): Promise<Received> => {
  const received = await send(server, sent)
  if (received.status !== 200) throw new Error(`${sent.method} ${sent.path}: ${received.status} ${received.body}`)
  return received
}

/** A request for customers, with an access token of the system. */
export type Get = (path: string) => Sent

export const authorized = async (server: Server): Promise<Get> => {
  const authorization = `Bearer ${JSON.parse((await expected(server, token)).body).access_token}`
  return (path) => ({ method: "GET", path: `${account}/customers${path}`, headers: { authorization } })
}

/** Creates customers with the ids `c0`, `c1` and so on. */
export const createCustomers = async (server: Server, get: Get, count: number): Promise<void> => {
  const { headers, path } = get("/users")
  for (let i = 0; i < count; i++) {
    await expected(server, {
      method: "POST",
      path,
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({
        type: "customer",
        customer_id: `c${i}`,
        email: `someone${i}@example.com`,
        first_name: "Some",
        last_name: `One ${i}`
      })
    })
  }
}

/** What the plain server cannot copy, since Node writes it itself. */
const isOwn = (name: string): boolean => !["date", "connection", "keep-alive"].includes(name)

/** Lets the plain server give the system's answers to these requests. */
export const copyAnswers = async (system: Server, plain: Server, requests: ReadonlyArray<Sent>): Promise<void> => {
  const answers: Record<string, unknown> = {}
  for (const sent of requests) {
    const { body, headers } = await expected(system, sent)
    answers[`${sent.method} ${sent.path}`] = {
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => isOwn(name))),
      body,
      signs: sent === token
    }
  }
  await ask(plain, { answers })
}
