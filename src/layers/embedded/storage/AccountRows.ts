/**
 * All rows of an account at once. The database itself reads, writes and copies them, for any list of tables.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Column, isStorable } from "./Column.js"
import * as Table from "./Table.js"

/**
 * The tables with the data of accounts, by their names, in the order in which rows can be inserted. The first one has one row for each
 * account. The first column of each table is `account_id`.
 */
export interface AccountTables {
  readonly [name: string]: Table.Table
}

/** For each table, the JSON of its rows: an array of arrays in the order of the columns, sorted by the primary key. */
export type AccountRows<Name extends string> = { readonly [Key in Name]: string }

/** The SQL of a dialect. */
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
  // SQLite aggregates in the order of the subquery, since it never drops the ORDER BY of a subquery of `json_group_array`. An ORDER BY in
  // the aggregate itself does not use the index of the primary key, and takes half as long again.
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

/** The statements for a table. */
const statementsOf = <Name extends string>(
  { cell, each, first, read, second }: Dialect,
  name: Name,
  { columns, primaryKey }: Table.Table
) => {
  const all = Object.entries(columns)
  const names = all.map(([column]) => column).join(", ")
  const cells = new Map(all.map(([column, definition], i) => [column, cell(i, definition)]))
  const key = primaryKey.join(", ")
  return {
    name,
    renamed: all.flatMap(([column, { copied }]) => (copied === undefined ? [] : [{ column, copied }])),
    read: `${read(name, names, key)} AS ${name}`,
    removeAll: `DELETE FROM ${name} WHERE account_id = ${first}`,
    remove: `DELETE FROM ${name} WHERE account_id = ${first} AND (${key}) IN (SELECT ${primaryKey.map((column) => cells.get(column)).join(", ")} FROM ${each(second)})`,
    add: `INSERT INTO ${name} (${names}) SELECT ${[...cells.values()].join(", ")} FROM ${each(first)}`,
    copy: `INSERT INTO ${name} (${names}) SELECT ${all.map(([column]) => (column === "account_id" ? second : column)).join(", ")} FROM ${name} WHERE account_id = ${first}`
  }
}

/** Rows to delete, or `undefined` for all of them, and rows to insert. */
interface Difference {
  readonly gone: string | undefined
  readonly added: string
}

/** The rows of an empty table. */
export const none = "[]"

