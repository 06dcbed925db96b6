/**
 * Docs tag `authenticate`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import * as AtOnce from "../../system/AtOnce.js"
import { Assumed, type Choices } from "../Assumed.js"
import { Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import * as Audience from "../clients/Audience.js"
import type { Handlers } from "../Handler.js"
import { CustomerLogins } from "../logins/CustomerLogins.js"
import { LoginUsers } from "../logins/LoginUsers.js"
import type { Principal } from "../Principal.js"
import { LoginCodes } from "../passwordless/LoginCodes.js"
import { domain, forbidden } from "../Refusal.js"
import { AccessTokenIssuer, type Exchange } from "./AccessTokenIssuer.js"
import { StoredTokens, type TokenContent } from "./StoredTokens.js"

/** The same text for every reason: a caller without a valid token learns nothing about other tokens. */
const noSession = (status: Choices["wrongRefreshToken"]) =>
  domain(
    status,
    "Refresh token refused",
    "The refresh token is unknown, expired, used up or revoked, or was made for another client"
  )

const noAccountUser = forbidden(
  "This grant takes the ID token of an account user. The `jwks` of the account in the seed verify such a token"
)

const noGrant = forbidden("The client has no grant for this audience and grant type")

export const make = Effect.gen(function* () {
  const { exchangeAudience, wrongRefreshToken } = yield* Assumed
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const codes = yield* LoginCodes
  const issuer = yield* AccessTokenIssuer
  const logins = yield* CustomerLogins
  const tokens = yield* StoredTokens
  const users = yield* LoginUsers

  const accessToken = (content: TokenContent, now?: number) =>
    AtOnce.flatMap(accounts.find(content.accountId, now !== undefined), (account) => {
      if (Option.isNone(account)) return noGrant
      const lifetime = account.value.accessTokenLifetime
      return AtOnce.map(issuer.issue(content, lifetime, now), (access_token) => ({
        access_token,
        token_type: "Bearer" as const,
        expires_in: lifetime
      }))
    })

  /** The token of an API client. `now`: the time, if nothing has to be waited for. */
  const clientToken = (accountId: string, { clientId, subject }: Principal, audience: string, now: number | undefined) =>
    AtOnce.flatMap(clients.scopes(accountId, clientId, audience, "client_credentials", now !== undefined), (scopes) =>
      Option.isNone(scopes)
        ? noGrant
        : accessToken({ accountId, clientId, subject, isClient: true, audience, scopes: scopes.value }, now)
    )

  /** The token of a partner's client for the account of a merchant. */
  const merchantToken = ({ clientId, merchant, partner }: Exchange, audience: string) =>
    Effect.gen(function* () {
      const [ofMerchant, ofPartner] = [Audience.ofAccount(merchant), Audience.ofAccount(partner)]
      // The documentation has both (assumed: partner-audience).
      const named = { either: [ofPartner, ofMerchant], partner: [ofPartner], merchant: [ofMerchant] }
      if (!named[exchangeAudience].includes(audience)) return yield* noGrant
      const account = yield* accounts.find(merchant)
      // The merchant can have left the partner since the exchange.
      if (Option.isNone(account) || !Option.contains(account.value.partner, partner)) return yield* noGrant
      // (assumed: exchange-scopes)
      const own = yield* clients.scopes(partner, clientId, ofMerchant, "client_credentials")
      const scopes = Option.isSome(own) ? own : yield* clients.scopes(partner, clientId, ofPartner, "client_credentials")
      if (Option.isNone(scopes)) return yield* noGrant
      return yield* accessToken({
        accountId: merchant,
        clientId,
        subject: clientId,
        isClient: true,
        audience: ofMerchant,
        scopes: scopes.value
      })
    })

  return {
    "auth.token": ({ accountId, body, host, now, principal }) => {
      if (body.grant_type === "client_credentials") {
        const { clientId, partner } = principal
        const audience = Audience.normalised(body.audience, host)
        return partner === undefined
          ? clientToken(accountId, principal, audience, now)
          : merchantToken({ partner, clientId, merchant: accountId }, audience)
      }
      return Effect.gen(function* () {
        switch (body.grant_type) {
          case "password":
            return yield* logins.login({
              accountId,
              principal,
              audience: Audience.normalised(body.audience, host),
              password: body.password,
              user: users.byUsername(accountId, body.username)
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
          case "authorization_code": {
            const { clientId } = principal
            const audience = Audience.normalised(body.audience, host)
            const scopes = yield* clients.scopes(accountId, clientId, audience, "authorization_code")
            if (Option.isNone(scopes)) return yield* noGrant
            // Only the client that the code was made for can redeem it (assumed: passwordless-client).
            const purpose = { accountId, clientId, audience, code: body.verification_code }
            const customer = yield* body.ident_type === "email"
              ? codes.redeemEmail({ ...purpose, email: body.ident })
              : codes.redeemUser({ ...purpose, userId: body.ident })
            if (Option.isNone(customer)) return yield* logins.refused
            // The code has already reached the user over a channel of its own, so no other code follows (assumed: passwordless-mfa).
            const content = { accountId, clientId, subject: customer.value.customerId, audience, scopes: scopes.value }
            return {
              ...(yield* accessToken(content)),
              ...(principal.scopes.has("create:accounts:auth:refresh_token")
                ? { refresh_token: yield* tokens.issueRefreshToken(content) }
                : {})
            }
          }
          case "account_user":
          case "account_user_token":
            if (principal.isAccountUser !== true) return yield* noAccountUser
            if (Audience.normalised(body.audience, host) !== Audience.ofAccount(accountId)) return yield* noGrant
            return yield* accessToken({
              accountId,
              clientId: principal.clientId,
              subject: principal.subject,
              isClient: true,
              audience: Audience.ofAccount(accountId),
              scopes: [...principal.scopes]
            })
        }
      })
    },

    // A token that is unknown, of another account or of another client gets the same response, and nothing changes
    // (assumed: revoke-unknown-token). Access tokens stay valid until they expire (assumed: access-token-after-revoke).
    "auth.revoke": ({ accountId, body, principal: { clientId } }) =>
      tokens.revoke({ accountId, clientId, refreshToken: body.token })
  } satisfies Partial<Handlers<typeof operations>>
})
