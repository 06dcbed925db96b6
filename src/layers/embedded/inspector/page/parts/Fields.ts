/** Labelled fields of forms and filters. */
import type { Signal } from "@preact/signals"
import { joined } from "../Words.js"
import { type Html, html } from "./Html.js"

export interface Field {
  readonly id: string
  /** A field of a form has a name. */
  readonly name?: string
  /** A field that acts at once has a value. */
  readonly value?: Signal<string>
  readonly label: string
  /** Below the field. */
  readonly hint?: string
  /** The id of a hint elsewhere. */
  readonly describedBy?: string
  /** The id of what says why the field is wrong, if it is. */
  readonly wrong?: string | undefined
  /** Of the field with its label. */
  readonly class?: string
}

const labelled = ({ class: className, hint, id, label }: Field, control: Html): Html => html`
  <div class=${joined(" ", "field", className)}>
    <label for=${id}>${label}</label>
    ${control}
    ${hint !== undefined && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`

/** The attributes that all kinds of fields have. */
const common = ({ describedBy, hint, id, name, value, wrong }: Field) => ({
  id,
  name,
  "aria-describedby": joined(" ", describedBy, hint !== undefined && `${id}-hint`, wrong) || undefined,
  "aria-invalid": wrong !== undefined || undefined,
  ...(value !== undefined && {
    value: value.value,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement }) => {
      value.value = currentTarget.value
    }
  })
})

type Attributes = { readonly [name: string]: unknown }

export const input = (field: Field, attributes: Attributes = {}): Html =>
  labelled(field, html`<input autocomplete="off" ...${attributes} ...${common(field)} />`)

export const textArea = (field: Field, attributes: Attributes = {}): Html =>
  labelled(field, html`<textarea ...${attributes} ...${common(field)} />`)

/** What is shown, by the value. */
export type Options = { readonly [value: string]: string }

/** Options whose values are what is shown. */
export const plain = (values: ReadonlyArray<string>): Options => Object.fromEntries(values.map((value) => [value, value]))

const option = ([value, label]: readonly [string, string]) => html`<option key=${value} value=${value}>${label}</option>`

/** With a text for the choice of nothing, if that is one. */
export const select = (field: Field, options: Options, nothing?: string): Html =>
  labelled(
    field,
    html`<select ...${common(field)}>
      ${nothing !== undefined && option(["", nothing])}
      ${Object.entries(options).map(option)}
    </select>`
  )
