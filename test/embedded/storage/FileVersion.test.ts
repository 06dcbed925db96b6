/**
 * The version of a database file, as it is changed by this process and by others.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import Libsql from "libsql"
import * as FileVersion from "../../../src/layers/embedded/storage/FileVersion.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-version-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "a.db")
)

const libsql = createRequire(import.meta.url).resolve("libsql")

/** Runs a statement in a process of its own, which ends. */
const elsewhere = (db: string, statement: string) =>
  execFileSync(process.execPath, [
    "-e",
    `const Libsql = require(${JSON.stringify(libsql)}); const db = new Libsql(${JSON.stringify(db)}); db.exec(${JSON.stringify(statement)}); db.close()`
  ])

describe("the version of a database file", () => {
  it.scoped("is another one after each change, of this process, of another connection and of another process", () =>
    Effect.gen(function* () {
      const db = yield* file
      const { sql, version } = yield* Sqlite.versioned(db)
      yield* sql`CREATE TABLE a (n INTEGER NOT NULL)`
      const seen: Array<string> = []
      const see = (isNew: boolean) => {
        const now = version.current() ?? assert.fail("it is not known")
        assert.strictEqual(!seen.includes(now), isNew)
        // As long as nothing changes, it stays.
        assert.strictEqual(version.current(), now)
        seen.push(now)
      }
      see(true)
      yield* sql`SELECT COUNT(*) FROM a`
      see(false)
      yield* sql`INSERT INTO a (n) VALUES (1)`
      see(true)
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new Libsql(db)),
        (one) => Effect.sync(() => one.close())
      )
      for (let n = 0; n < 20; n++) {
        other.exec(`INSERT INTO a (n) VALUES (${n})`)
        see(true)
      }
      // What is rolled back has changed nothing.
      other.exec("BEGIN IMMEDIATE; INSERT INTO a (n) VALUES (1)")
      see(false)
      other.exec("ROLLBACK")
      see(false)
      elsewhere(db, "UPDATE a SET n = n + 1")
      see(true)
      // The log starts again from its beginning, as it does when it was copied into the file.
      other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all([])
      other.exec("INSERT INTO a (n) VALUES (1)")
      see(true)
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`INSERT INTO a (n) VALUES (1)`
          assert.isUndefined(version.current())
        })
      )
      see(true)
    })
  )

  it.scoped("is asked of the database only once, where its index can be read", () =>
    Effect.gen(function* () {
      const db = yield* file
      const { sql } = yield* Sqlite.versioned(db)
      let asked = 0
      const version = FileVersion.make(db, () => String(asked++))
      const before = version()
      yield* sql`CREATE TABLE a (n INTEGER NOT NULL)`
      assert.notStrictEqual(version(), before)
      if (process.platform !== "win32") assert.strictEqual(asked, 1)
    })
  )

  it.scoped("is asked of the database where its index cannot be read", () =>
    Effect.gen(function* () {
      const version = FileVersion.make(`${yield* file}-none`, () => "from the database")
      assert.strictEqual(version(), "from the database")
    })
  )
})
