/** HTML in template strings. Texts in it become text nodes, whatever they are: paths and bodies come from strangers. */
import type { ComponentChildren } from "preact"

export { html } from "htm/preact"

/** What can stand in such a template. */
export type Html = ComponentChildren
