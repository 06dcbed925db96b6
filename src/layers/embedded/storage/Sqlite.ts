/**
 * A `SqlClient` over libsql's synchronous driver: SQLite in memory or in a file, with nothing to compile at install.
 *
 * One connection and one permit. A statement holds the permit while it runs; a transaction holds it from BEGIN to COMMIT, for
 * all fibers that work in it.
 */

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs"
import { resolve } from "node:path"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import Libsql from "libsql"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { memory } from "./DatabaseName.js"
import { codeOf, reasonOf, unusable, unusableBecause } from "./Unusable.js"

/** How long a statement waits for another process that writes to the same file. */
const patienceMillis = 5_000

/** How long the driver waits in one go: it blocks the event loop meanwhile. */
const busyMillis = 20

const maximumStatements = 256

/**
 * The driver ends the whole process on a boolean (an unimplemented case in its native code) and reads a text only up to its
 * first NUL, so neither gets that far. PostgreSQL refuses a NUL too.
 */
const bindable = (value: unknown): unknown => {
  switch (typeof value) {
    case "boolean":
      return value ? 1 : 0
    case "undefined":
      return null
    case "string":
      if (value.includes("\0")) throw new TypeError("A text with a NUL character cannot be stored")
      return value
    default:
      return value instanceof Date ? value.toISOString() : value
  }
}

const open = (filename: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        // Creates the file, which will hold the signing key, for its owner alone; and says clearly what is wrong with the path.
        if (filename !== memory) closeSync(openSync(filename, "a", 0o600))
        const db = new Libsql(filename === memory ? memory : resolve(filename))
        try {
          db.exec(`PRAGMA busy_timeout = ${busyMillis}`)
          db.exec("PRAGMA foreign_keys = ON")
          if (filename !== memory) {
            db.prepare("PRAGMA journal_mode = WAL").all([])
            // With WAL a commit survives the end of the process in either mode; FULL lets it survive a power cut too.
            db.exec("PRAGMA synchronous = FULL")
          }
        } catch (error) {
          db.close()
          throw error
        }
        return db
      },
      catch: (error) => unusableBecause(filename, error)
    }),
    (db) =>
      // The driver does not empty the log into the file when it closes, and then the file alone, as somebody may copy it, lacks
      // what was written last. Without waiting for others that have it open, and not at the price of closing.
      Effect.try(() => db.prepare("PRAGMA wal_checkpoint(PASSIVE)").all([])).pipe(
        Effect.ignore,
        Effect.zipRight(Effect.sync(() => db.close()))
      )
  )

const isBusy = (error: SqlError): boolean => codeOf(error.cause).startsWith("SQLITE_BUSY")

// Of the machine's own time: another process does not follow the clock of a test.
const pause = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), busyMillis)
  return Effect.sync(() => clearTimeout(timer))
})

/** Tries again while another process holds the lock, and leaves the event loop to others in between. */
const patiently = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
  Effect.suspend(() => {
    const until = performance.now() + patienceMillis
    const attempt: Effect.Effect<A, SqlError> = Effect.catchAll(effect, (error) =>
      isBusy(error) && performance.now() < until ? Effect.zipRight(pause, attempt) : Effect.fail(error)
    )
    return attempt
  })

