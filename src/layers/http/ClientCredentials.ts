/**
 * `AccessTokens` by the client-credentials grant: one token, shared by all who use the layer.
 *
 * The request runs in a fiber of the layer's scope and callers only wait for it, so that an interrupted caller takes nothing
 * from the others. Tokens are numbered, and a refusal drops only the token that was refused.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import type { CallError } from "../../schemas/DinteroError.js"
import { TransportError } from "../../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken } from "../../services/AccessTokens.js"

interface Current extends NumberedToken {
  /** From then on it is renewed in the background. Local clock, ms. */
  readonly soft: number
  /** From then on it is not given out. */
  readonly hard: number
}

export interface Options {
  /** Asks the token endpoint, with retries of its own. */
  readonly request: Effect.Effect<AccessToken, CallError>
  readonly policy: RefreshPolicy.RefreshPolicy
  readonly account: string
}

export const make = (options: Options): Effect.Effect<AccessTokensService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    let generation = 0
    let current: Current | undefined
    let pending: Deferred.Deferred<NumberedToken, CallError> | undefined
    /** After a failed background renewal there is none before this instant. */
    let notBefore = 0
    let closed = false
    yield* Scope.addFinalizer(
      scope,
      Effect.sync(() => {
        closed = true
      })
    )

    const layerClosed = new TransportError({
      request: {
        operation: "auth.token",
        method: "POST",
        path: "/accounts/{oid}/auth/token",
        account: options.account,
        attempts: 0,
        history: []
      },
      message: "auth.token: the scope of the layer is closed; it was not sent",
      reason: "unknown",
      sent: "no"
    })

    const fetchToken = Effect.clockWith((clock) =>
      Effect.map(options.request, (token): Current => {
        // Counted from the answer's arrival: a token that travelled slowly is renewed a little late, well inside the windows.
        const receivedAt = clock.unsafeCurrentTimeMillis()
        const life = token.expires_in * 1000
        return {
          value: token.access_token,
          generation: ++generation,
          expiresAt: DateTime.make(receivedAt + life),
          ...RefreshPolicy.windows(options.policy, receivedAt, life)
        }
      })
    )

    /** Starts the one request. Synchronous, so that no interruption can come between the fork and its registration. */
    const start = (
      caller: Fiber.RuntimeFiber<unknown, unknown>,
      clock: Clock.Clock
    ): Deferred.Deferred<NumberedToken, CallError> => {
      const deferred = Deferred.unsafeMake<NumberedToken, CallError>(FiberId.none)
      pending = deferred
      // With the clock, tracer and loggers of the caller, in the scope of the layer.
      const fork = Runtime.runFork(
        Runtime.make({
          context: caller.currentContext,
          fiberRefs: caller.getFiberRefs(),
          runtimeFlags: Runtime.defaultRuntimeFlags
        })
      )
      fork(fetchToken, { scope }).addObserver((exit) => {
        pending = undefined
        if (Exit.isSuccess(exit)) {
          current = exit.value
          notBefore = 0
        } else {
          // Not sooner than the token endpoint asked for.
          const told = Option.flatMap(Cause.failureOption(exit.cause), ({ retryAfter }) => retryAfter)
          const wait = Math.max(
            Duration.toMillis(options.policy.minimumInterval),
            Option.match(told, { onNone: () => 0, onSome: Duration.toMillis })
          )
          notBefore = clock.unsafeCurrentTimeMillis() + wait
        }
        // An interruption is the layer's own end, not that of those who wait.
        const outcome = Exit.isFailure(exit) && Cause.isInterrupted(exit.cause) ? Exit.fail(layerClosed) : exit
        Deferred.unsafeDone(deferred, outcome)
      })
      return deferred
    }

    const get = Effect.withFiberRuntime<NumberedToken, CallError>((caller) =>
      Effect.clockWith((clock) => {
        if (closed) return Effect.fail(layerClosed)
        const now = clock.unsafeCurrentTimeMillis()
        if (current !== undefined && now < current.hard) {
          if (now >= current.soft && pending === undefined && now >= notBefore) start(caller, clock)
          return Effect.succeed(current)
        }
        return Deferred.await(pending ?? start(caller, clock))
      })
    )

    return {
      get,
      peek: Effect.sync(() => Option.fromNullable(current)),
      invalidate: (refused) =>
        Effect.sync(() => {
          if (current?.generation === refused) current = undefined
          return true
        })
    }
  })

/** One token that was handed in; it cannot be renewed. */
export const fixed = (value: NumberedToken["value"], expiresAt: NumberedToken["expiresAt"]): AccessTokensService => {
  const token: NumberedToken = { value, generation: 1, expiresAt }
  return {
    get: Effect.succeed(token),
    peek: Effect.succeedSome(token),
    invalidate: () => Effect.succeed(false)
  }
}
