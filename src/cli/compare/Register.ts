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
const needsProvider = "It needs a site to return to, or an OpenID provider, that the account is set up for."
const needsPartner = "It needs the account of a partner."
const sendsMessage = "It sends a message, or can send one."
/** A run must not give anybody a way into the account, not even for a moment. */
const administers = "It makes or changes API clients, roles or users who can get into the account."
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
  "oob-code-required": sendsMessage,
  "validation-of-choices": "Its answer is a list of texts, and not one of a few.",
  "password-scope": needsGrants,
  "employee-scopes": needsGrants,
  "code-refusal-words": needsCode,
  "passwordless-unknown": sendsMessage,
  "passwordless-session": needsCode,
  "passwordless-grant": sendsMessage,
  "passwordless-client": needsCode,
  "passwordless-connections": sendsMessage,
  "passwordless-codes": needsCode,
  "passwordless-mfa": needsCode,
  "passwordless-rate-limit": sendsMessage,
  "authorize-redirect": needsProvider,
  "redirect-without-customer": needsProvider,
  "id-token-content": needsProvider,
  "client-label": administers,
  "client-with-secret-shape": administers,
  "rotated-secret": administers,
  "deleted-client": administers,
  "grant-scopes": administers,
  "grant-audience": administers,
  "grant-client-id": administers,
  "equal-grants": administers,
  "oidc-secret": needsProvider,
  "auth-user-names": administers,
  "auth-user-password": administers,
  "auth-user-links": administers,
  "auth-user-update": administers,
  "auth-user-sessions": administers,
  "auth-user-codes": needsCode,
  "recovery-unknown": sendsMessage,
  "recovery-channels": needsCode,
  "partner-audience": needsPartner,
  "exchange-token": needsPartner,
  "exchange-scopes": needsPartner,
  "owner-id": needsPartner,
  "account-user-token": needsProvider,
  "oidc-user": needsProvider,
  "oidc-failure": needsProvider,
  "deleted-role": administers,
  "role-search": administers,
  "equal-roles": administers,
  "role-update": administers,
  "account-user-email": administers,
  "account-user-update": administers,
  "unknown-role": administers,
  "external-without-jwks": administers,
  activities: administers,
  "audit-context": administers
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
