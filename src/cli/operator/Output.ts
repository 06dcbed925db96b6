/**
 * What the operators' commands print: JSON for programs, tables and records for people.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Printable from "../Printable.js"
import * as Terminal from "../Terminal.js"

/** Stands for a secret that was not asked for. */
export const mask = "********"

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const masked = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) return Redacted.make(mask)
  if (Array.isArray(value)) return value.map(masked)
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, masked(part)])) : value
}

/** The value as it is on the wire. Its secrets are masked unless they are to be shown. */
export const encoded = <A, I>(
  schema: Schema.Schema<A, I>,
  value: A,
  options: { readonly show: boolean } = { show: false }
): Effect.Effect<I> =>
  // It came from a decoder of the same schema, so it can be encoded.
  Effect.orDie(Schema.encodeUnknown(schema)(options.show ? value : masked(value)))

export const json = (value: unknown): Effect.Effect<void> => Terminal.print(`${Printable.json(value)}\n`)

export const line = (text: string): Effect.Effect<void> => Terminal.print(`${Printable.text(text)}\n`)

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return "-"
  return Printable.text(typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value))
}

const blank = 2

/** Names and values, one below the other. Values that are not there are left out. */
export const record = (fields: ReadonlyArray<readonly [name: string, value: unknown]>): Effect.Effect<void> => {
  const given = fields.filter(([, value]) => value !== undefined)
  const width = Math.max(...given.map(([name]) => name.length)) + blank
  return Terminal.print(given.map(([name, value]) => `${name.padEnd(width)}${cell(value)}\n`).join(""))
}

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => unknown
  /** Whether the text may be cut to fit the terminal. An id may not, since a person copies it. */
  readonly canBeCut?: boolean
}

const cut = (value: string, length: number): string =>
  value.length <= length ? value : `${value.slice(0, Math.max(1, length - 1))}…`

/** `width` is that of the terminal. A program or a file gets whole texts. */
export const tableText = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  width: number | undefined
): string => {
  const cells = rows.map((row) => columns.map((column) => cell(column.of(row))))
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)))
  const spare = () => (width ?? Number.POSITIVE_INFINITY) - widths.reduce((sum, own) => sum + own + blank, -blank)
  // The widest of the columns that can be cut loses a character until everything fits.
  while (spare() < 0) {
    const widest = columns.reduce(
      (best, { canBeCut, title }, index) =>
        canBeCut === true && (widths[index] ?? 0) > title.length && (widths[index] ?? 0) > (widths[best] ?? 0) ? index : best,
      -1
    )
    // When it does not fit in any case, a text that is cut to nothing would be a loss without a gain.
    if (widest === -1) return tableText(columns, rows, undefined)
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  const lineOf = (texts: ReadonlyArray<string>) =>
    texts
      .map((text, index) => cut(text, widths[index] ?? text.length).padEnd((widths[index] ?? 0) + blank))
      .join("")
      .trimEnd()
  return [columns.map(({ title }) => title), ...cells].map((row) => `${lineOf(row)}\n`).join("")
}

/** `none` is printed instead of a table without rows. */
export const table = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>, none: string): Effect.Effect<void> =>
  rows.length === 0 ? line(none) : Effect.suspend(() => Terminal.print(tableText(columns, rows, process.stdout.columns)))
