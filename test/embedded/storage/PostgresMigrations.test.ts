/**
 * A PostgreSQL database of an earlier version is brought up to date.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Database from "../../../src/layers/embedded/storage/Database.js"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as PostgresServer from "../../utils/PostgresServer.js"
import { compiled } from "../../utils/Programs.js"
import { start, tokenOf } from "../Api.js"
import { migrations, slowly } from "./TestMigrations.js"

const server = PostgresServer.ofFile()
const { during, query, untilWaiting } = PostgresServer

const read = (name: string) => readFileSync(new URL(`./databases/${name}.sql`, import.meta.url), "utf8")

const dumpOf = (version: number) => {
  const dump = read(`version-${version}.postgres`)
  return Effect.tap(
    Effect.flatMap(server, ({ database }) => database),
    (db) => query(db, dump)
  )
}

/** A database as version 3 left it. */
const version3 = dumpOf(3)

const migrate = (db: Redacted.Redacted, list?: ReadonlyArray<Migrations.Migration>) =>
  Effect.scoped(
    Effect.flatMap(Database.connect(db), ({ sql }) =>
      Effect.provideService(Migrations.migrate(DatabaseName.nameOf(db), Tables.all, list), SqlClient.SqlClient, sql)
    )
  )

const versionOf = (db: Redacted.Redacted) => query(db, "SELECT version FROM effect_dintero_schema")

/** Every row of every table, and every column. */
const content = (db: Redacted.Redacted) =>
  query(
    db,
    "SELECT table_name, query_to_xml(format('SELECT * FROM %I ORDER BY 1, 2', table_name), true, false, '') FROM information_schema.tables WHERE table_schema = current_schema() AND table_name NOT IN ('effect_dintero_schema', 'effect_dintero_clock') ORDER BY 1"
  )

describe.skipIf(PostgresServer.isSkipped)(`a PostgreSQL database of version 3${PostgresServer.note}`, () => {
  it.scopedLive("works with this release: its clients, customers, settings, keys and refresh tokens", () =>
    Effect.gen(function* () {
      const db = yield* version3
      const [, refresh_token = ""] = /refresh token (\S+) of ada/.exec(read("version-3")) ?? []
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api, { client_id: "client", client_secret: "the-secret-of-version-3" })
      const { attributes } = (yield* api("GET", "/customers/settings", { authorization })).body
      assert.deepStrictEqual(
        attributes.map(({ name }) => name),
        ["height"]
      )
      const body = { grant_type: "refresh_token", refresh_token }
      assert.strictEqual((yield* api("POST", "/auth/token", { authorization, body })).status, 200)
      assert.strictEqual(yield* versionOf(db), String(Migrations.version))
    })
  )

  it.scopedLive("is brought up to date, with every row", () =>
    Effect.gen(function* () {
      const db = yield* version3
      yield* migrate(db, migrations)
      assert.strictEqual(yield* versionOf(db), "5")
      assert.strictEqual(
        yield* query(db, "SELECT customer_id, label FROM customers ORDER BY customer_id"),
        "ada|ada of T12345678\nlinus|linus of T12345678"
      )
      assert.strictEqual(yield* query(db, "SELECT name FROM api_clients"), "client")
      assert.strictEqual(yield* query(db, "SELECT count(*) FROM grants JOIN api_clients ON api_client_id = api_clients.id"), "2")
      // A second start finds nothing to do.
      const after = yield* content(db)
      yield* migrate(db, migrations)
      assert.strictEqual(yield* content(db), after)
    })
  )

  it.scopedLive("stays as it was when a statement fails, or when a row would refer to nothing", () =>
    Effect.gen(function* () {
      for (const wrong of ["UPDATE customers SET nothing = 1", "DELETE FROM api_clients"]) {
        const db = yield* version3
        const before = yield* content(db)
        const { message } = yield* Effect.flip(migrate(db, [...migrations, { to: 6, up: [wrong] }]))
        assert.match(message, /^The database postgres:\/\/127\.0\.0\.1:\d+\/postgres cannot be used: /)
        assert.strictEqual(yield* versionOf(db), "3")
        assert.strictEqual(yield* content(db), before)
      }
    })
  )

  it.scopedLive("is brought up to date once by two processes that start at the same time", () =>
    Effect.gen(function* () {
      const db = yield* version3
      const both = yield* during(
        db,
        "LOCK TABLE effect_dintero_schema IN ACCESS EXCLUSIVE MODE",
        // One has begun, and the other one waits for it. Without the system's lock both would have begun.
        Effect.zipLeft(
          Effect.fork(Effect.all([migrate(db, migrations), migrate(db, migrations)], { concurrency: 2 })),
          untilWaiting(db, 2)
        )
      )
      yield* both
      assert.strictEqual(yield* versionOf(db), "5")
    })
  )

  it.scopedLive("is refused, unchanged, when its version is a later or a much earlier one", () =>
    Effect.gen(function* () {
      const db = yield* version3
      for (const [version, why] of [
        [6, "it has version 6 of the tables, and this release reads version 5: use the release that wrote it, or a newer one."],
        [2, "it has version 2 of the tables, and this release brings only version 3 and later ones up to date."]
      ] as const) {
        yield* query(db, `UPDATE effect_dintero_schema SET version = ${version}`)
        const before = yield* content(db)
        const { message } = yield* Effect.flip(migrate(db, migrations))
        assert.strictEqual(message, `The database ${DatabaseName.nameOf(db)} cannot be used: ${why}`)
        assert.strictEqual(yield* versionOf(db), String(version))
        assert.strictEqual(yield* content(db), before)
      }
    })
  )
})

