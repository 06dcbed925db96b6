/**
 * Whether, when and how often a failed call is sent again, as a value. Give it to `Dintero.layer` as `retry`, or to a single effect with
 * `RetryPolicy.with`.
 *
 * The default policy is safe for every operation. A request that the server cannot have received is sent again, whatever it does. A
 * request that the server may have received is sent again only if its operation reads or is idempotent. So a login, a refresh or a
 * message is never carried out twice.
 *
 * A policy that cannot work throws a `RangeError` when it is built. Its message names the field and a value that works.
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
import { positive, positiveFinite, refuseFor } from "../internal/Options.js"
import type { DinteroError, Stopped } from "../schemas/DinteroError.js"
import { TransportError } from "../schemas/DinteroError.js"
import * as RetryBudget from "./RetryBudget.js"

/**
 * What a failed attempt means for the next one.
 *
 * - `final`: another attempt would fail in the same way, so there is none
 * - `transient`: another attempt may succeed, but the server may have carried out this one. It is repeated if the operation allows it
 * - `not-acted-on`: another attempt may succeed, and the server has not carried out this one. It is repeated for every operation
 * - `throttled`: the server refused it because there were too many requests, and has not carried it out. It is repeated for every
 *   operation, after a longer wait
 *
 * @since 0.1.0
 * @category models
 */
export type Classification = "final" | "transient" | "not-acted-on" | "throttled"

/**
 * Decides what the error of an attempt means for the next one.
 *
 * @since 0.1.0
 * @category models
 */
export type Classify = (error: DinteroError) => Classification

/**
 * What a delay is computed from.
 *
 * - `attempt`: the number of attempts so far, from 1
 * - `random`: a random number of the `Random` service, at least 0 and less than 1
 * - `elapsed`: ms since the call began
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
 * How long to wait before each further attempt. `start` is called at the first failure of each call, so that a delay may keep state for
 * this call without sharing it with others. When the delay is none, the call ends (`exhausted`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Delay {
  readonly start: () => (context: DelayContext) => Effect.Effect<Option.Option<Duration.Duration>>
}

/**
 * What a hook is told before the wait for another attempt.
 *
 * - `attempt`: the number of attempts so far, from 1
 * - `delay`: ms until the next attempt begins
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
 * What a hook is told when a call fails although its error can be retried. `stopped` is the reason why it was not.
 *
 * @since 0.1.0
 * @category models
 */
export interface GiveUpEvent {
  readonly error: DinteroError
  readonly attempt: number
  readonly stopped: Stopped
}

