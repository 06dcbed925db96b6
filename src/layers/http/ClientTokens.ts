/**
 * The tokens of an API client: by client credentials, or from a source of the caller's own.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { sentence } from "../../internal/Issues.js"
import type * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import { AccessToken } from "../../schemas/AccessToken.js"
import { type CallError, InvalidResponse, TransportError } from "../../schemas/DinteroError.js"
import type { AccessTokensService, TokenKey } from "../../services/AccessTokens.js"
import type { RequestToken } from "./AuthHttp.js"
import * as Deadlines from "./Deadlines.js"
import * as ServerClock from "./ServerClock.js"
import * as SharedTokens from "./SharedTokens.js"
import type { Target } from "./Target.js"
import * as TokenCell from "./TokenCell.js"
import { infoOf } from "./TokenRequestInfo.js"

export const notSent = (account: string, why: string): TransportError =>
  new TransportError({
    request: infoOf(account),
    message: `auth.token: ${why}; it was not sent`,
    reason: "unknown",
    sent: "no"
  })

/** What everybody is told who asks for a token after the layer's end. */
export const layerClosed = (account: string): TransportError => notSent(account, "the scope of the layer is closed")

const isToken = Schema.is(AccessToken)

/**
 * A caller's own effect, held to what the server is held to: it ends, and with a token that can be sent. One that never ended would else be waited
 * for by everybody until the program ends.
 */
export const fromRequest =
  (account: string, request: Effect.Effect<AccessToken, CallError>): RequestToken =>
  ({ deadline }) =>
    request.pipe(
      Effect.disconnect,
      Effect.timeoutFail({
        duration: deadline,
        onTimeout: () =>
          new TransportError({
            request: infoOf(account),
            message: "auth.token: the `request` of Dintero.layerTokensFrom did not end in time",
            reason: "timeout",
            sent: "maybe"
          })
      }),
      Effect.filterOrFail(isToken, () => {
        const issues = [
          { path: "", message: "expected an AccessToken: visible ASCII in a Redacted, and a positive whole number of seconds" }
        ]
        return new InvalidResponse({
          request: infoOf(account),
          message: `what the \`request\` of Dintero.layerTokensFrom gave cannot be sent: ${sentence(issues)}`,
          issues
        })
      })
    )

/** Notes when the server issued the token: the best that a client learns of its clock. */
export const observed = <E>(
  serverClock: ServerClock.ServerClock,
  request: Effect.Effect<AccessToken, E>
): Effect.Effect<AccessToken, E> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const sentAt = Deadlines.now(clock)
      return Effect.tap(request, ({ access_token }) =>
        Effect.sync(() => {
          const issued = ServerClock.issuedAt(access_token)
          if (Option.isSome(issued)) serverClock.observe(issued.value, 1000, sentAt, Deadlines.now(clock), clock)
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
  readonly sharing: SharedTokens.Sharing | undefined
  readonly numberedFrom?: number
}): Effect.Effect<AccessTokensService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { key, numberedFrom, policy, request, sharing, target } = options
    const serverOffset = target.serverClock.offset
    const isolated = target.isolatesRequests
    const once = RetryPolicy.attempts(target.retry, 1)
    let isFailing = false
    const requested = ({ reason }: TokenCell.Demand) =>
      Effect.suspend(() => observed(target.serverClock, request(reason === "early" || isFailing ? once : target.retry))).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            isFailing = Exit.isFailure(exit)
          })
        )
      )
    const shared = sharing === undefined ? undefined : yield* SharedTokens.make({ key, policy, serverOffset, sharing, isolated })
    const cell = yield* TokenCell.make<CallError>({
      key,
      policy,
      acquire: (demand, traced) => {
        const request = traced(requested(demand), ({ access_token }) => access_token)
        return shared === undefined ? Effect.map(request, TokenCell.acquiredOf) : shared.acquire(demand, request)
      },
      closed: layerClosed(key.account),
      serverOffset,
      isElsewhere: SharedTokens.isOfStore,
      numberedFrom,
      isolated
    })
    const { finish: _, forget, ...tokens } = cell
    return { ...tokens, revoke: shared === undefined ? forget : shared.revoke(cell) }
  })
