/**
 * Whether, when and how often a call is sent again, as a value.
 *
 * The default is safe for every operation: what the server cannot have seen is sent again whatever it was; what it may have
 * seen only when the operation reads, or writes the same thing twice. A login, a refresh or a message is never repeated.
 *
 * A policy that cannot work is refused when it is built, by a `RangeError` that names the field and the fix.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type { DinteroError, Stopped } from "../schemas/DinteroError.js"
import { TransportError } from "../schemas/DinteroError.js"
import { refuseOption } from "./RefuseOption.js"
import * as RetryBudget from "./RetryBudget.js"

/**
 * What a failed attempt means to the policy.
 *
 * - `final`: another attempt would end the same way
 * - `transient`: another may go better, and the server may have acted on this one: repeated only where the operation allows it
 * - `not-acted-on`: another may go better, and the server has done nothing: repeated whatever the operation
 * - `throttled`: refused for its rate, so not acted on either; the next attempt waits longer
 *
 * @since 0.1.0
 * @category models
 */
export type Classification = "final" | "transient" | "not-acted-on" | "throttled"

/**
 * @since 0.1.0
 * @category models
 */
export type Classify = (error: DinteroError) => Classification

/**
 * What a delay is made from. `attempt`: how many there have been, from 1. `random`: between 0 (included) and 1, from the
 * `Random` service. `elapsed`: ms since the call began.
 *
 * @since 0.1.0
 * @category models
 */
export interface DelayContext {
  readonly attempt: number
  readonly classification: Classification
  readonly error: DinteroError
  readonly elapsed: number
  readonly random: number
}

/**
 * How long to wait before each further attempt. `start` is asked at the first failure of a call, so that a delay may remember what
 * it gave to this call and nothing is shared between calls. None ends the call (`exhausted`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Delay {
  readonly start: () => (context: DelayContext) => Effect.Effect<Option.Option<Duration.Duration>>
}

/**
 * `delay`: ms until the next attempt begins.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryEvent {
  readonly error: DinteroError
  readonly attempt: number
  readonly delay: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface GiveUpEvent {
  readonly error: DinteroError
  readonly attempt: number
  readonly stopped: Stopped
}

/**
 * Run before each wait, and before a call that was not retried (any more) fails. They cannot change how the call ends: a defect
 * in one is logged, and one that takes longer than the deadline is interrupted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  readonly onRetry: ReadonlyArray<(event: RetryEvent) => Effect.Effect<void>>
  readonly onGiveUp: ReadonlyArray<(event: GiveUpEvent) => Effect.Effect<void>>
}

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-dintero/RetryPolicy")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * - `classify`: what a failure means. By its tag: 429, 5xx and missing answers can be tried again, nothing else.
 * - `delay`: full jitter: before attempt `n + 1` a random time between 0 and `min(20 s, 200 ms × 2^(n-1))`, which spreads clients that
 *   failed together; after a 429 that does not say how long to wait, from 1 s instead of 200 ms.
 * - `budget`: of all calls of an operation in 10 s, a fifth may be retries, and 10 in any case: when everything fails, the service sees
 *   little more than the calls themselves.
 * - `attempts`: how often a call is sent at most, the first time included. 3: two retries hide most of what is transient and cost
 *   0.3 s on average.
 * - `maxRetryAfter`: a server that asks for a longer wait than this is not waited for; the error carries the instant. 60 s.
 * - `attemptTimeout`: for one sending, from the request to the last byte of the answer. 10 s. It begins when the request is written,
 *   over a transport that tells when that is (`UndiciTransport`); over any other when the request is handed to it.
 * - `connectionTimeout`: for the wait of one sending for a connection, before its `attemptTimeout` and within the `deadline`. 20 s: then
 *   there is time left for an answer. What waited for longer was not sent (`sent: "no"`). Only over a transport that tells.
 * - `deadline`: for the whole call with its token, its waits and its attempts. 30 s.
 * - `hooks`: none.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicy extends Pipeable {
  readonly [TypeId]: TypeId
  readonly classify: Classify
  readonly delay: Delay
  /** None when retries are not limited. */
  readonly budget: Option.Option<RetryBudget.Options>
  readonly attempts: number
  readonly maxRetryAfter: Duration.Duration
  readonly attemptTimeout: Duration.Duration
  readonly connectionTimeout: Duration.Duration
  readonly deadline: Duration.Duration
  readonly hooks: Hooks
}

