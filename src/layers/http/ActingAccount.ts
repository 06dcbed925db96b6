/**
 * The account that a call acts on: that of the layer, or inside `Account.with` that of a merchant.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AccountId } from "../../schemas/AccountId.js"
import { ForeignAccount, foreignMessage } from "../../schemas/DinteroError.js"
import * as Account from "../../services/Account.js"
import * as Session from "../../services/Session.js"
import type { Authorization } from "./Authorization.js"
import type { Target } from "./Target.js"

/** What an error says of the call that was not made. */
export interface Unsent {
  readonly name: string
  readonly method: string
  readonly path: string
}

const isAccountId = Schema.is(AccountId)

export const foreign = (
  own: string,
  { method, name, path }: Unsent,
  account: string,
  reason: ForeignAccount["reason"]
): ForeignAccount =>
  new ForeignAccount({
    request: { operation: name, method, path, account: own, attempts: 0, history: [] },
    message: foreignMessage({ account, own, operation: name, reason }),
    account,
    reason
  })

/** Why a layer of the account `own` cannot act on an account, if it cannot. */
export const refusalOf = (
  own: string,
  isPartner: boolean,
  account: string
): Exclude<ForeignAccount["reason"], "session"> | undefined => {
  if (account === own) return undefined
  if (!isAccountId(account)) return "not-an-id"
  return isPartner ? undefined : "not-partner"
}

const isOtherSession = (authorization: Authorization, context: Context.Context<never>, account: string): boolean =>
  authorization._tag === "Bearer" &&
  authorization.asCustomer === true &&
  Option.exists(Context.get(context, Session.Current), ({ tokens }) => tokens.key.account !== account)

/** Runs a call with the account and the credential that it is made with. Nothing is sent when they do not fit. */
export const act = <A, E>(
  target: Target,
  authorization: Authorization,
  unsent: Unsent,
  run: (target: Target, authorization: Authorization) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.withFiberRuntime((fiber) => {
    const current = Context.get(fiber.currentContext, Account.Current)
    if (Option.isNone(current)) return run(target, authorization)
    const account = current.value
    const reason =
      refusalOf(target.accountId, target.merchant !== undefined, account) ??
      (isOtherSession(authorization, fiber.currentContext, account) ? "session" : undefined)
    if (reason !== undefined) {
      // Seam: `Account.with` has added this error to the type of everything that runs in it.
      return Effect.fail(foreign(target.accountId, unsent, account, reason)) as Effect.Effect<never>
    }
    const merchant = account === target.accountId ? undefined : target.merchant?.(account)
    if (merchant === undefined) return run(target, authorization)
    switch (authorization._tag) {
      case "None":
        return run(merchant.target, authorization)
      case "Bearer":
        return run(merchant.target, { ...authorization, tokens: merchant.tokens })
      case "Basic":
        return run(merchant.target, { _tag: "Bearer", tokens: merchant.exchange })
    }
  })