describe.skipIf(PostgresServer.isSkipped)(`a PostgreSQL database of version 4${PostgresServer.note}`, () => {
  it.scopedLive("works with this release: its clients, customers and refresh tokens", () =>
    Effect.gen(function* () {
      const db = yield* dumpOf(4)
      const [, refresh_token = ""] = /refresh token (\S+) of ada/.exec(read("version-4")) ?? []
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api, { client_id: "client", client_secret: "the-secret-of-version-4" })
      const body = { grant_type: "refresh_token", refresh_token }
      assert.strictEqual((yield* api("POST", "/auth/token", { authorization, body })).status, 200)
      const clients: ReadonlyArray<{ client_id: string; created_at: string; updated_at: string }> = JSON.parse(
        (yield* api("GET", "/auth/clients", { authorization })).text
      )
      assert.deepStrictEqual(
        clients.map(({ client_id, created_at, updated_at }) => [client_id, updated_at === created_at]),
        [
          ["client", true],
          ["other", true]
        ]
      )
      assert.strictEqual(yield* versionOf(db), String(Migrations.version))
    })
  )

  it.scopedLive("is brought up to date, with every row and the columns that a new database has", () =>
    Effect.gen(function* () {
      const db = yield* dumpOf(4)
      const count = query(db, "SELECT count(*) FROM grants JOIN api_clients ON api_client_id = api_clients.id")
      const before = yield* count
      yield* migrate(db)
      assert.deepStrictEqual([before, yield* count], ["3", "3"])
      const columns = (db: Redacted.Redacted) =>
        query(
          db,
          "SELECT table_name, column_name, data_type, collation_name, is_nullable FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"
        )
      const empty = yield* Effect.flatMap(server, ({ database }) => database)
      yield* migrate(empty)
      assert.strictEqual(yield* columns(db), yield* columns(empty))
    })
  )
})

/** Stops a process that brings a database up to date at one of its 101 statements that update customers, while somebody holds a lock. */
const stopAt = (statement: number): string => `
  INSERT INTO customers (account_id, id, customer_id, type, created_at)
    SELECT 'T12345678', 'i' || n, 'c' || n, 'customer', 0 FROM generate_series(1, 200) n;
  CREATE SEQUENCE statements;
  CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('statements') = ${statement} THEN PERFORM pg_advisory_xact_lock(${statement}); END IF;
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER wait AFTER UPDATE ON customers FOR EACH STATEMENT EXECUTE FUNCTION wait()`

describe.skipIf(PostgresServer.isSkipped)(
  `a process that is killed while it brings a PostgreSQL database up to date${PostgresServer.note}`,
  () => {
    it.scopedLive(
      "leaves it as it was, with every row, at its first, its last and three other statements",
      () =>
        Effect.forEach(
          [1, 26, 51, 76, 101],
          (statement) =>
            Effect.gen(function* () {
              const db = yield* version3
              yield* query(db, stopAt(statement))
              const before = yield* content(db)
              yield* during(
                db,
                `SELECT pg_advisory_xact_lock(${statement})`,
                Effect.gen(function* () {
                  const worker = yield* Effect.promise(() =>
                    compiled(fileURLToPath(new URL("./MigrationWorker.ts", import.meta.url)))
                  )
                  const child = spawn(process.execPath, [worker, Redacted.value(db)], { stdio: "inherit" })
                  yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
                  yield* untilWaiting(db, 1)
                  yield* Effect.promise(async () => {
                    child.kill("SIGKILL")
                    await once(child, "exit")
                  })
                })
              )
              assert.strictEqual(yield* versionOf(db), "3")
              assert.strictEqual(yield* content(db), before)
              // The next start does it, although the server may not have noticed yet that the process is gone.
              yield* migrate(db, slowly)
              assert.strictEqual(yield* versionOf(db), "5")
              assert.strictEqual(yield* query(db, "SELECT count(*) FROM customers WHERE length(label) > 100"), "202")
            }),
          { discard: true }
        ),
      180_000
    )
  }
)