const Proto = {
  [TypeId]: TypeId,
  pipe() {
    return pipeArguments(this, arguments)
  }
}

type Fields = Omit<RetryPolicy, "pipe" | TypeId>

const make = (fields: Fields): RetryPolicy =>
  // Seam: `Proto` has exactly the members that `Fields` leaves out.
  Object.assign(Object.create(Proto) as Pick<RetryPolicy, "pipe" | TypeId>, fields)

/** A number or duration that cannot work is the programmer's own, found when the policy is built. */
const refuse = refuseOption("RetryPolicy")

const positive = (field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = Option.getOrElse(Duration.decodeUnknown(input), () =>
    refuse(field, "that is not a duration", 'Give one such as "10 seconds".')
  )
  return Duration.toMillis(duration) > 0
    ? duration
    : refuse(field, "the duration is zero", 'Give one above zero, such as "10 seconds".')
}

/** As {@link positive}, and with an end: nothing here waits for ever. */
const bounded = (field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = positive(field, input)
  return Duration.isFinite(duration) ? duration : refuse(field, "the duration has no end", 'Give one such as "10 minutes".')
}

/**
 * The classification of the default policy: by the error's tag, and whether the request was sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const classifyByTag: Classify = (error) => {
  switch (error._tag) {
    case "RateLimited":
      return "throttled"
    case "ServerError":
      return "transient"
    case "TransportError":
      return error.sent === "no" ? "not-acted-on" : "transient"
    default:
      return "final"
  }
}

const fromFunction = (f: (context: DelayContext) => Duration.DurationInput): Delay => {
  const next = (context: DelayContext) => Effect.sync(() => Option.some(Duration.decode(f(context))))
  return { start: () => next }
}

const jitter = (base: Duration.Duration, cap: Duration.Duration, throttleBase: Duration.Duration): Delay => {
  const [own, throttled, longest] = [Duration.toMillis(base), Duration.toMillis(throttleBase), Duration.toMillis(cap)]
  return fromFunction(({ attempt, classification, random }) =>
    Duration.millis(random * Math.min(longest, (classification === "throttled" ? throttled : own) * 2 ** (attempt - 1)))
  )
}

const throttleBase = Duration.seconds(1)

const defaults: RetryPolicy = make({
  classify: classifyByTag,
  delay: jitter(Duration.millis(200), Duration.seconds(20), throttleBase),
  budget: Option.some(RetryBudget.make()),
  attempts: 3,
  maxRetryAfter: Duration.seconds(60),
  attemptTimeout: Duration.seconds(10),
  connectionTimeout: Duration.seconds(20),
  deadline: Duration.seconds(30),
  hooks: { onRetry: [], onGiveUp: [] }
})

export {
  /**
   * The documented defaults.
   *
   * @example
   * ```ts
   * import { RetryPolicy } from "effect-dintero"
   *
   * const patient = RetryPolicy.default.pipe(RetryPolicy.attempts(5), RetryPolicy.deadline("1 minute"))
   * ```
   *
   * @since 0.1.0
   * @category constructors
   */
  defaults as default
}

/**
 * One attempt; the timeouts of the default stay.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: RetryPolicy = make({ ...defaults, attempts: 1 })

/**
 * A whole number of at least 1. Throws a `RangeError` at once when it is not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const attempts: {
  (count: number): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, count: number): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, count: number): RetryPolicy =>
    Number.isInteger(count) && count >= 1
      ? make({ ...self, attempts: count })
      : refuse("attempts", `${count} is not a whole number of at least 1`, "Use RetryPolicy.none for a single attempt.")
)

/**
 * Full jitter: the first bound and the longest one. Throws a `RangeError` when the first is zero or the longer of the two.
 *
 * @since 0.1.0
 * @category combinators
 */
