/**
 * Docs tag `authenticate`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import { Assumed, type Choices } from "../Assumed.js"
import { Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import * as Audience from "../clients/Audience.js"
import type { Handlers } from "../Handler.js"
import { CustomerLogins } from "../logins/CustomerLogins.js"
import { CustomerRecords } from "../logins/CustomerRecords.js"
import { domain, forbidden } from "../Refusal.js"
import { AccessTokenIssuer } from "./AccessTokenIssuer.js"
import { StoredTokens, type TokenContent } from "./StoredTokens.js"

/** The same text for every reason: a caller without a valid token learns nothing about other tokens. */
const noSession = (status: Choices["wrongRefreshToken"]) =>
  domain(
    status,
    "Refresh token refused",
    "The refresh token is unknown, expired, used up or revoked, or was made for another client"
  )

const noGrant = forbidden("The client has no grant for this audience and grant type")

export const make = Effect.gen(function* () {
  const { wrongRefreshToken } = yield* Assumed
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords
  const issuer = yield* AccessTokenIssuer
  const logins = yield* CustomerLogins
  const tokens = yield* StoredTokens

  const accessToken = (content: TokenContent) =>
    Effect.gen(function* () {
      const account = yield* accounts.find(content.accountId)
      if (Option.isNone(account)) return yield* noGrant
      return {
        access_token: yield* issuer.issue(content, account.value.accessTokenLifetime),
        token_type: "Bearer" as const,
        expires_in: account.value.accessTokenLifetime
      }
    })

  return {
    "auth.token": ({ accountId, body, host, principal }) =>
      Effect.gen(function* () {
        switch (body.grant_type) {
          case "client_credentials": {
            const audience = Audience.normalised(body.audience, host)
            const scopes = yield* clients.scopes(accountId, principal.clientId, audience, "client_credentials")
            if (Option.isNone(scopes)) return yield* noGrant
            return yield* accessToken({
              accountId,
              clientId: principal.clientId,
              subject: principal.subject,
              audience,
              scopes: scopes.value
            })
          }
          case "password":
            return yield* logins.login({
              accountId,
              principal,
              audience: Audience.normalised(body.audience, host),
              password: body.password,
              customer: customers.byUsername(accountId, body.username)
            })
          case "refresh_token": {
            // Without rotation, which is the default, a refresh token stays valid and has no successor (assumed: refresh-token-rotation). A
            // successor needs no scope of its own (assumed: refresh-token-successor).
            const { clientId } = principal
            const refreshed = yield* tokens.refresh({ accountId, clientId, refreshToken: body.refresh_token })
            if (Option.isNone(refreshed)) return yield* noSession(wrongRefreshToken)
            const { content, successor } = refreshed.value
            return {
              ...(yield* accessToken(content)),
              ...(Option.isNone(successor) ? {} : { refresh_token: successor.value })
            }
          }
          // Both spellings are accepted (assumed: mfa-oob-spelling).
          case "mfa_oob":
          case "mfa-oob":
            return yield* logins.complete({
              accountId,
              principal,
              mfaToken: body.mfa_token,
              oobCode: body.oob_code,
              code: body.binding_code
            })
          case "authorization_code":
            // This version has no operations that make such a code, so every code is wrong.
            return yield* logins.refused
          case "account_user":
          case "account_user_token":
            return yield* domain(400, "The embedded system has no staff accounts, and so no account_user_token grant")
        }
      }),

    // A token that is unknown, of another account or of another client gets the same response, and nothing changes
    // (assumed: revoke-unknown-token). Access tokens stay valid until they expire (assumed: access-token-after-revoke).
    "auth.revoke": ({ accountId, body, principal: { clientId } }) =>
      tokens.revoke({ accountId, clientId, refreshToken: body.token })
  } satisfies Partial<Handlers<typeof operations>>
})
