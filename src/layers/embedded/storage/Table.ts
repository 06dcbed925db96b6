/**
 * A table is one value. Its columns and keys give its definition in both dialects, the type of its rows, the statements that read and
 * write them, and the check of a snapshot.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment, Statement } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { DataVersionService } from "../system/DataVersion.js"
import type { Column } from "./Column.js"

export interface Columns {
  readonly [name: string]: Column
}

export interface Reference {
  readonly columns: ReadonlyArray<string>
  readonly table: string
  readonly target: ReadonlyArray<string>
}

export interface Table<C extends Columns = Columns> {
  readonly name: string
  readonly columns: C
  readonly primaryKey: ReadonlyArray<string>
  /** The primary key, and every other unique key. A NULL in a key is equal to nothing. */
  readonly unique: ReadonlyArray<ReadonlyArray<string>>
  readonly references: ReadonlyArray<Reference>
  readonly indices: { readonly [name: string]: ReadonlyArray<string> }
  /** Whether the table has no rows of an account after a reset of that account. */
  readonly isEmptyAfterReset: boolean
}

/** A row, decoded. */
export type Row<T extends Table> = { readonly [Name in keyof T["columns"]]: Schema.Schema.Type<T["columns"][Name]["schema"]> }

type NullableIn<T extends Table> = {
  [Name in keyof T["columns"]]: null extends Row<T>[Name] ? Name : never
}[keyof T["columns"]]

/** A row to insert. A column that is left out is NULL. */
export type NewRow<T extends Table> = Omit<Row<T>, NullableIn<T>> & Partial<Pick<Row<T>, NullableIn<T>>>

/**
 * - `references`: by the name of the table that is referred to, pairs of a column of this table and the column there
 * - `isEmptyAfterReset`: false by default
 */
export interface Keys<Name> {
  readonly primaryKey: ReadonlyArray<Name>
  readonly unique?: ReadonlyArray<ReadonlyArray<Name>>
  readonly references?: { readonly [table: string]: ReadonlyArray<readonly [column: Name, target: string]> }
  readonly indices?: { readonly [name: string]: ReadonlyArray<Name> }
  readonly isEmptyAfterReset?: boolean
}

export const make = <const C extends Columns>(name: string, columns: C, keys: Keys<keyof C & string>): Table<C> => ({
  name,
  columns,
  primaryKey: keys.primaryKey,
  unique: [keys.primaryKey, ...(keys.unique ?? [])],
  references: Object.entries(keys.references ?? {}).map(([table, pairs]) => ({
    columns: pairs.map(([column]) => column),
    table,
    target: pairs.map(([, target]) => target)
  })),
  indices: keys.indices ?? {},
  isEmptyAfterReset: keys.isEmptyAfterReset ?? false
})

export type Dialect = "sqlite" | "pg"

/** A statement that makes columns, with the collation that texts have on PostgreSQL. */
export const collated = (statement: string): string => statement.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')

/** With this collation PostgreSQL compares texts by their bytes, as SQLite does, whatever the collation of the database is. */
const typeIn = (dialect: Dialect, { type }: Column): string => (dialect === "pg" && type === "TEXT" ? 'TEXT COLLATE "C"' : type)

/** The statements that create the table. */
export const definition = (dialect: Dialect, { columns, indices, name, references, unique }: Table): ReadonlyArray<string> => {
  const list = (names: ReadonlyArray<string>): string => `(${names.join(", ")})`
  return [
    `CREATE TABLE ${name} ${list([
      ...Object.entries(columns).map(([column, one]) => `${column} ${typeIn(dialect, one)}${one.isNullable ? "" : " NOT NULL"}`),
      ...unique.map((key, i) => `${i === 0 ? "PRIMARY KEY" : "UNIQUE"} ${list(key)}`),
      ...references.map(({ columns, table, target }) => `FOREIGN KEY ${list(columns)} REFERENCES ${table} ${list(target)}`)
    ])}`,
    ...Object.entries(indices).map(([index, key]) => `CREATE INDEX ${index} ON ${name} ${list(key)}`)
  ]
}

/** A row that does not fit is a defect: this package wrote it wrongly, or something else changed the database. */
export const decodeRows = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(Schema.Array(schema))
  return <E, R>(rows: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
    Effect.flatMap(rows, (found) => Effect.orDie(decode(found)))
}

