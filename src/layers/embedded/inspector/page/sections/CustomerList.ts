/** The customers of an account that fit the filter, a page at a time. */
import { signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { get } from "../Controls.js"
import { latest } from "../Latest.js"
import { type CardTable, cardTable } from "../parts/CardTable.js"
import { type Html, html } from "../parts/Html.js"
import { empty, none, timeOf } from "../parts/Texts.js"
import { button } from "../parts/Work.js"
import { accounts, chosenAccount } from "../System.js"
import type { Customer } from "../Types.js"
import { counted, grouped } from "../Words.js"
import { addressWith, clearFilter, filter, isFiltered, pathOf } from "./CustomerFilter.js"

/** As many as the system answers at a time. */
const pageSize = 100

const customers = signal<ReadonlyArray<Customer>>([])
/** Whether more of them may be in the system. */
const hasMore = signal(false)
const isLoaded = signal(false)

/** What the customers are the answer to. */
let asked = ""

const ask = latest()

/** The first page would take the others away from somebody who has asked for them. */
export const hasPages = (): boolean => customers.peek().length > pageSize

export const forget = (): void => {
  asked = ""
}

export const load = async (millis: number): Promise<void> => {
  if (chosenAccount.value === "") {
    customers.value = []
    return
  }
  const path = pathOf("")
  if (path === asked && hasPages()) return
  const found = await ask((overtaken) => get<ReadonlyArray<Customer>>(path, overtaken), millis)
  if (found === undefined) return
  asked = path
  customers.value = found
  hasMore.value = found.length === pageSize
  isLoaded.value = true
}

const showMore = async (): Promise<void> => {
  const before = customers.value.length
  const path = pathOf(customers.value.at(-1)?.customer_id ?? "")
  const found = await ask((overtaken) => get<ReadonlyArray<Customer>>(path, overtaken))
  if (found === undefined) return
  customers.value = [...customers.value, ...found]
  hasMore.value = found.length === pageSize
  announce(found.length === 0 ? "There are no more" : `${counted(found.length, "customer")} more`)
  // The button that had the focus may be gone.
  requestAnimationFrame(() => {
    const links = document.querySelectorAll<HTMLElement>("#customers-rows th a")
    ;(links[before] ?? links[before - 1])?.focus()
  })
}

const linkTo = ({ customer_id, deleted_at, name }: Customer): Html => html`
  <a class="customer-link" href=${addressWith({ customer_id })}><bdi>${name ?? customer_id}</bdi></a>
  ${deleted_at !== null && html` <span class="tag warn">deleted</span>`}
  ${name !== null && html`<bdi class="muted below">${customer_id}</bdi>`}`

const table: CardTable<Customer> = {
  id: "customers",
  caption: "Customers of the account",
  keyOf: ({ id }) => id,
  columns: [
    { title: "Customer", class: "breaks roomy", of: linkTo },
    { title: "E-mail", class: "breaks roomy", of: ({ email }) => (email === null ? none : html`<bdi>${email}</bdi>`) },
    { title: "Phone", class: "nowrap", of: ({ phone_number }) => phone_number ?? none },
    { title: "Type", of: ({ type }) => type },
    { title: "Password", of: ({ has_password }) => (has_password ? "yes" : "no") },
    { title: "Created", class: "when", of: ({ created_at }) => timeOf(created_at) }
  ]
}

const noCustomer = (): Html => {
  if (!isLoaded.value) return null
  return isFiltered.value
    ? empty("No customer fits the filter", "Take something out of the filter to see more.")
    : empty(
        chosenAccount.value === "" ? "There is no account" : "No customer yet",
        "Create customers with the API, or give the account some in the seed file (accounts[].customers), and start the system with --seed."
      )
}

const summary = (): string => {
  const shown = customers.value.length
  const all = accounts.value.find(({ account_id }) => account_id === chosenAccount.value)?.customers ?? 0
  if (!isFiltered.value)
    return hasMore.value ? `the newest ${grouped(shown)} of ${counted(all, "customer")}` : counted(shown, "customer")
  return hasMore.value
    ? `the first ${grouped(shown)} that fit`
    : `${counted(shown, "customer")} that ${shown === 1 ? "fits" : "fit"}`
}

export const list = (): Html => html`
  ${filter()}
  <div class="wrap middle">
    <p id="customers-summary" class="muted summary" role="status">${isLoaded.value && summary()}</p>
    ${isFiltered.value && button({ class: "small", text: "Clear the filter", work: clearFilter })}
  </div>
  ${customers.value.length > 0 ? cardTable(table, customers.value) : noCustomer()}
  ${hasMore.value && html`<div class="actions">${button({ text: "Show more", work: showMore })}</div>`}`
