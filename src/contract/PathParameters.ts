/**
 * The parameters in the path of an operation.
 */
import type * as Schema from "effect/Schema"
import { AccountId, OwnerId, PartnerId } from "../schemas/AccountId.js"

/** The names that the documentation has for the account in a path. The layer fills them in, so no caller gives one. */
export type AccountName = "aid" | "oid" | "partner_id"

export const accountIds: { readonly [Name in AccountName]: Schema.Schema.AnyNoContext } = {
  aid: AccountId,
  oid: OwnerId,
  partner_id: PartnerId
}

/** The names of a template's parameters, in their order. */
export const namesIn = (template: string): ReadonlyArray<string> =>
  [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)
