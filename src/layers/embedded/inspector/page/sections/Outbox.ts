import { computed, signal } from "@preact/signals"
import { keepInAddress } from "../Address.js"
import { announce } from "../Announce.js"
import { get, ignored, queryOf, request } from "../Controls.js"
import { copy } from "../parts/Copy.js"
import { input } from "../parts/Fields.js"
import { type Html, html } from "../parts/Html.js"
import { empty, timeOf } from "../parts/Texts.js"
import { button } from "../parts/Work.js"
import type { Section } from "../Section.js"
import type { Message } from "../Types.js"
import { counted, countOf, hasWords } from "../Words.js"
import "./Outbox.css"

/** As many as the system answers at a time. */
const pageSize = 100
const most = 1_000

/** The oldest first. */
const messages = signal<ReadonlyArray<Message>>([])
/** Whether the system may have older ones that the page can still show. */
const hasOlder = signal(false)
const recipient = signal("")

keepInAddress("outbox", { recipient })

const templates: { readonly [template: string]: string } = {
  mfa_code: "One-time code",
  mfa_recovery_code: "Recovery code",
  verification_code: "Verification code",
  passwordless_code: "Login code",
  change_password: "Password change"
}
const channels: { readonly [channel: string]: string } = { sms: "SMS", email: "e-mail" }

const kindOf = ({ template }: Message) => templates[template] ?? template
const receiverOf = ({ channel, recipient }: Message) => `${channels[channel] ?? channel} to ${recipient}`

/** As many as there are already, so that those that somebody has asked for stay. */
const load = async (): Promise<void> => {
  const limit = Math.max(pageSize, messages.peek().length)
  const found = await get<ReadonlyArray<Message>>(`/outbox${queryOf({ limit: String(limit) })}`)
  messages.value = found
  hasOlder.value = found.length === limit && limit < most
}

const showOlder = async (): Promise<void> => {
  const [oldest] = messages.peek()
  if (oldest === undefined) return
  const found = await get<ReadonlyArray<Message>>(`/outbox${queryOf({ before: String(oldest.id) })}`)
  // The outbox may have been cleared meanwhile.
  if (messages.peek()[0] !== oldest) return
  messages.value = [...found, ...messages.value].slice(-most)
  hasOlder.value = found.length === pageSize && messages.value.length < most
  announce(found.length === 0 ? "There are no older messages" : `${counted(found.length, "message")} more`)
}

const add = (message: Message): void => {
  if (messages.value.some(({ id }) => id === message.id)) return
  messages.value = [...messages.value, message].slice(-most)
  // Digit by digit, as it will be typed.
  const what = message.code === null ? kindOf(message) : `Code ${message.code.split("").join(" ")}`
  announce(`${what}, ${receiverOf(message)}`)
}

const clear = async (): Promise<void> => {
  await request("DELETE", "/outbox")
  messages.value = []
  hasOlder.value = false
  announce("The outbox is empty")
}

const copyCode = (code: string, rest: { readonly label?: string; readonly class?: string } = {}): Html =>
  copy({ what: `the code ${code}`, text: () => code, ...rest })

const messageOf = (message: Message): Html => html`
  <li key=${message.id} class="card message">
    ${message.code !== null && html`<p class="wrap middle"><span class="code">${message.code}</span>${copyCode(message.code)}</p>`}
    <div class="stack">
      <p class="facts"><strong>${kindOf(message)}</strong><span>${receiverOf(message)}</span></p>
      <p>${message.text}</p>
      <p class="muted facts">${timeOf(message.at)}<span>${message.account_id}</span></p>
    </div>
  </li>`

const filter = () => html`
  <search class="row" aria-label="Filter the outbox">
    ${input(
      { id: "outbox-recipient", class: "grow", label: "Recipient", value: recipient },
      { type: "search", placeholder: "e-mail, phone", spellcheck: false }
    )}
  </search>`

const View = () => {
  if (messages.value.length === 0 && recipient.value === "") {
    return empty(
      "Nothing was sent yet",
      "When a login asks for a one-time code, the code arrives here instead of at a phone. Log a customer in whose login needs one, and it appears at the top of every section."
    )
  }
  const shown = messages.value.filter((message) => hasWords(recipient.value, [message.recipient]))
  return html`
    ${filter()}
    ${
      shown.length === 0
        ? empty("No message fits the filter", "Nothing was sent to such a recipient yet.")
        : html`<ol id="outbox-list" class="messages stack" reversed>${shown.reverse().map(messageOf)}</ol>`
    }
    ${hasOlder.value && html`<div class="actions">${button({ text: "Show older", label: "Show older messages", work: showOlder })}</div>`}`
}

const latest = computed(() => messages.value.findLast(({ code }) => code !== null))

/** The latest code, at the top of every other section. */
export const LatestCode = () => {
  const message = latest.value
  if (message === undefined || message.code === null) return null
  return html`
    <section id="latest" class="latest wrap middle" aria-labelledby="latest-title">
      <h2 id="latest-title">Latest code</h2>
      <p class="code" id="latest-code">${message.code}</p>
      <p class="muted">${receiverOf(message)}, ${timeOf(message.at)}</p>
      ${copyCode(message.code, { class: "", label: "Copy the code" })}
    </section>`
}

export const section: Section = {
  name: "outbox",
  label: "Outbox",
  lead: "The SMS and e-mails that the system would have sent. The newest is first.",
  count: () => `${countOf(messages.value)}${hasOlder.value ? "+" : ""}`,
  load,
  // A reset or a restore of an account changes the outbox too.
  events: { message: add, accounts: () => void load().catch(ignored) },
  Actions: () => button({ text: "Clear the outbox", work: clear }),
  View
}
