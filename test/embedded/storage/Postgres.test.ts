/**
 * A system on PostgreSQL: what SQLite does, and what only several processes can do together.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { DinteroEmbedded, Snapshot } from "../../../src/embedded.js"
import * as Database from "../../../src/layers/embedded/storage/Database.js"
import * as PostgresServer from "../../utils/PostgresServer.js"
import { type Api, apiOf, keysOf, login, seedOf, start, tokenOf } from "../Api.js"

const scope = Effect.runSync(Scope.make())
let made: PostgresServer.PostgresServer | undefined
if (PostgresServer.available) {
  beforeAll(async () => {
    made = await Effect.runPromise(Scope.extend(PostgresServer.make, scope))
  }, 60_000)
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), 60_000)
}

const server = Effect.suspend(() => (made === undefined ? Effect.dieMessage(PostgresServer.reason) : Effect.succeed(made)))
const database = Effect.flatMap(server, (one) => one.database)
const query = (db: Redacted.Redacted, sql: string) => Effect.flatMap(server, (one) => one.query(db, sql))

const settings = "/customers/settings"
const customers = [{ customer_id: "c", email: "c@example.com", phone_number: "+4791111111", password: "1234" }]
const credentials = { email: "c@example.com", password: "1234" }

const refreshWith = (api: Api, authorization: string, refresh_token: string) =>
  api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })

/** The process `worker`, on this database, with what it prints first. It is killed with the scope. */
const spawned = (worker: string, db: Redacted.Redacted) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const path = fileURLToPath(new URL(worker, import.meta.url))
      const child = spawn(process.execPath, ["--import", "tsx", path, Redacted.value(db)], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      const [chunk] = await once(child.stdout, "data")
      return { child, first: String(chunk) }
    }),
    ({ child }) =>
      Effect.promise(async () => {
        child.kill("SIGKILL")
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      })
  )

/** A process that serves the database, as its callers and its controls see it. */
const process_ = (db: Redacted.Redacted) =>
  Effect.gen(function* () {
    const { first } = yield* spawned("./PostgresWorker.ts", db)
    const { adminToken, url } = JSON.parse(first) as { readonly adminToken: string; readonly url: string }
    const http = yield* HttpClient.HttpClient
    const controls = yield* DinteroEmbedded.connect({ url, adminToken: Redacted.make(adminToken) })
    const httpClient = HttpClient.make((request, to) =>
      http.execute({ ...request, url: `${url}${to.pathname}${to.search}` } as typeof request)
    )
    return { api: apiOf({ httpClient }), controls }
  })

/** Two that start at the same time on a database without tables. */
const twoProcesses = Effect.gen(function* () {
  const db = yield* database
  const [one, two] = yield* Effect.all([process_(db), process_(db)], { concurrency: "unbounded" })
  return { db, one, two }
}).pipe(Effect.provide(FetchHttpClient.layer))

