/**
 * Checks whether a document is a snapshot that can be restored, before anything is changed.
 *
 * No issue contains a value, since a snapshot has digests and personal data.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { issuesOf, sentence } from "../../../../internal/Issues.js"
import { version as packageVersion } from "../../../../internal/Version.js"
import { AccountId } from "../../../../schemas/AccountId.js"
import type { Issue } from "../../../../schemas/DinteroError.js"
import { accountTableNames, accountTables } from "../../rooms/Tables.js"
import { version as tablesVersion } from "../../storage/Migrations.js"
import type { Table } from "../../storage/Table.js"
import { InvalidSnapshot } from "../ControlErrors.js"
import { Message } from "../outbox/Message.js"
import type { Rows } from "./StoredAccounts.js"

export const format = "effect-dintero snapshot"

/** The version of the document around the tables. */
export const version = 1

export const writtenBy = `effect-dintero ${packageVersion}`

/** The content of a document. */
export interface SnapshotContent {
  readonly account_id: string
  readonly tables: Rows
  readonly outbox: ReadonlyArray<Message>
}

type Row = ReadonlyArray<unknown>

type RowsByTable = ReadonlyMap<string, readonly [Table, ReadonlyArray<Row>]>

/** More issues than a person reads. */
const maximumIssues = 100

/** The number of issues in the message. */
const maximumSaid = 10

export const invalid = (issues: ReadonlyArray<Issue>): InvalidSnapshot => {
  const more = issues.length - maximumSaid
  const others = more > 0 ? `; and ${issues.length === maximumIssues ? "at least " : ""}${more} more` : ""
  return new InvalidSnapshot({
    message: `The snapshot is not valid: ${sentence(issues.slice(0, maximumSaid))}${others}.`,
    issues
  })
}

/** Collects issues. */
type Report = (path: string, message: string) => void

const isRow = (value: unknown): value is Row => Array.isArray(value)

/** The rows without an error in themselves. */
const soundRows = (name: string, table: Table, accountId: unknown, rows: unknown, report: Report): ReadonlyArray<Row> => {
  const path = `tables.${name}`
  if (rows === undefined) {
    report(path, "is missing")
    return []
  }
  if (!Array.isArray(rows)) {
    report(path, "expected an array")
    return []
  }
  const columns = Object.entries(table.columns)
  return rows.filter((row: unknown, i): row is Row => {
    const at = `${path}[${i}]`
    if (!isRow(row) || row.length !== columns.length) {
      report(at, `expected an array of ${columns.length} values`)
      return false
    }
    let isSound = true
    columns.forEach(([column, definition], j) => {
      const expected = definition.unexpected(row[j])
      if (expected !== undefined) report(`${at}.${column}`, `expected ${expected}`)
      else if (column === "account_id" && row[j] !== accountId)
        report(`${at}.${column}`, "expected the account_id of the snapshot")
      else return
      isSound = false
    })
    return isSound
  })
}

/** Returns the values of some columns as one text. `undefined` when one of them is NULL, which is equal to nothing. */
const keyOf = ({ columns }: Table, names: ReadonlyArray<string>) => {
  const all = Object.keys(columns)
  const positions = names.map((name) => all.indexOf(name))
  return (row: Row): string | undefined => {
    const values = positions.map((position) => row[position])
    return values.includes(null) ? undefined : JSON.stringify(values)
  }
}

/** The columns of a key without the `account_id`, which is the same everywhere. */
const own = (columns: ReadonlyArray<string>): string => columns.filter((column) => column !== "account_id").join(", ")

const repetitions = (name: string, table: Table, rows: ReadonlyArray<Row>, report: Report): void => {
  for (const columns of table.unique) {
    const key = keyOf(table, columns)
    const seen = new Map<string, number>()
    rows.forEach((row, i) => {
      const value = key(row)
      if (value === undefined) return
      const first = seen.get(value)
      if (first === undefined) seen.set(value, i)
      else report(`tables.${name}[${i}]`, `has the same ${own(columns) || "account_id"} as tables.${name}[${first}]`)
    })
  }
}

const danglingReferences = (name: string, table: Table, rows: RowsByTable, report: Report): void => {
  for (const { columns, table: to, target } of table.references) {
    const [toTable, toRows] = rows.get(to) ?? [table, []]
    const present = new Set(toRows.map(keyOf(toTable, target)))
    const key = keyOf(table, columns)
    rows.get(name)?.[1].forEach((row, i) => {
      const value = key(row)
      if (value !== undefined && !present.has(value)) {
        report(`tables.${name}[${i}].${own(columns) || "account_id"}`, `names nothing in tables.${to}`)
      }
    })
  }
}

