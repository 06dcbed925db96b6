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
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Forks from "../../internal/Forks.js"
import * as Hub from "../../internal/Hub.js"
import * as MetricLabels from "../../internal/MetricLabels.js"
import * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { AccessTokensService, AcquireReason, NumberedToken, TokenEvent, TokenKey } from "../../services/AccessTokens.js"
import * as Account from "../../services/Account.js"
import * as Session from "../../services/Session.js"
import * as Deadlines from "./Deadlines.js"
import type { Spans } from "./SpanAttributes.js"
import { tracerListens } from "./Spans.js"

/** A token that a source has given. */
export interface Acquired {
  readonly value: Redacted.Redacted
  /** ms. How long it is good from now on; of one that was stored, less than when it was made. */
  readonly life: number
  /** ms. How long ago it was issued; 0 by default. Its renewal follows that time, whoever has it. */
  readonly age?: number
  /** It was not requested: it was in a store already. */
  readonly adopted?: boolean
}

export const acquiredOf = ({ access_token, expires_in }: AccessToken): Acquired => ({
  value: access_token,
  life: expires_in * 1000
})

export interface Demand {
  readonly reason: AcquireReason
  /** The token that the server has refused, or that is to be replaced: no answer, whoever else has it. */
  readonly instead: Option.Option<Redacted.Redacted>
}

/** Makes the span of a request for a token. What was there already needs none. */
export type Traced = <A, E>(request: Effect.Effect<A, E>, tokenOf: (answer: A) => Redacted.Redacted) => Effect.Effect<A, E>

interface Failure {
  readonly _tag: string
  readonly retryAfter?: Option.Option<Duration.Duration>
}

export interface Options<E> {
  readonly key: TokenKey
  readonly policy: RefreshPolicy.RefreshPolicy
  /** Gets a token. The part of it that sends a request is to be `traced`. */
  readonly acquire: (demand: Demand, traced: Traced) => Effect.Effect<Acquired, E>
  /** The first token, if it is known already. */
  readonly initial?: Option.Option<Acquired>
  /** Says that the layer's scope is closed. */
  readonly closed: E
  readonly serverOffset: (clock: Clock.Clock) => Option.Option<number>
  /**
   * A failure that says nothing of the token endpoint, such as that of a store. Without a token, the pause after it is at most a second and does not
   * grow, so that a store that is back is used at once.
   */
  readonly isElsewhere?: (error: E) => boolean
  /** The number before that of the first token; 0 unless an earlier cell had the same tokens. */
  readonly numberedFrom?: number | undefined
  /** Whether each caller requests the token itself, so that none waits for what another one has started. */
  readonly isolated: boolean
}

export interface TokenCell<E> extends Omit<AccessTokensService<E>, "revoke"> {
  /** Gives the token up here. The next caller gets another one. */
  readonly forget: Effect.Effect<void>
  /** Gives the token up here, and all callers are told this from now on. */
  readonly finish: (error: E) => Effect.Effect<void>
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
  /** When the server first refused it, if it was kept all the same. */
  refusedAt: number | undefined
}

interface Pending<E> {
  /** Nothing: it was given up meanwhile, and who waited asks again. */
  readonly deferred: Deferred.Deferred<NumberedToken | undefined, E>
  readonly epoch: number
  /** The number of the last token, and of failures, when it began. Only isolated requests run beside each other. */
  readonly generation: number
  readonly failures: number
  /** Whether its only caller was interrupted. */
  isAbandoned: boolean
}

/** For the `get` of a cell: the token that it gives, if it does nothing else. The service has no such function, since others may implement it. */
const atOnce = new WeakMap<Effect.Effect<NumberedToken, unknown>, (clock: Clock.Clock) => NumberedToken | undefined>()

/** The token that `get` gives, if it neither waits nor starts anything. A call that knows it does not need a fiber in which it waits. */
export const getAtOnce = <E>(get: Effect.Effect<NumberedToken, E>, clock: Clock.Clock): NumberedToken | undefined =>
  atOnce.get(get)?.(clock)

