/**
 * Which scopes a caller can give to others (assumed: grant-scopes).
 */
import * as Effect from "effect/Effect"
import type { Choices } from "../Assumed.js"
import type { Principal } from "../Principal.js"
import { forbidden, type Refusal } from "../Refusal.js"

/** The first client of a merchant has to be able to make others that do what it does not do itself. */
const administers = "admin:accounts"

/** 403 unless the caller can give all of these scopes. The hint names those that it cannot give. */
export const over =
  (choice: Choices["adminGives"]) =>
  ({ scopes }: Principal, given: ReadonlyArray<string>): Effect.Effect<void, Refusal<403>> => {
    if (choice === "every" && scopes.has(administers)) return Effect.void
    const missing = [...new Set(given)].filter((scope) => !scopes.has(scope))
    return missing.length === 0
      ? Effect.void
      : forbidden(`The access token does not have scopes that it would give: ${missing.join(", ")}`)
  }
