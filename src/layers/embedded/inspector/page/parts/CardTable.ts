/** A table whose rows are cards on a phone, where the name of the column stands in each cell. */
import "./CardTable.css"
import { joined } from "../Words.js"
import { type Html, html } from "./Html.js"

export interface Column<Row> {
  readonly title: string
  /** The title is for screen readers only. */
  readonly isUnnamed?: boolean
  readonly class?: string
  readonly of: (row: Row) => Html
}

export interface CardTable<Row> {
  readonly id: string
  readonly caption: string
  /** The first one names the row. */
  readonly columns: readonly [Column<Row>, ...Array<Column<Row>>]
  readonly keyOf: (row: Row) => string | number
}

/** With the roles that a table loses in some browsers when it is not laid out as one. */
export const cardTable = <Row>({ caption, columns, id, keyOf }: CardTable<Row>, rows: ReadonlyArray<Row>): Html => {
  const [first, ...others] = columns
  const head = columns.map(
    ({ class: className, isUnnamed = false, title }) => html`
      <th scope="col" role="columnheader" class=${className}>
        ${isUnnamed ? html`<span class="hidden">${title}</span>` : title}
      </th>`
  )
  const cellOf = (row: Row) => (column: Column<Row>) =>
    html`<td role="cell" class=${column.class} data-label=${column.isUnnamed ? undefined : column.title}>${column.of(row)}</td>`
  const body = rows.map(
    (row) => html`
      <tr key=${keyOf(row)} role="row">
        <th scope="row" role="rowheader" class=${joined(" ", "whole", first.class)}>${first.of(row)}</th>
        ${others.map(cellOf(row))}
      </tr>`
  )
  return html`
    <div class="framed">
      <table class="stacks" role="table">
        <caption class="hidden">${caption}</caption>
        <thead role="rowgroup"><tr role="row">${head}</tr></thead>
        <tbody id=${`${id}-rows`} role="rowgroup">${body}</tbody>
      </table>
    </div>`
}