/** Some columns of a table, for reading. */
export interface Selection<A> {
  /** For a `RETURNING` clause or a hand-written SELECT. */
  readonly columns: string
  readonly decode: <E, R>(rows: Effect.Effect<ReadonlyArray<unknown>, E, R>) => Effect.Effect<ReadonlyArray<A>, E, R>
  /** `SELECT columns FROM table`, followed by `rest`, which starts with WHERE or ORDER BY. */
  readonly from: (sql: SqlClient.SqlClient, rest: Fragment) => Effect.Effect<ReadonlyArray<A>, SqlError>
  /** The same without an effect, where that is possible. `rest` has a `?` for each parameter. */
  readonly atOnce: (
    data: DataVersionService,
    rest: string,
    ...params: ReadonlyArray<string | number>
  ) => ReadonlyArray<A> | undefined
}

/** A decoder that is compiled at its first use: a start does not use most of them. */
const compiledOnce = <A>(compile: () => (value: unknown) => A): ((value: unknown) => A) => {
  let decode: ((value: unknown) => A) | undefined
  return (value) => {
    decode ??= compile()
    return decode(value)
  }
}

export const select = <C extends Columns, Name extends keyof C & string>(
  table: Table<C>,
  ...names: ReadonlyArray<Name>
): Selection<Pick<Row<Table<C>>, Name>> => {
  const fields = () => Object.fromEntries(names.map((name) => [name, table.columns[name]?.schema ?? Schema.Never]))
  const decodeWhole = compiledOnce(() =>
    // Seam: these are the schemas of these columns, by their names.
    Schema.decodeUnknownSync(Schema.Array(Schema.Struct(fields()) as unknown as Schema.Schema<Pick<Row<Table<C>>, Name>>))
  )
  const decodeEach = names.flatMap((name) => {
    const column = table.columns[name]
    if (column === undefined) return []
    const decodeValue = compiledOnce<unknown>(() => Schema.decodeUnknownSync(column.schema))
    return [{ name, isDecoded: column.isDecoded, decodeValue }]
  })
  /** By column, since the schema of a whole row takes longer than the statement, and most columns need none. */
  const decodeRow = (row: unknown) => {
    const decoded: Record<string, unknown> = {}
    for (const { decodeValue, isDecoded, name } of decodeEach) {
      const value = Predicate.isRecord(row) ? row[name] : undefined
      decoded[name] = isDecoded(value) ? value : decodeValue(value)
    }
    // Seam: each column has its type.
    return decoded as Pick<Row<Table<C>>, Name>
  }
  const decodeAll = (rows: ReadonlyArray<unknown>): ReadonlyArray<Pick<Row<Table<C>>, Name>> => {
    try {
      return rows.map(decodeRow)
    } catch {
      // A row that does not fit is a defect, and the schema of the whole says where.
      return decodeWhole(rows)
    }
  }
  const decode = <E, R>(rows: Effect.Effect<ReadonlyArray<unknown>, E, R>) => Effect.map(rows, decodeAll)
  const columns = names.join(", ")
  const selected = `SELECT ${columns} FROM ${table.name} `
  return {
    columns,
    decode,
    from: (sql, rest) => decode(sql`${sql.literal(selected)}${rest}`),
    atOnce: (data, rest, ...params) => {
      const rows = data.rows(selected + rest, params)
      return rows && decodeAll(rows)
    }
  }
}

const encoded = (table: Table, row: object) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, table.columns[name]?.encode(value)]))

/** An `INSERT` of one row. More clauses can follow it. */
export const insert = <C extends Columns>(sql: SqlClient.SqlClient, table: Table<C>, row: NewRow<Table<C>>): Statement<object> =>
  sql`INSERT INTO ${sql.literal(table.name)} ${sql.insert(encoded(table, row))}`

/** One `INSERT` of several rows. All rows must have the same columns. */
export const insertAll = <C extends Columns>(
  sql: SqlClient.SqlClient,
  table: Table<C>,
  rows: ReadonlyArray<NewRow<Table<C>>>
): Statement<object> => sql`INSERT INTO ${sql.literal(table.name)} ${sql.insert(rows.map((row) => encoded(table, row)))}`