describe.skipIf(PostgresServer.isSkipped)(`several processes on one PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive(
    "rotate a refresh token once, whoever of 64 is first, and revoke its family for the others",
    () =>
      Effect.gen(function* () {
        const { db, one, two } = yield* twoProcesses
        const authorization = yield* tokenOf(one.api)
        const { refresh_token } = (yield* login(one.api, authorization, credentials)).body
        const answers = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => (n % 2 === 0 ? one.api : two.api)),
          (api) => refreshWith(api, authorization, refresh_token),
          { concurrency: "unbounded" }
        )
        const [first, ...others] = answers.filter(({ status }) => status === 200)
        assert.strictEqual(others.length, 0)
        assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 403])
        // One token and its one successor. Both are revoked, since a used token was shown.
        assert.strictEqual(
          yield* query(db, "SELECT count(*), count(predecessor_digest), count(revoked_at) FROM refresh_tokens"),
          "2|1|2"
        )
        const successor = first?.body.refresh_token ?? ""
        assert.strictEqual((yield* refreshWith(two.api, authorization, successor)).status, 403)
        // Without a race, a successor made by one process is good at the other.
        const again = (yield* login(two.api, authorization, credentials)).body.refresh_token
        const next = (yield* refreshWith(one.api, authorization, again)).body.refresh_token
        assert.strictEqual((yield* refreshWith(two.api, authorization, next)).status, 200)
      }),
    120_000
  )

  it.scopedLive(
    "have one set of keys, one seed, one clock, one outbox, one journal and one count of guesses",
    () =>
      Effect.gen(function* () {
        const { db, one, two } = yield* twoProcesses
        const [a, b] = yield* Effect.all([tokenOf(one.api), tokenOf(two.api)], { concurrency: "unbounded" })
        assert.strictEqual((yield* keysOf(one.api, b)).length, 1)
        assert.deepStrictEqual(yield* keysOf(two.api, a), yield* keysOf(one.api, a))
        assert.strictEqual(yield* query(db, "SELECT count(*) FROM customers"), "1")

        yield* one.controls.clock.freeze
        const { now } = yield* two.controls.clock.advance("1 hour")
        for (const { controls } of [one, two]) {
          const state = yield* controls.clock.state
          assert.deepStrictEqual([state.now, state.is_frozen], [now, true])
        }

        const awaited = yield* Effect.fork(two.controls.outbox.awaitNext({ recipient: "c@example.com" }, "30 seconds"))
        const body = { email: "c@example.com", type: "customer", audience: "https://api.dintero.com/v1/accounts/T12345678" }
        const sent = yield* one.api("POST", "/customers/change_password", { authorization: a, body })
        assert.strictEqual(sent.status, 204)
        const message = yield* awaited
        assert.strictEqual(message.template, "change_password")
        assert.deepStrictEqual(message.at, now)
        assert.deepStrictEqual(yield* two.controls.outbox.list(), yield* one.controls.outbox.list())
        // It was taken, for the other process too.
        assert.strictEqual((yield* Effect.flip(one.controls.outbox.awaitNext({}, 0)))._tag, "NoMessage")

        const journal = yield* one.controls.journal.list({ operation: "customers.password.requestChange" })
        assert.strictEqual(journal.length, 1)
        assert.deepStrictEqual(yield* two.controls.journal.list(), yield* one.controls.journal.list())

        for (const api of [one.api, two.api, one.api]) {
          assert.strictEqual((yield* login(api, a, { ...credentials, password: "wrong" })).status, 403)
        }
        assert.strictEqual((yield* login(two.api, a, credentials)).status, 403)
        yield* one.controls.clock.advance("2 minutes")
        assert.strictEqual((yield* login(two.api, a, credentials)).status, 200)
      }),
    120_000
  )

  it.scopedLive(
    "have every acknowledged write after a kill -9",
    () =>
      Effect.gen(function* () {
        const db = yield* database
        const { child, first } = yield* spawned("./KilledWriter.ts", db)
        let printed = first
        yield* Effect.promise(async () => {
          for await (const chunk of child.stdout) {
            printed += String(chunk)
            if (printed.split("\n").length > 20 && !child.killed) child.kill("SIGKILL")
          }
        })
        const acknowledged = Number(printed.trim().split("\n").at(-1))
        assert.isAtLeast(acknowledged, 20)
        const { api } = yield* start({ db })
        const { body } = yield* api("GET", settings, { authorization: yield* tokenOf(api) })
        assert.isAtLeast(Number(body.attributes[0]?.name), acknowledged)
      }),
    60_000
  )
})

describe.skipIf(PostgresServer.isSkipped)(`a system on PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive("keeps 64 concurrent transactions apart, and what fails leaves nothing", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database.connect(yield* database)
      yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT)`
      yield* sql`INSERT INTO t (id, n) VALUES (1, 0)`
      const increment = Effect.gen(function* () {
        const [row] = yield* sql<{ readonly n: string }>`SELECT n FROM t WHERE id = 1`
        yield* Effect.yieldNow()
        yield* sql`UPDATE t SET n = ${Number(row?.n) + 1} WHERE id = 1`
      })
      yield* Effect.forEach(Array.from({ length: 64 }), () => sql.withTransaction(increment), { concurrency: "unbounded" })
      yield* Effect.exit(sql.withTransaction(Effect.zipRight(increment, Effect.fail("no"))))
      yield* Effect.exit(sql.withTransaction(Effect.zipRight(increment, sql`INSERT INTO t (id) VALUES (NULL)`)))
      // A statement that fails on its own gives the lock back, too.
      assert.strictEqual((yield* Effect.flip(sql`INSERT INTO t (id) VALUES (NULL)`))._tag, "SqlError")
      assert.deepStrictEqual(yield* sql`SELECT n FROM t`, [{ n: "64" }])
    })
  )

  it.scopedLive("takes snapshots, restores, resets and forks as SQLite does, with the outbox", () =>
    Effect.gen(function* () {
      const db = yield* database
      const seed = seedOf({ customers })
      const { api, embedded } = yield* start({ db, seed })
      const authorization = yield* tokenOf(api)
      yield* login(api, authorization, credentials)
      const body = { email: "c@example.com", type: "customer", audience: "https://api.dintero.com/v1/accounts/T12345678" }
      yield* api("POST", "/customers/change_password", { authorization, body })
      const before = yield* embedded.accounts.snapshot("T12345678")
      assert.strictEqual(JSON.stringify(yield* embedded.accounts.snapshot("T12345678")), JSON.stringify(before))
      yield* login(api, authorization, credentials)
      yield* embedded.outbox.clear()
      assert.notStrictEqual(JSON.stringify(yield* embedded.accounts.snapshot("T12345678")), JSON.stringify(before))
      yield* embedded.accounts.restore(before)
      assert.strictEqual(JSON.stringify(yield* embedded.accounts.snapshot("T12345678")), JSON.stringify(before))
      assert.strictEqual((yield* embedded.outbox.list()).length, 1)
      yield* embedded.accounts.fork("T12345678", "T00000002")
      assert.strictEqual((yield* embedded.accounts.list).length, 2)
      yield* embedded.accounts.reset("T12345678")
      assert.strictEqual(yield* query(db, "SELECT count(*) FROM refresh_tokens WHERE account_id = 'T12345678'"), "0")
      assert.deepStrictEqual(yield* embedded.outbox.list(), [])
      yield* api("POST", "/customers/change_password", { authorization, body })
      const [sent] = yield* embedded.outbox.list()
      // To another system, on SQLite, and back.
      const { embedded: other } = yield* start({ seed: { accounts: [] } })
      yield* other.accounts.restore(yield* Snapshot.parse(JSON.stringify(before)))
      assert.strictEqual(JSON.stringify(yield* other.accounts.snapshot("T12345678")), JSON.stringify(before))
      assert.deepStrictEqual(yield* embedded.outbox.list(), sent === undefined ? [] : [sent])
    })
  )

  it.scopedLive("is refused with a sentence, which has no password in it", () =>
    Effect.gen(function* () {
      const db = yield* database
      const message = (options: DinteroEmbedded.Options) =>
        Effect.map(Effect.flip(Effect.scoped(start(options))), (error) => {
          assert.notInclude(JSON.stringify(error), new URL(Redacted.value(db)).password)
          return error.message.replace(/127\.0\.0\.1:\d+/, "<host>")
        })
      assert.strictEqual(
        yield* message({ db, reproducible: "a" }),
        "The database postgres://<host>/postgres cannot be used: a reproducible system needs a database of its own, in memory or in a SQLite file."
      )
      const url = new URL(Redacted.value(db))
      url.pathname = "/nowhere"
      assert.strictEqual(
        yield* message({ db: Redacted.make(url.href) }),
        "The database postgres://<host>/nowhere cannot be used: the server has no database of this name."
      )
      url.port = "1"
      assert.strictEqual(
        yield* message({ db: url.href }),
        "The database postgres://<host>/nowhere cannot be used: nothing answers at its address."
      )
      assert.strictEqual(
        yield* message({ db: "postgres://a:b@host:port/c" }),
        "The database postgres:// cannot be used: its URL cannot be read."
      )
      yield* query(db, "CREATE TABLE bookmarks (url TEXT)")
      assert.strictEqual(
        yield* message({ db }),
        "The database postgres://<host>/postgres cannot be used: it belongs to another program."
      )
      const newer = yield* database
      yield* Effect.scoped(start({ db: newer }))
      yield* query(newer, "UPDATE effect_dintero_schema SET version = 99")
      assert.match(yield* message({ db: newer }), /it has version 99 of the tables, and this release reads version \d+:/)
    })
  )
})