const connect = (db: Libsql.Database) =>
  Effect.gen(function* () {
    const statements = new Map<string, Libsql.Statement>()
    let isOpen = true
    // A prepared statement would go on working on a connection that is closed.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isOpen = false
        statements.clear()
      })
    )

    const prepare = (sql: string): Libsql.Statement => {
      const known = statements.get(sql)
      if (known !== undefined) return known
      const statement = db.prepare(sql)
      if (statements.size >= maximumStatements) statements.clear()
      statements.set(sql, statement)
      return statement
    }

    const attempt = <A>(f: () => A): Effect.Effect<A, SqlError> =>
      Effect.try({
        try: () => {
          if (!isOpen) throw new Error("The database is closed")
          return f()
        },
        catch: (cause) => new SqlError({ cause, message: "Failed to execute statement" })
      })

    // Seam: the driver types a row as unknown; with column names it is a record of them.
    const all = (statement: Libsql.Statement, params: ReadonlyArray<unknown>) =>
      statement.all(params.map(bindable)) as ReadonlyArray<Record<string, unknown>>

    // The driver never resets a prepared statement that found the file locked: it stays "in progress", and no later transaction
    // can commit. `exec` resets, so it alone takes locks.
    const rows = (statement: Libsql.Statement, params: ReadonlyArray<unknown>) => {
      if (db.inTransaction || statement.reader) return all(statement, params)
      db.exec("BEGIN IMMEDIATE")
      try {
        const found = all(statement, params)
        db.exec("COMMIT")
        return found
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK")
        throw error
      }
    }

    const execute = (sql: string, params: ReadonlyArray<unknown>) => patiently(attempt(() => rows(prepare(sql), params)))

    const connection: Connection = {
      execute: (sql, params, transformRows) =>
        transformRows === undefined ? execute(sql, params) : Effect.map(execute(sql, params), transformRows),
      executeRaw: execute,
      executeValues: (sql, params) => Effect.map(execute(sql, params), (found) => found.map((row) => Object.values(row))),
      executeUnprepared: (sql, params, transformRows) => {
        // Asked for also when BEGIN or COMMIT itself failed, and then there may be nothing to roll back.
        if (sql === "ROLLBACK" && !(isOpen && db.inTransaction)) return Effect.succeed([])
        return patiently(
          attempt(() => {
            try {
              // The last of them in scripts of several statements.
              if (/^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|CREATE|PRAGMA foreign_keys )\b/.test(sql)) {
                db.exec(sql)
                return []
              }
              const found = rows(db.prepare(sql), params)
              return transformRows === undefined ? found : transformRows(found)
            } catch (error) {
              // A commit that fails must not leave its transaction to the next one that takes the connection.
              if (sql === "COMMIT" && db.inTransaction) db.exec("ROLLBACK")
              throw error
            }
          })
        )
      },
      executeStream: (sql, params, transformRows) => Stream.fromIterableEffect(connection.execute(sql, params, transformRows))
    }
    return connection
  })

export { memory }

/** `filename` is a path, or {@link memory}. Everything is closed with the scope. */
export const make = (filename: string) =>
  Effect.gen(function* () {
    const connection = yield* Effect.flatMap(open(filename), connect)
    const permit = yield* Effect.makeSemaphore(1)
    const acquirer = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        yield* restore(permit.take(1))
        yield* Scope.addFinalizer(scope, permit.release(1))
        return connection
      })
    )
    return yield* SqlClient.make({
      acquirer,
      compiler: Statement.makeCompilerSqlite(),
      // Takes the write lock at once: a transaction that reads and then writes cannot lose against another process half way.
      beginTransaction: "BEGIN IMMEDIATE",
      spanAttributes: [["db.system.name", "sqlite"]]
    })
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))

/** A name for a copy, which no earlier copy has. */
const unused = (path: string): string => {
  for (let n = 1; ; n++) {
    const name = n === 1 ? path : `${path}.${n}`
    if (!existsSync(name)) return name
  }
}

/**
 * Copies a database that has no changes of other processes to come, since the caller has its write lock. An earlier copy stays: then the
 * new one has a number behind its name. Nothing has that name before the copy is whole.
 */
export const copy = (filename: string, path: string): Effect.Effect<void, UnusableDatabase> =>
  Effect.try({
    try: () => {
      const part = `${path}.part`
      // Of a process that was killed while it made one.
      rmSync(part, { force: true })
      closeSync(openSync(part, "wx", 0o600))
      const db = new Libsql(resolve(filename))
      try {
        db.exec(`VACUUM INTO '${resolve(part).replaceAll("'", "''")}'`)
      } finally {
        db.close()
      }
      const written = openSync(part, "r+")
      fsyncSync(written)
      closeSync(written)
      renameSync(part, unused(path))
    },
    catch: (error) => unusable(filename, `it could not be copied before its tables are brought up to date: ${reasonOf(error)}`)
  })
