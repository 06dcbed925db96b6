/**
 * `Auth` over the wire.
 */
import * as Effect from "effect/Effect"
import { auth } from "../../contract/Contract.js"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import type { AuthToken } from "../../schemas/AuthToken.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { WithDefaultAudience } from "../../schemas/Input.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { AuthService } from "../../services/Auth.js"
import type { ErrorOf } from "../../services/ServiceOf.js"
import type { Authorization } from "./Authorization.js"
import type { Received } from "./Call.js"
import * as Client from "./Client.js"
import * as CompiledOperation from "./CompiledOperation.js"
import { credentialsRefused, mfaRequired, sessionExpired } from "./Failures.js"
import type { Target } from "./Target.js"

/** Asks for a token once. A caller's policy is not applied to one that others wait for too. */
export type RequestToken = (policy: RetryPolicy.RetryPolicy) => Effect.Effect<AccessToken, CallError>

/** The client's own token. To ask for it twice costs nothing, unlike the other grants. */
export const requestClientToken = (target: Target, authorization: Authorization, audience: string): RequestToken => {
  const token = CompiledOperation.make(target, "auth.token", auth.token)
  const body = { grant_type: "client_credentials", audience }
  return (policy) =>
    token.send({ body }, { authorization, repeatable: true, policy }).pipe(
      Effect.map(({ value }) => value),
      // The grant is made here and fits its schema; if it does not, that is a bug of ours and no caller can act on it.
      Effect.catchTag("InvalidRequest", Effect.die)
    )
}

/** The token of a partner for the account of a merchant, by the token of the partner's own account. */
export const requestExchangeToken = (target: Target, tokens: AccessTokensService, merchant: string): RequestToken => {
  const exchange = CompiledOperation.make(target, "auth.exchangeToken", auth.exchangeToken)
  return (policy) =>
    exchange.send({ body: { account_id: merchant } }, { authorization: { _tag: "Bearer", tokens }, policy }).pipe(
      Effect.map(({ value }) => value),
      // The id of the merchant was checked before.
      Effect.catchTag("InvalidRequest", Effect.die)
    )
}

type Given = WithDefaultAudience<AuthToken>

/** The two grants with two spellings, in the spelling of the layer. */
const spelt = (grant: Given, { accountUser, mfaOob }: Target["grantSpellings"]): Given => {
  switch (grant.grant_type) {
    case "mfa_oob":
    case "mfa-oob":
      return { ...grant, grant_type: mfaOob ?? grant.grant_type }
    case "account_user_token":
    case "account_user":
      return { ...grant, grant_type: accountUser ?? grant.grant_type }
    default:
      return grant
  }
}

/** `client`: what authorises `client_credentials`. */
export const make = (target: Target, tokens: AccessTokensService, client: Authorization): AuthService => {
  const bearer: Authorization = { _tag: "Bearer", tokens }
  const token = CompiledOperation.make(target, "auth.token", auth.token)

  const received = <E>(sending: Effect.Effect<Received<AccessToken>, E>): Effect.Effect<AccessToken, E> =>
    Effect.map(sending, ({ value }) => value)

  type Sent = Effect.Effect<AccessToken, ErrorOf<AuthService["token"]>>
  const byGrant = (grant: Given): Sent =>
    Effect.suspend((): Sent => {
      // Without TypeScript there may be no grant at all, which `send` refuses.
      const input = { body: grant && spelt(grant, target.grantSpellings) }
      switch (grant?.grant_type) {
        case "client_credentials":
          return received(token.send(input, { authorization: client }))
        case "refresh_token":
          return received(token.send(input, { authorization: bearer, refusal: sessionExpired }))
        case "account_user_token":
        case "account_user":
          // The token in the header is the credential; the body has none that could be wrong.
          return received(token.send(input, { authorization: bearer, refusal: mfaRequired }))
        default:
          return received(token.send(input, { authorization: bearer, refusal: credentialsRefused }))
      }
    })

  return {
    ...Client.make(auth, "auth", target, tokens),
    // Seam: each case of `byGrant` has the errors that `TokenErrors` says of its grant.
    token: byGrant as AuthService["token"]
  }
}