// A row starts with a string, its `account_id`. Inside a JSON string every quotation mark has a backslash before it, and after the one at
// the end of a string comes a comma or a bracket. So this separator, followed by neither, is only found between two rows. Parsing the rows
// would take as long as everything else together.
const separator = '],["'
const between = /\],\["(?![,\]])/

const split = (rows: string): ReadonlySet<string> => new Set(rows === none ? [] : rows.slice(3, -2).split(between))

const join = (rows: ReadonlyArray<string>): string => (rows.length === 0 ? none : `[["${rows.join(separator)}]]`)

/**
 * Keeps the rows that are right already, unless they are few: writing everything again can take several times as long. The database writes
 * equal rows as equal text. A row whose text differs for another reason is only written once more.
 */
const differenceOf = (present: string, wanted: string): Difference => {
  if (present === wanted) return { gone: none, added: none }
  const [before, after] = [split(present), split(wanted)]
  const gone = [...before].filter((row) => !after.has(row))
  return gone.length > before.size / 2
    ? { gone: undefined, added: wanted }
    : { gone: join(gone), added: join([...after].filter((row) => !before.has(row))) }
}

export interface AccountRowsService<Name extends string, Tables extends AccountTables = AccountTables> {
  /** Inserts rows. One statement with one parameter takes a fraction of the time of an INSERT with a parameter for each value. */
  readonly add: <Key extends Name>(name: Key, rows: ReadonlyArray<Table.NewRow<Tables[Key]>>) => Effect.Effect<void, SqlError>
  readonly exists: (accountId: string) => Effect.Effect<boolean, SqlError>
  /** Each table is empty for an account that does not exist. */
  readonly read: (accountId: string) => Effect.Effect<AccountRows<Name>, SqlError>
  /** Makes these the account's only rows. Must run inside a transaction. */
  readonly write: (accountId: string, rows: AccountRows<Name>) => Effect.Effect<void, SqlError>
  /** Deletes the account's rows. Must run inside a transaction. */
  readonly remove: (accountId: string) => Effect.Effect<void, SqlError>
  /** Inserts the rows of one account for another one, with the values that `Column.copied` gives. Must run inside a transaction. */
  readonly copy: (from: string, to: string) => Effect.Effect<void, SqlError>
}

const decodeTexts = Table.decodeRows(Schema.Struct({ value: Schema.String }))

/** Builds the statements once. The effect makes the service for a database. */
export const over = <Tables extends AccountTables>(
  tables: Tables
): Effect.Effect<AccountRowsService<keyof Tables & string, Tables>, never, SqlClient.SqlClient> => {
  type Name = keyof Tables & string
  // Seam: `Object.entries` types the keys of a constant as string.
  const entries = Object.entries(tables) as ReadonlyArray<[Name, Table.Table]>
  const [accounts = ""] = Object.keys(tables)

  const allOf = (dialect: Dialect) => {
    const statements = entries.map(([name, table]) => statementsOf(dialect, name, table))
    // One statement sees one state, in any isolation.
    return {
      statements,
      adding: new Map(statements.map(({ add, name }) => [name, add])),
      readAll: `SELECT ${statements.map((table) => table.read).join(", ")}`
    }
  }
  const ofSqlite = allOf(sqlite)
  const ofPostgres = allOf(postgres)

  const names = entries.map(([name]) => name)
  const decodeRead = Table.decodeRows(Schema.Record({ key: Schema.Literal(...names), value: Schema.String }))

  return Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { adding, readAll, statements } = sql.onDialectOrElse({ sqlite: () => ofSqlite, orElse: () => ofPostgres })

    const read: AccountRowsService<Name>["read"] = (accountId) =>
      Effect.flatMap(decodeRead(sql.unsafe(readAll, [accountId])), ([rows]) =>
        rows === undefined ? Effect.dieMessage("A SELECT without FROM has one row") : Effect.succeed(rows)
      )

    const differences: (accountId: string, rows: AccountRows<Name>) => Effect.Effect<(name: Name) => Difference, SqlError> =
      sql.onDialectOrElse({
        sqlite: () => (accountId, rows) =>
          Effect.gen(function* () {
            // References are checked at the end of the transaction, so a row can be deleted and inserted while others refer to it.
            yield* sql`PRAGMA defer_foreign_keys = ON`
            const present = yield* read(accountId)
            return (name) => differenceOf(present[name], rows[name])
          }),
        // PostgreSQL cannot defer that check here, so everything is written again.
        orElse: () => (_, rows) => Effect.succeed((name) => ({ gone: undefined, added: rows[name] }))
      })

    return {
      add: (name, rows) => {
        if (rows.length === 0) return Effect.void
        const columns = Object.entries(tables[name]?.columns ?? {})
        const cells = rows.map((row: { readonly [column: string]: unknown }) =>
          columns.map(([column, { encode, isNullable }]) =>
            isNullable && row[column] === undefined ? null : encode(row[column])
          )
        )
        return Effect.asVoid(sql.unsafe(adding.get(name) ?? "", [JSON.stringify(cells)]))
      },
      exists: (accountId) =>
        isStorable(accountId)
          ? Effect.map(sql`SELECT 1 FROM ${sql(accounts)} WHERE account_id = ${accountId}`, (rows) => rows.length > 0)
          : Effect.succeed(false),
      read,
      write: (accountId, rows) =>
        Effect.gen(function* () {
          const differenceIn = yield* differences(accountId, rows)
          const changes = statements.map((table) => ({ ...table, ...differenceIn(table.name) }))
          for (const { gone, remove, removeAll } of [...changes].reverse()) {
            if (gone === undefined) yield* sql.unsafe(removeAll, [accountId])
            else if (gone !== none) yield* sql.unsafe(remove, [accountId, gone])
          }
          for (const { add, added } of changes) {
            if (added !== none) yield* sql.unsafe(add, [added])
          }
        }),
      remove: (accountId) =>
        Effect.forEach([...statements].reverse(), ({ removeAll }) => sql.unsafe(removeAll, [accountId]), { discard: true }),
      copy: (from, to) =>
        Effect.gen(function* () {
          for (const { copy } of statements) yield* sql.unsafe(copy, [from, to])
          for (const { name, renamed } of statements) {
            for (const { column, copied } of renamed) {
              const [table, cell] = [sql(name), sql(column)]
              const values = yield* decodeTexts(sql`SELECT DISTINCT ${cell} AS value FROM ${table} WHERE account_id = ${to}`)
              for (const { value } of values) {
                const changed = copied(value, from, to)
                if (changed === value) continue
                yield* sql`UPDATE ${table} SET ${cell} = ${changed} WHERE account_id = ${to} AND ${cell} = ${value}`
              }
            }
          }
        })
    }
  })
}
