/** One customer with what belongs to it. */
import { signal } from "@preact/signals"
import { addressOf } from "../Address.js"
import { accountPath, get, queryOf, Refused } from "../Controls.js"
import { latest } from "../Latest.js"
import { type CardTable, cardTable } from "../parts/CardTable.js"
import { type Html, html } from "../parts/Html.js"
import { code, empty, fact, none, pretty, timeOf } from "../parts/Texts.js"
import { chosenAccount } from "../System.js"
import type { CustomerDetails, Token } from "../Types.js"
import { counted, grouped, joined } from "../Words.js"
import { consentsOf } from "./Consents.js"
import { addressWith, chosenCustomer } from "./CustomerFilter.js"
import "./Customers.css"

/** Nothing while it is asked for, and the id of a customer that there is not. */
const details = signal<CustomerDetails | string | undefined>(undefined)

const ask = latest()

export const load = async (): Promise<void> => {
  const id = chosenCustomer.value
  const shown = details.peek()
  if (typeof shown === "object" && shown.customer.customer_id !== id) details.value = undefined
  const path = `${accountPath(chosenAccount.value)}/customer${queryOf({ customer_id: id })}`
  const found = await ask((overtaken) =>
    get<CustomerDetails>(path, overtaken).catch((cause: unknown) => {
      if (cause instanceof Refused && cause.status === 404) return id
      throw cause
    })
  )
  if (found !== undefined) details.value = found
}

type Customer = CustomerDetails["customer"]

/** What has a place of its own. */
const placed = new Set([
  "id",
  "customer_id",
  "type",
  "created_at",
  "created_by",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "email",
  "phone_number",
  "marketing_consent",
  "attributes",
  "metadata"
])

/** A text that would need more room than a fact has. */
const isLong = (value: unknown): boolean => typeof value === "object" || String(value).length > 200

const valueOf = (name: string, value: unknown): Html =>
  isLong(value) ? code(name, pretty(value)) : html`<bdi>${String(value)}</bdi>`

const otherFacts = (customer: Customer): ReadonlyArray<Html> =>
  Object.entries(customer)
    .filter(([name, value]) => !placed.has(name) && value !== null)
    .sort(([, a], [, b]) => Number(isLong(a)) - Number(isLong(b)))
    .map(([name, value]) => fact(name, valueOf(name, value)))

const at = (time: string | undefined, by: string | undefined): Html =>
  time === undefined ? none : html`${timeOf(time)}${by !== undefined && html`<span class="muted below">by ${by}</span>`}`

/** An email or a phone number, whether it is confirmed, and what was sent there. */
const addressFact = (name: string, address: string | null | undefined, verifiedAt: string | null): Html =>
  fact(
    name,
    address === null || address === undefined
      ? none
      : html`
          <bdi>${address}</bdi>
          <span class="muted below">${verifiedAt === null ? "not verified" : html`verified ${timeOf(verifiedAt)}`}</span>
          <a class="below" href=${addressOf("outbox", { recipient: address })}>Messages to it</a>`
  )

const head = ({ customer, tags }: CustomerDetails): Html => {
  const { created_at, created_by, customer_id, deleted_at, deleted_by, id, type, updated_at } = customer
  const name = joined(" ", customer.first_name ?? "", customer.last_name ?? "") || customer.company?.bussiness_name
  const requests = addressOf("journal", { account_id: chosenAccount.value, customer_id })
  return html`
    <article class="card" aria-labelledby="customer-title">
      <div class="head">
        <h3 id="customer-title" class="customer-name"><bdi>${name || customer_id}</bdi></h3>
        <p class="wrap middle">
          <span class="tag">${type ?? "customer"}</span>
          ${deleted_at !== undefined && html`<span class="tag warn">deleted</span>`}
          <a href=${requests}>Requests about this customer</a>
        </p>
      </div>
      <dl class="facts-list columns">
        ${fact("customer_id", html`<bdi>${customer_id}</bdi>`)}
        ${fact("id", html`<code>${id}</code>`)}
        ${fact("Created", at(created_at, created_by))}
        ${deleted_at === undefined ? fact("Changed", at(updated_at, undefined)) : fact("Deleted", at(deleted_at, deleted_by))}
        ${fact(
          "Tags",
          tags.length === 0
            ? none
            : html`<ul class="plain-list wrap chips">${tags.map(
                (tag) =>
                  html`<li><a class="tag" href=${addressOf("customers", { account_id: chosenAccount.value, tag_id: tag.id ?? "" })}><bdi>${tag.tag}</bdi></a></li>`
              )}</ul>`
        )}
      </dl>
      ${deleted_at !== undefined && html`<p class="muted">Nothing else is left of a deleted customer.</p>`}
    </article>`
}

