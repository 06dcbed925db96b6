/**
 * `AccessTokens` over any source: one token, shared by all who use it.
 *
 * The request runs in a fiber of the layer's scope and callers only wait for it, so that an interrupted caller takes nothing
 * from the others. Tokens are numbered, and a refusal drops only the token that was refused.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Hash from "effect/Hash"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { AccessTokensService, AcquireReason, NumberedToken, TokenEvent, TokenKey } from "../../services/AccessTokens.js"
import * as Session from "../../services/Session.js"
import * as Deadlines from "./Deadlines.js"

/** A token that a source has given. */
export interface Acquired {
  readonly value: Redacted.Redacted
  /** ms. How long it is good from now on; of one that was stored, less than when it was made. */
  readonly life: number
}

export interface Demand {
  readonly reason: AcquireReason
  /** The token that the server has refused or that somebody wants replaced: no answer. */
  readonly instead: Option.Option<Redacted.Redacted>
}

interface Failure {
  readonly _tag: string
  readonly retryAfter?: Option.Option<Duration.Duration>
}

export interface Options<E> {
  readonly key: TokenKey
  readonly policy: RefreshPolicy.RefreshPolicy
  readonly acquire: (demand: Demand) => Effect.Effect<Acquired, E>
  /** Says that the layer's scope is closed. */
  readonly closed: E
  /** After a revocation: what everybody is told from then on; none when there may be a next token. */
  readonly over: Option.Option<E>
  readonly serverOffset: () => Option.Option<number>
}

export interface TokenCell<E> extends Omit<AccessTokensService<E>, "revoke"> {
  /** Gives the token up here. */
  readonly forget: Effect.Effect<void>
}

interface Current {
  readonly token: NumberedToken
  /** `get`'s answer, made once. */
  readonly given: Effect.Effect<NumberedToken>
  /** On the monotonic clock, ms, as all times here. */
  readonly receivedAt: number
  /** From then on it is renewed in the background. */
  readonly soft: number
  /** From then on callers wait for the next one. */
  readonly hard: number
  readonly expiry: number
}

interface Pending<E> {
  readonly deferred: Deferred.Deferred<NumberedToken, E>
  readonly epoch: number
}

