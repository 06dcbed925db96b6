import { type Signal, signal, useSignal } from "@preact/signals"
import { addressOf } from "../Address.js"
import { copy } from "../parts/Copy.js"
import { type Html, html } from "../parts/Html.js"
import { empty, fact, timeOf } from "../parts/Texts.js"
import { button } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accounts } from "../System.js"
import type { Account, Client } from "../Types.js"
import { counted, duration } from "../Words.js"
import { askForFork, askForReset, chooseSnapshot, restoreFile, takeSnapshot } from "./AccountActions.js"
import "./Accounts.css"
import { call } from "./Call.js"
import { type Format, formatNames, formats, mask, ownGrant, usualAudience } from "./Calls.js"

const format = signal<Format>("curl")

const choose = (name: Format) => () => {
  format.value = name
}

const Formats = () => html`
  <fieldset class="choice">
    <legend>Show calls as</legend>
    ${formatNames.map(
      (name) => html`
        <label>
          <input type="radio" name="format" value=${name} checked=${name === format.value} onChange=${choose(name)} />
          <span>${formats[name].label}</span>
        </label>`
    )}
  </fieldset>`

const secretOf = ({ client_id, client_secret }: Client, isRevealed: Signal<boolean>): Html => {
  if (client_secret === null) {
    return html`
      <p class="muted">
        Not known: the system stores only a digest. Take it from the seed that this account was made with, or start
        with <code class="nowrap">--seed</code> and that file.
      </p>`
  }
  const label = `Show the secret of ${client_id}`
  const toggle = () => {
    isRevealed.value = !isRevealed.value
  }
  return html`
    <div class="secret wrap middle">
      <code>${isRevealed.value ? client_secret : mask}</code>
      <span class="actions">
        ${button({ class: "small", text: "Show", label, isPressed: isRevealed.value, work: toggle })}
        ${copy({ what: `the secret of ${client_id}`, text: () => client_secret })}
      </span>
    </div>`
}

const grantOf = (accountId: string, { audience, scope, type }: Client["grants"][number]): Html =>
  fact(
    `Grant ${type}`,
    html`
      <ul class="scopes wrap">${scope.map((each) => html`<li><code>${each}</code></li>`)}</ul>
      ${audience !== usualAudience(accountId) && html`<p class="muted">for <code>${audience}</code></p>`}`
  )

interface ClientProps {
  readonly accountId: string
  readonly client: Client
  readonly isFirst: boolean
}

const ClientDetails = ({ accountId, client, isFirst }: ClientProps) => {
  const isRevealed = useSignal(false)
  return html`
    <details class="client" open=${isFirst}>
      <summary class="wrap">
        <h4>${client.client_id}</h4>
        ${client.name !== null && html`<span class="muted">${client.name}</span>`}
      </summary>
      <div class="client-body">
        <dl class="facts-list stack">
          ${fact("Secret", secretOf(client, isRevealed))}
          ${client.grants.map((grant) => grantOf(accountId, grant))}
          ${client.grants.length === 0 && fact("Grants", "none")}
        </dl>
        ${
          ownGrant(client) === undefined
            ? html`<p class="muted">It has no grant of type client_credentials, so it cannot get a token of its own.</p>`
            : call(accountId, client, format.value, isRevealed.value)
        }
      </div>
    </details>`
}

const actions = {
  "Take a snapshot": takeSnapshot,
  "Restore from a file…": chooseSnapshot,
  "Fork…": askForFork,
  "Reset…": askForReset
}

const accountOf = ({ access_token_lifetime, account_id, clients, created_at, customers }: Account): Html => {
  const detailsOf = (client: Client, index: number) =>
    html`<${ClientDetails} key=${client.id} accountId=${account_id} client=${client} isFirst=${index === 0} />`
  return html`
    <article key=${account_id} class="card account" aria-labelledby=${`account-${account_id}`}>
      <div class="head">
        <h3 id=${`account-${account_id}`}>${account_id}</h3>
        <p class="muted facts">
          <span><a href=${addressOf("customers", { account_id })}>${counted(customers, "customer")}</a></span>
          <span>tokens live for ${duration(access_token_lifetime * 1_000)}</span>
          <span>since ${timeOf(created_at)}</span>
        </p>
      </div>
      <div class="actions">
        ${Object.entries(actions).map(([text, work]) =>
          button({ text, label: `${text.replace("…", "")}: ${account_id}`, work: () => work(account_id) })
        )}
      </div>
      ${clients.length === 0 && html`<p class="muted">It has no API client, so nobody can call it. Give it one in the seed.</p>`}
      ${clients.map(detailsOf)}
    </article>`
}

const noAccount = () =>
  empty(
    "There is no account",
    "Start the system with a seed (--seed FILE), or restore the snapshot of an account.",
    button({ text: "Restore from a file…", work: () => chooseSnapshot(undefined) })
  )

const isSecure = location.protocol === "https:" || /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(location.hostname)

const View = () => html`
  <div class="stack">
    ${accounts.value.length === 0 && noAccount()}
    ${
      accounts.value.length > 0 &&
      !isSecure &&
      html`
        <p class="notice">
          This address is not of this machine, and plain http: Dintero.layer refuses it without allowInsecure, since secrets
          travel in the clear. Put https before it, or call from the machine itself.
        </p>`
    }
    ${accounts.value.map(accountOf)}
    ${restoreFile()}
  </div>`

export const section: Section = {
  name: "accounts",
  label: "Accounts",
  title: "Accounts, and how to call them",
  Actions: Formats,
  View
}
