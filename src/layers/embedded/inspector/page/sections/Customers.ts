import { effect, signal } from "@preact/signals"
import { sectionName } from "../Address.js"
import { announce } from "../Announce.js"
import { ignored } from "../Controls.js"
import { typingMillis } from "../Latest.js"
import { html } from "../parts/Html.js"
import { button, failed, problem } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accounts, chosenAccount, loadAccounts } from "../System.js"
import type { JournalEntry } from "../Types.js"
import * as CustomerDetail from "./CustomerDetail.js"
import * as CustomerFilter from "./CustomerFilter.js"
import * as CustomerList from "./CustomerList.js"

/** Counts the changes by the API, at most one a second. */
const changes = signal(0)
let isCounting = false

/** A request that has changed something of a customer of the account. */
const changesCustomer = ({ account_id, customer_ids, method, status }: JournalEntry): boolean =>
  account_id === chosenAccount.value && customer_ids.length > 0 && method !== "GET" && status !== null && status < 300

const heard = (entry: JournalEntry): void => {
  if (isCounting || !changesCustomer(entry)) return
  isCounting = true
  setTimeout(() => {
    isCounting = false
    changes.value += 1
  }, 1_000)
}

let typed = ""

const load = (): Promise<void> => {
  if (CustomerFilter.chosenCustomer.value !== "") return CustomerDetail.load()
  const isTyping = CustomerFilter.text.value !== typed
  typed = CustomerFilter.text.value
  return CustomerList.load(isTyping ? typingMillis : 0)
}

effect(() => {
  if (sectionName.value !== "customers") return
  accounts.value
  changes.value
  void CustomerFilter.loadTags().catch(ignored)
})

const askAgain = async (): Promise<void> => {
  CustomerList.forget()
  await Promise.all([load(), loadAccounts(), CustomerFilter.loadTags()])
  announce("Asked again")
}

export const section: Section = {
  name: "customers",
  label: "Customers",
  events: { request: heard, accounts: CustomerList.forget },
  shown: () => {
    // Either may have changed what is shown.
    accounts.value
    changes.value
    load().catch(failed(problem))
  },
  Actions: () => button({ text: "Ask again", work: askAgain }),
  View: () =>
    html`<div class="stack">${CustomerFilter.chosenCustomer.value === "" ? CustomerList.list() : CustomerDetail.detail()}</div>`
}
