/**
 * A `SqlClient` over libsql's synchronous driver: SQLite in memory or in a file. Nothing has to be compiled at install.
 *
 * There is one connection and one permit. A statement holds the permit while it runs. A transaction holds it from BEGIN to COMMIT, for all
 * fibers that work in it.
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
import type { DataVersionService } from "../system/DataVersion.js"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { memory } from "./DatabaseName.js"
import * as FailedCommit from "./FailedCommit.js"
import * as FileVersion from "./FileVersion.js"
import * as LostFile from "./LostFile.js"
import { codeOf, reasonOf, unusable, unusableBecause } from "./Unusable.js"

/** How long a statement waits while another process writes to the same file. */
const patienceMillis = 5_000

/** How long the driver waits at a time. It blocks the event loop meanwhile. */
const busyMillis = 20

/** Statements that are kept. One takes 2 to 100 KiB. */
const maximumStatements = 256

/**
 * The driver does not get a boolean, for which its native code ends the whole process, nor a text with a NUL, which it would cut there.
 * PostgreSQL refuses a NUL too.
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
        // Only the owner may read the file, since it will have the signing key. Node also reports clearly what is wrong with the path.
        if (filename !== memory) closeSync(openSync(filename, "a", 0o600))
        const db = new Libsql(filename === memory ? memory : resolve(filename))
        try {
          db.exec(`PRAGMA busy_timeout = ${busyMillis}`)
          db.exec("PRAGMA foreign_keys = ON")
          if (filename === memory) {
            // Each table and each index has a page of its own, and most of them stay nearly empty in a test.
            db.exec("PRAGMA page_size = 512")
          } else {
            db.prepare("PRAGMA journal_mode = WAL").all([])
            // With WAL, a commit survives the end of the process in any mode. With FULL it also survives a power cut.
            db.exec("PRAGMA synchronous = FULL")
            // In KiB, when they are needed. With the 2 MiB of SQLite, most reads of a large file copy pages from the system's cache.
            db.prepare("PRAGMA cache_size = -16384").all([])
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
      // The driver does not write the log into the file when it closes, and then a copy of the file alone would lack the last changes. PASSIVE
      // does not wait for other processes that have the file open. A failure does not stop the close.
      Effect.try(() => db.prepare("PRAGMA wal_checkpoint(PASSIVE)").all([])).pipe(
        Effect.ignore,
        Effect.zipRight(Effect.sync(() => db.close()))
      )
  )

const isBusy = (error: SqlError): boolean => codeOf(error.cause).startsWith("SQLITE_BUSY")

// By the machine's own time, since another process does not follow the clock of a test.
const pause = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), busyMillis)
  return Effect.sync(() => clearTimeout(timer))
})

/** Tries again while another process holds the lock. Between the tries, the event loop is free. */
const patiently = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
  Effect.suspend(() => {
    const until = performance.now() + patienceMillis
    const attempt: Effect.Effect<A, SqlError> = Effect.catchAll(effect, (error) =>
      isBusy(error) && performance.now() < until ? Effect.zipRight(pause, attempt) : Effect.fail(error)
    )
    return attempt
  })

/** What does not change anything. Every other statement counts as a change. */
const isRead = (sql: string): boolean => /^\s*SELECT\b/i.test(sql)

