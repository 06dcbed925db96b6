/**
 * From a row to the customer that an answer has, and from a request to the row.
 */
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import type { Customer, CustomerUpdate, MarketingConsent } from "../../../../schemas/Customer.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { isStorable } from "../../storage/Column.js"
import type * as Table from "../../storage/Table.js"
import { folded } from "../Folded.js"
import type * as Tables from "./Tables.js"

export type Profile = Schema.Schema.Type<typeof Tables.Profile>

export type CustomerRow = Table.Row<typeof Tables.customers>

/** Attributes that the settings hide from the customer (assumed: private-attributes). */
export const privateAttributes = (settings: CustomersSettings): ReadonlySet<string> =>
  new Set((settings.attributes ?? []).filter(({ private: isPrivate }) => isPrivate).map(({ name }) => name))

const without = (attributes: Profile["attributes"], names: ReadonlySet<string>): Pick<Profile, "attributes"> =>
  attributes === undefined
    ? {}
    : { attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.has(name))) }

/** `hidden`: the attributes that the caller may not see. A deleted customer has been erased (assumed: deleted-customer). */
export const ofRow = (row: CustomerRow, hidden: ReadonlySet<string>): Customer => ({
  type: row.type,
  customer_id: row.customer_id,
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  ...(row.deleted_at === null
    ? {
        updated_at: DateTime.unsafeMake(row.updated_at),
        ...(row.email === null ? {} : { email: row.email }),
        ...(row.phone_number === null ? {} : { phone_number: row.phone_number }),
        ...row.profile,
        ...without(row.profile.attributes, hidden),
        ...(Object.keys(row.metadata).length === 0 ? {} : { metadata: row.metadata })
      }
    : {
        deleted_at: DateTime.unsafeMake(row.deleted_at),
        ...(row.deleted_by === null ? {} : { deleted_by: row.deleted_by })
      })
})

/** `null` drops a key, and all of them where it stands for the whole (assumed: metadata-on-update). */
export const mergeMetadata = (
  stored: CustomerRow["metadata"],
  given: CustomerUpdate["metadata"],
  onUpdate: "merged" | "replaced" = "merged"
): CustomerRow["metadata"] =>
  given === undefined
    ? stored
    : given === null
      ? {}
      : Object.fromEntries(
          Object.entries(onUpdate === "merged" ? { ...stored, ...given } : given).filter(([, value]) => value !== null)
        )

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** By channel. `now`: the time of a consent that is given without a time, if it gets one (assumed: consent-time). */
const mergeConsents = (
  stored: MarketingConsent | undefined,
  given: MarketingConsent,
  now: number | undefined
): MarketingConsent =>
  Object.fromEntries(
    Object.entries({ ...stored, ...given }).map(([channel, value]) => {
      const change = given[channel]
      if (!isObject(change)) return [channel, value]
      const before = stored?.[channel]
      const merged = { ...(isObject(before) ? before : {}), ...change }
      const isNew = "consent" in change && !("updated_at" in change)
      return [channel, isNew && now !== undefined ? { ...merged, updated_at: timeOf(channel, now) } : merged]
    })
  )

/** The known channels hold a decoded time; a channel of the account's own holds what goes over the wire. */
const timeOf = (channel: string, now: number): unknown =>
  channel === "sms" || channel === "email" ? DateTime.unsafeMake(now) : new Date(now).toISOString()

/**
 * - `hidden`: the attributes that the caller neither sees nor replaces
 * - `consentTime`: the time of a consent that is given without a time, if it gets one
 * - `mergesObjects`: whether the fields of `attributes` and `company` that are not given stay
 * - `mergesConsents`: whether the channels of consents that are not given stay
 */
export interface Merging {
  readonly hidden: ReadonlySet<string>
  readonly consentTime: number | undefined
  readonly mergesObjects: boolean
  readonly mergesConsents: boolean
}

/**
 * The profile after a change. Consents merge by channel, every other field is replaced as a whole, and a field that is left out stays
 * (assumed: customer-merge).
 */
export const mergeProfile = (
  stored: Profile,
  given: Profile,
  { consentTime, hidden, mergesConsents, mergesObjects }: Merging
): Profile => ({
  ...Object.fromEntries(Object.entries({ ...stored, ...given }).filter(([, value]) => value !== null)),
  ...(mergesObjects && given.company !== undefined ? { company: { ...stored.company, ...given.company } } : {}),
  ...(given.attributes === undefined
    ? {}
    : {
        attributes: {
          ...without(given.attributes, hidden).attributes,
          ...Object.fromEntries(
            Object.entries(stored.attributes ?? {}).filter(
              ([name]) => hidden.has(name) || (mergesObjects && !Object.hasOwn(given.attributes ?? {}, name))
            )
          )
        }
      }),
  ...(given.marketing_consent === undefined
    ? {}
    : {
        marketing_consent: mergeConsents(
          mergesConsents ? stored.marketing_consent : undefined,
          given.marketing_consent,
          consentTime
        )
      })
})

/** The texts that a search compares with the beginning of. */
export const wordsOf = ({
  customer_id,
  email_lower,
  phone_number,
  profile
}: Pick<CustomerRow, "customer_id" | "email_lower" | "phone_number" | "profile">): ReadonlyArray<string> => {
  const { first_name, last_name } = profile
  const names = [first_name, last_name].flatMap((name) => (typeof name === "string" && name !== "" ? [name] : []))
  const all = [...names, names.join(" "), customer_id, email_lower, phone_number]
  return [...new Set(all.flatMap((word) => (typeof word === "string" && word !== "" && isStorable(word) ? [folded(word)] : [])))]
}

/** An attribute's values as a query spells them. An object has no such spelling. */
export const attributesOf = ({ attributes }: Profile): ReadonlyArray<readonly [name: string, value: string]> => {
  const pairs = Object.entries(attributes ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((item) =>
      typeof item === "string" || typeof item === "number" || typeof item === "boolean" ? [[name, String(item)] as const] : []
    )
  )
  const unique = new Map(pairs.map((pair) => [JSON.stringify(pair), pair]))
  return [...unique.values()].filter(([name, value]) => isStorable(name) && isStorable(value))
}
