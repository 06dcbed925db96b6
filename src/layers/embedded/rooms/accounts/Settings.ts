/**
 * Docs tag `settings`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import type { Handlers } from "../Handler.js"
import { forbidden } from "../Refusal.js"
import { Accounts } from "./Accounts.js"

/** A grant can name the audience of an account that does not exist here. */
const noSuchAccount = forbidden("There is no such account")

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  return {
    "customers.settings.get": ({ accountId }) =>
      Effect.flatMap(accounts.find(accountId), (account) =>
        Option.isSome(account) ? Effect.succeed(account.value.settings) : noSuchAccount
      ),
    "customers.settings.update": ({ accountId, body }) =>
      Effect.flatMap(accounts.updateSettings(accountId, body), (settings) =>
        Option.isSome(settings) ? Effect.succeed(settings.value) : noSuchAccount
      )
  } satisfies Partial<Handlers<typeof operations>>
})
