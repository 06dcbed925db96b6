/**
 * A real PostgreSQL of a test file's own: a new one in a temporary folder on a free port of this machine, that ends with the scope. Each
 * test has its own schema in it, which works like a database of its own and is faster to make.
 *
 * The binaries are in `POSTGRES_BIN` of the environment, in the newest `/usr/lib/postgresql/<version>/bin`, or on the PATH. Where there are
 * none, `available` is false: tests are then skipped, but in CI they fail.
 */
import { spawn, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Redacted } from "effect"
import { needed } from "./Needed.js"
import { freePort } from "./RedisServer.js"

// Destructured, since this is known before any Effect runs, and decides which tests there are.
const { POSTGRES_BIN } = process.env

const versions = "/usr/lib/postgresql"

const folder =
  POSTGRES_BIN ??
  (existsSync(versions) ? readdirSync(versions) : [])
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"))
    .find((bin) => existsSync(join(bin, "initdb")))

const binary = (name: string): string => (folder === undefined ? name : join(folder, name))

export const available = spawnSync(binary("initdb"), ["--version"], { stdio: "ignore" }).status === 0

export const reason = "no PostgreSQL server; install it with apt-get install postgresql"

export const { isSkipped, note } = needed(available, reason)

/** PostgreSQL does not run as root; then it runs as the user `postgres`, which its package makes. */
const command = (name: string, args: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] =>
  process.getuid?.() === 0
    ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", binary(name), ...args]]
    : [binary(name), args]

const run = (name: string, args: ReadonlyArray<string>): void => {
  const { status, stderr } = spawnSync(...command(name, args), { cwd: "/", encoding: "utf8" })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
}

const password = `postgres-${crypto.randomUUID()}`

export interface PostgresServer {
  readonly port: number
  /** A new empty database. */
  readonly database: Effect.Effect<Redacted.Redacted>
  /** Runs a query as the administrator, and returns the lines that psql prints. */
  readonly query: (database: Redacted.Redacted, sql: string) => Effect.Effect<string>
}

/** No test switches the machine off, so nothing waits for its disk. */
export const make = Effect.gen(function* () {
  const port = yield* freePort
  const path = mkdtempSync(join(tmpdir(), "effect-dintero-postgres-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(path, { recursive: true, force: true })))
  chmodSync(path, 0o777)
  const data = join(path, "data")
  const url = (schema: string) =>
    `postgres://tester:${password}@127.0.0.1:${port}/postgres?options=${encodeURIComponent(`-c search_path=${schema}`)}`
  const psql = (target: string, sql: string): string => {
    const { status, stderr, stdout } = spawnSync(binary("psql"), ["-X", "-A", "-t", "-q", "-c", sql, target], {
      encoding: "utf8"
    })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  yield* Effect.acquireRelease(
    Effect.promise(async () => {
      run("initdb", ["-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
      const args = [
        "-D",
        data,
        "-p",
        String(port),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        `unix_socket_directories=${path}`,
        "-c",
        "fsync=off"
      ]
      const child = spawn(...command("postgres", args), { cwd: "/", stdio: "ignore" })
      for (let tries = 0; spawnSync(binary("pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status !== 0; tries++) {
        if (tries === 400 || child.exitCode !== null) throw new Error("postgres does not start")
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return child
    }),
    (child) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        // Stops at once, since its data is not needed any more.
        child.kill("SIGQUIT")
      })
  )
  let schemas = 0
  const server: PostgresServer = {
    port,
    database: Effect.sync(() => {
      const name = `test_${++schemas}`
      psql(url("public"), `CREATE SCHEMA ${name}`)
      return Redacted.make(url(name))
    }),
    query: (database, sql) => Effect.sync(() => psql(Redacted.value(database), sql))
  }
  return server
})
