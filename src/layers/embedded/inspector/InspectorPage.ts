/**
 * The page of a served system, as one document that loads nothing.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { operations } from "../../../contract/Contract.js"
import * as PageFiles from "./PageFiles.js"

export interface InspectorPage {
  readonly html: string
  /** All that its answer needs. What it may load and run is in them, so the page is not to be sent without. */
  readonly headers: { readonly [name: string]: string }
}

/** A browser reads every line end as one line feed before it computes the hash. */
const asset = async (name: string): Promise<string> => (await PageFiles.read(name)).replaceAll("\r\n", "\n")

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** By a function, since `$` means something in a replacement text. Exactly so often, or the page is not what it should be. */
const replace = (html: string, pattern: RegExp, count: number, replacement: string): string => {
  let found = 0
  const replaced = html.replace(pattern, () => {
    found += 1
    return replacement
  })
  if (found !== count) throw new Error(`The inspector's index.html has ${pattern.source} ${found} times, not ${count}.`)
  return replaced
}

const inline = (name: string, ending: string, content: string): string => {
  if (content.toLowerCase().includes(ending)) throw new Error(`${name} has ${ending} in it, which would end it.`)
  return content
}

const read = async (): Promise<InspectorPage> => {
  const [html, css, js] = await Promise.all([asset("index.html"), asset("inspector.css"), asset("inspector.js")])
  const names = Object.keys(operations)
  const withStyle = replace(
    html,
    /<link rel="stylesheet" href="inspector\.css"[^>]*>/g,
    1,
    `<style>${inline("inspector.css", "</style", css)}</style>`
  )
  const withScript = replace(
    withStyle,
    /<script type="module" src="inspector\.js"><\/script>/g,
    1,
    `<script type="module">${inline("inspector.js", "</script", js)}</script>`
  )
  return {
    // From the contract, so that the page knows an operation as soon as there is one.
    html: replace(withScript, /<!-- operations -->/g, 2, names.map((name) => `<option>${name}</option>`).join("")),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [
        "default-src 'none'",
        `script-src ${sha256(js)}`,
        `style-src ${sha256(css)}`,
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        // Nothing on the page makes HTML out of text, and so nothing can be made to.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'"
      ].join("; "),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store"
    }
  }
}

let page: Promise<InspectorPage> | undefined

/** Made once per process. */
export const load: Effect.Effect<InspectorPage> = Effect.promise(() => {
  page ??= read()
  return page
})