export const backoff: {
  (base: Duration.DurationInput, cap: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy
} = dual(3, (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy => {
  const first = positive("backoff", base)
  const longest = bounded("backoff", cap)
  return Duration.greaterThan(first, longest)
    ? refuse("backoff", "the first delay is longer than the longest", "Exchange the two.")
    : make({ ...self, delay: jitter(first, longest, throttleBase) })
})

/**
 * A delay of your own. What `Retry-After` tells is waited for besides.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "effect-dintero"
 *
 * const linear = RetryPolicy.default.pipe(RetryPolicy.delay(({ attempt, random }) => attempt * 500 * random))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const delay: {
  (f: (context: DelayContext) => Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, f: (context: DelayContext) => Duration.DurationInput): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, f: (context: DelayContext) => Duration.DurationInput): RetryPolicy =>
    make({ ...self, delay: fromFunction(f) })
)

/**
 * What failures mean. It is given what the policy made of them so far. An operation that must not be done twice is repeated only
 * after `not-acted-on` and `throttled`, so say these only where the server has done nothing.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "effect-dintero"
 *
 * // 408 is in no contract, and can be tried again.
 * const policy = RetryPolicy.default.pipe(
 *   RetryPolicy.classify((error, otherwise) => (error.request.status === 408 ? "transient" : otherwise(error)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const classify: {
  (f: (error: DinteroError, otherwise: Classify) => Classification): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, f: (error: DinteroError, otherwise: Classify) => Classification): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, f: (error: DinteroError, otherwise: Classify) => Classification): RetryPolicy =>
    make({ ...self, classify: (error) => f(error, self.classify) })
)

/**
 * How many retries there may be among the recent calls of an operation. The calls of all who use one layer count together; each
 * operation has a budget of its own, so that one that fails takes nothing from the others. Throws a `RangeError` for a ratio, window
 * or floor that cannot work.
 *
 * @since 0.1.0
 * @category combinators
 */
export const budget: {
  (options: Parameters<typeof RetryBudget.make>[0]): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, options: Parameters<typeof RetryBudget.make>[0]): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, options: Parameters<typeof RetryBudget.make>[0]): RetryPolicy =>
    make({ ...self, budget: Option.some(RetryBudget.make(options)) })
)

/**
 * Retries limited by nothing but the attempts of each call: for a program that makes few calls, all of them wanted.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withoutBudget = (self: RetryPolicy): RetryPolicy => make({ ...self, budget: Option.none() })

const inWords = (duration: Duration.Duration): string => (Duration.isFinite(duration) ? Duration.format(duration) : "for ever")

/**
 * The time for one sending. Throws a `RangeError` when it is zero, or longer than the deadline.
 *
 * @since 0.1.0
 * @category combinators
 */
