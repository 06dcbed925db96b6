import { signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { accountPath, get } from "../Controls.js"
import { type CardTable, cardTable } from "../parts/CardTable.js"
import { input, plain, select } from "../parts/Fields.js"
import { html } from "../parts/Html.js"
import { empty, none, timeOf } from "../parts/Texts.js"
import { button, failed, problem } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accountIds, accounts, chosenAccount } from "../System.js"
import type { Customer } from "../Types.js"
import { counted, grouped, hasWords, joined } from "../Words.js"

const most = 1_000

const customers = signal<ReadonlyArray<Customer>>([])
const text = signal("")

const load = async (): Promise<void> => {
  const account = chosenAccount.value
  const found = account === "" ? [] : await get<ReadonlyArray<Customer>>(`${accountPath(account)}/customers`)
  // Another may have been chosen meanwhile.
  if (account === chosenAccount.value) customers.value = found
}

const table: CardTable<Customer> = {
  id: "customers",
  caption: "Customers of the account",
  keyOf: ({ id }) => id,
  columns: [
    {
      title: "Customer",
      of: ({ customer_id, id }) => [customer_id, id !== customer_id && html`<span class="muted below">${id}</span>`]
    },
    { title: "E-mail", of: ({ email }) => email ?? none },
    { title: "Phone", class: "nowrap", of: ({ phone_number }) => phone_number ?? none },
    { title: "Type", of: ({ type }) => type },
    { title: "Password", of: ({ has_password }) => (has_password ? "yes" : "no") },
    { title: "Created", class: "nowrap", of: ({ created_at }) => timeOf(created_at) }
  ]
}

const noCustomer = () =>
  customers.value.length > 0
    ? empty("No customer fits the filter", "Take something out of the filter to see more.")
    : empty(
        chosenAccount.value === "" ? "There is no account" : "No customer yet",
        "Give the account customers in the seed file (accounts[].customers), and start the system with --seed."
      )

const View = () => {
  const all = customers.value.length
  const shown = customers.value.filter(({ customer_id, email, id, phone_number, type }) =>
    hasWords(text.value, [id, customer_id, email, phone_number, type])
  )
  const summary = joined(
    "",
    shown.length < all && `${grouped(shown.length)} of `,
    all > 0 && counted(all, "customer"),
    all >= most && `, the first ${grouped(most)}`
  )
  return html`
    <search class="row" aria-label="Filter the customers">
      ${select({ id: "customers-account", label: "Account", value: chosenAccount }, plain(accountIds.value))}
      ${input(
        { id: "customers-text", class: "grow", label: "Text", value: text },
        { type: "search", placeholder: "id, e-mail, phone" }
      )}
    </search>
    <p class="muted summary">${summary}</p>
    ${shown.length > 0 ? cardTable(table, shown) : noCustomer()}`
}

const askAgain = async (): Promise<void> => {
  await load()
  announce(counted(customers.value.length, "customer"))
}

export const section: Section = {
  name: "customers",
  label: "Customers",
  shown: () => {
    // Their number may be what has changed.
    accounts.value
    load().catch(failed(problem))
  },
  Actions: () => button({ text: "Ask again", work: askAgain }),
  View
}
