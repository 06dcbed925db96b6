/**
 * For every entry of the register of assumptions: the probes that ask about it, or why it is not asked about. A new entry needs a line here, or a
 * probe.
 */
import { type Assumption, assumptions } from "../../contract/Assumptions.js"
import type { Probe } from "./Probe.js"
import { customers } from "./probes/Customers.js"
import { lists } from "./probes/Lists.js"
import { logins } from "./probes/Logins.js"
import { others } from "./probes/Others.js"
import { requests } from "./probes/Requests.js"
import { sessions } from "./probes/Sessions.js"
import { settings } from "./probes/Settings.js"

/** In the order in which they run. */
export const probes: ReadonlyArray<Probe> = [...requests, ...logins, ...sessions, ...customers, ...lists, ...others, ...settings]

const needsCode = "It needs a code that was sent to a person."
const needsTime = "It needs hours or days."
const needsGrants = "It needs API clients with other scopes or grants."
const onlySeen = "The service cannot be made to answer so on purpose."

/** By the entry: why it has no probe. */
export const notProbed: { readonly [assumption: string]: string } = {
  "one-time-codes": needsCode,
  "mfa-token-life": needsTime,
  "mfa-channel": needsCode,
  "login-is-password-grant": needsGrants,
  "refresh-token-successor": needsGrants,
  "refresh-token-life": needsTime,
  "basic-user-name": "The id and the label of the API client are not both known.",
  "guessing-limits": "It needs many failed logins, after which the service might refuse the caller.",
  "retry-after-form": onlySeen,
  "401-with-code": onlySeen,
  "refusal-without-code": needsGrants,
  "scopes-include-nothing": needsGrants,
  "oob-code-required": "It sends a message.",
  "validation-of-choices": "Its answer is a list of texts, and not one of a few.",
  "password-scope": needsGrants,
  "employee-scopes": needsGrants
}

export interface Decision {
  readonly assumption: Assumption
  readonly probes: ReadonlyArray<Probe>
  /** Why there is no probe. */
  readonly why: string | undefined
}

/** A decision about each entry, in the order of the register. */
export const decisions: ReadonlyArray<Decision> = assumptions.map((assumption) => ({
  assumption,
  probes: probes.filter((probe) => probe.assumption === assumption.id),
  why: notProbed[assumption.id]
}))
