/**
 * The operations that the embedded system has no implementation of. It answers each of them with 501. `docs/testing.md` has this table.
 */
import type { OperationName } from "../../../contract/Contract.js"

const staff = "It is part of the sign-in of Dintero's own staff pages, which another service does"

/** Why each operation is not embedded. */
export const notEmbedded = {
  "auth.accountUsers.own.get": staff,
  "auth.accountUsers.own.setMfaSms": staff,
  "auth.accountUsers.own.changePassword": staff,
  "auth.accountUsers.own.verifySignup": staff
} as const satisfies { readonly [Name in OperationName]?: string }

export type NotEmbedded = keyof typeof notEmbedded

const reasons: ReadonlyMap<string, string> = new Map(Object.entries(notEmbedded))

/** Why an operation is not embedded. `undefined` for one that is. */
export const reasonOf = (name: string): string | undefined => reasons.get(name)
