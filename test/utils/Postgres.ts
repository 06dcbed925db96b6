/**
 * A real PostgreSQL of a test file's own: a new one in a temporary folder on a free port of this machine, that ends with the scope. Each
 * test has its own schema in it, which works like a database of its own and is faster to make.
 *
 * The binaries are in `POSTGRES_BIN` of the environment, in the newest `/usr/lib/postgresql/<version>/bin`, or on the PATH. Where there are
 * none, `available` is false: tests are then skipped, but in CI they fail.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as PgClient from "@effect/sql-pg/PgClient"
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

/** PostgreSQL does not run as root: then it runs as the user `postgres`, which its package makes. */
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
  /** The folder of its socket. */
  readonly socket: string
  readonly password: string
  /** A new empty database. */
  readonly database: Effect.Effect<Redacted.Redacted>
  /** Ends all its connections and stops. */
  readonly stop: Effect.Effect<void>
  /** Again, on the same port, with its data. */
  readonly start: Effect.Effect<void>
}

const psql = (target: string, sql: string): string => {
  const { status, stderr, stdout } = spawnSync(binary("psql"), ["-X", "-A", "-t", "-q", "-c", sql, target], { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** What an administrator asks, as the lines of psql. */
export const query = (database: Redacted.Redacted, sql: string): Effect.Effect<string> =>
  Effect.sync(() => psql(Redacted.value(database), sql))

/** Until the processes of a system have no connection any more. */
export const untilGone = (database: Redacted.Redacted): Effect.Effect<void> =>
  query(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'effect-dintero'").pipe(
    Effect.zipLeft(Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))),
    Effect.repeat({ until: (found) => found === "0" }),
    Effect.asVoid
  )

/** Until this many statements of the processes of a system wait for a lock. */
export const untilWaiting = (database: Redacted.Redacted, count: number): Effect.Effect<void> =>
  query(
    database,
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'effect-dintero' AND wait_event_type = 'Lock'"
  ).pipe(
    Effect.zipLeft(Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))),
    Effect.repeat({ until: (found) => found === String(count) }),
    Effect.asVoid
  )

/** Runs an effect while another program of the database is in the middle of a transaction, in which it has run this statement. */
export const during = <A, E, R>(database: Redacted.Redacted, statement: string, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { reserve } = yield* PgClient.make({ url: database, applicationName: "another program" })
      const connection = yield* reserve
      yield* connection.executeUnprepared(`BEGIN; ${statement}`, [], undefined)
      const result = yield* effect
      yield* connection.executeUnprepared("COMMIT", [], undefined)
      return result
    }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))
  )

/** No test switches the machine off, so nothing waits for its disk. */
export const make = Effect.gen(function* () {
  const port = yield* freePort
  const path = mkdtempSync(join(tmpdir(), "effect-dintero-postgres-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(path, { recursive: true, force: true })))
  chmodSync(path, 0o777)
  const data = join(path, "data")
  const url = (schema: string) =>
    `postgres://tester:${password}@127.0.0.1:${port}/postgres?options=${encodeURIComponent(`-c search_path=${schema}`)}`

  let child: ChildProcess | undefined
  const start = Effect.promise(async () => {
    const settings = [`listen_addresses=127.0.0.1,::1`, `unix_socket_directories=${path}`, "fsync=off"]
    const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])]
    const started = spawn(...command("postgres", args), { cwd: "/", stdio: "ignore" })
    child = started
    for (let tries = 0; spawnSync(binary("pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status !== 0; tries++) {
      if (tries === 400 || started.exitCode !== null) throw new Error("postgres does not start")
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })
  const end = (signal: NodeJS.Signals) =>
    Effect.async<void>((resume) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
      child.once("exit", () => resume(Effect.void))
      child.kill(signal)
    })

  const passwordFile = join(path, "password")
  writeFileSync(passwordFile, password)
  run("initdb", [
    ...["-D", data, "-U", "tester", "-A", "scram-sha-256", `--pwfile=${passwordFile}`],
    ...["-E", "UTF8", "--no-locale", "--no-sync"]
  ])
  // At once: nobody needs its data any more.
  yield* Effect.acquireRelease(start, () => end("SIGQUIT"))

  let schemas = 0
  const server: PostgresServer = {
    port,
    socket: path,
    password,
    database: Effect.sync(() => {
      const name = `test_${++schemas}`
      psql(url("public"), `CREATE SCHEMA ${name}`)
      return Redacted.make(url(name))
    }),
    stop: end("SIGINT"),
    start
  }
  return server
})
