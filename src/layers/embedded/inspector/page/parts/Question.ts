/** The one dialog of the page: it asks before something is lost, or for a name. */
import { effect, signal } from "@preact/signals"
import { useLayoutEffect, useRef } from "preact/hooks"
import { announce } from "../Announce.js"
import { token } from "../Token.js"
import { input } from "./Fields.js"
import { html } from "./Html.js"
import { type Failing, failure, form } from "./Work.js"

export interface Question {
  readonly title: string
  readonly text: string
  readonly action: string
  /** Without a field the action is one that loses something. */
  readonly field?: { readonly label: string; readonly value: string }
  /** Returns what was done, for the announcement. */
  readonly run: (value: string) => Promise<string>
}

const question = signal<Question | undefined>(undefined)
const failing: Failing = signal(undefined)

export const askFor = (asked: Question): void => {
  failing.value = undefined
  question.value = asked
}

const close = (): void => {
  question.value = undefined
}

effect(() => {
  if (token.value === "") close()
})

const contentOf = ({ action, field, run, text, title }: Question) =>
  form(
    {
      id: "dialog-form",
      class: "stack",
      failing,
      work: async ({ answer = "" }) => {
        const done = await run(answer)
        close()
        announce(done)
      }
    },
    html`
      <h2 id="dialog-title">${title}</h2>
      <p>${text}</p>
      ${
        field !== undefined &&
        input(
          { id: "dialog-input", name: "answer", label: field.label, describedBy: "dialog-error" },
          { defaultValue: field.value, spellcheck: false }
        )
      }
      ${failure("dialog-error", failing)}
      <div class="actions">
        <button type="submit" class=${field === undefined ? "danger" : "primary"}>${action}</button>
        <button type="button" onClick=${close}>Cancel</button>
      </div>`
  )

export const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null)
  const asked = question.value
  useLayoutEffect(() => {
    if (asked === undefined) return dialog.current?.close()
    dialog.current?.showModal()
    // What is lost by it is not one Enter away.
    if (asked.field === undefined) dialog.current?.querySelector<HTMLElement>('[type="button"]')?.focus()
    else dialog.current?.querySelector("input")?.select()
  }, [asked])
  return html`
    <dialog id="dialog" ref=${dialog} aria-labelledby="dialog-title" onClose=${close}>
      ${asked !== undefined && contentOf(asked)}
    </dialog>`
}
