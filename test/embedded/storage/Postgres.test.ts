/**
 * A system on PostgreSQL: what SQLite does, and what only several processes can do together.
 */
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type DinteroEmbedded, Snapshot } from "../../../src/embedded.js"
import * as Database from "../../../src/layers/embedded/storage/Database.js"
import * as PostgresServer from "../../utils/PostgresServer.js"
import { compiled } from "../../utils/Programs.js"
import { audience, client, login, seedOf, start, tokenOf } from "../Api.js"

const database = Effect.flatMap(PostgresServer.ofFile(), (server) => server.database)
const { query } = PostgresServer

const settings = "/customers/settings"
const customers = [{ customer_id: "c", email: "c@example.com", phone_number: "+4791111111", password: "1234" }]
const credentials = { email: "c@example.com", password: "1234" }

/** The process `worker`, on this database, with what it prints first. It is killed with the scope. */
const spawned = (worker: string, db: Redacted.Redacted) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const program = await compiled(fileURLToPath(new URL(worker, import.meta.url)))
      const child = spawn(process.execPath, [program, Redacted.value(db)], {
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

describe.skipIf(PostgresServer.isSkipped)(`a process on PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive(
    "leaves every acknowledged write after a kill -9",
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

  it.scopedLive("answers a text that its indices cannot hold with a 400, the same for everybody", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ db: yield* database, seed: seedOf({ customers }) })
      const authorization = yield* tokenOf(api)
      // PostgreSQL compresses a text that repeats itself.
      const long = randomBytes(4000).toString("hex")
      const email = `${long}@example.com`
      const grant = { audience: `https://api.example.com/${long}`, client_id: client.client_id }
      const post = (path: string, body: object) => Effect.map(api("POST", path, { authorization, body }), ({ status }) => status)
      assert.strictEqual(yield* post("/auth/client-grants", { ...grant, scope: ["read:accounts"] }), 200)
      const code = { client_id: client.client_id, connection: "email" }
      assert.deepStrictEqual(
        [
          yield* post("/auth/passwordless", { ...code, audience, email }),
          yield* post("/auth/passwordless", { ...code, ...grant, email: "c@example.com" }),
          yield* post("/auth/passwordless", { ...code, ...grant, email: "nobody@example.com" }),
          yield* post("/management/users", { email }),
          yield* post("/customers/users", { type: "customer", email }),
          yield* post("/auth/passwordless", { ...code, audience, email: "c@example.com" })
        ],
        [400, 400, 400, 400, 400, 204]
      )
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
        "The database postgres:// cannot be used: its URL cannot be read; a special character of a password has to be encoded in it, such as @ as %40."
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
