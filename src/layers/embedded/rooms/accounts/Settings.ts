/**
 * Docs tag `settings`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import * as AtOnce from "../../system/AtOnce.js"
import { Assumed } from "../Assumed.js"
import type { Handlers } from "../Handler.js"
import { forbidden } from "../Refusal.js"
import { Accounts } from "./Accounts.js"

/** A grant can name the audience of an account that does not exist here. */
const noSuchAccount = forbidden("There is no such account")

type AutoTokens = NonNullable<CustomersSettings["auto_tokens"]>

const withoutSecrets = ({ email, phone_number }: AutoTokens): AutoTokens => {
  const shown = (kinds: NonNullable<AutoTokens["email"]>) =>
    kinds.map((kind) => (kind.type === "HMAC-SHA256" ? { type: "HMAC-SHA256" as const } : kind))
  return {
    ...(phone_number === undefined ? {} : { phone_number: shown(phone_number) }),
    ...(email === undefined ? {} : { email: shown(email) })
  }
}

export const make = Effect.gen(function* () {
  const { hmacSecrets, settingsUpdate } = yield* Assumed
  const accounts = yield* Accounts
  /** (assumed: hmac-secrets) */
  const shown = (settings: CustomersSettings): CustomersSettings =>
    settings.auto_tokens === undefined || hmacSecrets === "shown"
      ? settings
      : { ...settings, auto_tokens: withoutSecrets(settings.auto_tokens) }
  return {
    "customers.settings.get": ({ accountId, now }) =>
      AtOnce.flatMap(accounts.find(accountId, now !== undefined), (account) =>
        Option.isSome(account) ? Effect.succeed(shown(account.value.settings)) : noSuchAccount
      ),
    "customers.settings.update": ({ accountId, body }) =>
      Effect.flatMap(accounts.updateSettings(accountId, body, { isWhole: settingsUpdate === "whole" }), (settings) =>
        Option.isSome(settings) ? Effect.succeed(shown(settings.value)) : noSuchAccount
      )
  } satisfies Partial<Handlers<typeof operations>>
})
