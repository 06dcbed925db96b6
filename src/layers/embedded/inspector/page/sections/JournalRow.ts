/** A request in the journal, and below it all that is known of it while it is open. */
import { signal } from "@preact/signals"
import { Component } from "preact"
import { addressOf } from "../Address.js"
import { type Html, html } from "../parts/Html.js"
import { code, fact, pretty, timeOf } from "../parts/Texts.js"
import type { JournalEntry } from "../Types.js"
import { duration, grouped, joined, time } from "../Words.js"

const reasons: { readonly [status: number]: string } = {
  200: "OK",
  201: "Created",
  204: "No content",
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Wrong type",
  429: "Too many",
  500: "Server error",
  502: "Bad gateway",
  503: "Unavailable",
  504: "Timed out"
}

const statusOf = (status: number | null): Html =>
  status === null
    ? html`<span class="status s-none">no answer</span>`
    : html`<span class=${`status s-${Math.floor(status / 100)}`}><b>${status}</b> ${reasons[status]}</span>`

/** A text that a narrow column breaks before a slash or a dot. */
const breakable = (text: string): Html => text.split(/(?=[/.])/).map((part, index) => (index === 0 ? part : html`<wbr />${part}`))

/** What the paths of an account have in common, and the rest. */
const pathOf = (path: string): Html => {
  const start = /^\/v1\/accounts\/[^/]+(?=\/)/.exec(path)?.[0] ?? ""
  return html`
    ${start !== "" && html`<span class="prefix">${breakable(start)}</span><wbr />`}
    <span>${breakable(path.slice(start.length))}</span>`
}

const bodyOf = (title: string, value: unknown, length: number | null | undefined, otherwise: string): Html => html`
  <div class="stack">
    <h4>${title}</h4>
    ${typeof length === "number" && html`<p class="muted">It has ${grouped(length)} bytes. This is the part of it that is kept.</p>`}
    ${value === null || value === undefined ? html`<p class="muted">${otherwise}</p>` : code(title, pretty(value))}
  </div>`

const phone = matchMedia("(max-width: 719px)")
/** Two of the columns are not shown on a phone. */
const columnCount = () => (phone.matches ? 4 : 6)
const columns = signal(columnCount())
phone.addEventListener("change", () => {
  columns.value = columnCount()
})

const customerOf =
  (accountId: string) =>
  (customerId: string): Html =>
    html`<li><a href=${addressOf("customers", { account_id: accountId, customer_id: customerId })}><bdi>${customerId}</bdi></a></li>`

const factsOf = ({ account_id, at, caller, customer_ids, duration_millis, fault, hint, operation }: JournalEntry) =>
  Object.entries({
    When: timeOf(at),
    Took: duration(duration_millis),
    Operation: operation ?? "none: the API has no such path or method",
    Account: account_id ?? "none",
    Customer:
      account_id === null || customer_ids.length === 0
        ? null
        : html`<ul class="plain-list">${customer_ids.map(customerOf(account_id))}</ul>`,
    Caller:
      caller === null
        ? "nobody: no token or secret was accepted"
        : joined(", as ", caller.client_id, caller.subject !== caller.client_id && caller.subject),
    Scopes: caller === null ? null : caller.scopes.join(", ") || "none",
    Why: hint,
    Fault: fault === null ? null : `${fault.kind}, by rule ${fault.rule}`
  }).filter(([, value]) => value !== null)

const missOf = ({ method, operation, path, why }: JournalEntry["near_misses"][number]): Html =>
  html`<li><code>${method} ${path}</code> (${operation}): ${why}</li>`

const Detail = ({ entry }: { readonly entry: JournalEntry }) => html`
  <tr class="detail" id=${`detail-${entry.id}`}>
    <td colspan=${columns.value}>
      <div class="stack">
        <h3>Request ${grouped(entry.id)}: ${entry.method} ${entry.path}</h3>
        ${
          entry.near_misses.length > 0 &&
          html`<div class="notice"><h4>Did you mean</h4><ul>${entry.near_misses.map(missOf)}</ul></div>`
        }
        <dl class="facts-list wrap">${factsOf(entry).map(([name, value]) => fact(name, value))}</dl>
        <div class="bodies">
          ${bodyOf("Request body", entry.request, entry.request_length, "No body, or one that could not be read.")}
          ${bodyOf(
            "Response body",
            entry.response,
            entry.response_length,
            entry.status === null ? "The connection was cut without an answer." : "No body."
          )}
        </div>
      </div>
    </td>
  </tr>`

export interface JournalRowProps {
  readonly entry: JournalEntry
  readonly isOpen: boolean
  /** Whether Tab stops at it. */
  readonly isTabStop: boolean
}

/** Drawn only when it has changed: there may be a thousand of them. */
export class JournalRow extends Component<JournalRowProps> {
  override shouldComponentUpdate({ entry, isOpen, isTabStop }: JournalRowProps): boolean {
    return entry !== this.props.entry || isOpen !== this.props.isOpen || isTabStop !== this.props.isTabStop
  }

  override render({ entry, isOpen, isTabStop }: JournalRowProps) {
    const { at, duration_millis, fault, id, method, operation, path, status } = entry
    const date = new Date(at)
    const millis = String(date.getMilliseconds()).padStart(3, "0")
    return html`
      <tr data-id=${id} class=${isOpen ? "open" : ""}>
        <td class="c-time"><time datetime=${at} title=${at}>${time.format(date)}<span class="millis">.${millis}</span></time></td>
        <td class="c-method">${method}</td>
        <td class="c-path">
          <button type="button" class="opener" tabindex=${isTabStop ? 0 : -1}
            aria-expanded=${isOpen} aria-controls=${isOpen ? `detail-${id}` : undefined}>${pathOf(path)}</button>
        </td>
        <td class="c-operation">${operation === null ? html`<span class="tag warn">unknown path</span>` : breakable(operation)}</td>
        <td class="c-status">${statusOf(status)}${fault !== null && html`<span class="tag warn">fault: ${fault.kind}</span>`}</td>
        <td class="c-ms number">${duration(duration_millis)}</td>
      </tr>
      ${isOpen && html`<${Detail} entry=${entry} />`}`
  }
}