/**
 * Effects that run before each wait (`onRetry`), and before a call fails with an error that can be retried (`onGiveUp`).
 *
 * A hook cannot change the result of the call. A defect in a hook is logged, and a hook that takes longer than the deadline is
 * interrupted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  readonly onRetry: ReadonlyArray<(event: RetryEvent) => Effect.Effect<void>>
  readonly onGiveUp: ReadonlyArray<(event: GiveUpEvent) => Effect.Effect<void>>
}

/**
 * Marks a retry policy.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-dintero/RetryPolicy")

/**
 * The type of {@link TypeId}.
 *
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * A retry policy. Make one from `RetryPolicy.default` or `RetryPolicy.none` and the functions of this module.
 *
 * - `classify`: what an error means for the next attempt. By default a 429, a 5xx and a missing answer can be retried, and nothing else.
 * - `delay`: the wait before the next attempt. The default is full jitter: a random time from 0 to `min(20 s, 200 ms × 2^(n-1))` after
 *   attempt `n`, so that clients that failed together do not come back together. After a 429 without a `Retry-After` it begins with 1 s
 *   instead of 200 ms.
 * - `budget`: how many retries there may be among the recent calls of an operation. The default is a fifth of the calls of 10 s, and at
 *   least 10. When everything fails, the service then gets only a few more requests than there are calls.
 * - `attempts`: how often a call is sent at most, with the first time. The default is 3: two retries hide most transient failures, and
 *   add 0.3 s on average.
 * - `maxRetryAfter`: the longest `Retry-After` that a call waits for. A call that would have to wait for longer fails, and its error has
 *   the instant at which it may be retried. The default is 60 s.
 * - `attemptTimeout`: the time for one attempt, up to the last byte of the answer. The default is 10 s. It begins when the request is
 *   written if the transport reports that (`UndiciTransport`), and otherwise when the request is handed to the transport.
 * - `connectionTimeout`: the time that one attempt may wait for a connection, before its `attemptTimeout` begins and within the
 *   `deadline`. The default is 20 s, which leaves 10 s for an answer. An attempt that waited for longer was not sent (`sent: "no"`). It
 *   applies only if the transport reports when a request is written.
 * - `deadline`: the time for the whole call with its token, waits and attempts. The default is 30 s.
 * - `hooks`: effects that run before a wait and at the end. There are none by default.
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

const refuse = refuseFor("RetryPolicy")

/**
 * The classification of the default policy. It depends on the tag of the error, and for a `TransportError` on `sent`.
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
   * The default policy. {@link RetryPolicy} has the defaults of its fields.
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
 * A policy without retries. Use it where the caller has retries of its own, such as a job queue. The timeouts are those of the default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: RetryPolicy = make({ ...defaults, attempts: 1 })

/**
 * Sets how often a call is sent at most, with the first time. Throws a `RangeError` when it is not a whole number of at least 1.
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
 * Sets full jitter as the delay: before each attempt a random time up to a limit that begins with `base` and doubles up to `cap`.
 *
 * Throws a `RangeError` when `base` is zero or longer than `cap`, or `cap` is infinite.
 *
 * @since 0.1.0
 * @category combinators
 */
