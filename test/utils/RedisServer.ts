/**
 * A real Redis of a test's own: an empty one on a free port of this machine, with a password, that ends with the scope.
 *
 * The binary is `REDIS_SERVER` of the environment, or `redis-server` of the PATH. Where there is none, `available` is false and tests are
 * skipped, with `note` in their titles; in CI every file that has such tests fails.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as Net from "node:net"
import { createClient } from "@redis/client"
import { Effect, Redacted } from "effect"
import { needed } from "./Needed.js"

// Destructured, since this is known before any Effect runs, and decides which tests there are.
const { CI, REDIS_SERVER } = process.env

const binary = REDIS_SERVER ?? "redis-server"

export const available = spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0

const reason = "no redis-server; install it with apt-get install redis-server, or give its path as REDIS_SERVER"

if (!available && CI) throw new Error(`There is ${reason}.`)

/** The end of the title of a test that needs a Redis server. */
export const { note } = needed(available, reason)

export interface RedisServer {
  readonly port: number
  readonly password: string
  readonly url: Redacted.Redacted
  /** Sends one command as an administrator would. */
  readonly command: (...args: ReadonlyArray<string>) => Effect.Effect<unknown>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Kills it, data and all. */
  readonly stop: Effect.Effect<void>
  /** Again, on the same port, empty. */
  readonly start: Effect.Effect<void>
}

export const freePort: Effect.Effect<number> = Effect.async((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const accepts = (port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    const end = (answer: boolean) => {
      socket.destroy()
      resume(Effect.succeed(answer))
    }
    socket.once("connect", () => end(true)).once("error", () => end(false))
  })

export const make = Effect.gen(function* () {
  const port = yield* freePort
  const password = `redis-${crypto.randomUUID()}`
  let child: ChildProcess | undefined

  const start = Effect.gen(function* () {
    const args = ["--port", String(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--requirepass", password]
    child = spawn(binary, [...args, "--loglevel", "warning", "--dir", "/tmp"], { stdio: "ignore" })
    for (let tries = 0; !(yield* accepts(port)); tries++) {
      if (tries === 200 || child.exitCode !== null) return yield* Effect.dieMessage("redis-server does not start")
      yield* Effect.sleep("25 millis")
    }
  })

  const stop = Effect.async<void>((resume) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

  const server: RedisServer = {
    port,
    password,
    url: Redacted.make(`redis://:${password}@127.0.0.1:${port}`),
    command: (...args) =>
      Effect.promise(async () => {
        const client = createClient({ url: `redis://:${password}@127.0.0.1:${port}` })
        client.on("error", () => undefined)
        await client.connect()
        try {
          return await client.sendCommand([...args])
        } finally {
          client.destroy()
        }
      }),
    signal: (signal) => Effect.sync(() => child?.kill(signal)),
    stop,
    start
  }
  yield* Effect.acquireRelease(start, () => stop)
  return server
})
