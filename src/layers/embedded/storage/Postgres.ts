/**
 * A `SqlClient` over PostgreSQL that several processes can share.
 *
 * As on SQLite there is one writer at a time, and readers do not wait: each transaction, and each statement that writes, has an advisory
 * lock of the database from its beginning to its end. So what a rule reads in a transaction stays true until the transaction ends,
 * whichever process the other writers are in. PostgreSQL takes the lock back from a process that is gone.
 *
 * The writers of one process wait in the process, and only the first of them waits at the database. So they never take all connections of
 * the pool, and readers get one.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import type { Compiler } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { unreadable } from "./DatabaseName.js"
import * as FailedCommit from "./FailedCommit.js"
import * as Turns from "./Turns.js"
import { codeOf, unusable, unusableBecause } from "./Unusable.js"

export interface Clients {
  readonly sql: SqlClient.SqlClient
  /** The same connections without the lock, for what no rule depends on. Inside a transaction it works in that transaction. */
  readonly unlocked: SqlClient.SqlClient
}

type Reserve = Effect.Effect<Connection, SqlError, Scope.Scope>

/** Any number, the same in every release. Other programs in the database may have locks of their own. */
export const lock = 4_711_202_611

/** How long a writer waits for the others of its process, and then how long for those of other processes. */
const defaultPatience = 30_000

/** PostgreSQL ends a transaction in which nothing happens for so long: a process that is stopped must not keep the lock. */
const maximumIdle = 60_000

/** How many connections one process has at most. They are made when they are needed, and closed after 10 seconds without work. */
export const maximumConnections = 10

const spanAttributes: ReadonlyArray<readonly [string, unknown]> = [["db.system.name", "postgresql"]]

/**
 * A connection of the pool, until the scope ends. The pool goes on for a caller who stops waiting, so what it finds is given back: the
 * driver would lose it.
 */
const reserveFrom = (pool: SqlClient.SqlClient): Reserve =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const own = yield* Scope.make()
      const giveBack = Scope.close(own, Exit.void)
      const reserving = yield* Effect.forkDaemon(Scope.extend(pool.reserve, own))
      const connection = yield* Effect.onError(restore(Fiber.join(reserving)), () =>
        Effect.forkDaemon(Effect.zipRight(Fiber.await(reserving), giveBack))
      )
      yield* Effect.addFinalizer(() => giveBack)
      return connection
    })
  )

const run = (connection: Connection, sql: string) => Effect.asVoid(connection.executeUnprepared(sql, [], undefined))

/** A connection that is broken has nothing to roll back, and the pool does not use it again. */
const rollback = (connection: Connection) => Effect.ignore(run(connection, "ROLLBACK"))

/** PostgreSQL answers ROLLBACK instead of an error when a statement of the transaction has failed before. */
const commit = (connection: Connection): Effect.Effect<void, SqlError> =>
  Effect.flatMap(connection.executeRaw("COMMIT", []), (result) =>
    Predicate.hasProperty(result, "command") && result.command === "ROLLBACK"
      ? new SqlError({ cause: new Error("a statement of the transaction has failed"), message: "Failed to commit" })
      : Effect.void
  )

/** `open` takes a connection and begins a transaction on it, and gives back what it took when the scope ends. */
const transactionsOver = (open: Reserve): SqlClient.SqlClient["withTransaction"] => {
  const acquireConnection = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.make(), (scope) =>
      restore(Scope.extend(open, scope)).pipe(
        Effect.map((connection) => [scope, connection] as const),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    )
  )
  const over = (acquire: typeof acquireConnection) =>
    SqlClient.makeWithTransaction({
      transactionTag: SqlClient.TransactionConnection,
      spanAttributes,
      acquireConnection: acquire,
      begin: () => Effect.void,
      savepoint: (connection, id) => run(connection, `SAVEPOINT effect_sql_${id}`),
      commit,
      rollback,
      rollbackSavepoint: (connection, id) => Effect.ignore(run(connection, `ROLLBACK TO SAVEPOINT effect_sql_${id}`))
    })
  // A caller who can be interrupted can be so while it waits for its turn, which is uninterruptible else.
  const interruptible = over(Effect.interruptible(acquireConnection))
  const uninterruptible = over(acquireConnection)
  return (effect) =>
    FailedCommit.asFailure(
      Effect.checkInterruptible((isInterruptible) => (isInterruptible ? interruptible : uninterruptible)(effect))
    )
}