const tokenTable: CardTable<Token> = {
  id: "tokens",
  caption: "Tokens of the customer",
  keyOf: ({ token }) => token.id ?? "",
  columns: [
    {
      title: "Token",
      class: "breaks",
      of: ({ token: { deleted_at, type, value } }) => html`
        <bdi>${type}</bdi>${deleted_at !== undefined && html` <span class="tag warn">deleted</span>`}
        <code class="token-value">${value}</code>`
    },
    { title: "token_id", class: "breaks", of: ({ token }) => html`<bdi>${token.token_id ?? token.id}</bdi>` },
    { title: "Status", class: "breaks", of: ({ status }) => html`<bdi>${status}</bdi>` },
    {
      title: "Latest event",
      class: "breaks",
      of: ({ events, latest_event: latest }) =>
        latest === null
          ? none
          : html`
              <bdi>${latest.event}</bdi>
              <span class="muted below">
                ${latest.created_at !== undefined && timeOf(latest.created_at)}
                ${events > 1 && `, of ${counted(events, "event")}`}
              </span>`
    },
    { title: "Created", class: "when", of: ({ token: { created_at } }) => (created_at === undefined ? none : timeOf(created_at)) }
  ]
}

const tokensOf = ({ token_count, tokens }: CustomerDetails): Html =>
  tokens.length === 0
    ? html`<div class="card"><h3>Tokens</h3><p class="muted">none</p></div>`
    : html`
        <div class="head">
          <h3>Tokens</h3>
          <p class="muted summary">
            ${tokens.length < token_count ? `the newest ${tokens.length} of ${grouped(token_count)}` : counted(token_count, "token")}
          </p>
        </div>
        ${cardTable(tokenTable, tokens)}`

const jsonCard = (title: string, value: unknown): Html => html`
  <div class="card">
    <h3>${title}</h3>
    ${
      value === undefined || value === null || Object.keys(value).length === 0
        ? html`<p class="muted">none</p>`
        : code(title, pretty(value))
    }
  </div>`

const customerOf = (shown: CustomerDetails): Html => {
  const { customer, email_verified_at, has_password, has_pin, phone_verified_at } = shown
  const others = otherFacts(customer)
  if (customer.deleted_at !== undefined) return [head(shown), tokensOf(shown)]
  return html`
    ${head(shown)}
    <div class="pair">
      <div class="card">
        <h3>Contact and login</h3>
        <dl class="facts-list columns">
          ${addressFact("E-mail", customer.email, email_verified_at)}
          ${addressFact("Phone", customer.phone_number, phone_verified_at)}
          ${fact("Password", has_password ? "yes" : "no")}
          ${fact("PIN", has_pin ? "yes" : "no")}
        </dl>
      </div>
      <div class="card">
        <h3>Consents</h3>
        ${consentsOf(customer.marketing_consent)}
      </div>
    </div>
    ${tokensOf(shown)}
    <div class="card">
      <h3>Profile</h3>
      ${others.length === 0 ? html`<p class="muted">none</p>` : html`<dl class="facts-list columns">${others}</dl>`}
    </div>
    <div class="pair">
      ${jsonCard("Attributes", customer.attributes)}
      ${jsonCard("Metadata", customer.metadata)}
    </div>`
}

export const detail = (): Html => {
  const shown = details.value
  return html`
    <p><a id="customers-back" href=${addressWith({})}>Back to the customers</a></p>
    ${
      typeof shown === "string"
        ? empty("There is no such customer", `The account has no customer with the customer_id ${shown}.`)
        : shown !== undefined && customerOf(shown)
    }`
}