export const backoff: {
  (base: Duration.DurationInput, cap: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy
} = dual(3, (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy => {
  const first = positive(refuse, "backoff", base)
  const longest = positiveFinite(refuse, "backoff", cap)
  return Duration.greaterThan(first, longest)
    ? refuse("backoff", "the first delay is longer than the longest", "Exchange the two.")
    : make({ ...self, delay: jitter(first, longest, throttleBase) })
})

/**
 * Sets a delay of your own. The time of a `Retry-After` is added to it.
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
 * Sets what an error means for the next attempt. The function gets the classification of the policy so far as `otherwise`.
 *
 * Return `not-acted-on` or `throttled` only for an error after which the server has certainly done nothing: every operation is then
 * repeated, also a login or a message.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "effect-dintero"
 *
 * // A 408 of a gateway is in no contract, and can be retried.
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
 * Sets how many retries there may be among the recent calls of an operation. Calls by all users of one layer count together. Each
 * operation has its own budget, so that one that fails takes no retries from the others.
 *
 * Throws a `RangeError` for a ratio, window or floor that cannot work.
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

const inWords = (duration: Duration.Duration): string =>
  Duration.isFinite(duration) ? Duration.format(duration) : "an infinite time"

/**
 * Sets the time for one attempt. Throws a `RangeError` when it is zero or longer than the deadline.
 *
 * @since 0.1.0
 * @category combinators
 */
export const attemptTimeout: {
  (timeout: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy
} = dual(2, (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy => {
  const duration = positive(refuse, "attemptTimeout", timeout)
  return Duration.greaterThan(duration, self.deadline)
    ? refuse(
        "attemptTimeout",
        `${inWords(duration)} is longer than the deadline of the whole call, ${inWords(self.deadline)}`,
        "Set a longer RetryPolicy.deadline before it, or give a shorter one."
      )
    : make({ ...self, attemptTimeout: duration })
})

/**
 * Sets the time that one attempt may wait for a connection. It applies only to a transport that reports when it has a connection
 * (`UndiciTransport`). The deadline ends a wait too. Throws a `RangeError` when it is zero.
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
    make({ ...self, connectionTimeout: positive(refuse, "connectionTimeout", timeout) })
)

/**
 * Sets the time for the whole call. When it has passed, the request under way is aborted and the call fails.
 *
 * Throws a `RangeError` when it is zero, infinite, or shorter than `attemptTimeout`. So set a shorter `attemptTimeout` first.
 *
 * @since 0.1.0
 * @category combinators
 */
export const deadline: {
  (deadline: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, deadline: Duration.DurationInput): RetryPolicy
} = dual(2, (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy => {
  const duration = positiveFinite(refuse, "deadline", timeout)
  return Duration.lessThan(duration, self.attemptTimeout)
    ? refuse(
        "deadline",
        `${inWords(duration)} is shorter than the attemptTimeout of ${inWords(self.attemptTimeout)}`,
        "Set a shorter RetryPolicy.attemptTimeout before it, or give a longer one."
      )
    : make({ ...self, deadline: duration })
})

/**
 * Sets the longest `Retry-After` that a call waits for. Throws a `RangeError` when it is zero.
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
    make({ ...self, maxRetryAfter: positive(refuse, "maxRetryAfter", longest) })
)

/**
 * Adds an effect that runs before each wait for another attempt. It runs after the hooks that the policy already has.
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
 * Adds an effect that runs before a call fails with an error that can be retried. It runs after the hooks that the policy already has.
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

/** How many steps of a schedule are run to find out whether it ends. */
const probed = 100

/** The number of recurrences of a schedule, or the reason why it is unknown. */
const recurrences = <State>(
  step: (now: number, state: State) => Effect.Effect<readonly [State, unknown, ScheduleDecision.ScheduleDecision]>,
  initial: State
): Either.Either<number, string> => {
  let state = initial
  let now = 0
  for (let count = 0; count <= probed; count++) {
    const exit = Effect.runSyncExit(step(now, state))
    if (Exit.isFailure(exit)) return Either.left("whether the schedule ends cannot be known beforehand")
    const [next, , decision] = exit.value
    if (ScheduleDecision.isDone(decision)) return Either.right(count)
    state = next
    now = Math.max(now, ScheduleIntervals.start(decision.intervals))
  }
  return Either.left(`the schedule has no end, or none within ${probed} recurrences`)
}

/**
 * The default policy with the delays of a schedule. Each call runs the schedule from its beginning and gives it the errors.
 *
 * The policy decides which errors are retried. The schedule decides how long to wait, and may end the retries earlier (`exhausted`). No
 * jitter is added: use a schedule with jitter.
 *
 * Without `attempts`, the schedule must end by itself. This function runs up to 100 steps of it to find that out, and throws a
 * `RangeError` when it does not end. It also throws one when `attempts` is not a whole number of at least 1.
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
  const sample = new TransportError({
    request: { operation: "", method: "", path: "", account: "", attempts: 1, history: [] },
    message: "",
    reason: "connect",
    sent: "no"
  })
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
 * The policy as a schedule for `Effect.retry`, for an effect that is larger than one call. The schedule has the policy's classification,
 * delays, `Retry-After`, attempts and deadline (no attempt begins after it). Its output is the number of attempts.
 *
 * It has no budget, no `attemptTimeout` and no hooks, since these belong to a layer's calls. A call that failed as `not-idempotent` is
 * not retried. Switch off the retries of the calls inside the effect, or the attempts multiply.
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
 * The policy that `RetryPolicy.with` has set. None means the policy of the layer.
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
   * Runs an effect with this policy for all its calls, in place of the policy of the layer.
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
 * - `repeatable`: whether the operation may be carried out twice
 * - `retryAfter`: how long the server asked to wait
 * - `attempt`: the number of attempts so far, from 1
 * - `elapsed`: ms since the call began
 * - `wait`: the delay of the policy in ms, none when the policy ends the call
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
 * The wait in ms before the next attempt (right), or the reason why there is none (left). It does not ask the budget, since asking takes
 * a retry from it: the caller does that afterwards.
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
