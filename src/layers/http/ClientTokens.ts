/**
 * The tokens of an API client: by client credentials, or from a source of the caller's own.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import { type CallError, TransportError } from "../../schemas/DinteroError.js"
import type { AccessTokensService, TokenKey } from "../../services/AccessTokens.js"
import type { RequestToken } from "./AuthHttp.js"
import type { Target } from "./Executor.js"
import * as ServerClock from "./ServerClock.js"
import * as TokenCell from "./TokenCell.js"

/** What everybody is told who asks for a token after the layer's end. */
export const layerClosed = (account: string): TransportError =>
  new TransportError({
    request: {
      operation: "auth.token",
      method: "POST",
      path: "/accounts/{oid}/auth/token",
      account,
      attempts: 0,
      history: []
    },
    message: "auth.token: the scope of the layer is closed; it was not sent",
    reason: "unknown",
    sent: "no"
  })

/** Notes when the server issued the token: the best that a client learns of its clock. */
export const observed = <E>(
  serverClock: ServerClock.ServerClock,
  request: Effect.Effect<AccessToken, E>
): Effect.Effect<AccessToken, E> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const sentAt = clock.unsafeCurrentTimeMillis()
      return Effect.tap(request, ({ access_token }) =>
        Effect.sync(() => {
          const issued = ServerClock.issuedAt(access_token)
          if (Option.isSome(issued)) serverClock.observe(issued.value, 1000, sentAt, clock.unsafeCurrentTimeMillis())
        })
      )
    })
  )

/** `retry` is for who waits. Nobody waits for a token ahead of time, and a busy token endpoint is not helped by more than one try. */
export const make = (options: {
  readonly key: TokenKey
  readonly request: RequestToken
  readonly policy: RefreshPolicy.RefreshPolicy
  readonly target: Target
}): Effect.Effect<AccessTokensService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { key, policy, request, target } = options
    const once = RetryPolicy.attempts(target.retry, 1)
    let isFailing = false
    const { forget, ...tokens } = yield* TokenCell.make<CallError>({
      key,
      policy,
      acquire: ({ reason }) =>
        Effect.suspend(() => observed(target.serverClock, request(reason === "early" || isFailing ? once : target.retry))).pipe(
          Effect.map((token) => ({ value: token.access_token, life: token.expires_in * 1000 })),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              isFailing = exit._tag === "Failure"
            })
          )
        ),
      closed: layerClosed(key.account),
      over: Option.none(),
      serverOffset: target.serverClock.offset
    })
    return { ...tokens, revoke: forget }
  })