/** The `get` of isolated cells. */
const isolatedGets = new WeakSet<Effect.Effect<NumberedToken, unknown>>()

/** Marks the `get` of a service that is built over an isolated cell. */
export const markIsolated = <E>(get: Effect.Effect<NumberedToken, E>): void => {
  isolatedGets.add(get)
}

/** Whether a layer with `isolateRequests` gives these tokens. The service has no such field, since others may implement it. */
export const isIsolated = <E>({ get }: Pick<AccessTokensService<E>, "get">): boolean => isolatedGets.has(get)

/** ms. A renewal ahead of expiry takes no more than this of the time of the isolated caller that makes it. */
const longestRenewal = 5_000

/** ms. The longest pause after a failure that says nothing of the token endpoint. */
const longestPauseElsewhere = 1_000

/** ms. A `Retry-After` beyond an hour is a mistake more often than a wish; who knows better has `forceRefresh`. */
const longestWait = 60 * 60_000

/** How long it took, on the time that no correction of the clock moves. */
const timed = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<readonly [Duration.Duration, A], E> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const startedAt = Deadlines.now(clock)
      return Effect.map(effect, (result) => [Duration.millis(Math.max(0, Deadlines.now(clock) - startedAt)), result] as const)
    })
  )

export const make = <E extends Failure>({
  acquire,
  closed,
  initial = Option.none(),
  isElsewhere = () => false,
  isolated,
  key,
  numberedFrom = 0,
  policy,
  serverOffset
}: Options<E>): Effect.Effect<TokenCell<E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const events = Hub.make(Queue.sliding<TokenEvent>(64))
    const keyHash = (Hash.string(Object.values(key).join("\n")) >>> 0).toString(16).padStart(8, "0")
    const labels = [MetricLabels.make("grant", key.grant)]
    const because = (reason: AcquireReason) => MetricLabels.make("reason", reason)

    let generation = numberedFrom
    /** Tokens up to this number were refused or given up: nobody is given one of them any more. */
    let givenUp = 0
    let epoch = 0
    let current: Current | undefined
    let pending: Pending<E> | undefined
    /** What everybody is told from now on. */
    let end: E | undefined
    const running = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
    /** The token that was dropped, until there is another. */
    let dropped: Option.Option<Redacted.Redacted> = Option.none()
    /** In a row: with a token that could still be given out, and without one. */
    let failuresAhead = 0
    let failuresWithout = 0
    /** Of the try before, until one succeeds. Who cannot be given a token before `notBefore` is told this. */
    let failure: Exit.Exit<never, E> | undefined
    /** Nobody asks before this instant. */
    let notBefore = Number.NEGATIVE_INFINITY
    /** The same for somebody without a token, while there still is one. */
    let notBeforeWithout = Number.NEGATIVE_INFINITY
    /** All that were counted. */
    let failures = 0
    /** Until then a renewal is left to the isolated caller that has begun one. It may never end, so this is no lock. */
    let claimedUntil = Number.NEGATIVE_INFINITY
    /** Tokens that were refused soon after they came, in a row. */
    let refusals = 0
    let noRefusalBefore = Number.NEGATIVE_INFINITY

    yield* Scope.addFinalizer(
      scope,
      // First the end is told, then what still runs is interrupted: else somebody could ask again in between.
      Effect.suspend(() => {
        end ??= closed
        return Fiber.interruptAll(running)
      })
    )

    /** The current token if it is this one, of which only more is known now: it keeps its number, or its refusal would not be known again. */
    const sameAs = (value: Redacted.Redacted): Current | undefined =>
      current !== undefined && Redacted.value(current.token.value) === Redacted.value(value) ? current : undefined

    /** Synchronous with the end of the request: else somebody could come in between and see neither a token nor a request. */
    const accept = (
      { adopted = false, age = 0, life, value }: Acquired,
      reason: AcquireReason,
      random: number,
      clock: Clock.Clock
    ): { readonly token: NumberedToken; readonly event: TokenEvent | undefined } => {
      const now = Deadlines.now(clock)
      const wall = clock.unsafeCurrentTimeMillis()
      // Counted from the answer's arrival, on a time that no correction of the clock moves: a token that travelled slowly is renewed a
      // little late, well inside the windows.
      const { hard, soft } = RefreshPolicy.windows(policy, now - age, life + age, random)
      const known = sameAs(value)
      const {
        receivedAt,
        refusedAt,
        token: { generation: number }
      } = known ?? { receivedAt: now, refusedAt: undefined, token: { generation: ++generation } }
      const token: NumberedToken = { value, generation: number, expiresAt: DateTime.make(wall + life) }
      current = { token, given: Effect.succeed(token), receivedAt, soft, hard, expiry: now + life, refusedAt }
      dropped = Option.none()
      failuresAhead = 0
      failuresWithout = 0
      failure = undefined
      notBefore = Number.NEGATIVE_INFINITY
      claimedUntil = Number.NEGATIVE_INFINITY
      TokenMetrics.expiresAt.unsafeUpdate((wall + life) / 1000, labels)
      const { expiresAt } = token
      if (!adopted) {
        TokenMetrics.acquired.unsafeUpdate(1, [...labels, because(reason)])
        return { token, event: { _tag: "Acquired", generation: number, reason, expiresAt } }
      }
      // The same one again, of which only more is known now.
      if (known !== undefined) return { token, event: undefined }
      TokenMetrics.adopted.unsafeUpdate(1, labels)
      return { token, event: { _tag: "Adopted", generation: number, expiresAt } }
    }

    /** Answers when there will be another try, by the wall clock. */
    const failed = (exit: Exit.Exit<never, E>, error: Option.Option<E>, reason: AcquireReason, clock: Clock.Clock): number => {
      const now = Deadlines.now(clock)
      const told = Option.match(
        Option.flatMap(error, ({ retryAfter = Option.none<Duration.Duration>() }) => retryAfter),
        {
          onNone: () => 0,
          onSome: (wait) => Math.min(Duration.toMillis(wait), longestWait)
        }
      )
      failure = exit
      failures++
      claimedUntil = Number.NEGATIVE_INFINITY
      // A token is as good as none from here on; there is a try when that comes, however long the pause has become.
      const last =
        current === undefined ? now : policy.whileFailing === "fail" || now < current.hard ? current.hard : current.expiry
      if (now < last) {
        notBeforeWithout = now + Math.max(RefreshPolicy.pause(policy, 1, false), told)
        notBefore = Math.max(Math.min(now + RefreshPolicy.pause(policy, ++failuresAhead, true), last), now + told)
      } else {
        const own = Option.exists(error, isElsewhere)
          ? Math.min(RefreshPolicy.pause(policy, 1, false), longestPauseElsewhere)
          : RefreshPolicy.pause(policy, ++failuresWithout, false)
        notBefore = now + Math.max(own, told)
        notBeforeWithout = notBefore
      }
      TokenMetrics.failed.unsafeUpdate(1, [
        ...labels,
        because(reason),
        MetricLabels.make("error", Option.match(error, { onNone: () => "Defect", onSome: ({ _tag }) => _tag }))
      ])
      return clock.unsafeCurrentTimeMillis() + notBefore - now
    }

    /** What the fiber of a request does, from its beginning until all who wait have their answer. */
    const request = (own: Pending<E>, reason: AcquireReason) =>
      Effect.suspend(() =>
        acquire(
          {
            reason,
            instead: Option.orElse(dropped, () => Option.map(Option.fromNullable(current), ({ token }) => token.value))
          },
          traced(reason)
        )
      ).pipe(
        timed,
        Effect.zip(Random.next),
        Effect.onExit((exit) =>
          Effect.clockWith((clock) => {
            if (pending === own) pending = undefined
            // Given up meanwhile: nobody may get it, and who waited was told then, unless isolated.
            if (own.epoch !== epoch || (isolated && end !== undefined)) {
              return end === undefined ? Deferred.succeed(own.deferred, undefined) : Deferred.fail(own.deferred, end)
            }
            if (Exit.isSuccess(exit)) {
              const [[took, acquired], random] = exit.value
              const { event, token } = accept(acquired, reason, random, clock)
              if (acquired.adopted !== true) TokenMetrics.duration.unsafeUpdate(Duration.toMillis(took), labels)
              return Effect.zipRight(
                event === undefined ? Effect.void : events.publish(event),
                Deferred.succeed(own.deferred, token)
              )
            }
            // The layer's own end, not that of those who wait.
            if (end !== undefined && Cause.isInterrupted(exit.cause)) return Deferred.fail(own.deferred, end)
            // The caller's interruption says nothing of the token.
            if (own.isAbandoned) return Effect.void
            // Another request has succeeded since then.
            if (own.generation !== generation) return Deferred.succeed(own.deferred, undefined)
            const error = Cause.failureOption(exit.cause)
            const told: Exit.Exit<never, E> = Option.match(error, {
              onSome: (error) => Exit.fail(error),
              onNone: () =>
                // Those who wait would take an interruption for their own.
                Cause.isInterrupted(exit.cause)
                  ? Exit.die(new Error("The effect that gets the access token interrupted itself"))
                  : Exit.failCause(exit.cause)
            })
            // Requests that fail beside each other are one failure: else the pause would grow with the number of callers.
            if (own.failures !== failures) return Deferred.done(own.deferred, told)
            const at = failed(told, error, reason, clock)
            return Effect.zipRight(
              events.publish({
                _tag: "Failed",
                reason,
                error: Option.match(error, { onNone: () => "Defect", onSome: ({ _tag }) => _tag }),
                retryAt: DateTime.unsafeMake(at)
              }),
              Deferred.done(own.deferred, told)
            )
          })
        )
      )

    /** Only for a tracer that listens, as for calls. */
    const traced =
      (reason: AcquireReason): Traced =>
      (request, tokenOf) =>
        Effect.withFiberRuntime((fiber) =>
          tracerListens(fiber)
            ? Effect.tap(request, (answer) =>
                Effect.annotateCurrentSpan({
                  "dintero.token.generation": sameAs(tokenOf(answer))?.token.generation ?? generation + 1
                } satisfies Partial<Spans["token.refresh"]>)
              ).pipe(
                Effect.withSpan("token.refresh", {
                  captureStackTrace: false,
                  attributes: {
                    "dintero.token.reason": reason,
                    "dintero.token.grant": key.grant,
                    "dintero.token.key": keyHash
                  } satisfies Spans["token.refresh"]
                })
              )
            : request
        )

    const fork = (caller: Fiber.RuntimeFiber<unknown, unknown>, reason: AcquireReason) => {
      const own: Pending<E> = {
        deferred: Deferred.unsafeMake<NumberedToken | undefined, E>(FiberId.none),
        epoch,
        generation,
        failures,
        isAbandoned: false
      }
      if (!isolated) pending = own
      // With the clock, tracer and loggers of the caller, in nobody's session and account and under nobody's policy: it is for all who wait.
      const context = caller.currentContext.pipe(
        Context.add(Account.Current, Option.none()),
        Context.add(Session.Current, Option.none()),
        Context.add(RetryPolicy.Current, Option.none())
      )
      return { own, fiber: Forks.runFork(request(own, reason), context, caller.getFiberRefs()) }
    }

    /** Starts the one request. Synchronous, so that no interruption can come between the fork and its registration. */
    const start = (caller: Fiber.RuntimeFiber<unknown, unknown>, reason: AcquireReason): Pending<E> => {
      const { fiber, own } = fork(caller, reason)
      running.add(fiber)
      fiber.addObserver(() => running.delete(fiber))
      return own
    }

    /** A request for this caller only, which ends with it. */
    const alone = (caller: Fiber.RuntimeFiber<unknown, unknown>, reason: AcquireReason): Effect.Effect<NumberedToken, E> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const { fiber, own } = fork(caller, reason)
          return Effect.onInterrupt(restore(waitFor(own)), () => {
            own.isAbandoned = true
            return Fiber.interrupt(fiber)
          })
        })
      )

    /** For all who wait, or for this caller only. */
    const requested = (caller: Fiber.RuntimeFiber<unknown, unknown>, reason: AcquireReason): Effect.Effect<NumberedToken, E> =>
      isolated ? alone(caller, reason) : waitFor(pending ?? start(caller, reason))

    const waitFor = ({ deferred }: Pending<E>): Effect.Effect<NumberedToken, E> =>
      Effect.acquireUseRelease(
        Effect.sync(() => TokenMetrics.waiters.unsafeModify(1, labels)),
        () => Deferred.await(deferred),
        () => Effect.sync(() => TokenMetrics.waiters.unsafeModify(-1, labels))
      ).pipe(
        // It may have been refused or given up before this caller had its turn.
        Effect.flatMap((token) => (token === undefined || token.generation <= givenUp ? get : Effect.succeed(token)))
      )

    const reasonNow = (): AcquireReason =>
      Option.isSome(dropped) ? "unauthorized" : current === undefined ? "initial" : "expired"

    const serveStale = (stale: Current) => {
      TokenMetrics.staleServed.unsafeUpdate(1, labels)
      return stale.given
    }

    /** Somebody has to renew the token that this caller can go on with: a fiber of the layer, or, when isolated, the caller itself. */
    const renew = (
      caller: Fiber.RuntimeFiber<unknown, unknown>,
      reason: AcquireReason,
      clock: Clock.Clock,
      held: Current,
      otherwise: () => Effect.Effect<NumberedToken, E>
    ): Effect.Effect<NumberedToken, E> => {
      if (!isolated) {
        if (pending === undefined) start(caller, reason)
        return otherwise()
      }
      const now = Deadlines.now(clock)
      if (now < claimedUntil) return otherwise()
      claimedUntil = now + Duration.toMillis(policy.minimumInterval)
      const until = now + Math.min(longestRenewal, (held.expiry - now) / 2)
      return Deadlines.within(alone(caller, reason), clock, until, true).pipe(
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            claimedUntil = Number.NEGATIVE_INFINITY
          })
        ),
        Effect.matchEffect({
          onSuccess: (token) => (token === undefined ? get : Effect.succeed(token)),
          onFailure: () => get
        })
      )
    }

    /** With a token that is good for a moment only, or with none. */
    const getNext = (
      caller: Fiber.RuntimeFiber<NumberedToken, E>,
      clock: Clock.Clock,
      now: number
    ): Effect.Effect<NumberedToken, E> => {
      const held = current
      const stale = held !== undefined && now < held.expiry && policy.whileFailing === "use-current" ? held : undefined
      const isPaused = pending === undefined && now < notBefore
      if (failure !== undefined) {
        if (stale !== undefined) {
          // It is already known to fail: to wait for the next try as well would take from what is left.
          return isPaused ? serveStale(stale) : renew(caller, "expired", clock, stale, () => serveStale(stale))
        }
        if (isPaused) {
          TokenMetrics.failuresServed.unsafeUpdate(1, labels)
          return failure
        }
      }
      const next = requested(caller, reasonNow())
      if (stale === undefined) return next
      const orStale = (otherwise: Effect.Effect<NumberedToken, E>) =>
        // It may have expired, or been given up, while we waited.
        Effect.suspend(() => (current === stale && Deadlines.now(clock) < stale.expiry ? serveStale(stale) : otherwise))
      // An endpoint that does not answer must not take all the time that the token still has.
      return Effect.matchEffect(Deadlines.within(next, clock, now + (stale.expiry - now) / 2, isolated), {
        onSuccess: (token) => (token === undefined ? orStale(get) : Effect.succeed(token)),
        onFailure: (error) => orStale(Effect.fail(error))
      })
    }

    const get: Effect.Effect<NumberedToken, E> = Effect.withFiberRuntime<NumberedToken, E>((caller) => {
      if (end !== undefined) return Effect.fail(end)
      const clock = Context.get(caller.currentDefaultServices, Clock.Clock)
      const now = Deadlines.now(clock)
      const held = current
      if (held === undefined || now >= held.hard) return getNext(caller, clock, now)
      if (now >= held.soft && now >= notBefore) return renew(caller, "early", clock, held, () => held.given)
      return held.given
    })
    if (isolated) markIsolated(get)
    atOnce.set(get, (clock) =>
      end === undefined && current !== undefined && Deadlines.now(clock) < Math.min(current.soft, current.hard)
        ? current.token
        : undefined
    )

    const forget = Effect.suspend(() => {
      const waited = pending
      epoch++
      givenUp = generation
      current = undefined
      pending = undefined
      dropped = Option.none()
      failure = undefined
      notBefore = Number.NEGATIVE_INFINITY
      // Who waits need not wait for an answer that nobody will get.
      if (waited !== undefined) {
        Deferred.unsafeDone(waited.deferred, end === undefined ? Effect.succeed(undefined) : Effect.fail(end))
      }
      return events.publish({ _tag: "Revoked" })
    })

    if (Option.isSome(initial)) accept(initial.value, "initial", yield* Random.next, yield* Effect.clock)

    return {
      key,
      get,
      peek: Effect.sync(() => Option.map(Option.fromNullable(current), ({ token }) => token)),
      forceRefresh: Effect.withFiberRuntime<NumberedToken, E>((caller) =>
        end === undefined ? requested(caller, "forced") : Effect.fail(end)
      ),
      invalidate: (refused) =>
        Effect.clockWith((clock) =>
          Effect.suspend(() => {
            const held = current
            if (held === undefined || held.token.generation !== refused) return Effect.succeed(true)
            const now = Deadlines.now(clock)
            held.refusedAt ??= now
            // A server that refuses every token is not helped by another one: what it says is told, and asked again only now and then. Twice
            // in a row is no such server yet: its clock may have been set, or its keys changed.
            const wasNew = held.refusedAt - held.receivedAt < Duration.toMillis(policy.minimumInterval)
            if (wasNew && refusals > 1 && now < noRefusalBefore) return Effect.succeed(false)
            refusals = wasNew ? refusals + 1 : 1
            noRefusalBefore = now + RefreshPolicy.pause(policy, refusals, false)
            current = undefined
            givenUp = refused
            dropped = Option.some(held.token.value)
            // The pause of renewals that nobody waited for was longer than one that everybody waits for.
            notBefore = Math.min(notBefore, notBeforeWithout)
            TokenMetrics.refused.unsafeUpdate(1, labels)
            return Effect.as(events.publish({ _tag: "Refused", generation: refused }), true)
          })
        ),
      forget,
      finish: (error) =>
        Effect.suspend(() => {
          if (end !== undefined) return Effect.void
          end = error
          return forget
        }),
      events: Stream.unwrapScoped(Effect.map(events.subscribe, (queue) => Stream.fromQueue(queue))),
      serverOffset: Effect.clockWith((clock) => Effect.sync(() => serverOffset(clock)))
    }
  })

/** One token that was handed in; it cannot be renewed. `revoked`: what everybody is told once it was given up. */
export const fixed = (
  key: TokenKey,
  value: NumberedToken["value"],
  expiresAt: NumberedToken["expiresAt"],
  serverOffset: (clock: Clock.Clock) => Option.Option<number>,
  revoked: CallError,
  isolated: boolean
): AccessTokensService => {
  const token: NumberedToken = { value, generation: 1, expiresAt }
  let isRevoked = false
  const get = Effect.suspend(() => (isRevoked ? Effect.fail(revoked) : Effect.succeed(token)))
  if (isolated) markIsolated(get)
  return {
    key,
    get,
    peek: Effect.sync(() => (isRevoked ? Option.none() : Option.some(token))),
    forceRefresh: get,
    invalidate: () => Effect.succeed(false),
    revoke: Effect.sync(() => {
      isRevoked = true
    }),
    events: Stream.empty,
    serverOffset: Effect.clockWith((clock) => Effect.sync(() => serverOffset(clock)))
  }
}
