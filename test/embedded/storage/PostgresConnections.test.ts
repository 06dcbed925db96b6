/**
 * The connections to PostgreSQL: who waits for them, and what happens when they are lost.
 */

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, LogLevel, Redacted } from "effect"
import { Customers, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Postgres from "../../../src/layers/embedded/storage/Postgres.js"
import * as PostgresServer from "../../utils/PostgresServer.js"
import { start } from "../Api.js"

const server = PostgresServer.ofFile()
const { during, query, untilWaiting } = PostgresServer
const database = Effect.flatMap(server, (one) => one.database)

const ours = "application_name = 'effect-dintero'"

/** As a process that writes has it, here one that is stopped in the middle. */
const lock = `SELECT pg_advisory_xact_lock(${Postgres.lock})`

const connected = (db: Redacted.Redacted, patience?: number) =>
  Effect.map(Postgres.make(DatabaseName.urlOf(db), DatabaseName.nameOf(db), patience), ({ sql }) => sql)

const withTable = (db: Redacted.Redacted, patience?: number) =>
  Effect.tap(connected(db, patience), (sql) => sql`CREATE TABLE t (id INTEGER PRIMARY KEY)`)

const update = (name: string) =>
  Effect.flatMap(Customers, (customers) =>
    customers.settings.update({ attributes: [{ name, type: "string", multiple_values: false, private: false }] })
  ).pipe((effect) => RetryPolicy.with(effect, RetryPolicy.none))

const read = Effect.flatMap(Customers, (customers) => customers.settings.get())

describe.skipIf(PostgresServer.isSkipped)(`a writer on PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive("waits for one of another process, can be interrupted meanwhile, and leaves nothing", () =>
    Effect.gen(function* () {
      const db = yield* database
      const sql = yield* withTable(db)
      yield* during(
        db,
        lock,
        Effect.gen(function* () {
          const statement = yield* Effect.fork(sql`INSERT INTO t (id) VALUES (1)`)
          yield* untilWaiting(db, 1)
          const transaction = yield* Effect.fork(sql.withTransaction(sql`INSERT INTO t (id) VALUES (2)`))
          yield* Effect.yieldNow()
          for (const fiber of [statement, transaction]) {
            assert.strictEqual((yield* Fiber.interrupt(fiber))._tag, "Failure")
          }
          yield* untilWaiting(db, 0)
        })
      )
      yield* sql`INSERT INTO t (id) VALUES (3)`
      assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [{ id: 3 }])
      assert.strictEqual(yield* query(db, `SELECT count(*) FROM pg_stat_activity WHERE ${ours} AND state LIKE 'idle in%'`), "0")
    })
  )

  it.scopedLive("waits with all others of its process on one connection, so that readers have the rest", () =>
    Effect.gen(function* () {
      const db = yield* database
      const sql = yield* withTable(db)
      const ids = Array.from({ length: 3 * Postgres.maximumConnections }, (_, n) => n)
      yield* during(
        db,
        lock,
        Effect.gen(function* () {
          const writers = yield* Effect.forEach(ids, (id) =>
            Effect.fork(
              id % 2 === 0 ? sql`INSERT INTO t (id) VALUES (${id})` : sql.withTransaction(sql`INSERT INTO t (id) VALUES (${id})`)
            )
          )
          yield* untilWaiting(db, 1)
          assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
          return writers
        })
      ).pipe(Effect.flatMap(Fiber.joinAll))
      assert.strictEqual((yield* sql`SELECT id FROM t`).length, ids.length)
    })
  )

  it.scopedLive("gives up after its patience with an error, at the database and in its process", () =>
    Effect.gen(function* () {
      const db = yield* database
      const sql = yield* withTable(db, 200)
      const failed = yield* during(
        db,
        lock,
        Effect.all(
          [Effect.flip(sql`INSERT INTO t (id) VALUES (1)`), Effect.flip(sql.withTransaction(sql`INSERT INTO t (id) VALUES (2)`))],
          { concurrency: "unbounded" }
        )
      )
      assert.deepStrictEqual(
        failed.map(({ _tag }) => _tag),
        ["SqlError", "SqlError"]
      )
      yield* sql`INSERT INTO t (id) VALUES (3)`
      assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [{ id: 3 }])
    })
  )

  it.scopedLive("fails when a statement of its transaction has failed, although it went on", () =>
    Effect.gen(function* () {
      const sql = yield* withTable(yield* database)
      const failed = yield* sql`INSERT INTO t (id) VALUES (1)`.pipe(
        Effect.zipRight(Effect.ignore(sql`INSERT INTO t (id) VALUES (NULL)`)),
        sql.withTransaction,
        Effect.flip
      )
      assert.strictEqual(failed._tag, "SqlError")
      assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
      // A part of a transaction can fail for itself.
      yield* sql`INSERT INTO t (id) VALUES (1)`.pipe(
        Effect.zipRight(Effect.ignore(sql.withTransaction(sql`INSERT INTO t (id) VALUES (NULL)`))),
        sql.withTransaction
      )
      assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [{ id: 1 }])
    })
  )
})

describe.skipIf(PostgresServer.isSkipped)(`a reader on PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive("that stops waiting for a connection does not take it from the pool", () =>
    Effect.gen(function* () {
      const db = yield* database
      const sql = yield* withTable(db)
      const all = sql`SELECT id FROM t`
      const readers = yield* during(
        db,
        "LOCK TABLE t IN ACCESS EXCLUSIVE MODE",
        Effect.gen(function* () {
          const readers = yield* Effect.replicateEffect(Effect.fork(all), Postgres.maximumConnections)
          yield* untilWaiting(db, Postgres.maximumConnections)
          const others = yield* Effect.replicateEffect(Effect.fork(all), Postgres.maximumConnections)
          yield* Effect.yieldNow()
          yield* Fiber.interruptAll(others)
          return readers
        })
      )
      yield* Fiber.joinAll(readers)
      // Had one been taken, the last of these would wait for it.
      const connections = yield* during(
        db,
        "LOCK TABLE t IN ACCESS EXCLUSIVE MODE",
        Effect.gen(function* () {
          const again = yield* Effect.replicateEffect(Effect.fork(all), Postgres.maximumConnections)
          yield* untilWaiting(db, Postgres.maximumConnections)
          return again
        })
      )
      yield* Fiber.joinAll(connections)
    })
  )
})

