/**
 * A database file that is deleted, moved or replaced while a system has it open.
 */
import { copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { causeOf } from "../../../src/layers/embedded/system/LostDatabase.js"
import { start, tokenOf } from "../Api.js"

const settings = "/customers/settings"
const attributesOf = (name: string) => [{ name, type: "string", multiple_values: false, private: false }]
const hint = "x-effect-dintero-hint"

/** What was logged as a warning or worse, with the causes. */
const collected = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, logLevel, message }) => {
    if (logLevel.ordinal >= 30_000) lines.push(`${logLevel.label} ${String(message)} ${cause._tag}`)
  })
  return { lines, logger: Logger.replace(Logger.defaultLogger, logger) }
}

const begun = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-lost-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const db = join(folder, "a.db")
  const { api, embedded } = yield* start({ db })
  const authorization = yield* tokenOf(api)
  const write = (name: string) => api("PUT", settings, { authorization, body: { attributes: attributesOf(name) } })
  const read = Effect.map(api("GET", settings, { authorization }), ({ body, status }) => [status, body.attributes[0]?.name])
  assert.strictEqual((yield* write("before")).status, 200)
  return { api, authorization, db, embedded, folder, read, write }
})

describe("a database file that is gone from its path while the system runs", () => {
  for (const [how, remove] of [
    ["deleted", (db: string) => rmSync(db)],
    [
      "replaced by a copy of itself",
      (db: string) => {
        copyFileSync(db, `${db}.copy`)
        renameSync(`${db}.copy`, db)
      }
    ]
  ] as const) {
    it.scoped(`that was ${how}: a write is a 500 that says so, reads go on, and the log says it once`, () => {
      const { lines, logger } = collected()
      return Effect.gen(function* () {
        const { api, authorization, db, embedded, read, write } = yield* begun
        remove(db)
        for (const name of ["first", "second"]) {
          const { headers, status, text } = yield* write(name)
          assert.strictEqual(status, 500)
          assert.strictEqual(text, '{"error":{"errors":[],"message":"INTERNAL_SERVER_ERROR"}}')
          assert.include(headers[hint], `The database file ${db} was deleted, moved or replaced`)
          assert.include(headers[hint], "start the system again")
        }
        // A write of several statements, in a transaction of its own.
        const created = yield* api("POST", "/customers/users", { authorization, body: { type: "customer", email: "a@b.no" } })
        assert.strictEqual(created.status, 500)
        assert.deepStrictEqual(yield* read, [200, "before"])
        const entry = (yield* embedded.journal.list({ status: 500 })).at(-1)
        assert.include(entry?.hint, "was deleted, moved or replaced")
        assert.lengthOf(lines, 1)
        assert.match(lines[0] ?? "", /^WARN The database file .* Empty$/)
      }).pipe(Effect.provide(logger))
    })
  }

  it.scoped("a statement that returns what it writes is refused too, also outside of a transaction", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-lost-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const db = join(folder, "a.db")
      const sql = yield* Sqlite.make(db)
      yield* sql`CREATE TABLE t (a INTEGER)`
      assert.lengthOf(yield* sql`INSERT INTO t (a) VALUES (1) RETURNING a`, 1)
      rmSync(db)
      const error = yield* Effect.flip(sql`INSERT INTO t (a) VALUES (2) RETURNING a`)
      assert.match(causeOf(error)?.message ?? "", /was deleted, moved or replaced/)
      assert.deepStrictEqual(yield* sql`SELECT a FROM t`, [{ a: 1 }])
    })
  )

  it.scoped("is written again when it was moved back, and warned of again when it is lost again", () => {
    const { lines, logger } = collected()
    return Effect.gen(function* () {
      const { db, read, write } = yield* begun
      for (const name of ["first", "second"]) {
        renameSync(db, `${db}.elsewhere`)
        assert.strictEqual((yield* write("lost")).status, 500)
        renameSync(`${db}.elsewhere`, db)
        assert.strictEqual((yield* write(name)).status, 200)
        assert.deepStrictEqual(yield* read, [200, name])
      }
      assert.lengthOf(lines, 2)
    }).pipe(Effect.provide(logger))
  })

  it.scoped("with its whole directory is lost as well", () => {
    const { lines, logger } = collected()
    return Effect.gen(function* () {
      const { folder, read, write } = yield* begun
      renameSync(folder, `${folder}.moved`)
      const { headers, status } = yield* write("lost")
      renameSync(`${folder}.moved`, folder)
      assert.strictEqual(status, 500)
      assert.include(headers[hint], "was deleted, moved or replaced")
      assert.deepStrictEqual(yield* read, [200, "before"])
      assert.lengthOf(lines, 1)
    }).pipe(Effect.provide(logger))
  })
})
