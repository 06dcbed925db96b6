/**
 * Makes the tables, and brings those of an earlier version up to date.
 *
 * To change a table: change it in the `Tables.ts` of its room, add the statements that change an existing one to {@link migrations}, and keep a database
 * of the version before in `test/embedded/storage/databases`.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { UnusableDatabase } from "../system/EmbeddedStartError.js"
import { version4 } from "./migrations/Version4.js"
import { version5 } from "./migrations/Version5.js"
import * as SharedTables from "./SharedTables.js"
import * as Sqlite from "./Sqlite.js"
import * as Table from "./Table.js"
import { unusable, unusableBecause } from "./Unusable.js"

/**
 * - `up`: statements, run one after the other. Those of each dialect where they differ: SQLite replaces a table whose columns change, and
 *   PostgreSQL changes the columns, since it does not let go of a table that others refer to.
 */
export interface Migration {
  readonly to: number
  readonly up: ReadonlyArray<string> | { readonly [D in Table.Dialect]: ReadonlyArray<string> }
}

/** The first version that can be brought up to date. */
const firstVersion = 3

/** One for each later version, in order. */
export const migrations: ReadonlyArray<Migration> = [
  { to: 4, up: { sqlite: version4, pg: [...version4.map(Table.collated), ...SharedTables.version4] } },
  { to: 5, up: { sqlite: version5, pg: version5.map(Table.collated) } }
]

const lastOf = (list: ReadonlyArray<Migration>): number => list.at(-1)?.to ?? firstVersion

/** The version of the tables that this release reads and writes. */
export const version = lastOf(migrations)

const decodeNames = Schema.decodeUnknown(Schema.Array(Schema.Struct({ name: Schema.String })))
const decodeVersions = Schema.decodeUnknown(Schema.Array(Schema.Struct({ version: Schema.Number })))

const scripts = new WeakMap<ReadonlyArray<Table.Table>, { readonly [D in Table.Dialect]: string }>()

/** The statements that make the tables. Written once for all systems of a process. */
const scriptOf = (dialect: Table.Dialect, tables: ReadonlyArray<Table.Table>): string => {
  const scriptIn = (one: Table.Dialect, others: ReadonlyArray<string>): string =>
    [
      "CREATE TABLE effect_dintero_schema (version INTEGER NOT NULL)",
      `INSERT INTO effect_dintero_schema (version) VALUES (${version})`
    ]
      .concat(...tables.map((table) => Table.definition(one, table)), others)
      .join(";\n")
  const script = scripts.get(tables) ?? { sqlite: scriptIn("sqlite", []), pg: scriptIn("pg", SharedTables.definitions) }
  scripts.set(tables, script)
  return script[dialect]
}

/** SQLite would count a table that is replaced by another one as rows that are gone. It looks at this only outside of transactions. */
const withoutReferences = <A, E, R>(
  sql: SqlClient.SqlClient,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R> =>
  sql.onDialectOrElse({
    sqlite: () =>
      Effect.acquireUseRelease(
        sql.unsafe("PRAGMA foreign_keys = OFF").unprepared,
        () => effect,
        () => Effect.orDie(sql.unsafe("PRAGMA foreign_keys = ON").unprepared)
      ),
    orElse: () => effect
  })

const refusal = (found: number | undefined, readable: number): string =>
  found === undefined || found > readable
    ? `it has version ${found ?? "none"} of the tables, and this release reads version ${readable}: use the release that wrote it, or a newer one`
    : `it has version ${found} of the tables, and this release brings only version ${firstVersion} and later ones up to date`

/**
 * Makes the tables in an empty database, leaves those of this version as they are, and changes those of an earlier version. Anything else
 * is refused, unchanged. All in one transaction: a process that is killed meanwhile leaves the database as it was, and of several that
 * start at the same time the first one does it.
 *
 * Before a SQLite file is changed, a copy is put beside it. PostgreSQL gets none: only its own tools can make a copy that is worth to be
 * restored.
 *
 * - `database`: the path of a file, or how another database is named in errors
 * - `tables`: all tables, in the order in which they can be created
 * - `list`: other than {@link migrations} only in tests
 */
export const migrate = (
  database: string,
  tables: ReadonlyArray<Table.Table>,
  list: ReadonlyArray<Migration> = migrations
): Effect.Effect<void, UnusableDatabase, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = sql.onDialectOrElse({ pg: () => "pg" as const, orElse: () => "sqlite" as const })
    const existing = yield* (
      dialect === "pg"
        ? sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`
        : sql`SELECT name FROM sqlite_master WHERE type = 'table'`
    ).pipe(Effect.flatMap(decodeNames))
    if (existing.length === 0) return yield* Effect.asVoid(sql.unsafe(scriptOf(dialect, tables)).unprepared)
    if (!existing.some(({ name }) => name === "effect_dintero_schema")) {
      return yield* unusable(database, "it belongs to another program")
    }
    const [found] = yield* Effect.flatMap(sql`SELECT version FROM effect_dintero_schema`, decodeVersions)
    const readable = lastOf(list)
    if (found?.version === readable) return
    if (found === undefined || found.version > readable || found.version < firstVersion) {
      return yield* unusable(database, refusal(found?.version, readable))
    }
    if (dialect === "sqlite") {
      // The copy is of what the statements change: this transaction has the write lock already.
      yield* Sqlite.copy(database, `${database}.version-${found.version}`)
    }
    for (const { to, up } of list) {
      if (to <= found.version) continue
      for (const statement of "pg" in up ? up[dialect] : up) yield* sql.unsafe(statement).unprepared
      yield* sql`UPDATE effect_dintero_schema SET version = ${to}`
    }
    if (dialect === "sqlite" && (yield* sql`PRAGMA foreign_key_check`).length > 0) {
      return yield* unusable(database, "its tables cannot be brought up to date: rows would refer to nothing")
    }
  }).pipe(
    (effect) =>
      Effect.flatMap(SqlClient.SqlClient, (sql) =>
        // A database in memory is new.
        database === Sqlite.memory ? sql.withTransaction(effect) : withoutReferences(sql, sql.withTransaction(effect))
      ),
    Effect.catchTags({
      SqlError: (error: SqlError) => Effect.fail(unusableBecause(database, error.cause)),
      ParseError: () => Effect.fail(unusable(database, "it belongs to another program"))
    })
  )