describe.skipIf(PostgresServer.isSkipped)(`a system whose PostgreSQL goes away${PostgresServer.note}`, () => {
  const layer = (db: Redacted.Redacted) => DinteroEmbedded.layer({ db, passwordHashing: PasswordHashing.fastForTests })

  it.scopedLive("answers requests whose connection is lost with a server error, and works on with new connections", () =>
    Effect.gen(function* () {
      const db = yield* database
      yield* Effect.gen(function* () {
        yield* update("before")
        const writing = yield* during(
          db,
          "LOCK TABLE accounts IN SHARE MODE",
          Effect.gen(function* () {
            const writing = yield* Effect.forEach(["a", "b", "c"], (name) =>
              Effect.fork(Effect.exit(Logger.withMinimumLogLevel(update(name), LogLevel.None)))
            )
            yield* untilWaiting(db, 1)
            yield* query(db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours} AND wait_event_type = 'Lock'`)
            return writing
          })
        )
        const exits = yield* Fiber.joinAll(writing)
        const failures = exits.flatMap((exit) =>
          exit._tag === "Failure" && exit.cause._tag === "Fail" ? [exit.cause.error._tag] : []
        )
        assert.deepStrictEqual(failures, ["ServerError"])
        yield* update("after")
        assert.strictEqual((yield* read).attributes?.[0]?.name, "after")
      }).pipe(Effect.provide(layer(db)))
    })
  )

  it.scopedLive(
    "answers with a server error while PostgreSQL is stopped, and works again when it is back",
    () =>
      Effect.gen(function* () {
        const postgres = yield* server
        const db = yield* database
        yield* Effect.gen(function* () {
          yield* update("before")
          yield* postgres.stop
          const refused = yield* Effect.forEach(
            Array.from({ length: 20 }, (_, n) => update(String(n))),
            Effect.flip,
            {
              concurrency: "unbounded"
            }
          )
          assert.deepStrictEqual([...new Set(refused.map(({ _tag }) => _tag))], ["ServerError"])
          yield* postgres.start
          assert.strictEqual((yield* RetryPolicy.with(read, RetryPolicy.none)).attributes?.[0]?.name, "before")
          yield* update("after")
          assert.strictEqual((yield* read).attributes?.[0]?.name, "after")
        }).pipe(Effect.provide(layer(db)))
      }),
    60_000
  )
})

describe.skipIf(PostgresServer.isSkipped)(`the URL of a PostgreSQL database${PostgresServer.note}`, () => {
  const schema = (db: Redacted.Redacted) => new URL(Redacted.value(db)).search

  it.scopedLive("can be that of a socket, of an IPv6 address, of either scheme, and without encryption", () =>
    Effect.gen(function* () {
      const { password, port, socket } = yield* server
      const db = yield* database
      const search = schema(db)
      const user = `tester:${password}`
      const names = {
        [`postgresql://${user}@127.0.0.1:${port}/postgres${search}`]: `postgresql://127.0.0.1:${port}/postgres`,
        [`POSTGRES://${user}@127.0.0.1:${port}/postgres${search}&sslmode=disable`]: `postgres://127.0.0.1:${port}/postgres`,
        [`postgres://${user}@[::1]:${port}/postgres${search}`]: `postgres://[::1]:${port}/postgres`,
        [`postgres://${user}@/postgres${search}&host=${socket}&port=${port}`]: "postgres:///postgres",
        [`postgres://${user}@${encodeURIComponent(socket)}:${port}/postgres${search}`]: `postgres://${encodeURIComponent(socket)}:${port}/postgres`,
        [`postgres:///postgres${search}&host=${socket}&port=${port}&user=tester&password=${password}`]: "postgres:///postgres"
      }
      for (const [url, name] of Object.entries(names)) {
        assert.strictEqual(DatabaseName.nameOf(url), name)
        const { embedded } = yield* start({ db: url })
        assert.strictEqual((yield* embedded.accounts.list).length, 1, url)
      }
    })
  )

  it.scopedLive("can have any password, which is encoded in it", () =>
    Effect.gen(function* () {
      const db = yield* database
      yield* query(db, "CREATE USER special SUPERUSER")
      for (const password of ["p@ss/w:rd", "50%", "a b", "#?&=+", "12/34@x", "[::1]"]) {
        yield* query(db, `ALTER USER special PASSWORD '${password}'`)
        const url = new URL(Redacted.value(db))
        url.username = "special"
        url.password = encodeURIComponent(password)
        assert.strictEqual(DatabaseName.nameOf(url.href), `postgres://${url.host}/postgres`)
        yield* Effect.scoped(start({ db: url.href }))
      }
    })
  )

  it("is not printed when a special character of its password is not encoded", () => {
    for (const password of ["12/34", "12?34", "12#34", "a/b", "a?b", "a#b", "@/b", "a@/b"]) {
      const name = DatabaseName.nameOf(`postgres://u:${password}@host:5432/db`)
      assert.strictEqual(name, "postgres://", password)
    }
    // This one the driver reads as it is meant.
    assert.strictEqual(DatabaseName.nameOf("postgres://u:a@b@host:5432/db"), "postgres://host:5432/db")
  })
})
