/**
 * Docs tag `settings`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../contract/DinteroApi.js"
import { Accounts } from "../Accounts.js"
import type { Handlers } from "../ContractServer.js"
import { refuse } from "../Refusal.js"

/** A grant can name the audience of an account that is not here. */
const noSuchAccount = refuse(403, "There is no such account")

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  return {
    "customers.settings.get": ({ path }) =>
      Effect.flatMap(accounts.find(path.aid), (account) =>
        Option.isSome(account) ? Effect.succeed(account.value.settings) : noSuchAccount
      ),
    "customers.settings.update": ({ path, payload }) =>
      Effect.flatMap(accounts.updateSettings(path.aid, payload), (settings) =>
        Option.isSome(settings) ? Effect.succeed(settings.value) : noSuchAccount
      )
  } satisfies Partial<Handlers<typeof operations>>
})