export const attemptTimeout: {
  (timeout: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy
} = dual(2, (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy => {
  const duration = positive("attemptTimeout", timeout)
  return Duration.greaterThan(duration, self.deadline)
    ? refuse(
        "attemptTimeout",
        `${inWords(duration)} is longer than the deadline of the whole call, ${inWords(self.deadline)}`,
        "Set a longer RetryPolicy.deadline before it, or give a shorter one."
      )
    : make({ ...self, attemptTimeout: duration })
})

/**
 * The time that one sending may wait for a connection, where the transport tells when it has one (`UndiciTransport`). It is part of the
 * deadline, which ends a longer one. Throws a `RangeError` when it is zero.
 *
 * @since 0.1.0
 * @category combinators
 */
export const connectionTimeout: {
  (timeout: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy =>
    make({ ...self, connectionTimeout: positive("connectionTimeout", timeout) })
)

/**
 * The time for the whole call: nothing of it is left when it has passed. Throws a `RangeError` when it is zero, without end, or shorter
 * than the time for one attempt (which is therefore set first).
 *
 * @since 0.1.0
 * @category combinators
 */
export const deadline: {
  (deadline: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, deadline: Duration.DurationInput): RetryPolicy
} = dual(2, (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy => {
  const duration = bounded("deadline", timeout)
  return Duration.lessThan(duration, self.attemptTimeout)
    ? refuse(
        "deadline",
        `${inWords(duration)} is shorter than the attemptTimeout of ${inWords(self.attemptTimeout)}`,
        "Set a shorter RetryPolicy.attemptTimeout before it, or give a longer one."
      )
    : make({ ...self, deadline: duration })
})

/**
 * The longest `Retry-After` that is waited for. Throws a `RangeError` when it is zero.
 *
 * @since 0.1.0
 * @category combinators
 */
export const maxRetryAfter: {
  (longest: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, longest: Duration.DurationInput): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, longest: Duration.DurationInput): RetryPolicy =>
    make({ ...self, maxRetryAfter: positive("maxRetryAfter", longest) })
)

/**
 * Runs before each wait for another attempt, after the hooks that are there already.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onRetry: {
  (hook: (event: RetryEvent) => Effect.Effect<void>): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, hook: (event: RetryEvent) => Effect.Effect<void>): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, hook: (event: RetryEvent) => Effect.Effect<void>): RetryPolicy =>
    make({ ...self, hooks: { ...self.hooks, onRetry: [...self.hooks.onRetry, hook] } })
)

/**
 * Runs when a failure that can be tried again ends a call, after the hooks that are there already.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onGiveUp: {
  (hook: (event: GiveUpEvent) => Effect.Effect<void>): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, hook: (event: GiveUpEvent) => Effect.Effect<void>): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, hook: (event: GiveUpEvent) => Effect.Effect<void>): RetryPolicy =>
    make({ ...self, hooks: { ...self.hooks, onGiveUp: [...self.hooks.onGiveUp, hook] } })
)

/** So many steps of a schedule are tried to see whether it ends. */
const probed = 100

/** How many recurrences a schedule has, or why that cannot be said. */
const recurrences = <State>(
  step: (now: number, state: State) => Effect.Effect<readonly [State, unknown, ScheduleDecision.ScheduleDecision]>,
  initial: State
): Either.Either<number, string> => {
  let state = initial
  let now = 0
  for (let count = 0; count <= probed; count++) {
    const exit = Effect.runSyncExit(step(now, state))
    if (Exit.isFailure(exit)) return Either.left("the end of the schedule cannot be told beforehand")
    const [next, , decision] = exit.value
    if (ScheduleDecision.isDone(decision)) return Either.right(count)
    state = next
    now = Math.max(now, ScheduleIntervals.start(decision.intervals))
  }
  return Either.left(`the schedule has no end, or none within ${probed} recurrences`)
}

const sample = new TransportError({
  request: { operation: "", method: "", path: "", account: "", attempts: 1, history: [] },
  message: "",
  reason: "connect",
  sent: "no"
})

/**
 * The default policy with the delays of a schedule. `attempts` bounds it; without it the schedule has to end by itself, which is tried
 * out here: one without an end is refused by a `RangeError`.
 *
 * Each call runs the schedule from its beginning and gives it the errors. What is tried again is decided by the policy, not by the
 * schedule; it only can end it earlier (`exhausted`). Jitter is the schedule's own affair.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "effect-dintero"
 * import { Schedule } from "effect"
 *
 * const fibonacci = RetryPolicy.fromSchedule(Schedule.fibonacci("100 millis"), { attempts: 5 })
 * const bounded = RetryPolicy.fromSchedule(Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(4)))
 * ```
 *
 * @since 0.1.0
 * @category interop
 */
export const fromSchedule = <Out>(
  schedule: Schedule.Schedule<Out, DinteroError>,
  options: { readonly attempts?: number | undefined } = {}
): RetryPolicy => {
  const count =
    options.attempts ??
    1 +
      Either.getOrElse(
        recurrences((now, state: unknown) => schedule.step(now, sample, state), schedule.initial),
        (found) => refuse("fromSchedule", found, "Give attempts: RetryPolicy.fromSchedule(schedule, { attempts: 5 }).")
      )
  const start: Delay["start"] = () => {
    let state: unknown = schedule.initial
    return ({ error }) =>
      Effect.clockWith((clock) =>
        Effect.suspend(() => {
          const now = clock.unsafeCurrentTimeMillis()
          return Effect.map(schedule.step(now, error, state), ([next, , decision]) => {
            state = next
            return ScheduleDecision.isDone(decision)
              ? Option.none()
              : Option.some(Duration.millis(Math.max(0, ScheduleIntervals.start(decision.intervals) - now)))
          })
        })
      )
  }
  return make({ ...attempts(defaults, count), delay: { start } })
}

interface Progress {
  readonly attempt: number
  readonly startedAt: number
  readonly next: ReturnType<Delay["start"]>
}

/**
 * The same decisions for `Effect.retry`, around something larger than one call: classification, delays, `Retry-After`, attempts, deadline
 * (for the beginning of attempts). It gives out how many attempts there were. The budget belongs to a layer and is not in it; nor are
 * the time of one attempt and the hooks.
 *
 * What a call gave up as `not-idempotent` is not tried again. Switch the retries of the calls inside off, or they multiply.
 *
 * @example
 * ```ts
 * import { Customers, RetryPolicy } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const readAndWrite = Effect.gen(function* () {
 *   const customers = yield* Customers
 *   const settings = yield* customers.settings.get()
 *   yield* customers.settings.update(settings)
 * }).pipe(RetryPolicy.with(RetryPolicy.none), Effect.retry(RetryPolicy.toSchedule(RetryPolicy.default)))
 * ```
 *
 * @since 0.1.0
 * @category interop
 */
export const toSchedule = (self: RetryPolicy): Schedule.Schedule<number, DinteroError> =>
  Schedule.makeWithState(Option.none<Progress>(), (now: number, error: DinteroError, state: Option.Option<Progress>) => {
    const progress = Option.getOrElse(state, (): Progress => ({ attempt: 1, startedAt: now, next: self.delay.start() }))
    const classification = error.request.stopped === "not-idempotent" ? "final" : self.classify(error)
    const done = [Option.some(progress), progress.attempt, ScheduleDecision.done] as const
    if (classification === "final") return Effect.succeed(done)
    const elapsed = now - progress.startedAt
    return Effect.gen(function* () {
      const random = yield* Random.next
      const wait = yield* progress.next({ attempt: progress.attempt, classification, error, elapsed, random })
      const decision = decide(self, {
        classification,
        repeatable: true,
        retryAfter: error.retryAfter,
        attempt: progress.attempt,
        elapsed,
        wait: Option.map(wait, Duration.toMillis)
      })
      return Either.isLeft(decision)
        ? done
        : ([
            Option.some({ ...progress, attempt: progress.attempt + 1 }),
            progress.attempt,
            ScheduleDecision.continueWith(ScheduleInterval.after(now + Math.ceil(decision.right)))
          ] as const)
    })
  })

/**
 * The policy of the calls inside an effect, when it differs from that of the layer.
 *
 * @since 0.1.0
 * @category context
 */
export class Current extends Context.Reference<Current>()("effect-dintero/RetryPolicy/Current", {
  defaultValue: (): Option.Option<RetryPolicy> => Option.none()
}) {}

const with_: {
  (policy: RetryPolicy): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, policy: RetryPolicy): Effect.Effect<A, E, R> =>
    Effect.provideService(self, Current, Option.some(policy))
)

export {
  /**
   * Runs an effect with another policy than its layer's.
   *
   * @example
   * ```ts
   * import { Customers, RetryPolicy } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
   *   RetryPolicy.with(RetryPolicy.none)
   * )
   * ```
   *
   * @since 0.1.0
   * @category combinators
   */
  with_ as with
}

/**
 * A failed attempt.
 *
 * - `repeatable`: whether the operation may be done twice
 * - `retryAfter`: as the server told
 * - `attempt`: how many attempts there have been, from 1
 * - `elapsed`: ms since the call began
 * - `wait`: ms, what the policy's delay gave; none when it ended
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly classification: Exclude<Classification, "final">
  readonly repeatable: boolean
  readonly retryAfter: Option.Option<Duration.Duration>
  readonly attempt: number
  readonly elapsed: number
  readonly wait: Option.Option<number>
}

/**
 * How many ms to wait before the next attempt (right), or why there is none (left). The budget is asked after this, since asking
 * spends it.
 *
 * @since 0.1.0
 * @category getters
 */
export const decide = (policy: RetryPolicy, failure: Failure): Either.Either<number, Stopped> => {
  if (!failure.repeatable && failure.classification === "transient") return Either.left("not-idempotent")
  if (failure.attempt >= policy.attempts || Option.isNone(failure.wait)) return Either.left("exhausted")
  const told = Option.match(failure.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
  if (told > Duration.toMillis(policy.maxRetryAfter)) return Either.left("retry-after-too-long")
  const wait = told + Math.max(0, failure.wait.value)
  return failure.elapsed + wait < Duration.toMillis(policy.deadline) ? Either.right(wait) : Either.left("deadline")
}
