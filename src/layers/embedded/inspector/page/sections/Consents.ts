/** To what a customer agreed, by channel. An account can have channels of its own, whose shape is its own too. */
import { isRecord } from "../Controls.js"
import { type CardTable, cardTable } from "../parts/CardTable.js"
import { type Html, html } from "../parts/Html.js"
import { none, timeOf } from "../parts/Texts.js"

type Consent = readonly [channel: string, value: unknown]

const isTime = (value: unknown): value is string => typeof value === "string" && !Number.isNaN(Date.parse(value))

const givenIn = (value: unknown): Html => {
  if (!isRecord(value) || typeof value.consent !== "boolean") return html`<code>${JSON.stringify(value)}</code>`
  return value.consent ? html`<span class="tag good">given</span>` : html`<span class="tag warn">not given</span>`
}

const table: CardTable<Consent> = {
  id: "consents",
  caption: "Consents by channel",
  keyOf: ([channel]) => channel,
  columns: [
    { title: "Channel", class: "breaks", of: ([channel]) => html`<bdi>${channel}</bdi>` },
    { title: "Consent", class: "breaks", of: ([, value]) => givenIn(value) },
    {
      title: "Since",
      of: ([, value]) => (isRecord(value) && isTime(value.updated_at) ? timeOf(value.updated_at) : none)
    }
  ]
}

export const consentsOf = (consents: object | undefined): Html => {
  const all: ReadonlyArray<Consent> = Object.entries(consents ?? {})
  return all.length === 0 ? html`<p class="muted">none</p>` : cardTable(table, all)
}