const connect = (db: Libsql.Database, filename: string) =>
  Effect.gen(function* () {
    const isShared = filename !== memory
    const file = isShared ? LostFile.watch(resolve(filename)) : LostFile.none
    /** `undefined` for one that was used once: a start has many statements that are not used again. */
    const statements = new Map<string, Libsql.Statement | undefined>()
    let changes = 0
    let isOpen = true
    // A prepared statement would still work on a closed connection.
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
      const isFirst = !statements.has(sql)
      if (statements.size >= maximumStatements) statements.clear()
      statements.set(sql, isFirst ? undefined : statement)
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

    // Seam: the driver types a row as unknown. It is a record of the columns.
    const all = (statement: Libsql.Statement, params: ReadonlyArray<unknown>) =>
      statement.all(params.map(bindable)) as ReadonlyArray<Record<string, unknown>>

    // The driver does not reset a prepared statement that found the file locked. It stays "in progress", and no later transaction can
    // commit. `exec` resets its statement, so only `exec` takes locks.
    const rows = (statement: Libsql.Statement, params: ReadonlyArray<unknown>) => {
      if (db.inTransaction || statement.reader) return all(statement, params)
      file.expect()
      db.exec("BEGIN IMMEDIATE")
      try {
        const found = all(statement, params)
        file.expect()
        db.exec("COMMIT")
        return found
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK")
        throw error
      }
    }

    const execute = (sql: string, params: ReadonlyArray<unknown>) =>
      file.warning(
        patiently(
          attempt(() => {
            if (!isRead(sql)) {
              changes++
              // One with a RETURNING clause commits by itself.
              if (!db.inTransaction) file.expect()
            }
            return rows(prepare(sql), params)
          })
        )
      )

    // Counts the changes of every connection but this one. As a list, since the driver adds the time it took to a record.
    const pragma = isShared ? db.prepare("PRAGMA data_version").raw() : undefined
    const committed = pragma && FileVersion.make(resolve(filename), () => String(pragma.get([])))

    const version: DataVersionService = {
      current: () => {
        if (!isOpen || db.inTransaction) return undefined
        try {
          return committed === undefined ? String(changes) : `${changes} ${committed()}`
        } catch {
          return undefined
        }
      },
      rows: (select, params) => {
        if (!isOpen || db.inTransaction) return undefined
        try {
          return all(prepare(select), params)
        } catch {
          return undefined
        }
      }
    }

    const connection: Connection = {
      execute: (sql, params, transformRows) =>
        transformRows === undefined ? execute(sql, params) : Effect.map(execute(sql, params), transformRows),
      executeRaw: execute,
      executeValues: (sql, params) => Effect.map(execute(sql, params), (found) => found.map((row) => Object.values(row))),
      executeUnprepared: (sql, params, transformRows) => {
        // A ROLLBACK also follows a BEGIN or COMMIT that failed, and then there may be no transaction.
        if (sql === "ROLLBACK" && !(isOpen && db.inTransaction)) return Effect.succeed([])
        return file.warning(
          patiently(
            attempt(() => {
              if (!isRead(sql)) changes++
              try {
                if (sql === "BEGIN IMMEDIATE" || sql === "COMMIT") file.expect()
                // CREATE and PRAGMA can be scripts of several statements.
                if (/^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|CREATE|PRAGMA)\b/.test(sql)) {
                  db.exec(sql)
                  return []
                }
                const found = rows(db.prepare(sql), params)
                return transformRows === undefined ? found : transformRows(found)
              } catch (error) {
                // After a failed commit, the next user of the connection must not be in its transaction.
                if (sql === "COMMIT" && db.inTransaction) db.exec("ROLLBACK")
                throw error
              }
            })
          )
        )
      },
      executeStream: (sql, params, transformRows) => Stream.fromIterableEffect(connection.execute(sql, params, transformRows))
    }
    return { connection, version }
  })

export { memory }

/** `filename` is a path, or {@link memory}. Everything is closed with the scope. */
export const versioned = (filename: string) =>
  Effect.gen(function* () {
    const { connection, version } = yield* Effect.flatMap(open(filename), (db) => connect(db, filename))
    const permit = yield* Effect.makeSemaphore(1)
    const acquirer = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        yield* restore(permit.take(1))
        yield* Scope.addFinalizer(scope, permit.release(1))
        return connection
      })
    )
    const client = yield* SqlClient.make({
      acquirer,
      compiler: Statement.makeCompilerSqlite(),
      // Takes the write lock at once. Otherwise a transaction that reads and then writes could fail halfway because of another process.
      beginTransaction: "BEGIN IMMEDIATE",
      spanAttributes: [["db.system.name", "sqlite"]]
    })
    const { withTransaction } = client
    const sql = Object.assign(client, {
      withTransaction: <R, E, A>(effect: Effect.Effect<A, E, R>) => FailedCommit.asFailure(withTransaction(effect))
    })
    return { sql, version }
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))

/** The same, for those who keep nothing. */
export const make = (filename: string) => Effect.map(versioned(filename), ({ sql }) => sql)

/** A file name that no earlier copy has. */
const unused = (path: string): string => {
  for (let n = 1; ; n++) {
    const name = n === 1 ? path : `${path}.${n}`
    if (!existsSync(name)) return name
  }
}

/**
 * Copies a database. The caller must have its write lock, so that no other process changes it meanwhile. An earlier copy is kept, and then the
 * new one gets a number after its name. The file gets its name when the copy is complete.
 */
export const copy = (filename: string, path: string): Effect.Effect<void, UnusableDatabase> =>
  Effect.try({
    try: () => {
      const part = `${path}.part`
      // Left by a process that was killed during a copy.
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
