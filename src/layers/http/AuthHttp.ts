/**
 * `Auth` over the wire.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Authenticate from "../../contract/Authenticate.js"
import * as Challenge from "../../contract/Challenge.js"
import * as Keys from "../../contract/Keys.js"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import type { AuthToken } from "../../schemas/AuthToken.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { AuthService, TokenError } from "../../services/Auth.js"
import type { Target } from "./Executor.js"
import * as Executor from "./Executor.js"
import { credentialsRefused, mfaRequired, sessionExpired } from "./Failures.js"

/** The base64 text of `id:secret`; none for a layer that was given a token instead. */
export type Credentials = Option.Option<Redacted.Redacted>

/** Asks for a token once. A caller's policy is not applied to one that others wait for too. */
export type RequestToken = (policy: RetryPolicy.RetryPolicy) => Effect.Effect<AccessToken, CallError>

/** The client's own token. To ask for it twice costs nothing, unlike the other grants. */
export const requestClientToken = (target: Target, credentials: Redacted.Redacted, audience: string): RequestToken => {
  const token = Executor.compile(target, Authenticate.token)
  const authorization: Executor.Authorization = { _tag: "Basic", credentials }
  return (policy) =>
    token.call({ grant_type: "client_credentials", audience }, { authorization, repeatable: true, policy }).pipe(
      // The grant is made here and fits its schema; if it does not, that is a bug of ours and no caller can act on it.
      Effect.catchTag("InvalidRequest", Effect.die)
    )
}

export const make = (target: Target, tokens: AccessTokensService, credentials: Credentials): AuthService => {
  const bearer: Executor.Authorization = { _tag: "Bearer", tokens }
  const token = Executor.compile(target, Authenticate.token)
  const revoke = Executor.compile(target, Authenticate.revoke)
  const keys = Executor.compile(target, Keys.list)
  const challenge = Executor.compile(target, Challenge.challenge)

  // In the partner flow a token that was exchanged for the merchant authorises this grant (API reference, 6.1 and 6.10).
  const client: Executor.Authorization = Option.match(credentials, {
    onNone: () => bearer,
    onSome: (credentials) => ({ _tag: "Basic", credentials })
  })

  return {
    token: (grant: AuthToken): Effect.Effect<AccessToken, TokenError> =>
      Effect.suspend((): Effect.Effect<AccessToken, TokenError> => {
        // Without TypeScript there may be no grant at all, which `call` refuses.
        switch (grant?.grant_type) {
          case "client_credentials":
            return token.call(grant, { authorization: client })
          case "refresh_token":
            return token.call(grant, { authorization: bearer, refusal: sessionExpired })
          case "account_user_token":
          case "account_user":
            // The token in the header is the credential; the body has none that could be wrong.
            return token.call(grant, { authorization: bearer, refusal: mfaRequired })
          default:
            return token.call(grant, { authorization: bearer, refusal: credentialsRefused })
        }
      }),
    revoke: (payload) => revoke.call(payload, { authorization: bearer }),
    keys: () => keys.invoke({ authorization: bearer }),
    mfa: {
      challenge: (payload) => challenge.call(payload, { authorization: bearer })
    }
  }
}
