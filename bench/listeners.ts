/**
 * Requests to the served system while 1,000 listeners follow its events, and its memory. The system is started by the command. The listeners are a
 * process of their own, and the requests are sent by this one.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Bench, quantile } from "./Figure.js"
import { steadily } from "./loginsBeside.js"
import { built, root } from "./Processes.js"
import { account, send, token } from "./ServedSystem.js"

const listeners = 1_000
const perSecond = 100
const megabyte = 1_000_000

const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url))

/** Asks a process of `programs`. */
const ask = async <A>(child: ChildProcess, what: string): Promise<A> => {
  child.send(what)
  // Seam: each program answers its own questions.
  const [answer] = (await once(child, "message")) as [A]
  return answer
}

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, seconds] = isReduced ? [1, 6] : [3, 10]
  const server = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--import",
      program("reportMemory.mjs"),
      join(await built(), "cli", "main.js"),
      "serve",
      "--json",
      "--log",
      "none"
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit", "ipc"] }
  )
  const children = new Set<ChildProcess>([server])
  try {
    if (server.stdout === null) throw new Error("the server has no output")
    const first = await createInterface(server.stdout)[Symbol.asyncIterator]().next()
    // Seam: the line that the command prints for programs.
    const { admin_token, url } = JSON.parse(String(first.value)) as { readonly url: string; readonly admin_token: string }
    const served = { child: server, url: new URL(url) }
    const granted = await send(served, token)
    const authorization = `Bearer ${JSON.parse(granted.body).access_token}`
    let failures = 0
    const timed = (times: Array<number>) => async () => {
      const startedAt = performance.now()
      const { status } = await send(served, { method: "GET", path: `${account}/customers/settings`, headers: { authorization } })
      times.push(performance.now() - startedAt)
      if (status !== 200) failures++
    }
    const memory = async () => (await ask<{ readonly rss: number }>(server, "memory")).rss / megabyte

    const listen = async (count: number, kind = "") => {
      const child = spawn(process.execPath, [program("listeners.mjs"), url, admin_token, String(count), kind], {
        stdio: ["ignore", "inherit", "inherit", "ipc"]
      })
      children.add(child)
      await once(child, "message")
      return child
    }
    const leave = async (child: ChildProcess) => {
      const ended = once(child, "exit")
      child.kill()
      await ended
      children.delete(child)
    }

    await steadily(perSecond, 2, timed([]))
    const before = await memory()
    const alone: Array<number> = []
    const beside: Array<number> = []
    const after: Array<number> = []
    let peak = 0
    let bytes = 0
    // In turns, so that a machine that slows down slows both.
    for (let round = 0; round < rounds; round++) {
      await steadily(perSecond, seconds, timed(alone))
      const many = await listen(listeners)
      await steadily(perSecond, seconds, timed(beside))
      peak = Math.max(peak, await memory())
      bytes += (await ask<{ readonly bytes: number }>(many, "bytes")).bytes
      await leave(many)
      await timed(after)()
    }
    const of = (times: ReadonlyArray<number>, q: number) => quantile(times, q)
    yield {
      name: "GET settings, 100 a second, beside 1,000 listeners and beside none: p99",
      value: of(beside, 0.99) / of(alone, 0.99),
      unit: "×",
      note: `${of(beside, 0.99).toFixed(1)} and ${of(alone, 0.99).toFixed(1)} ms; medians ${of(beside, 0.5).toFixed(1)} and ${of(alone, 0.5).toFixed(1)} ms; each listener got ${Math.round(bytes / listeners / 1_000)} kB`
    }
    yield { name: "memory with 1,000 listeners, more than with none", value: peak - before, unit: "MB" }
    const slow = await listen(listeners, "slow")
    const besideSlow: Array<number> = []
    await steadily(perSecond, seconds, timed(besideSlow))
    yield {
      name: "memory with 1,000 listeners that read nothing, more than with none",
      value: (await memory()) - before,
      unit: "MB"
    }
    await leave(slow)
    await timed(after)()
    yield { name: "the request after the listeners have left: worst", value: Math.max(...after), unit: "ms" }
    await setTimeout(1_000)
    yield { name: "memory after the listeners have left, more than before them", value: (await memory()) - before, unit: "MB" }
    yield { name: "failed requests", value: failures, unit: "" }
  } finally {
    for (const child of children) child.kill()
  }
}
