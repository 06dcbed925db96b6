/** Small parts that show something. */
import { dayAndTime, grouped } from "../Words.js"
import { type Html, html } from "./Html.js"

export const timeOf = (iso: string): Html => html`<time datetime=${iso} title=${iso}>${dayAndTime.format(new Date(iso))}</time>`

export const none: Html = html`<span class="muted">none</span>`

/** In the place of a list that has nothing in it. */
export const empty = (title: string, text: string, more?: Html): Html => html`
  <div class="empty">
    <h3>${title}</h3>
    <p>${text}</p>
    ${more}
  </div>`

/** A name and its value, in a list of facts. */
export const fact = (name: string, value: Html): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`

/** JSON in which no character turns the direction of those after it. */
const readable = (json: string): string =>
  json.replaceAll(
    /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (turn) => `\\u${turn.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** A text as it is, or anything else as JSON. */
export const pretty = (value: unknown): string => {
  const text = typeof value === "string" ? value : readable(JSON.stringify(value, null, 2))
  return text.length > 100_000 ? `${text.slice(0, 100_000)}\n… (${grouped(text.length)} characters)` : text
}

/** Text that scrolls by itself, so that Tab has to get there. */
export const code = (label: string, text: string): Html =>
  html`<pre tabindex="0" role="group" aria-label=${label}><code>${text}</code></pre>`
