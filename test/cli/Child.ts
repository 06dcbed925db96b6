/**
 * Programs of this package as a user starts them: as processes of their own, looked at from outside.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { compiled } from "../utils/Programs.js"

export const root = fileURLToPath(new URL("../..", import.meta.url))

export const cli = "src/cli/main.ts"

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Child {
  /** Standard output, once it matches the pattern. Dies when the process ends before that. */
  readonly until: (pattern: RegExp) => Effect.Effect<string>
  /** The same of standard error. */
  readonly untilError: (pattern: RegExp) => Effect.Effect<string>
  readonly ended: Effect.Effect<Ended>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number | undefined
  /** The root of the project unless told otherwise. */
  readonly cwd?: string | undefined
  /** All of its standard input. */
  readonly input?: string | undefined
}

/** Environment variables that could change the result are removed. */
const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(DINTERO_|EFFECT_DINTERO_|npm_|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$)/.test(name)
    )
  ),
  ...more
})

/** A command, with its arguments. It does not outlive the scope. */
export const startCommand = (command: string, args: ReadonlyArray<string>, options: Options = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(command, args, {
        cwd: options.cwd ?? root,
        env: environment(options.env ?? {}),
        stdio: ["pipe", "pipe", "pipe"],
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid })
      })
      // It may end before it has read it.
      child.stdin.on("error", () => {}).end(options.input ?? "")
      let stdout = ""
      let stderr = ""
      let result: Ended | undefined
      const listeners = new Set<() => void>()
      const changed = () => {
        for (const listener of [...listeners]) listener()
      }
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text
        changed()
      })
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text
        changed()
      })
      child.once("close", (code, signal) => {
        result = { code, signal, stdout, stderr }
        changed()
      })
      const when = <A>(look: () => Effect.Effect<A> | undefined): Effect.Effect<A> =>
        Effect.async((resume) => {
          const listener = () => {
            const found = look()
            if (found === undefined) return
            listeners.delete(listener)
            resume(found)
          }
          listeners.add(listener)
          listener()
          return Effect.sync(() => listeners.delete(listener))
        })
      const untilIn = (output: () => string) => (pattern: RegExp) =>
        when(() => {
          if (pattern.test(output())) return Effect.succeed(output())
          return result === undefined ? undefined : Effect.dieMessage(`It ended first: ${JSON.stringify(result)}`)
        })
      const running: Child = {
        until: untilIn(() => stdout),
        untilError: untilIn(() => stderr),
        ended: when(() => (result === undefined ? undefined : Effect.succeed(result))),
        signal: (signal) => Effect.sync(() => void child.kill(signal))
      }
      return running
    }),
    (child) => Effect.zipRight(child.signal("SIGKILL"), child.ended)
  )

/** A TypeScript file, with its arguments. It does not outlive the scope. */
export const start = (file: string, args: ReadonlyArray<string>, options?: Options) =>
  Effect.flatMap(
    Effect.promise(() => compiled(file)),
    (program) => startCommand(process.execPath, [program, ...args], options)
  )

/** To its end. */
export const run = (file: string, args: ReadonlyArray<string>, options?: Options): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(start(file, args, options), ({ ended }) => ended))

/** The text of the whole first line. */
export const firstLine = (child: Child): Effect.Effect<string> =>
  Effect.map(child.until(/\n/), (text) => text.slice(0, text.indexOf("\n")))

/** A folder that is gone with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-cli-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A port that is taken as long as the scope is open. */
export const takenPort = Effect.map(
  Effect.acquireRelease(
    Effect.async<Net.Server>((resume) => {
      const server = Net.createServer()
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  ),
  (server) => {
    const address = server.address()
    return typeof address === "object" && address !== null ? address.port : 0
  }
)

/** A connection, byte by byte. */
export const connect = (origin: string) =>
  Effect.acquireRelease(
    Effect.async<Net.Socket>((resume) => {
      const { hostname, port } = new URL(origin)
      const socket = Net.connect(Number(port), hostname, () => resume(Effect.succeed(socket)))
      socket.on("error", (error) => resume(Effect.die(error)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  ).pipe(
    Effect.map((socket) => {
      let received = ""
      socket.setEncoding("utf8").on("data", (text: string) => {
        received += text
      })
      return {
        send: (text: string) => Effect.sync(() => void socket.write(text)),
        /** The received text, once it matches the pattern or the server has closed the connection. */
        until: (pattern: RegExp): Effect.Effect<string> =>
          Effect.async((resume) => {
            const look = () => {
              if (!pattern.test(received) && !socket.closed) return
              socket.off("data", look).off("close", look)
              resume(Effect.succeed(received))
            }
            socket.on("data", look).on("close", look)
            look()
          })
      }
    })
  )

/** Waits until nothing listens there any more. */
export const untilClosed = (origin: string): Effect.Effect<void> => {
  const { hostname, port } = new URL(origin)
  const attempt = Effect.async<boolean>((resume) => {
    const socket = Net.connect(Number(port), hostname)
    const end = (isClosed: boolean) => {
      socket.destroy()
      resume(Effect.succeed(isClosed))
    }
    socket.once("connect", () => end(false)).once("error", () => end(true))
  })
  return Effect.asVoid(Effect.repeat(Effect.delay(attempt, "10 millis"), { until: (isClosed) => isClosed }))
}