const checkTables = (tables: unknown, accountId: unknown, issues: ReadonlyArray<Issue>, report: Report): RowsByTable => {
  if (!Predicate.isRecord(tables)) {
    report("tables", "expected an object")
    return new Map()
  }
  for (const name of Object.keys(tables)) {
    if (!Object.hasOwn(accountTables, name)) report(`tables.${name}`, "is not a known table")
  }
  const rows: RowsByTable = new Map(
    accountTableNames.map((name) => {
      const table: Table = accountTables[name]
      return [name, [table, soundRows(name, table, accountId, tables[name], report)]]
    })
  )
  // Without the rows that have errors, the checks below would report false issues.
  if (issues.length > 0) return rows
  if (rows.get("accounts")?.[1].length !== 1) report("tables.accounts", "expected one row")
  for (const [name, [table, found]] of rows) repetitions(name, table, found, report)
  for (const [name, [table]] of rows) danglingReferences(name, table, rows, report)
  return rows
}

const decodeOutbox = Schema.decodeUnknownEither(Schema.Array(Message), { errors: "all", onExcessProperty: "error" })

const checkOutbox = (outbox: unknown, accountId: unknown, report: Report): ReadonlyArray<Message> => {
  const decoded = decodeOutbox(outbox)
  if (Either.isLeft(decoded)) {
    for (const { message, path } of issuesOf(decoded.left))
      report(`outbox${path.startsWith("[") ? "" : path && "."}${path}`, message)
    return []
  }
  decoded.right.forEach((message, i) => {
    if (message.account_id !== accountId) report(`outbox[${i}].account_id`, "expected the account_id of the snapshot")
  })
  return decoded.right
}

/** The writer that the document names, unless that is not a release of this package. */
const writerOf = (written_by: unknown): string =>
  typeof written_by === "string" && /^effect-dintero \d[\w.+-]{0,60}$/.test(written_by) ? written_by : "another release"

const otherVersion = (document: { readonly [field: string]: unknown }): InvalidSnapshot | undefined => {
  const check = (field: "version" | "tables_version", what: string, readable: number): InvalidSnapshot | undefined => {
    const found = document[field]
    if (found === readable) return undefined
    if (!Number.isInteger(found)) return invalid([{ path: field, message: `expected ${readable}` }])
    return new InvalidSnapshot({
      message:
        `The snapshot has version ${String(found)} of ${what}, written by ${writerOf(document.written_by)}, and this release, ` +
        `${writtenBy}, reads version ${readable}: restore it with the release that wrote it, or take a new one with this release.`,
      issues: [{ path: field, message: `expected ${readable}` }]
    })
  }
  return check("version", "the format", version) ?? check("tables_version", "the tables", tablesVersion)
}

const fields = ["format", "version", "tables_version", "written_by", "account_id", "tables", "outbox"]

const isAccountId = Schema.is(AccountId)

export const check = (document: unknown): Either.Either<SnapshotContent, InvalidSnapshot> => {
  if (!Predicate.isRecord(document)) return Either.left(invalid([{ path: "", message: "expected an object" }]))
  if (document.format !== format) {
    return Either.left(invalid([{ path: "format", message: `expected ${JSON.stringify(format)}` }]))
  }
  const other = otherVersion(document)
  if (other !== undefined) return Either.left(other)

  const issues: Array<Issue> = []
  const report: Report = (path, message) => {
    if (issues.length < maximumIssues) issues.push({ path, message })
  }
  const { account_id, outbox, tables, written_by } = document
  for (const field of Object.keys(document)) {
    if (!fields.includes(field)) report(field, "is not a known field")
  }
  if (typeof written_by !== "string") report("written_by", "expected a string")
  if (!isAccountId(account_id)) report("account_id", "expected an account id: P or T and 8 digits")
  const rows = checkTables(tables, account_id, issues, report)
  const messages = checkOutbox(outbox, account_id, report)
  if (issues.length > 0 || !isAccountId(account_id)) return Either.left(invalid(issues))
  return Either.right({
    account_id,
    // Seam: these are all the tables, by their names.
    tables: Object.fromEntries([...rows].map(([name, [, sound]]) => [name, JSON.stringify(sound)])) as Rows,
    outbox: messages
  })
}
