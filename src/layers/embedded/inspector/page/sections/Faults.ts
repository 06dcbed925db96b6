import { signal } from "@preact/signals"
import { announce } from "../Announce.js"
import { ask, get, ignored, Refused, request } from "../Controls.js"
import { type CardTable, cardTable } from "../parts/CardTable.js"
import { input, plain, select, textArea } from "../parts/Fields.js"
import { html } from "../parts/Html.js"
import { empty } from "../parts/Texts.js"
import { button, type Failing, type Fields, failure, form } from "../parts/Work.js"
import type { Section } from "../Section.js"
import { accountIds, operations } from "../System.js"
import type { ActiveFault, Fault } from "../Types.js"
import { counted, countOf, grouped, sentenceOf } from "../Words.js"
import { type FaultField, fieldOf, issuesOfRule, kinds, ruleOf, sayFault, sayMatch } from "./FaultRules.js"

const faults = signal<ReadonlyArray<ActiveFault>>([])

const load = async (): Promise<void> => {
  faults.value = await get("/faults")
}

let countsDue: ReturnType<typeof setTimeout> | undefined

/** The counts change with the requests, of which there may be many. */
const countSoon = (): void => {
  if (faults.value.length === 0 || countsDue !== undefined) return
  countsDue = setTimeout(() => {
    countsDue = undefined
    load().catch(ignored)
  }, 1_000)
}

const remove = async (rule: number): Promise<void> => {
  await request("DELETE", `/faults/${rule}`)
  await load()
  document.getElementById("title-faults")?.focus()
  announce(`Rule ${rule} is removed`)
}

const clear = async (): Promise<void> => {
  await request("DELETE", "/faults")
  faults.value = []
  announce("There are no faults any more")
}

const removeButton = ({ rule }: ActiveFault) =>
  button({ class: "small", text: "Remove", label: `Remove rule ${rule}`, work: () => remove(rule) })

const table: CardTable<ActiveFault> = {
  id: "faults",
  caption: "Rules, in the order in which they are tried",
  keyOf: ({ rule }) => rule,
  columns: [
    { title: "Rule", of: ({ rule }) => html`<span class="only-stacked">Rule </span>${rule}` },
    { title: "For", class: "whole", of: ({ match }) => sayMatch(match) },
    { title: "What happens", class: "whole", of: ({ fault }) => sayFault(fault) },
    { title: "Matched", class: "number", of: ({ matched }) => grouped(matched) },
    { title: "Applied", class: "number", of: ({ applied }) => grouped(applied) },
    { title: "Actions", isUnnamed: true, class: "number whole", of: removeButton }
  ]
}

const ruleFailing: Failing = signal(undefined)
const kind = signal<string>("status")
/** How the answer says when to try again. */
const retryForm = signal("")

/** Seam: the options are the keys of `kinds`. */
const chosenKind = (): Fault["kind"] => kind.value as Fault["kind"]

const issuesOf = (cause: unknown) => (cause instanceof Refused ? issuesOfRule(cause.issues) : [])

const addRule = async (fields: Fields, form: HTMLFormElement): Promise<void> => {
  try {
    const { rule } = await ask<ActiveFault>("POST", "/faults", ruleOf(chosenKind(), fields))
    await load()
    announce(`Rule ${rule} is added`)
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
    const issues = issuesOfRule(cause.issues)
    const names = issues.map(fieldOf)
    const first = [...form.querySelectorAll<HTMLInputElement>("[name]")].find(({ name }) => names.includes(name))
    first?.focus()
    throw new Refused(cause.status, cause.message, issues)
  }
}

/** Marks the field if the system found fault with it. */
const wrong = (name: string): string | undefined =>
  issuesOf(ruleFailing.value).some((issue) => fieldOf(issue) === name) ? "fault-error" : undefined

const kindNames = Object.fromEntries(Object.entries(kinds).map(([value, { name }]) => [value, name]))

const field = (name: string, label: string) => ({ id: `rule-${name}`, name, label, wrong: wrong(name) })