type Use = <A>(sql: string, use: (connection: Connection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

/** `single` runs a statement outside of transactions. */
const clientOver = (
  reserve: Reserve,
  single: Use,
  withTransaction: SqlClient.SqlClient["withTransaction"],
  compiler: Compiler
) => {
  const connection: Connection = {
    execute: (sql, params, transform) => single(sql, (one) => one.execute(sql, params, transform)),
    executeRaw: (sql, params) => single(sql, (one) => one.executeRaw(sql, params)),
    executeValues: (sql, params) => single(sql, (one) => one.executeValues(sql, params)),
    executeUnprepared: (sql, params, transform) => single(sql, (one) => one.executeUnprepared(sql, params, transform)),
    executeStream: (sql, params, transform) =>
      Stream.unwrapScoped(Effect.map(reserve, (one) => one.executeStream(sql, params, transform)))
  }
  return Effect.map(SqlClient.make({ acquirer: Effect.succeed(connection), compiler, spanAttributes }), (client) =>
    Object.assign(client, { withTransaction })
  )
}

const notReadable = "its URL cannot be read; a special character of a password has to be encoded in it, such as @ as %40"

const notInstalled =
  "a PostgreSQL database needs the package @effect/sql-pg, which is not installed; this installs it: npm install @effect/sql-pg@^0.53.0"

/**
 * Everything is closed with the scope.
 *
 * - `name`: how errors call the database
 * - `patience`: in milliseconds, how long a writer waits
 */
export const make = (
  url: Redacted.Redacted,
  name: string,
  patience: number = defaultPatience
): Effect.Effect<Clients, UnusableDatabase, Scope.Scope> =>
  Effect.gen(function* () {
    if (name === unreadable) return yield* unusable(name, notReadable)
    // Only here, so that a system on SQLite needs no driver of PostgreSQL.
    const PgClient = yield* Effect.tryPromise({
      try: () => import("@effect/sql-pg/PgClient"),
      catch: (error) => (codeOf(error) === "ERR_MODULE_NOT_FOUND" ? unusable(name, notInstalled) : unusableBecause(name, error))
    })
    const pool = yield* PgClient.make({
      url,
      applicationName: "effect-dintero",
      maxConnections: maximumConnections,
      // Also for a connection that others use.
      connectTimeout: "30 seconds"
    }).pipe(Effect.mapError((error) => unusableBecause(name, error.cause)))
    const reserve = reserveFrom(pool)
    const turn = Turns.make(patience)

    const begin = `BEGIN; SET LOCAL lock_timeout = ${patience}; SET LOCAL idle_in_transaction_session_timeout = ${maximumIdle}`
    const begun = (statements: string) =>
      Effect.tap(reserve, (connection) => Effect.onError(run(connection, statements), () => rollback(connection)))

    const withLock = transactionsOver(Effect.zipRight(turn, begun(`${begin}; SELECT pg_advisory_xact_lock(${lock})`)))
    const withoutLock = transactionsOver(begun(begin))

    const onOwn: Use = (_, use) => Effect.scoped(Effect.flatMap(reserve, use))
    const inTransaction: Use = (_, use) =>
      withLock(
        Effect.flatMap(Effect.serviceOption(SqlClient.TransactionConnection), (current) =>
          Option.isNone(current) ? Effect.dieMessage("There is no transaction") : use(current.value[0])
        )
      )
    const compiler = PgClient.makeCompiler()
    return {
      sql: yield* clientOver(
        reserve,
        (sql, use) => (/^\s*SELECT\b/i.test(sql) ? onOwn(sql, use) : inTransaction(sql, use)),
        withLock,
        compiler
      ),
      unlocked: yield* clientOver(reserve, onOwn, withoutLock, compiler)
    }
  }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))
