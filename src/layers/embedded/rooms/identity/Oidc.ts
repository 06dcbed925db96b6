/**
 * Docs tag `authenticate`: the users of an OpenID provider.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import { isStorable } from "../../storage/Column.js"
import { Assumed } from "../Assumed.js"
import { Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import * as Audience from "../clients/Audience.js"
import type { Handlers } from "../Handler.js"
import { CustomerLogins } from "../logins/CustomerLogins.js"
import { CustomerRecords } from "../logins/CustomerRecords.js"
import { domain, forbidden } from "../Refusal.js"
import { AccessTokenIssuer } from "../sessions/AccessTokenIssuer.js"
import { OpenIdProvider, type ProviderUser } from "./OpenIdProvider.js"

const noGrant = forbidden("The client has no grant of the type authorization_code for this audience that has an OpenID provider")

/** (assumed: oidc-failure) */
const unusable = (reason: string) =>
  domain(400, "The OpenID provider cannot be used", `The OpenID provider cannot be used: ${reason}`)

/** No user of a provider has the `customer_id` of a customer by chance. */
const subjectOf = (authority: string, { sub }: ProviderUser): string => `${authority}#${sub}`

const emailOf = ({ claims }: ProviderUser): string | undefined =>
  claims.email_verified === true && typeof claims.email === "string" ? claims.email : undefined

export const make = Effect.gen(function* () {
  const { oidcUser } = yield* Assumed
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords
  const issuer = yield* AccessTokenIssuer
  const logins = yield* CustomerLogins
  const providers = yield* OpenIdProvider
  return {
    "auth.oidcToken": ({ accountId, body, host }) =>
      Effect.gen(function* () {
        const audience = Audience.normalised(body.audience, host)
        const account = yield* accounts.find(accountId)
        const grant = yield* clients.providerGrant(accountId, body.client_id, audience)
        if (Option.isNone(account) || Option.isNone(grant)) return yield* noGrant
        const { clientId, provider, scopes } = grant.value
        const user = yield* providers.redeem(provider, { code: body.code, redirectUri: body.redirect_uri }).pipe(
          Effect.catchTags({
            CodeRefused: () => logins.refused,
            ProviderUnusable: ({ reason }) => unusable(reason)
          })
        )
        if (!isStorable(user.sub)) return yield* unusable("the sub of the user cannot be stored")
        // The customer with the verified email, and nobody's customer without one (assumed: oidc-user).
        const email = oidcUser === "customer" ? emailOf(user) : undefined
        const customer = email === undefined ? Option.none() : yield* customers.byEmail(accountId, "customer", email)
        const unlinked = subjectOf(provider.authority, user)
        const who = Option.match(customer, {
          // Like an auth user without a customer, so that the token reaches no customer who gets this as a `customer_id` later.
          onNone: () => ({ subject: unlinked, authUser: unlinked }),
          onSome: ({ customerId }) => ({ subject: customerId })
        })
        const { accessTokenLifetime } = account.value
        return {
          access_token: yield* issuer.issue({ accountId, clientId, audience, scopes, ...who }, accessTokenLifetime),
          token_type: "Bearer" as const,
          expires_in: accessTokenLifetime,
          user_info: { authority: provider.authority, value: user.claims }
        }
      })
  } satisfies Partial<Handlers<typeof operations>>
})
