/**
 * The database of a system: SQLite for one process or for several on one machine, PostgreSQL for any number of processes.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as DataVersion from "../system/DataVersion.js"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { type Database, isPostgres, nameOf, urlOf } from "./DatabaseName.js"
import * as Sqlite from "./Sqlite.js"

export interface Connected {
  readonly sql: SqlClient.SqlClient
  readonly version: DataVersion.DataVersionService
  /** The database in which several processes share the clock, the outbox and the journal. `None` on SQLite, where they are in memory. */
  readonly shared: Option.Option<SqlClient.SqlClient>
}

export const connect = (database: Database): Effect.Effect<Connected, UnusableDatabase, Scope.Scope> =>
  isPostgres(database)
    ? Effect.flatMap(
        Effect.promise(() => import("./Postgres.js")),
        (Postgres) =>
          Effect.map(Postgres.make(urlOf(database), nameOf(database)), ({ sql, unlocked }) => ({
            sql,
            version: DataVersion.unknown,
            shared: Option.some(unlocked)
          }))
      )
    : Effect.map(Sqlite.versioned(nameOf(database)), (connected) => ({ ...connected, shared: Option.none() }))
