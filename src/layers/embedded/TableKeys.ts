/**
 * The keys and references of a table, as data.
 */
import type { Table } from "./Tables.js"

export interface Reference {
  readonly columns: ReadonlyArray<string>
  readonly table: string
  readonly target: ReadonlyArray<string>
}

export interface TableKeys {
  readonly primary: ReadonlyArray<string>
  /** The primary key and every other one. A NULL in one is equal to nothing. */
  readonly unique: ReadonlyArray<ReadonlyArray<string>>
  readonly references: ReadonlyArray<Reference>
}

const listOf = (columns = ""): ReadonlyArray<string> => columns.split(", ")

const matchesOf = (pattern: RegExp, { constraints }: Table) =>
  constraints.flatMap((constraint) => {
    const match = pattern.exec(constraint)
    return match === null ? [] : [match]
  })

export const of = (table: Table): TableKeys => {
  const [primary = []] = matchesOf(/^PRIMARY KEY \((.+)\)$/, table).map(([, columns]) => listOf(columns))
  return {
    primary,
    unique: [primary, ...matchesOf(/^UNIQUE \((.+)\)$/, table).map(([, columns]) => listOf(columns))],
    references: matchesOf(/^FOREIGN KEY \((.+)\) REFERENCES (\w+) \((.+)\)$/, table).map(
      ([, columns, name = "", target]): Reference => ({ columns: listOf(columns), table: name, target: listOf(target) })
    )
  }
}
