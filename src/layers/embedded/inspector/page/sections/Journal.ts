import { signal } from "@preact/signals"
import { h } from "preact"
import { html } from "../parts/Html.js"
import { empty } from "../parts/Texts.js"
import { button } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accounts } from "../System.js"
import type { JournalEntry } from "../Types.js"
import { counted, countOf, grouped, joined } from "../Words.js"
import { call } from "./Call.js"
import { ownGrant } from "./Calls.js"
import "./Journal.css"
import { add, clear, entries, hasOlder, held, isPaused, load, loadOlder, opened, pause } from "./JournalEntries.js"
import { asked, clearFilter, filter, fits, isFiltered } from "./JournalFilter.js"
import { JournalRow } from "./JournalRow.js"

/** With a call to begin with. */
const nothing = () => {
  if (isFiltered.value) {
    return empty("No request fits the filter", "Take something out of the filter to see more.")
  }
  const [first] = accounts.value.flatMap(({ account_id, clients }) =>
    clients.filter((client) => ownGrant(client) !== undefined).map((client) => call(account_id, client, "curl", false))
  )
  const text =
    first === undefined
      ? "Call the API, and what came in and was answered stands here."
      : "Make the first one: paste this into a terminal."
  return html`<div id="journal-empty">${empty("No request yet", text, first)}</div>`
}

/** One row can be reached by Tab, the others from there: a thousand stops would be a wall. */
const tabStop = signal<number | undefined>(undefined)

const rowOf = ({ target }: Event): HTMLTableRowElement | null =>
  target instanceof Element ? target.closest<HTMLTableRowElement>("tr[data-id]") : null

const toggle = (event: Event): void => {
  const row = rowOf(event)
  // A click that ends a selection is not meant for the row.
  if (row === null || (getSelection()?.toString() ?? "") !== "") return
  const id = Number(row.dataset.id)
  const next = new Set(opened.value)
  if (!next.delete(id)) next.add(id)
  opened.value = next
  tabStop.value = id
}

const step = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
  const openers = [...event.currentTarget.querySelectorAll<HTMLElement>(".opener")]
  const index = event.target instanceof HTMLElement ? openers.indexOf(event.target) : -1
  if (index < 0) return
  const next: { readonly [key: string]: number } = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: openers.length - 1 }
  const opener = openers[next[event.key] ?? -1]
  if (opener === undefined) return
  event.preventDefault()
  opener.focus()
}

const stopAt = (event: Event): void => {
  const row = rowOf(event)
  if (row !== null) tabStop.value = Number(row.dataset.id)
}

const requests = (shown: ReadonlyArray<JournalEntry>) => {
  const stop = shown.some(({ id }) => id === tabStop.value) ? tabStop.value : shown[0]?.id
  const rows = shown.map((entry) =>
    h(JournalRow, { key: entry.id, entry, isOpen: opened.value.has(entry.id), isTabStop: entry.id === stop })
  )
  return html`
    <table class="journal">
      <caption class="hidden">Requests, the newest first</caption>
      <thead>
        <tr>
          <th scope="col" class="c-time">Time</th>
          <th scope="col" class="c-method">Method</th>
          <th scope="col" class="c-path">Path</th>
          <th scope="col" class="c-operation">Operation</th>
          <th scope="col" class="c-status">Status</th>
          <th scope="col" class="c-ms number">Took</th>
        </tr>
      </thead>
      <tbody id="journal-rows" onClick=${toggle} onKeyDown=${step} onFocusIn=${stopAt}>${rows}</tbody>
    </table>`
}

const showOlder = async (): Promise<void> => {
  const next = await loadOlder()
  if (next === undefined) return
  tabStop.value = next.id
  // Where the reading goes on. The button that had the focus may be gone.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`#journal-rows tr[data-id="${next.id}"] .opener`)?.focus())
}

const View = () => {
  const all = entries.value.length
  const shown = entries.value.filter(fits).reverse()
  const summary = joined(
    "; ",
    all > 0 &&
      `${shown.length < all ? `${grouped(shown.length)} of ` : ""}${hasOlder.value ? "the newest " : ""}${counted(all, "request")}`,
    isPaused.value && joined(", ", "paused", held.value > 0 && `${grouped(held.value)} more wait`)
  )
  return html`
    ${filter()}
    <div class="wrap middle">
      <p id="journal-summary" class="muted summary">${summary}</p>
      ${isFiltered.value && button({ class: "small", text: "Clear the filter", work: clearFilter })}
    </div>
    ${shown.length > 0 ? requests(shown) : nothing()}
    ${hasOlder.value && html`<div class="actions">${button({ text: "Show older", label: "Show older requests", work: showOlder })}</div>`}`
}

const Actions = () => [
  button({ text: "Pause", isPressed: isPaused.value, work: pause }),
  button({ text: "Clear the journal", work: clear })
]

export const section: Section = {
  name: "journal",
  label: "Journal",
  lead: "What came in and what was answered, the newest first, the last 1,000. Enter or a click opens a request; arrow keys go from one to the next.",
  width: "wide",
  // Of a part of the requests it would seem to be the number of all.
  count: () => (asked.value === "" ? `${countOf(entries.value)}${hasOlder.value ? "+" : ""}` : ""),
  load,
  events: { request: add },
  Actions,
  View
}
