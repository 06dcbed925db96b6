/** A call in a box, with the secret masked unless it is shown. What is copied is whole. */
import { copy } from "../parts/Copy.js"
import { type Html, html } from "../parts/Html.js"
import { code } from "../parts/Texts.js"
import type { Client } from "../Types.js"
import { type Format, formats, mask, ownGrant, usualAudience, write } from "./Calls.js"

export const call = (accountId: string, client: Client, format: Format, isRevealed: boolean): Html => {
  const { client_id: clientId, client_secret: secret } = client
  const { name } = formats[format]
  const audience = ownGrant(client)?.audience ?? usualAudience(accountId)
  const known = secret ?? "YOUR_CLIENT_SECRET"
  const textWith = (shown: string) =>
    write(format, { baseUrl: `${location.origin}/v1`, accountId, clientId, secret: shown, audience })
  const what = `the ${name}${secret === null ? "; put the secret in" : ", with the secret"}`
  return html`
    <div class="call stack">
      ${code(`${name} for ${clientId}`, textWith(secret === null || isRevealed ? known : mask).trimEnd())}
      ${copy({ label: `Copy the ${name}`, what, text: () => textWith(known) })}
    </div>`
}
