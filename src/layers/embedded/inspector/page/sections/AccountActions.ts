/** What can be done to a whole account. */
import { createRef } from "preact"
import { announce } from "../Announce.js"
import { accountPath, isRecord, request } from "../Controls.js"
import { type Html, html } from "../parts/Html.js"
import { askFor } from "../parts/Question.js"
import { failed, problem } from "../parts/Work.js"
import { accountIds, loadAccounts, systemNow } from "../System.js"

export const takeSnapshot = async (accountId: string): Promise<void> => {
  // As it came: what is restored has to be what was taken.
  const text = await (await request("GET", `${accountPath(accountId)}/snapshot`)).text()
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }))
  const at = (systemNow() ?? new Date()).toISOString().slice(0, 19).replaceAll(":", "")
  link.download = `${accountId}-${at}.snapshot.json`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  announce(`The snapshot of ${accountId} is downloaded`)
}

const field = createRef<HTMLInputElement>()
let restoringFor: string | undefined

export const chooseSnapshot = (accountId: string | undefined): void => {
  restoringFor = accountId
  if (field.current === null) return
  field.current.value = ""
  field.current.click()
}

const snapshotIn = async (file: File): Promise<unknown> => {
  try {
    return JSON.parse(await file.text())
  } catch {
    throw new Error(`${file.name} is not JSON, so it is no snapshot.`)
  }
}

const askForRestore = async (file: File): Promise<void> => {
  const snapshot = await snapshotIn(file)
  const id = isRecord(snapshot) && typeof snapshot.account_id === "string" ? snapshot.account_id : undefined
  const name = id ?? "the account in it"
  const isOther = id !== undefined && restoringFor !== undefined && id !== restoringFor
  const isThere = id !== undefined && accountIds.value.includes(id)
  askFor({
    title: `Restore ${name}?`,
    text:
      (isOther ? `The file is a snapshot of ${id}, not of ${restoringFor}. ` : "") +
      (isThere
        ? `Everything that is stored of ${name} now, and its outbox, is replaced by what is in ${file.name}.`
        : `${name} is made from what is in ${file.name}.`),
    action: "Restore",
    run: async () => {
      await request("PUT", "/snapshot", snapshot)
      await loadAccounts()
      return `${name} is restored`
    }
  })
}

const chosen = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
  const file = currentTarget.files?.[0]
  if (file !== undefined) askForRestore(file).catch(failed(problem))
}

/** The browser's own dialog opens through it. */
export const restoreFile = (): Html =>
  html`<input ref=${field} type="file" accept=".json,application/json" aria-label="Snapshot file" hidden onChange=${chosen} />`

export const askForReset = (accountId: string): void =>
  askFor({
    title: `Reset ${accountId}?`,
    text: `It becomes what it was when the system started or the account was seeded: changed settings, new customers, sessions and its outbox are lost. A snapshot taken now would keep them.`,
    action: "Reset",
    run: async () => {
      await request("POST", `${accountPath(accountId)}/reset`)
      await loadAccounts()
      return `${accountId} is reset`
    }
  })

/** The next id after this one that no account has, or nothing if this is no id. */
export const nextId = (accountId: string, taken: ReadonlyArray<string>): string => {
  const [, letter = "", digits = ""] = /^([PT])(\d{8})$/.exec(accountId) ?? []
  if (letter === "") return ""
  const idAfter = (steps: number) => `${letter}${String((Number(digits) + steps) % 100_000_000).padStart(8, "0")}`
  let steps = 1
  while (taken.includes(idAfter(steps))) steps += 1
  return idAfter(steps)
}

export const askForFork = (accountId: string): void =>
  askFor({
    title: `Fork ${accountId}`,
    text: "Makes a copy of the account under another id, with the same clients, secrets and customers.",
    action: "Fork",
    field: {
      label: "Id of the copy: P or T and 8 digits",
      value: nextId(accountId, accountIds.value)
    },
    run: async (as) => {
      await request("POST", `${accountPath(accountId)}/fork`, { as })
      await loadAccounts()
      return `${accountId} is forked as ${as}`
    }
  })
