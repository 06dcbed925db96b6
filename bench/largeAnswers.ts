/**
 * The memory of the served system after many answers of 195 kB, and what it then takes to read its journal. The system is a process of its own,
 * started by the command.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { Bench } from "./Figure.js"
import { built, root } from "./Processes.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
const account = `/v1/accounts/${demo.account_id}`

const connections = 16
const answerBytes = 195_000
const megabyte = 1_000_000

/** A customer whose answer has about 195 kB. */
const large = {
  customer_id: "large",
  metadata: Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`field-${index}`, "v".repeat(answerBytes / 400 - 14)]))
}

const seed = { accounts: [{ account_id: demo.account_id, clients: demo.clients, customers: [large] }] }

interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly peak: number
}

const memoryOf = async (child: ChildProcess): Promise<Memory> => {
  child.send("memory")
  // Seam: the answer of `reportMemory.mjs`.
  const [memory] = (await once(child, "message")) as [Memory]
  return memory
}

const separator = Buffer.from("\r\n\r\n")

/** Sends requests on one connection, the next one when the answer to the one before is complete, and forgets the bodies. */
const ask = (url: URL, authorization: string, nextPath: () => string | undefined, answered: (bytes: number) => void) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => send())
    const send = () => {
      const path = nextPath()
      if (path !== undefined)
        return socket.write(`GET ${path} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: ${authorization}\r\n\r\n`)
      socket.destroy()
      return resolve()
    }
    let head: Buffer = Buffer.alloc(0)
    /** The bytes of the body that have not come yet. `undefined` before the end of the head. */
    let rest: number | undefined
    const take = (chunk: Buffer) => {
      let bytes = chunk.length
      if (rest === undefined) {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf(separator)
        if (end < 0) return
        const text = head.toString("latin1", 0, end)
        const length = /^content-length: (\d+)/im.exec(text)?.[1]
        if (!text.startsWith("HTTP/1.1 200") || length === undefined) throw new Error(`not the answer that was expected: ${text}`)
        answered(Number(length))
        rest = Number(length)
        bytes = head.length - end - separator.length
        head = Buffer.alloc(0)
      }
      rest -= bytes
      if (rest > 0) return
      rest = undefined
      send()
    }
    socket.on("error", reject)
    socket.on("data", (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        socket.destroy()
        reject(error)
      }
    })
  })

export const bench: Bench = async function* ({ isReduced }) {
  const count = isReduced ? 5_000 : 100_000
  const script = fileURLToPath(new URL("./programs/reportMemory.mjs", import.meta.url))
  const main = join(await built(), "cli", "main.js")
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--import", script, main, "serve", "--json", "--log", "none", "--seed", "-"],
    { cwd: root, stdio: ["pipe", "pipe", "inherit", "ipc"] }
  )
  try {
    child.stdin?.end(JSON.stringify(seed))
    if (child.stdout === null) throw new Error("the server has no output")
    const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
    // Seam: the line that the command prints for programs.
    const { admin_token, url } = JSON.parse(String(first.value)) as { readonly admin_token: string; readonly url: string }
    const granted = await fetch(`${url}${account}/auth/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`,
        "content-type": "application/json"
      },
      body: JSON.stringify({ grant_type: "client_credentials", audience: `https://api.dintero.com${account}` })
    })
    // Seam: the answer of a token endpoint.
    const { access_token } = (await granted.json()) as { readonly access_token: string }
    const path = `${account}/customers/users/large`
    /** Each URL once, so that each answer is made anew, except that every second one is the same again. */
    const requests = async (many: number): Promise<{ readonly seconds: number; readonly bytes: number }> => {
      let sent = 0
      let bytes = 0
      const startedAt = performance.now()
      const nextPath = () => (sent >= many ? undefined : `${path}${sent++ % 2 === 0 ? "" : `?n=${sent}`}`)
      const answered = (length: number) => {
        bytes += length
      }
      await Promise.all(
        Array.from({ length: connections }, () => ask(new URL(url), `Bearer ${access_token}`, nextPath, answered))
      )
      return { seconds: (performance.now() - startedAt) / 1_000, bytes }
    }
    const journal = async (query: string) => {
      const response = await fetch(`${url}/_embedded/journal${query}`, { headers: { authorization: `Bearer ${admin_token}` } })
      const text = await response.text()
      if (response.status !== 200) throw new Error(`the journal was not answered: ${text}`)
      // Seam: a list of entries.
      return { bytes: text.length, entries: JSON.parse(text) as ReadonlyArray<{ readonly id: number }> }
    }

    // The code of a request is loaded at the first one.
    await requests(connections)
    const idle = await memoryOf(child)
    const { bytes, seconds } = await requests(count)
    const after = await memoryOf(child)
    const above = (field: keyof Memory, of: keyof Memory = field) => (after[field] - idle[of]) / megabyte
    const inMegabytes = (value: number) => (value / megabyte).toFixed(0)
    yield {
      name: "memory after answers of 195 kB, above idle",
      value: above("rss"),
      unit: "MB",
      note: `${count} answers of ${(bytes / count / 1_000).toFixed(0)} kB over ${connections} connections; ${inMegabytes(idle.rss)} MB idle and ${inMegabytes(after.rss)} MB after; of these the heap ${above("heapUsed").toFixed(1)} MB more and memory outside of it ${above("external").toFixed(1)} MB more; ${(count / seconds).toFixed(0)} answers a second`
    }
    yield {
      name: "most memory during answers of 195 kB, above idle",
      value: above("peak", "rss"),
      unit: "MB",
      note: "with what is not collected yet"
    }

    const startedAt = performance.now()
    const firstPage = await journal("")
    const firstMillis = performance.now() - startedAt
    let pages = 1
    let entries = firstPage.entries.length
    let all = firstPage.bytes
    let largest = firstPage.bytes
    for (let [oldest] = firstPage.entries; oldest !== undefined; ) {
      const page = await journal(`?before=${oldest.id}`)
      ;[oldest] = page.entries
      pages++
      entries += page.entries.length
      all += page.bytes
      largest = Math.max(largest, page.bytes)
    }
    yield {
      name: "the first page of the journal then",
      value: firstPage.bytes / megabyte,
      unit: "MB",
      note: `${firstMillis.toFixed(0)} ms`
    }
    yield {
      name: "all pages of the journal then",
      value: all / megabyte,
      unit: "MB",
      note: `${entries} entries in ${pages} pages, the largest of ${(largest / megabyte).toFixed(1)} MB; ${(performance.now() - startedAt).toFixed(0)} ms`
    }
  } finally {
    child.kill()
  }
}
