import { computed, signal } from "@preact/signals"
import { h } from "preact"
import { announce } from "../Announce.js"
import { get, request } from "../Controls.js"
import { input, plain, select } from "../parts/Fields.js"
import { html } from "../parts/Html.js"
import { empty } from "../parts/Texts.js"
import { button } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accounts, operations } from "../System.js"
import type { JournalEntry } from "../Types.js"
import { counted, countOf, grouped, hasWords, joined } from "../Words.js"
import { call } from "./Call.js"
import { ownGrant } from "./Calls.js"
import "./Journal.css"
import { JournalRow } from "./JournalRow.js"

const most = 1_000

/** The oldest first. */
const entries = signal<ReadonlyArray<JournalEntry>>([])
const opened = signal<ReadonlySet<number>>(new Set())
const isPaused = signal(false)
/** How many came since the pause began. */
const held = signal(0)

const text = signal("")
const status = signal("")
const operation = signal("")

/** What came since the last frame, or since the pause began. */
let waiting: ReadonlyArray<JournalEntry> = []
let isScheduled = false

const take = (): void => {
  const byId = new Map([...entries.value, ...waiting].map((entry) => [entry.id, entry]))
  entries.value = [...byId.values()].slice(-most)
  waiting = []
  held.value = 0
}

const flush = (): void => {
  isScheduled = false
  if (isPaused.value) held.value = waiting.length
  else take()
}

/** However many come, the page draws once for each frame. */
const add = (entry: JournalEntry): void => {
  waiting = [...waiting, entry].slice(-most)
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(flush)
}

const forget = (): void => {
  entries.value = []
  opened.value = new Set()
}

const load = async (): Promise<void> => {
  const found = await get<ReadonlyArray<JournalEntry>>("/journal")
  forget()
  waiting = [...found, ...waiting]
  take()
}

const clear = async (): Promise<void> => {
  await request("DELETE", "/journal")
  waiting = []
  held.value = 0
  forget()
  announce("The journal is empty")
}

const pause = (): void => {
  isPaused.value = !isPaused.value
  flush()
}

const fitsStatus = ({ fault, status: answered }: JournalEntry): boolean => {
  if (status.value === "fault") return fault !== null
  if (status.value === "none") return answered === null
  return status.value === "" || Number(status.value) === Math.floor((answered ?? 0) / 100)
}

const fits = (entry: JournalEntry): boolean =>
  fitsStatus(entry) &&
  (operation.value === "" || (entry.operation ?? "none") === operation.value) &&
  hasWords(text.value, [
    entry.method,
    entry.path,
    entry.operation,
    entry.account_id,
    entry.caller?.client_id,
    entry.caller?.subject
  ])

const isFiltered = computed(() => text.value.trim() !== "" || status.value !== "" || operation.value !== "")

const statuses = {
  2: "2xx, succeeded",
  3: "3xx, redirected",
  4: "4xx, refused",
  5: "5xx, failed",
  none: "no answer",
  fault: "with a fault"
}

const filter = () => html`
  <search class="row" aria-label="Filter the journal">
    ${input(
      { id: "journal-text", class: "grow", label: "Text", value: text },
      { type: "search", placeholder: "path, account, client" }
    )}
    ${select({ id: "journal-status", label: "Status", value: status }, statuses, "any")}
    ${select(
      { id: "journal-operation", label: "Operation", value: operation },
      { ...plain(operations), none: "none: unknown path" },
      "any"
    )}
  </search>`

/** With a call to begin with. */
const nothing = () => {
  if (isFiltered.value && entries.value.length > 0) {
    return empty("No request fits the filter", "Take something out of the filter to see more.")
  }
  const [first] = isFiltered.value
    ? []
    : accounts.value.flatMap(({ account_id, clients }) =>
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

const View = () => {
  const all = entries.value.length
  const shown = entries.value.filter(fits).reverse()
  const summary = joined(
    "; ",
    all > 0 && `${shown.length < all ? `${grouped(shown.length)} of ` : ""}${counted(all, "request")}`,
    isPaused.value && joined(", ", "paused", held.value > 0 && `${grouped(held.value)} more wait`)
  )
  return html`
    ${filter()}
    <p id="journal-summary" class="muted summary">${summary}</p>
    ${shown.length > 0 ? requests(shown) : nothing()}`
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
  count: () => countOf(entries.value),
  load,
  events: { request: add },
  Actions,
  View
}
