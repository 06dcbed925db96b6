/**
 * Docs tag `authenticate`: the tokens of a partner for its merchants.
 *
 * Source: https://docs.dintero.com/docs/partners/partners-merchant-api-access
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import { Accounts } from "../accounts/Accounts.js"
import type { Handlers } from "../Handler.js"
import { isClient } from "../Principal.js"
import { forbidden } from "../Refusal.js"
import { AccessTokenIssuer } from "./AccessTokenIssuer.js"

/** The same for an account that does not exist and for one of somebody else. */
const noMerchant = forbidden("The partner has no such merchant: the account's `partner` in the seed is the partner's account")

/** The exchange token gives the scopes of the client, and a customer of the partner has others. */
const noClient = forbidden("The access token is that of a customer, and only an API client acts for a merchant")

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const issuer = yield* AccessTokenIssuer
  return {
    "auth.exchangeToken": ({ accountId, body: { account_id: merchant }, principal }) =>
      Effect.gen(function* () {
        if (!isClient(principal)) return yield* noClient
        const [partner, found] = yield* Effect.all([accounts.find(accountId), accounts.find(merchant)])
        if (Option.isNone(partner) || Option.isNone(found)) return yield* noMerchant
        if (!Option.contains(found.value.partner, accountId)) return yield* noMerchant
        // It lives as long as an access token (assumed: exchange-token).
        const { accessTokenLifetime } = partner.value
        return {
          access_token: yield* issuer.issueExchange(
            { partner: accountId, clientId: principal.clientId, merchant },
            accessTokenLifetime
          ),
          token_type: "Bearer" as const,
          expires_in: accessTokenLifetime
        }
      })
  } satisfies Partial<Handlers<typeof operations>>
})
