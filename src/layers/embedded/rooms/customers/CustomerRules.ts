/**
 * What a customer may look like, and who may make it so.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details
 */
import * as Effect from "effect/Effect"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { isStorable } from "../../storage/Column.js"
import type { Principal } from "../Principal.js"
import { badRequest, domain, forbidden, type Refusal } from "../Refusal.js"
import type { Profile } from "./Customer.js"

const has = (principal: Principal, ...scopes: ReadonlyArray<string>): boolean =>
  scopes.some((scope) => principal.scopes.has(scope))

/** The principal is a customer who acts for themselves, and not the back end of the account. */
export const isOwnCustomer = (principal: Principal): boolean =>
  !has(principal, "admin:customers", "write:customers", "read:customers", "create:customers:/users")

interface Wanted {
  readonly type: string
  readonly profile: Profile
}

/** The rules of types. They are about the customer as it would be stored. */
export const checkType = ({ profile, type }: Wanted): Effect.Effect<void, Refusal<400>> => {
  if (type === "company" && profile.company === undefined) return domain(400, "company is required when type is company")
  if (profile.company !== undefined && type !== "company" && type !== "other") {
    return domain(400, "company is allowed only when type is company or other")
  }
  if (profile.contact_for !== undefined && type !== "contact") {
    return domain(400, "contact_for is allowed only when type is contact")
  }
  return Effect.void
}

/** (assumed: employee-scopes) */
export const checkMaySetType = (principal: Principal, type: string): Effect.Effect<void, Refusal<403>> =>
  (type === "employee" || type === "other") && !has(principal, "admin:customers", "write:customers")
    ? forbidden(`The type ${type} takes one of the scopes admin:customers, write:customers`)
    : Effect.void

/** A password or pin takes one more scope (assumed: password-scope). */
export const checkMaySetPassword = (
  principal: Principal,
  { password, pin }: { readonly password?: unknown; readonly pin?: unknown }
): Effect.Effect<void, Refusal<403>> =>
  (password !== undefined || pin !== undefined) && !has(principal, "write:accounts:/auth/users")
    ? forbidden("A password or pin takes the scope write:accounts:/auth/users too")
    : Effect.void

/** No database keeps these texts as they are. */
export const checkStorable = (texts: {
  readonly [field: string]: string | null | undefined
}): Effect.Effect<void, Refusal<400>> => {
  const wrong = Object.entries(texts).find(([, text]) => typeof text === "string" && !isStorable(text))
  return wrong === undefined ? Effect.void : badRequest(`${wrong[0]} has a NUL character or half a surrogate pair in it`)
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

const fits: { readonly [type: string]: (value: unknown) => boolean } = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  real: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  phonenumber: (value) => typeof value === "string" && /^\+?[1-9]\d{1,14}$/.test(value),
  email: (value) => typeof value === "string" && /^[^\s@]+@[^\s@]+$/.test(value),
  date: (value) => typeof value === "string" && isDate(value),
  "date-time": (value) => typeof value === "string" && /T/.test(value) && !Number.isNaN(Date.parse(value))
}

/**
 * An attribute that the settings declare must have its type. An attribute that they do not declare may have any value (assumed: attribute-types).
 */
export const checkAttributes = (
  attributes: Profile["attributes"],
  settings: CustomersSettings
): Effect.Effect<void, Refusal<400>> => {
  for (const { multiple_values, name, type } of settings.attributes ?? []) {
    // Every object inherits names such as `constructor`.
    const value = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined
    if (value === undefined || value === null) continue
    const values: ReadonlyArray<unknown> = multiple_values && Array.isArray(value) ? value : [value]
    if (!values.every((value) => fits[type]?.(value) ?? true)) {
      return domain(400, `attributes.${name} has to be of the type ${type}`)
    }
  }
  return Effect.void
}
