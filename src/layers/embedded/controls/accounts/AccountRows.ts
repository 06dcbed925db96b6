/**
 * All rows of an account at once: read, written and copied by the database itself, in whatever tables there are.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Audience from "../../rooms/clients/Audience.js"
import { type Column, isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { type AccountTable, accountTableNames, accountTables, grants } from "../../storage/Tables.js"
import { UnknownAccount } from "../ControlErrors.js"

/** Of each table, the JSON of its rows: an array of arrays in the order of the columns, sorted by the primary key. */
export type AccountRows = { readonly [Name in AccountTable]: string }

/** How a dialect says it. */
interface Dialect {
  readonly first: string
  readonly second: string
  /** The JSON of a table's rows, for the account of the first parameter. */
  readonly read: (name: string, columns: string, order: string) => string
  /** A table of the `value`s of a JSON array. */
  readonly each: (parameter: string) => string
  /** The cell of a row that is the `value`. */
  readonly cell: (position: number, column: Column) => string
}

const sqlite: Dialect = {
  first: "?1",
  second: "?2",
  // SQLite aggregates in the order of the subquery (it never drops the ORDER BY of one for `json_group_array`). To sort in the
  // aggregate itself does not use the index of the primary key, and takes half as long again.
  read: (name, columns, order) =>
    `(SELECT json_group_array(json_array(${columns})) FROM (SELECT * FROM ${name} WHERE account_id = ?1 ORDER BY ${order}))`,
  each: (parameter) => `json_each(${parameter})`,
  cell: (position) => `json_extract(value, '$[${position}]')`
}

const postgres: Dialect = {
  first: "$1",
  second: "$2",
  read: (name, columns, order) =>
    `(SELECT coalesce(json_agg(json_build_array(${columns}) ORDER BY ${order}), '[]')::text FROM ${name} WHERE account_id = $1)`,
  each: (parameter) => `json_array_elements(${parameter}::json)`,
  cell: (position, { type }) => `(value->>${position})::${type}`
}

/** What is done with a table, in a dialect. */
const statementsOf = ({ cell, each, first, read, second }: Dialect, name: AccountTable) => {
  const { columns, primaryKey }: Table.Table = accountTables[name]
  const all = Object.entries(columns)
  const names = all.map(([column]) => column).join(", ")
  const cells = new Map(all.map(([column, definition], i) => [column, cell(i, definition)]))
  const key = primaryKey.join(", ")
  return {
    name,
    read: `${read(name, names, key)} AS ${name}`,
    removeAll: `DELETE FROM ${name} WHERE account_id = ${first}`,
    remove: `DELETE FROM ${name} WHERE account_id = ${first} AND (${key}) IN (SELECT ${primaryKey.map((column) => cells.get(column)).join(", ")} FROM ${each(second)})`,
    add: `INSERT INTO ${name} (${names}) SELECT ${[...cells.values()].join(", ")} FROM ${each(first)}`,
    copy: `INSERT INTO ${name} (${names}) SELECT ${all.map(([column]) => (column === "account_id" ? second : column)).join(", ")} FROM ${name} WHERE account_id = ${first}`
  }
}

const allOf = (dialect: Dialect) => {
  const tables = accountTableNames.map((name) => statementsOf(dialect, name))
  // One statement sees one state, in any isolation.
  return { tables, readAll: `SELECT ${tables.map((table) => table.read).join(", ")}` }
}

const ofSqlite = allOf(sqlite)
const ofPostgres = allOf(postgres)

/** Rows that have to go, if not all of them, and rows that have to come. */
interface Difference {
  readonly gone: string | undefined
  readonly added: string
}

/** Of a table without a row. */
export const none = "[]"

