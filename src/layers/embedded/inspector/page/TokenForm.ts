/** What the page shows while it has no admin token. */
import { useLayoutEffect } from "preact/hooks"
import { input } from "./parts/Fields.js"
import { html } from "./parts/Html.js"
import { type Fields, failure, form } from "./parts/Work.js"
import { refusal, setToken, tokenIn } from "./Token.js"

const focusOn = (id: string) => document.getElementById(id)?.focus()

const submit = ({ token: text = "" }: Fields) => {
  const found = tokenIn(text) ?? text
  focusOn("token")
  if (found === "") throw new Error("Paste the token first.")
  // Visible ASCII only, or it cannot be sent at all.
  if (!/^[\x21-\x7e]+$/.test(found)) throw new Error("This is not a token: it has spaces or special characters.")
  setToken(found)
  focusOn("main")
}

const field = {
  id: "token",
  name: "token",
  label: "Admin token, or the whole address",
  hint: "It stays in this tab. Each start of the system prints a new one.",
  describedBy: "token-error"
}

export const TokenForm = () => {
  useLayoutEffect(() => focusOn("token"), [])
  return html`
    <section id="view-token" class="view narrow" aria-labelledby="title-token">
      <h2 id="title-token">The admin token, please</h2>
      <p>
        This page moves the clock, breaks answers and shows secrets, so it wants to know that you may.
        ${" "}<code>effect-dintero serve</code> prints the address of this page in the terminal where it runs,
        with <code>#token=…</code> at its end. Open that address, or paste it here.
      </p>
      ${form(
        { id: "token-form", class: "card", failing: refusal, work: submit },
        html`
          ${input(field, { type: "password", spellcheck: false, required: true })}
          ${failure("token-error", refusal)}
          <button type="submit" class="primary">Open the inspector</button>`
      )}
    </section>`
}
