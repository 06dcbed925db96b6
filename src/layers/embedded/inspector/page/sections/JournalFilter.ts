/** Which requests the journal shows. The system finds those of an operation, of an account and of a customer; the page does the rest. */
import { computed, signal } from "@preact/signals"
import { keepInAddress } from "../Address.js"
import { queryOf } from "../Controls.js"
import { input, plain, select } from "../parts/Fields.js"
import { type Html, html } from "../parts/Html.js"
import { accountIds, operations } from "../System.js"
import type { JournalEntry } from "../Types.js"
import { hasWords } from "../Words.js"

const text = signal("")
const status = signal("")
const operation = signal("")
const accountId = signal("")
const customerId = signal("")

const fields = { text, status, operation, account_id: accountId, customer_id: customerId }

keepInAddress("journal", fields)

const askedFields = () => ({ operation: operation.value, account_id: accountId.value, customer_id: customerId.value.trim() })

/** The query by which the system is asked. */
export const asked = computed(() => queryOf(askedFields()))

/** The same for the requests before one of them. */
export const askedBefore = (id: number): string => queryOf({ ...askedFields(), before: String(id) })

/** Whether the system would answer it. */
export const isAsked = (entry: JournalEntry): boolean =>
  (operation.value === "" || (entry.operation ?? "none") === operation.value) &&
  (accountId.value === "" || entry.account_id === accountId.value) &&
  (customerId.value.trim() === "" || entry.customer_ids.includes(customerId.value.trim()))

const fitsStatus = ({ fault, status: answered }: JournalEntry): boolean => {
  if (status.value === "fault") return fault !== null
  if (status.value === "none") return answered === null
  return status.value === "" || Number(status.value) === Math.floor((answered ?? 0) / 100)
}

export const fits = (entry: JournalEntry): boolean =>
  isAsked(entry) &&
  fitsStatus(entry) &&
  hasWords(text.value, [
    entry.method,
    entry.path,
    entry.operation,
    entry.account_id,
    ...entry.customer_ids,
    entry.caller?.client_id,
    entry.caller?.subject
  ])

export const isFiltered = computed(() => Object.values(fields).some(({ value }) => value.trim() !== ""))

export const clearFilter = (): void => {
  for (const field of Object.values(fields)) field.value = ""
  document.getElementById("journal-text")?.focus()
}

const statuses = {
  2: "2xx, succeeded",
  3: "3xx, redirected",
  4: "4xx, refused",
  5: "5xx, failed",
  none: "no answer",
  fault: "with a fault"
}

export const filter = (): Html => html`
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
    ${input(
      { id: "journal-customer", label: "Customer", value: customerId },
      { type: "search", placeholder: "customer_id", spellcheck: false }
    )}
    ${select({ id: "journal-account", label: "Account", value: accountId }, plain(accountIds.value), "any")}
  </search>`