// A row starts with a text, its `account_id`. Inside of a text there is no quotation mark without a backslash, and behind the one at its
// end comes a comma or a bracket; so this, followed by neither, stands nowhere but between two rows. To parse them instead would take as
// long as everything else.
const separator = '],["'
const between = /\],\["(?![,\]])/

const split = (rows: string): ReadonlySet<string> => new Set(rows === none ? [] : rows.slice(3, -2).split(between))

const join = (rows: ReadonlyArray<string>): string => (rows.length === 0 ? none : `[["${rows.join(separator)}]]`)

/**
 * Rows that are right already stay, unless they are few: to write everything anew can take several times as long. The database spells
 * equal rows in one way; one that somebody else has spelt is written anew at most.
 */
const differenceOf = (present: string, wanted: string): Difference => {
  if (present === wanted) return { gone: none, added: none }
  const [before, after] = [split(present), split(wanted)]
  const gone = [...before].filter((row) => !after.has(row))
  return gone.length > before.size / 2
    ? { gone: undefined, added: wanted }
    : { gone: join(gone), added: join([...after].filter((row) => !before.has(row))) }
}

// Seam: the schema of a struct whose fields are the names of the tables.
const readFields = Object.fromEntries(accountTableNames.map((name) => [name, Schema.String])) as {
  readonly [Name in AccountTable]: typeof Schema.String
}

const decodeRead = Table.decodeRows(Schema.Struct(readFields))

const decodeAudiences = Table.select(grants, "audience").decode

export interface AccountRowsService {
  readonly exists: (accountId: string) => Effect.Effect<boolean, SqlError>
  /** The same, for an account that has to be there. */
  readonly expect: (accountId: string) => Effect.Effect<void, SqlError | UnknownAccount>
  /** Each table is empty for an account that is not there. */
  readonly read: (accountId: string) => Effect.Effect<AccountRows, SqlError>
  /** Makes these the account's only rows. For inside a transaction. */
  readonly write: (accountId: string, rows: AccountRows) => Effect.Effect<void, SqlError>
  /** Gives another account the rows of this one; where an audience names this one, it names the other. For inside a transaction. */
  readonly copy: (from: string, to: string) => Effect.Effect<void, SqlError>
}

export const make: Effect.Effect<AccountRowsService, never, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { readAll, tables } = sql.onDialectOrElse({ sqlite: () => ofSqlite, orElse: () => ofPostgres })
  const withAudience = accountTableNames.filter((name) => "audience" in accountTables[name].columns)

  const exists: AccountRowsService["exists"] = (accountId) =>
    isStorable(accountId)
      ? Effect.map(sql`SELECT 1 FROM accounts WHERE account_id = ${accountId}`, (rows) => rows.length > 0)
      : Effect.succeed(false)

  const read: AccountRowsService["read"] = (accountId) =>
    Effect.flatMap(decodeRead(sql.unsafe(readAll, [accountId])), ([rows]) =>
      rows === undefined ? Effect.dieMessage("A SELECT without FROM has one row") : Effect.succeed(rows)
    )

  const differences: (accountId: string, rows: AccountRows) => Effect.Effect<(name: AccountTable) => Difference, SqlError> =
    sql.onDialectOrElse({
      sqlite: () => (accountId, rows) =>
        Effect.gen(function* () {
          // References are checked at the end of the transaction: a row may go and come again while others refer to it.
          yield* sql`PRAGMA defer_foreign_keys = ON`
          const present = yield* read(accountId)
          return (name) => differenceOf(present[name], rows[name])
        }),
      // That check cannot be put off here, so everything is written anew.
      orElse: () => (_, rows) => Effect.succeed((name) => ({ gone: undefined, added: rows[name] }))
    })

  return {
    exists,
    expect: (account_id) =>
      Effect.flatMap(exists(account_id), (found) =>
        found ? Effect.void : new UnknownAccount({ message: `The system has no account ${account_id}.`, account_id })
      ),
    read,
    write: (accountId, rows) =>
      Effect.gen(function* () {
        const differenceIn = yield* differences(accountId, rows)
        const changes = tables.map((table) => ({ ...table, ...differenceIn(table.name) }))
        for (const { gone, remove, removeAll } of [...changes].reverse()) {
          if (gone === undefined) yield* sql.unsafe(removeAll, [accountId])
          else if (gone !== none) yield* sql.unsafe(remove, [accountId, gone])
        }
        for (const { add, added } of changes) {
          if (added !== none) yield* sql.unsafe(add, [added])
        }
      }),
    copy: (from, to) =>
      Effect.gen(function* () {
        for (const { copy } of tables) yield* sql.unsafe(copy, [from, to])
        for (const name of withAudience) {
          const table = sql(name)
          const audiences = yield* decodeAudiences(sql`SELECT DISTINCT audience FROM ${table} WHERE account_id = ${to}`)
          for (const { audience } of audiences) {
            const renamed = Audience.renamed(audience, from, to)
            if (renamed === audience) continue
            yield* sql`UPDATE ${table} SET audience = ${renamed} WHERE account_id = ${to} AND audience = ${audience}`
          }
        }
      })
  } satisfies AccountRowsService
})
