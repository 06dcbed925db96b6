/**
 * The scopes that a caller can give to others (assumed: grant-scopes).
 */
import * as Effect from "effect/Effect"
import type { Choices } from "./Assumed.js"
import type { Principal } from "./Principal.js"
import { forbidden, type Refusal } from "./Refusal.js"

/** Those of the scopes that the caller cannot give. */
export const missingBy =
  (granted: Choices["grantedScopes"]) =>
  (principal: Principal, scopes: ReadonlyArray<string>): ReadonlyArray<string> =>
    granted === "anyForAdmin" && principal.scopes.has("admin:accounts")
      ? []
      : [...new Set(scopes)].filter((scope) => !principal.scopes.has(scope))

/** 403 unless the caller can give all of the scopes. The hint names the others. */
export const checkGivenBy = (granted: Choices["grantedScopes"]) => {
  const missing = missingBy(granted)
  return (principal: Principal, scopes: ReadonlyArray<string>): Effect.Effect<void, Refusal<403>> => {
    const lacking = missing(principal, scopes)
    return lacking.length === 0
      ? Effect.void
      : forbidden(`The caller can only give scopes that it has itself. It does not have ${lacking.join(", ")}`)
  }
}
