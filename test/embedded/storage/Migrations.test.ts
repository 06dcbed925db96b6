/**
 * Migrates a database of an earlier version.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as SqlClient from "@effect/sql/SqlClient"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import Libsql from "libsql"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { audience } from "../../utils/Account.js"
import { compiled } from "../../utils/Programs.js"
import { start, tokenOf } from "../Api.js"
import { migrations, slowly } from "./TestMigrations.js"

const directory = mkdtempSync(join(tmpdir(), "effect-dintero-migrations-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let files = 0

const dumpOf = (version: number) => readFileSync(new URL(`./databases/version-${version}.sql`, import.meta.url), "utf8")

const dump = dumpOf(3)

/** A file with the content of a dump. */
const fileOf = (dump: string): string => {
  const file = join(directory, `${files++}.db`)
  const db = new Libsql(file)
  db.exec(dump)
  db.close()
  return file
}

/** A file as version 3 left it. */
const version3 = () => fileOf(dump)

const query = (file: string, sql: string): ReadonlyArray<unknown> => {
  const db = new Libsql(file)
  try {
    return db.prepare(sql).all([])
  } finally {
    db.close()
  }
}

const versionOf = (file: string) => query(file, "SELECT version FROM effect_dintero_schema")

/** Every row of every table. */
const content = (file: string) =>
  Object.fromEntries(
    query(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map((row) => {
      const { name } = row as { readonly name: string }
      return [name, query(file, `SELECT * FROM ${name} ORDER BY rowid`)] as const
    })
  )

/** The columns and indices of every table. The order of columns, and a default, do not count. */
const tablesOf = (file: string) =>
  query(
    file,
    `SELECT t.name, c.name AS field, c.type, c."notnull", c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table'
      UNION ALL SELECT t.name, i.name, c.name, c.seqno, i."unique" FROM sqlite_master t JOIN pragma_index_list(t.name) i
        JOIN pragma_index_info(i.name) c
      ORDER BY 1, 2, 3`
  )

const copiesOf = (file: string): ReadonlyArray<string> =>
  readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.`) && !/-(?:wal|shm)$/.test(name))
    .sort()

const migrate = (file: string, list?: ReadonlyArray<Migrations.Migration>) =>
  Migrations.migrate(file, Tables.all, list).pipe(Effect.provide(Layer.scoped(SqlClient.SqlClient, Sqlite.make(file))))

describe("a file of version 3", () => {
  it.effect("works with this release: its clients, customers, settings, keys and refresh tokens", () =>
    Effect.gen(function* () {
      const db = version3()
      const [, refresh_token = ""] = /refresh token (\S+) of ada/.exec(dump) ?? []
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api, { client_id: "client", client_secret: "the-secret-of-version-3" })
      const { attributes } = (yield* api("GET", "/customers/settings", { authorization })).body
      assert.deepStrictEqual(
        attributes.map(({ name }) => name),
        ["height"]
      )
      const refreshed = yield* api("POST", "/auth/token", {
        authorization,
        body: { grant_type: "refresh_token", refresh_token }
      })
      assert.strictEqual(refreshed.status, 200)
      const body = { type: "customer", audience, email: "ada@example.com", password: "ada's password" }
      assert.strictEqual((yield* api("POST", "/customers/login", { authorization, body })).status, 200)
      assert.deepStrictEqual(versionOf(db), [{ version: Migrations.version }])
    }).pipe(Effect.scoped)
  )

  it.effect("is brought up to date, with every row, and was copied before", () =>
    Effect.gen(function* () {
      const file = version3()
      const before = content(file)
      yield* migrate(file, migrations)
      assert.deepStrictEqual(versionOf(file), [{ version: 5 }])
      assert.deepStrictEqual(query(file, "SELECT customer_id, label FROM customers ORDER BY customer_id"), [
        { customer_id: "ada", label: "ada of T12345678" },
        { customer_id: "linus", label: "linus of T12345678" }
      ])
      assert.deepStrictEqual(query(file, "SELECT name FROM api_clients"), [{ name: "client" }])
      assert.deepStrictEqual(query(file, "PRAGMA foreign_key_check"), [])
      const after = content(file)
      for (const table of ["accounts", "grants", "refresh_tokens", "failed_logins", "signing_keys"]) {
        assert.deepStrictEqual(after[table], before[table], table)
      }
      const [copy = ""] = copiesOf(file)
      assert.deepStrictEqual(copiesOf(file), [`${basename(file)}.version-3`])
      assert.deepStrictEqual(content(join(directory, copy)), before)
      assert.strictEqual(statSync(join(directory, copy)).mode & 0o777, 0o600)
      // A second start changes nothing.
      yield* migrate(file, migrations)
      assert.deepStrictEqual(copiesOf(file), [copy])
      assert.deepStrictEqual(content(file), after)
    })
  )

  it.effect("stays as it was when a statement fails, or when a row would refer to nothing", () =>
    Effect.gen(function* () {
      for (const wrong of ["UPDATE customers SET nothing = 1", "DELETE FROM api_clients"]) {
        const file = version3()
        const before = content(file)
        const exit = yield* Effect.exit(migrate(file, [...migrations, { to: 6, up: [wrong] }]))
        assert.strictEqual(exit._tag, "Failure")
        assert.deepStrictEqual(content(file), before)
      }
    })
  )

  it.effect("gets a copy beside an earlier one, which stays", () =>
    Effect.gen(function* () {
      const file = version3()
      writeFileSync(`${file}.version-3`, "of another day")
      yield* migrate(file, migrations)
      assert.deepStrictEqual(copiesOf(file), [`${basename(file)}.version-3`, `${basename(file)}.version-3.2`])
      assert.strictEqual(readFileSync(`${file}.version-3`, "utf8"), "of another day")
    })
  )

  it.effect("is brought up to date once by two systems that start at the same time", () =>
    Effect.gen(function* () {
      const file = version3()
      yield* Effect.all([migrate(file, migrations), migrate(file, migrations)], { concurrency: "unbounded" })
      assert.deepStrictEqual(copiesOf(file), [`${basename(file)}.version-3`])
    })
  )
})

describe("a file of version 4", () => {
  const dump = dumpOf(4)

  it.effect("works with this release: its clients, grants, customers, refresh tokens and logins that wait", () =>
    Effect.gen(function* () {
      const db = fileOf(dump)
      const [, refresh_token = ""] = /refresh token (\S+) of ada/.exec(dump) ?? []
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api, { client_id: "client", client_secret: "the-secret-of-version-4" })
      const ask = (method: HttpMethod, path: string, body?: unknown) =>
        Effect.map(api(method, path, { authorization, ...(body === undefined ? {} : { body }) }), ({ status, text }) => {
          assert.strictEqual(status, 200, text)
          return JSON.parse(text)
        })
      yield* ask("POST", "/auth/token", { grant_type: "refresh_token", refresh_token })
      yield* ask("POST", "/customers/login", { type: "customer", audience, email: "ada@example.com", password: "ada's password" })
      const { attributes, metadata } = yield* ask("GET", "/customers/users/ada")
      assert.deepStrictEqual([attributes, metadata], [{ height: 170 }, undefined])
      const [{ id: tag }] = yield* ask("GET", "/customers/users/ada/tags")
      assert.deepStrictEqual((yield* ask("GET", "/customers/tags"))[0].id, tag)

      const clients = yield* ask("GET", "/auth/clients")
      assert.deepStrictEqual(
        clients.map(({ client_id, name }: { client_id: string; name?: string }) => [client_id, name]),
        [
          ["client", undefined],
          ["other", "The other one"]
        ]
      )
      for (const one of [...clients, ...(yield* ask("GET", "/auth/client-grants"))]) {
        assert.strictEqual(one.updated_at, one.created_at)
        assert.notProperty(one, "created_by")
      }
      const { client_secret } = yield* ask("POST", `/auth/clients/${clients[1].id}/rotate-secret`)
      assert.match(yield* tokenOf(api, { client_id: "other", client_secret }), /^Bearer ey/)
      assert.deepStrictEqual(versionOf(db), [{ version: Migrations.version }])
    }).pipe(Effect.scoped)
  )

  it.effect("is brought up to date, with every row and the tables that a new file has, and was copied before", () =>
    Effect.gen(function* () {
      const file = fileOf(dump)
      const before = content(file)
      yield* migrate(file)
      const after = content(file)
      for (const [table, rows] of Object.entries(before)) {
        if (table === "effect_dintero_schema") continue
        assert.isAtLeast(rows.length, 1, table)
        assert.strictEqual(after[table]?.length, rows.length, table)
        for (const [i, row] of rows.entries()) assert.deepInclude(after[table]?.[i], row as object, table)
      }
      assert.deepStrictEqual(query(file, "PRAGMA foreign_key_check"), [])
      assert.deepStrictEqual(copiesOf(file), [`${basename(file)}.version-4`])

      const empty = join(directory, `${files++}.db`)
      yield* migrate(empty)
      assert.deepStrictEqual(tablesOf(file), tablesOf(empty))
    })
  )
})

describe("a file of another version", () => {
  const refused = (version: number) =>
    Effect.gen(function* () {
      const file = version3()
      query(file, `UPDATE effect_dintero_schema SET version = ${version}`)
      const before = content(file)
      const { message } = yield* Effect.flip(migrate(file, migrations))
      assert.deepStrictEqual(content(file), before)
      assert.deepStrictEqual(copiesOf(file), [])
      return message.replace(file, "<db>")
    })

  it.effect("is refused and not changed", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* refused(6),
        "The database <db> cannot be used: it has version 6 of the tables, and this release reads version 5: use the release that wrote it, or a newer one."
      )
      assert.strictEqual(
        yield* refused(2),
        "The database <db> cannot be used: it has version 2 of the tables, and this release brings only version 3 and later ones up to date."
      )
    })
  )
})

describe("a process that is killed while it migrates a file", () => {
  it.effect(
    "leaves a file of one of the two versions, with every row, in 10 rounds",
    () =>
      Effect.gen(function* () {
        const base = version3()
        const db = new Libsql(base)
        db.exec("BEGIN")
        for (let n = 0; n < 1_500; n++) {
          db.exec(
            `INSERT INTO customers (account_id, id, customer_id, type, created_at) VALUES ('T12345678', 'i${n}', 'c${n}', 'customer', 0)`
          )
        }
        db.exec("COMMIT")
        db.close()
        const before = content(base)
        let killedWithin = 0
        const worker = yield* Effect.promise(() => compiled(fileURLToPath(new URL("./MigrationWorker.ts", import.meta.url))))
        for (let round = 0; round < 10; round++) {
          const file = join(directory, `killed-${round}.db`)
          copyFileSync(base, file)
          const child = spawn(process.execPath, [worker, file], { stdio: ["ignore", "pipe", "inherit"] })
          yield* Effect.promise(async () => {
            // After the copy is made, a little later in each round.
            while (child.exitCode === null && copiesOf(file).length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
            await new Promise((resolve) => setTimeout(resolve, round * 5))
            if (child.exitCode === null && child.signalCode === null) {
              child.kill("SIGKILL")
              await once(child, "exit")
            }
          })
          if (child.signalCode === "SIGKILL") killedWithin++
          const [{ version } = { version: 0 }] = versionOf(file) as ReadonlyArray<{ readonly version: number }>
          assert.include([3, 5], version)
          assert.deepStrictEqual(query(file, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
          if (version === 3) assert.deepStrictEqual(content(file), before)
          // The next start completes the migration.
          yield* migrate(file, slowly)
          assert.deepStrictEqual(versionOf(file), [{ version: 5 }])
          assert.deepStrictEqual(query(file, "SELECT count(*) AS n FROM customers"), [{ n: before.customers?.length }])
          assert.isFalse(copiesOf(file).some((name) => name.endsWith(".part")))
        }
        assert.isAtLeast(killedWithin, 5)
      }),
    120_000
  )
})
