import * as Effect from "effect/Effect"
import type { TokenKey } from "../../services/AccessTokens.js"

const text = new TextEncoder()

/** The key of the store entry of these tokens. It is a hash, so it reveals nothing, and every store accepts it. */
export const entryKeyOf = (kind: "session" | "client" | "customer" | "pending", key: TokenKey): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() =>
      crypto.subtle.digest(
        "SHA-256",
        text.encode(JSON.stringify([key.baseUrl, key.account, key.client, key.grant, key.subject, key.audience]))
      )
    ),
    (digest) => `${kind}-${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`
  )