export const make = <E extends Failure>({
  acquire,
  closed,
  key,
  over,
  policy,
  serverOffset
}: Options<E>): Effect.Effect<TokenCell<E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const events = yield* PubSub.sliding<TokenEvent>(64)
    const keyHash = (Hash.string(Object.values(key).join("\n")) >>> 0).toString(16).padStart(8, "0")
    const counted = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>) => Metric.tagged(metric, "grant", key.grant)
    const waiters = counted(TokenMetrics.waiters)

    let generation = 0
    let epoch = 0
    let current: Current | undefined
    let pending: Pending<E> | undefined
    let isClosed = false
    let isOver = false
    /** The token that was dropped, until there is another. */
    let dropped: Option.Option<Redacted.Redacted> = Option.none()
    /** In a row. */
    let failures = 0
    /** Nobody asks before this instant, and who cannot be given a token is told `failure`. */
    let notBefore = Number.NEGATIVE_INFINITY
    let failure: E | undefined
    /** Tokens that were refused soon after they came, in a row. */
    let refusals = 0
    let noRefusalBefore = Number.NEGATIVE_INFINITY
    let waiting = 0

    yield* Scope.addFinalizer(
      scope,
      Effect.sync(() => {
        isClosed = true
      })
    )

    const publish = (event: TokenEvent) => PubSub.publish(events, event)

    const received = ({ life, value }: Acquired, reason: AcquireReason) =>
      Effect.gen(function* () {
        const clock = yield* Effect.clock
        const now = Deadlines.now(clock)
        const wall = clock.unsafeCurrentTimeMillis()
        // Counted from the answer's arrival, on a time that no correction of the clock moves: a token that travelled slowly is renewed a
        // little late, well inside the windows.
        const { hard, soft } = RefreshPolicy.windows(policy, now, life, yield* Random.next)
        const token: NumberedToken = { value, generation: ++generation, expiresAt: DateTime.make(wall + life) }
        yield* Metric.increment(Metric.tagged(counted(TokenMetrics.acquired), "reason", reason))
        yield* Metric.set(counted(TokenMetrics.expiresAt), (wall + life) / 1000)
        yield* publish({ _tag: "Acquired", generation, reason, expiresAt: token.expiresAt })
        return { token, given: Effect.succeed(token), receivedAt: now, soft, hard, expiry: now + life } satisfies Current
      })

    const failedWith = (error: E, reason: AcquireReason) =>
      Effect.gen(function* () {
        const clock = yield* Effect.clock
        const now = Deadlines.now(clock)
        failures++
        failure = error
        const told = Option.match(error.retryAfter ?? Option.none<Duration.Duration>(), {
          onNone: () => 0,
          onSome: Duration.toMillis
        })
        const hasToken = current !== undefined && now < current.hard
        const wait = Math.max(RefreshPolicy.pause(policy, failures, hasToken), told)
        notBefore = now + wait
        yield* Metric.increment(Metric.tagged(Metric.tagged(counted(TokenMetrics.failed), "reason", reason), "error", error._tag))
        yield* publish({
          _tag: "Failed",
          reason,
          error: error._tag,
          retryAt: DateTime.unsafeMake(clock.unsafeCurrentTimeMillis() + Math.min(wait, 8e15))
        })
      })

    /** What the fiber of a request does, from its beginning until all who wait have their answer. */
    const request = (own: Pending<E>, reason: AcquireReason) =>
      Effect.suspend(() => {
        const instead = Option.orElse(dropped, () =>
          reason === "forced" ? Option.map(Option.fromNullable(current), ({ token }) => token.value) : Option.none()
        )
        return acquire({ reason, instead })
      }).pipe(
        Metric.trackDurationWith(counted(TokenMetrics.duration), Duration.toMillis),
        Effect.flatMap((acquired) => received(acquired, reason)),
        Effect.withSpan("token.refresh", {
          captureStackTrace: false,
          attributes: { "dintero.token.reason": reason, "dintero.token.key": keyHash, "dintero.token.generation": generation + 1 }
        }),
        Effect.onExit((exit) => {
          if (pending === own) pending = undefined
          // Given up meanwhile: nobody may get it.
          if (own.epoch !== epoch) return Deferred.done(own.deferred, Exit.fail(Option.getOrElse(over, () => closed)))
          if (Exit.isSuccess(exit)) {
            current = exit.value
            dropped = Option.none()
            failures = 0
            failure = undefined
            notBefore = Number.NEGATIVE_INFINITY
            return Deferred.succeed(own.deferred, exit.value.token)
          }
          const error = Cause.failureOption(exit.cause)
          return Option.isSome(error)
            ? Effect.zipRight(failedWith(error.value, reason), Deferred.fail(own.deferred, error.value))
            : // An interruption is the layer's own end, not that of those who wait.
              Deferred.done(own.deferred, Cause.isInterrupted(exit.cause) ? Exit.fail(closed) : Exit.failCause(exit.cause))
        })
      )

    /** Starts the one request. Synchronous, so that no interruption can come between the fork and its registration. */
    const start = (caller: Fiber.RuntimeFiber<unknown, unknown>, reason: AcquireReason): Pending<E> => {
      const own: Pending<E> = { deferred: Deferred.unsafeMake<NumberedToken, E>(FiberId.none), epoch }
      pending = own
      // With the clock, tracer and loggers of the caller, in the scope of the layer, and in nobody's session.
      const fork = Runtime.runFork(
        Runtime.make({
          context: Context.add(caller.currentContext, Session.Current, Option.none()),
          fiberRefs: caller.getFiberRefs(),
          runtimeFlags: Runtime.defaultRuntimeFlags
        })
      )
      fork(request(own, reason), { scope })
      return own
    }

    const waitFor = ({ deferred }: Pending<E>): Effect.Effect<NumberedToken, E> =>
      Effect.acquireUseRelease(
        Effect.suspend(() => Metric.set(waiters, ++waiting)),
        () => Deferred.await(deferred),
        () => Effect.suspend(() => Metric.set(waiters, --waiting))
      )

    const reasonNow = (): AcquireReason =>
      Option.isSome(dropped) ? "unauthorized" : current === undefined ? "initial" : "expired"

    const get = Effect.withFiberRuntime<NumberedToken, E>((caller) => {
      if (isClosed) return Effect.fail(closed)
      if (isOver && Option.isSome(over)) return Effect.fail(over.value)
      const now = Deadlines.now(Context.get(caller.currentDefaultServices, Clock.Clock))
      const held = current
      if (held !== undefined && now < held.hard) {
        if (now >= held.soft && pending === undefined && now >= notBefore) start(caller, "early")
        return held.given
      }
      const stale = held !== undefined && now < held.expiry && policy.whileFailing === "use-current" ? held : undefined
      const serveStale = (stale: Current) => Effect.zipRight(Metric.increment(counted(TokenMetrics.staleServed)), stale.given)
      if (pending === undefined && now < notBefore) {
        if (stale !== undefined) return serveStale(stale)
        if (failure !== undefined) {
          return Effect.zipRight(Metric.increment(counted(TokenMetrics.failuresServed)), Effect.fail(failure))
        }
      }
      const next = waitFor(pending ?? start(caller, reasonNow()))
      return stale === undefined
        ? next
        : Effect.catchAll(next, (error) =>
            // It may have expired, or been given up, while we waited.
            Effect.clockWith((clock) =>
              current === stale && Deadlines.now(clock) < stale.expiry ? serveStale(stale) : Effect.fail(error)
            )
          )
    })

    return {
      key,
      get,
      peek: Effect.sync(() => Option.map(Option.fromNullable(current), ({ token }) => token)),
      forceRefresh: Effect.withFiberRuntime<NumberedToken, E>((caller) => {
        if (isClosed) return Effect.fail(closed)
        if (isOver && Option.isSome(over)) return Effect.fail(over.value)
        return waitFor(pending ?? start(caller, "forced"))
      }),
      invalidate: (refused) =>
        Effect.clockWith((clock) =>
          Effect.suspend(() => {
            const held = current
            if (held === undefined || held.token.generation !== refused) return Effect.succeed(true)
            const now = Deadlines.now(clock)
            const isYoung = now - held.receivedAt < Duration.toMillis(policy.minimumInterval)
            // A server that refuses every token is not helped by another one: what it says is told, and asked again only now and then.
            if (isYoung && refusals > 0 && now < noRefusalBefore) return Effect.succeed(false)
            refusals = isYoung ? refusals + 1 : 1
            noRefusalBefore = now + RefreshPolicy.pause(policy, refusals, false)
            current = undefined
            dropped = Option.some(held.token.value)
            return Metric.increment(counted(TokenMetrics.refused)).pipe(
              Effect.zipRight(publish({ _tag: "Refused", generation: refused })),
              Effect.as(true)
            )
          })
        ),
      forget: Effect.suspend(() => {
        epoch++
        current = undefined
        pending = undefined
        dropped = Option.none()
        failure = undefined
        notBefore = Number.NEGATIVE_INFINITY
        isOver = Option.isSome(over)
        return Effect.asVoid(publish({ _tag: "Revoked" }))
      }),
      events: Stream.fromPubSub(events),
      serverOffset: Effect.sync(serverOffset)
    }
  })

/** One token that was handed in; it cannot be renewed. */
export const fixed = (
  key: TokenKey,
  value: NumberedToken["value"],
  expiresAt: NumberedToken["expiresAt"],
  serverOffset: () => Option.Option<number>
): AccessTokensService => {
  const token: NumberedToken = { value, generation: 1, expiresAt }
  return {
    key,
    get: Effect.succeed(token),
    peek: Effect.succeedSome(token),
    forceRefresh: Effect.succeed(token),
    invalidate: () => Effect.succeed(false),
    revoke: Effect.void,
    events: Stream.empty,
    serverOffset: Effect.sync(serverOffset)
  }
}
