/**
 * Programs that a test starts. They end with the scope.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { createServer } from "node:net"
import { env, execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { Data, Effect } from "effect"

export class ProgramFailed extends Data.TaggedError("ProgramFailed")<{ readonly message: string }> {}

const folder = fileURLToPath(new URL("..", import.meta.url))

export interface Program {
  /** What the program had printed when `ready` was there. */
  readonly ready: RegExpExecArray
  readonly output: () => string
  /** Waits for the end, and returns the exit code. */
  readonly end: Effect.Effect<number | null>
  /** Sends SIGTERM, waits for the end, and returns the exit code. */
  readonly stop: Effect.Effect<number | null>
}

const ended = (child: ChildProcess): Effect.Effect<number | null> =>
  Effect.async((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) resume(Effect.succeed(child.exitCode))
    else child.once("exit", (code) => resume(Effect.succeed(code)))
  })

/** Starts a program and waits until it has printed `ready`. */
export const start = (
  [command, ...args]: readonly [string, ...Array<string>],
  ready: RegExp,
  variables: Record<string, string> = {}
) =>
  Effect.gen(function* () {
    let output = ""
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(command, args, { cwd: folder, env: { ...env, ...variables }, stdio: ["ignore", "pipe", "pipe"] })),
      (child) =>
        Effect.suspend(() => {
          child.kill("SIGKILL")
          return ended(child)
        })
    )
    const found = yield* Effect.async<RegExpExecArray, ProgramFailed>((resume) => {
      const read = (text: string) => {
        output += text
        const match = ready.exec(output)
        if (match !== null) resume(Effect.succeed(match))
      }
      child.stdout.setEncoding("utf8").on("data", read)
      child.stderr.setEncoding("utf8").on("data", read)
      child.once("error", ({ message }) => resume(new ProgramFailed({ message })))
      child.once("exit", () => resume(new ProgramFailed({ message: `${command} ended too early:\n${output}` })))
    })
    return {
      ready: found,
      output: () => output,
      end: ended(child),
      stop: Effect.suspend(() => {
        child.kill("SIGTERM")
        return ended(child)
      })
    } satisfies Program
  })

/** The shop, or another program of it, as it is deployed. `npm test` compiles it before. */
export const ours = (name: string) => [execPath, `dist/${name}.js`] as const

export const dinteroServe = ["node_modules/.bin/effect-dintero", "serve", "--seed", "seed.json", "--json"] as const

export const hasRedis = spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** An empty Redis, and its URL. */
export const redis = Effect.gen(function* () {
  const port = yield* freePort
  yield* start(
    ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    /Ready to accept connections/
  )
  return `redis://127.0.0.1:${port}`
})
