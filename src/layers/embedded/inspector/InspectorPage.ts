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

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230f6b5c'/%3E%3Cpath d='M4 4h4a4 4 0 0 1 0 8H4z' fill='none' stroke='%23fff' stroke-width='1.8'/%3E%3C/svg%3E"

/** The names of the operations come from the contract, so that the page knows an operation as soon as there is one. */
const document = ({ script, style }: PageFiles.PageFiles): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>effect-dintero, embedded system</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body data-operations="${Object.keys(operations).join(" ")}">
<div id="page"></div>
<div id="announcer" class="hidden" role="status" aria-live="polite"></div>
<noscript><p class="notice bad">This page needs JavaScript, which is part of it: nothing is loaded from elsewhere.</p></noscript>
<script type="module">${script}</script>
</body>
</html>
`

const make = (files: PageFiles.PageFiles): InspectorPage => ({
  html: document(files),
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `script-src ${sha256(files.script)}`,
      `style-src ${sha256(files.style)}`,
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
})

let page: InspectorPage | undefined

/** Made once per process, when it is first asked for. */
export const load: Effect.Effect<InspectorPage> = Effect.sync(() => {
  page ??= make(PageFiles.read())
  return page
})
