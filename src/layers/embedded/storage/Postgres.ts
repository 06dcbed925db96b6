/**
 * A `SqlClient` over PostgreSQL that several processes can share.
 *
 * As on SQLite there is one writer at a time, and readers do not wait: each transaction, and each statement that writes, has an advisory
 * lock of the database from its beginning to its end. So what a rule reads in a transaction is so until it ends, in whatever process the
 * others are. PostgreSQL gives the lock back when a process is gone.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { codeOf, unusable, unusableBecause } from "./Unusable.js"

export interface Clients {
  readonly sql: SqlClient.SqlClient
  /** The same connections without the lock, for what no rule depends on. Inside a transaction it works in that transaction. */
  readonly unlocked: SqlClient.SqlClient
}

/** Any number, the same in every release. Other programs in the database may have locks of their own. */
const lock = 4_711_202_611

/** How long a transaction waits for the others. */
const patience = "30s"

const begin = `BEGIN; SET LOCAL lock_timeout = '${patience}'; SELECT pg_advisory_xact_lock(${lock})`

/** A connection whose statements are transactions of their own when they write. */
const alone = (connection: Connection): Connection => {
  const whole = <A, E>(sql: string, statement: Effect.Effect<A, E>) =>
    /^\s*SELECT\b/i.test(sql)
      ? statement
      : Effect.acquireUseRelease(
          connection.executeUnprepared(begin, [], undefined),
          () => statement,
          (_, exit) =>
            exit._tag === "Success"
              ? Effect.orDie(connection.executeUnprepared("COMMIT", [], undefined))
              : Effect.ignore(connection.executeUnprepared("ROLLBACK", [], undefined))
        )
  return {
    execute: (sql, params, transform) => whole(sql, connection.execute(sql, params, transform)),
    executeRaw: (sql, params) => whole(sql, connection.executeRaw(sql, params)),
    executeValues: (sql, params) => whole(sql, connection.executeValues(sql, params)),
    executeUnprepared: (sql, params, transform) => whole(sql, connection.executeUnprepared(sql, params, transform)),
    executeStream: (sql, params, transform) => connection.executeStream(sql, params, transform)
  }
}

/** A connection for a transaction. One that is broken has nothing to roll back, and is not used again. */
const forTransaction = (connection: Connection): Connection => ({
  execute: (sql, params, transform) => connection.execute(sql, params, transform),
  executeRaw: (sql, params) => connection.executeRaw(sql, params),
  executeValues: (sql, params) => connection.executeValues(sql, params),
  executeUnprepared: (sql, params, transform) =>
    sql === "ROLLBACK"
      ? Effect.orElseSucceed(connection.executeUnprepared(sql, params, transform), () => [])
      : connection.executeUnprepared(sql, params, transform),
  executeStream: (sql, params, transform) => connection.executeStream(sql, params, transform)
})

const notInstalled =
  "a PostgreSQL database needs the package @effect/sql-pg, which is not installed; this installs it: npm install @effect/sql-pg@^0.53.0"

/** `name` is how errors call the database. Everything is closed with the scope. */
export const make = (url: Redacted.Redacted, name: string): Effect.Effect<Clients, UnusableDatabase, Scope.Scope> =>
  Effect.gen(function* () {
    if (name === "postgres://") return yield* unusable(name, "its URL cannot be read")
    // Only here, so that a system on SQLite needs no driver of PostgreSQL.
    const PgClient = yield* Effect.tryPromise({
      try: () => import("@effect/sql-pg/PgClient"),
      catch: (error) => (codeOf(error) === "ERR_MODULE_NOT_FOUND" ? unusable(name, notInstalled) : unusableBecause(name, error))
    })
    const unlocked = yield* PgClient.make({
      url,
      applicationName: "effect-dintero",
      maxConnections: 10,
      // Also for a connection that others use.
      connectTimeout: "30 seconds"
    }).pipe(Effect.mapError((error) => unusableBecause(name, error.cause)))
    const sql = yield* SqlClient.make({
      acquirer: Effect.map(unlocked.reserve, alone),
      transactionAcquirer: Effect.map(unlocked.reserve, forTransaction),
      compiler: PgClient.makeCompiler(),
      beginTransaction: begin,
      spanAttributes: [["db.system.name", "postgresql"]]
    })
    return { sql, unlocked }
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))