const kindField = ({ label, name, options, placeholder, value }: FaultField) => {
  if (name === "form") return select({ ...field(name, label), value: retryForm }, options ?? {})
  // Without a Retry-After there are no seconds to give.
  if (name === "seconds" && retryForm.value === "") return null
  if (options !== undefined) return select(field(name, label), options)
  return input(field(name, label), { placeholder, defaultValue: value })
}

const ruleForm = () => {
  const { about, fields } = kinds[chosenKind()]
  return form(
    { id: "fault-form", class: "card", labelledBy: "fault-form-title", failing: ruleFailing, work: addRule },
    html`
      <h3 id="fault-form-title">Add a rule</h3>
      <div class="grid">
        ${select(field("operation", "Operation"), plain(operations), "any")}
        ${select(field("account_id", "Account"), plain(accountIds.value), "any")}
        ${select({ ...field("kind", "What happens"), class: "whole", hint: about, value: kind }, kindNames)}
      </div>
      <div class="grid" key=${kind.value}>${fields.map(kindField)}</div>
      <fieldset class="plain">
        <legend>To which of these requests</legend>
        <div class="grid thirds">
          ${input({ ...field("calls", "Calls"), hint: "Their numbers; all if empty" }, { placeholder: "1, 2" })}
          ${input({ ...field("probability", "Probability"), hint: "0 to 1" }, { placeholder: "1", inputmode: "decimal" })}
          ${input({ ...field("times", "At most"), hint: "times" }, { placeholder: "no limit", inputmode: "numeric" })}
        </div>
      </fieldset>
      ${failure("fault-error", ruleFailing)}
      <button type="submit" class="primary">Add the rule</button>`
  )
}

const scriptFailing: Failing = signal(undefined)
const script = signal("")

const scriptExample = `{
  "seed": "1",
  "rules": [
    {
      "match": { "operation": "auth.token", "calls": [1, 2] },
      "fault": { "kind": "status", "status": 503 }
    }
  ]
}`

const focusOnScript = () => document.getElementById("script")?.focus()

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    focusOnScript()
    throw new Error(text.trim() === "" ? "Write or paste a script first." : `This is not JSON: ${sentenceOf(cause)}.`)
  }
}

const loadScript = async (): Promise<void> => {
  faults.value = await ask("PUT", "/faults", parsed(script.value))
  announce(`The script is loaded: ${counted(faults.value.length, "rule")}`)
}

const fillScript = (): void => {
  script.value =
    faults.value.length === 0
      ? scriptExample
      : JSON.stringify({ seed: "", rules: faults.value.map(({ fault, match }) => ({ match, fault })) }, null, 2)
  focusOnScript()
}

const scriptField = {
  id: "script",
  label: "Fault script, JSON",
  hint: "It takes the place of all the rules, with counts from 0.",
  value: script
}

const scriptForm = () =>
  form(
    { id: "script-form", class: "card", labelledBy: "script-title", failing: scriptFailing, work: loadScript },
    html`
      <h3 id="script-title">Load a script</h3>
      ${textArea(scriptField, { rows: 14, spellcheck: false, placeholder: scriptExample })}
      ${failure("script-error", scriptFailing)}
      <div class="actions">
        <button type="submit">Load the script</button>
        ${button({ text: "Write the rules above into it", work: fillScript })}
      </div>`
  )

const noFault = () =>
  empty(
    "Nothing goes wrong",
    "Add a rule below, such as a status 503 for the first two calls, and see what your program makes of it."
  )

const View = () => html`
  ${faults.value.length === 0 ? noFault() : cardTable(table, faults.value)}
  <div class="pair">${ruleForm()}${scriptForm()}</div>`

export const section: Section = {
  name: "faults",
  label: "Faults",
  lead: "What goes wrong on purpose. Of the rules that fit a request, the first one is applied; without a rule everything works.",
  count: () => countOf(faults.value),
  load,
  events: { request: countSoon, faults: () => void load().catch(ignored) },
  shown: () => void load().catch(ignored),
  Actions: () => button({ text: "Remove all faults", work: clear }),
  View
}
