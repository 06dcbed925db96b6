/** Buttons and forms that do something, and what goes wrong then. */
import { type Signal, signal, useSignal } from "@preact/signals"
import { h } from "preact"
import { Refused } from "../Controls.js"
import { sentenceOf } from "../Words.js"
import { type Html, html } from "./Html.js"

/** What went wrong, if anything did. */
export type Failing = Signal<unknown>

/** Said at the top of the page. */
export const problem: Failing = signal(undefined)

/** Says what went wrong, unless it was the token: then the page asks for another one. */
export const failed =
  (failing: Failing) =>
  (cause: unknown): void => {
    if (!(cause instanceof Refused && cause.status === 401)) failing.value = cause
  }

/** Runs one piece of work at a time. */
const perform = async (busy: Signal<boolean>, work: () => unknown, failing: Failing): Promise<void> => {
  if (busy.value) return
  busy.value = true
  if (failing !== problem) failing.value = undefined
  try {
    await work()
  } catch (cause) {
    failed(failing)(cause)
  } finally {
    busy.value = false
  }
}

export interface ButtonProps {
  readonly text: string
  readonly work: () => unknown
  readonly failing?: Failing
  readonly class?: string
  /** For screen readers, where the text says too little to somebody who hears one button after the other. */
  readonly label?: string | undefined
  readonly isPressed?: boolean
}

/** It stays enabled while it works, since a disabled button would lose the focus. */
const Button = ({ class: className, failing = problem, isPressed, label, text, work }: ButtonProps) => {
  const busy = useSignal(false)
  return html`
    <button type="button" class=${className} aria-label=${label} aria-pressed=${isPressed} aria-busy=${busy.value}
      onClick=${() => perform(busy, work, failing)}>${text}</button>`
}

export const button = (props: ButtonProps): Html => h(Button, props)

export type Fields = { readonly [name: string]: string }

export interface FormProps {
  readonly id: string
  readonly class?: string
  readonly labelledBy?: string
  /** Gets the texts of the fields by their names, without spaces around them. */
  readonly work: (fields: Fields, form: HTMLFormElement) => unknown
  readonly failing: Failing
  readonly content: Html
}

const Form = ({ class: className, content, failing, id, labelledBy, work }: FormProps) => {
  const busy = useSignal(false)
  const submit = (event: Event & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = event.currentTarget
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]))
    void perform(busy, () => work(fields, form), failing)
  }
  return html`
    <form id=${id} class=${className} aria-labelledby=${labelledBy} aria-busy=${busy.value} novalidate onSubmit=${submit}>
      ${content}
    </form>`
}

export const form = (props: Omit<FormProps, "content">, content: Html): Html => h(Form, { ...props, content })

/** What went wrong, in words, where it was asked for. */
export const failure = (id: string, { value: cause }: Failing): Html => {
  const issues = cause instanceof Refused ? cause.issues : []
  const items = issues.map(({ message, path }) => html`<li>${path !== "" && html`<code>${path}</code>: `}${message}</li>`)
  return html`
    <div class="error" id=${id} role="alert">
      ${items.length > 0 ? html`<ul>${items}</ul>` : cause !== undefined && html`<p>${sentenceOf(cause)}</p>`}
    </div>`
}
