/**
 * `Auth` over the wire.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { auth } from "../../contract/Contract.js"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { AuthService } from "../../services/Auth.js"
import type { ErrorOf } from "../../services/ServiceOf.js"
import type { Authorization } from "./Authorization.js"
import type { Received } from "./Call.js"
import * as Client from "./Client.js"
import * as CompiledOperation from "./CompiledOperation.js"
import { credentialsRefused, mfaRequired, sessionExpired } from "./Failures.js"
import type { Target } from "./Target.js"

/** The base64 text of `id:secret`; none for a layer that was given a token instead. */
export type Credentials = Option.Option<Redacted.Redacted>

/** Asks for a token once. A caller's policy is not applied to one that others wait for too. */
export type RequestToken = (policy: RetryPolicy.RetryPolicy) => Effect.Effect<AccessToken, CallError>

/** The client's own token. To ask for it twice costs nothing, unlike the other grants. */
export const requestClientToken = (target: Target, credentials: Redacted.Redacted, audience: string): RequestToken => {
  const token = CompiledOperation.make(target, "auth.token", auth.token)
  const authorization: Authorization = { _tag: "Basic", credentials }
  const body = { grant_type: "client_credentials", audience }
  return (policy) =>
    token.send({ body }, { authorization, repeatable: true, policy }).pipe(
      Effect.map(({ value }) => value),
      // The grant is made here and fits its schema; if it does not, that is a bug of ours and no caller can act on it.
      Effect.catchTag("InvalidRequest", Effect.die)
    )
}

export const make = (target: Target, tokens: AccessTokensService, credentials: Credentials): AuthService => {
  const bearer: Authorization = { _tag: "Bearer", tokens }
  const token = CompiledOperation.make(target, "auth.token", auth.token)

  // In the partner flow a token that was exchanged for the merchant authorises this grant
  // (https://docs.dintero.com/docs/partners/partners-merchant-api-access).
  const client: Authorization = Option.match(credentials, {
    onNone: () => bearer,
    onSome: (credentials) => ({ _tag: "Basic", credentials })
  })

  const received = <E>(sending: Effect.Effect<Received<AccessToken>, E>): Effect.Effect<AccessToken, E> =>
    Effect.map(sending, ({ value }) => value)

  return {
    ...Client.make(auth, "auth", target, tokens),
    token: (grant) => {
      type Sent = Effect.Effect<AccessToken, ErrorOf<AuthService["token"]>>
      return Effect.suspend((): Sent => {
        const input = { body: grant }
        // Without TypeScript there may be no grant at all, which `send` refuses.
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
    }
  }
}
