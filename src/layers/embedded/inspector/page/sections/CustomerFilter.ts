/** Which customers are shown, and which one of them. */
import { computed, signal } from "@preact/signals"
import { addressOf, keepInAddress, parameters, sectionName } from "../Address.js"
import { accountPath, get, queryOf } from "../Controls.js"
import { latest } from "../Latest.js"
import { input, plain, select } from "../parts/Fields.js"
import { type Html, html } from "../parts/Html.js"
import { accountIds, chosenAccount } from "../System.js"
import type { Tag } from "../Types.js"

export const text = signal("")
const type = signal("")
const tag = signal("")
const deleted = signal("")

const narrowing = { search: text, type, tag_id: tag, include_deleted: deleted }

keepInAddress("customers", { account_id: chosenAccount, ...narrowing })

const given = computed(() => ({
  search: text.value.trim(),
  type: type.value,
  tag_id: tag.value,
  include_deleted: deleted.value
}))

/** The `customer_id` of the customer that is shown alone. */
export const chosenCustomer = computed(() =>
  sectionName.value === "customers" ? (parameters.value.get("customer_id") ?? "") : ""
)

export const isFiltered = computed(() => Object.values(narrowing).some(({ value }) => value.trim() !== ""))

/** Where the system is asked for the customers after this one. */
export const pathOf = (after: string): string =>
  `${accountPath(chosenAccount.value)}/customers${queryOf({ ...given.value, after })}`

/** The address of the list as it is filtered, or of one of its customers. */
export const addressWith = (fields: { readonly [name: string]: string }): string =>
  addressOf("customers", { account_id: chosenAccount.value, ...given.value, ...fields })

export const clearFilter = (): void => {
  for (const field of Object.values(narrowing)) field.value = ""
  document.getElementById("customers-text")?.focus()
}

const tags = signal<ReadonlyArray<Tag>>([])
const askForTags = latest()

export const loadTags = async (): Promise<void> => {
  const account = chosenAccount.value
  if (account === "") return
  const found = await askForTags((overtaken) => get<ReadonlyArray<Tag>>(`${accountPath(account)}/tags`, overtaken))
  if (found !== undefined) tags.value = found
}

export const types = ["customer", "company", "contact", "employee", "other"]

/** Tags can have the same text. A link can have one that the account has no more. */
const tagOptions = () => ({
  ...(tag.value === "" ? {} : { [tag.value]: "a tag that is gone" }),
  ...Object.fromEntries(tags.value.map((one) => [one.id ?? "", one.tag]))
})

export const filter = (): Html => html`
  <search class="row" aria-label="Filter the customers">
    ${select({ id: "customers-account", label: "Account", value: chosenAccount }, plain(accountIds.value))}
    ${input(
      { id: "customers-text", class: "grow", label: "Begins with", value: text },
      { type: "search", placeholder: "name, customer_id, e-mail, phone", spellcheck: false }
    )}
    ${select({ id: "customers-type", label: "Type", value: type }, plain(types), "any")}
    ${select({ id: "customers-tag", label: "Tag", value: tag }, tagOptions(), "any")}
    ${select({ id: "customers-deleted", label: "Deleted ones", value: deleted }, { true: "shown too" }, "not shown")}
  </search>`
