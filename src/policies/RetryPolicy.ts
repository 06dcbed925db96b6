/**
 * Whether, when and how often a call is sent again, as a value.
 *
 * The default is safe for every operation: what the server cannot have seen is sent again whatever it was; what it may have
 * seen only when the operation reads, or writes the same thing twice. A login, a refresh or a message is never repeated.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"

/**
 * - `attempts`: how often a call is sent at most, the first time included. 3.
 * - `base`, `cap`: before attempt `n + 1` a random delay between 0 and `min(cap, base × 2^(n-1))` ("full jitter": it spreads
 *   clients that failed together). 200 ms, 20 s.
 * - `throttleBase`: `base` after a 429 that does not say how long to wait. 1 s.
 * - `maxRetryAfter`: a server that asks for a longer wait than this is not waited for; the error carries the time. 60 s.
 * - `attemptTimeout`: for one sending, from the request to the last byte of the answer. 10 s.
 * - `deadline`: for the whole call with its waits. No retry begins that would have to start after it. 30 s.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryPolicy extends Pipeable {
  readonly attempts: number
  readonly base: Duration.Duration
  readonly cap: Duration.Duration
  readonly throttleBase: Duration.Duration
  readonly maxRetryAfter: Duration.Duration
  readonly attemptTimeout: Duration.Duration
  readonly deadline: Duration.Duration
}

const Proto = {
  pipe() {
    return pipeArguments(this, arguments)
  }
}

type Fields = Omit<RetryPolicy, "pipe">

const make = (fields: Fields): RetryPolicy => Object.assign(Object.create(Proto) as Pipeable, fields)

/** A number or duration that cannot work is the programmer's own, found when the policy is built. */
const refuse = (field: string, found: string, fix: string): never => {
  throw new RangeError(`RetryPolicy.${field}: ${found}. ${fix}`)
}

const positive = (field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = Duration.decode(input)
  return Duration.toMillis(duration) > 0
    ? duration
    : refuse(field, "the duration is zero", 'Give one above zero, such as "10 seconds".')
}

const defaults: RetryPolicy = make({
  attempts: 3,
  base: Duration.millis(200),
  cap: Duration.seconds(20),
  throttleBase: Duration.seconds(1),
  maxRetryAfter: Duration.seconds(60),
  attemptTimeout: Duration.seconds(10),
  deadline: Duration.seconds(30)
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
 * The first delay and the longest one. Throws a `RangeError` when the first is zero or the longer of the two.
 *
 * @since 0.1.0
 * @category combinators
 */
export const backoff: {
  (base: Duration.DurationInput, cap: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy
} = dual(3, (self: RetryPolicy, base: Duration.DurationInput, cap: Duration.DurationInput): RetryPolicy => {
  const first = positive("backoff", base)
  const longest = positive("backoff", cap)
  return Duration.greaterThan(first, longest)
    ? refuse("backoff", "the first delay is longer than the longest", "Exchange the two.")
    : make({ ...self, base: first, cap: longest })
})

/**
 * The time for one sending. Throws a `RangeError` when it is zero.
 *
 * @since 0.1.0
 * @category combinators
 */
export const attemptTimeout: {
  (timeout: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy =>
    make({ ...self, attemptTimeout: positive("attemptTimeout", timeout) })
)

/**
 * The time for the whole call. Throws a `RangeError` when it is zero.
 *
 * @since 0.1.0
 * @category combinators
 */
export const deadline: {
  (deadline: Duration.DurationInput): (self: RetryPolicy) => RetryPolicy
  (self: RetryPolicy, deadline: Duration.DurationInput): RetryPolicy
} = dual(
  2,
  (self: RetryPolicy, timeout: Duration.DurationInput): RetryPolicy => make({ ...self, deadline: positive("deadline", timeout) })
)

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
 * What a failed attempt means to the policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly isRetryable: boolean
  readonly retryAfter: Option.Option<Duration.Duration>
  /** The server cannot have acted on it: it was not sent, or it was refused for its rate. */
  readonly notActedOn: boolean
  /** Refused for its rate. */
  readonly throttled: boolean
}

/**
 * How long to wait before the next attempt, or none to give up.
 *
 * @param attempt how many attempts there have been, from 1
 * @param elapsed since the call began, in ms
 * @param random between 0 (included) and 1
 *
 * @since 0.1.0
 * @category getters
 */
export const delay = (
  policy: RetryPolicy,
  replayable: boolean,
  failure: Failure,
  attempt: number,
  elapsed: number,
  random: number
): Option.Option<number> => {
  if (!failure.isRetryable || attempt >= policy.attempts) return Option.none()
  if (!replayable && !failure.notActedOn) return Option.none()
  const base = Duration.toMillis(failure.throttled ? policy.throttleBase : policy.base)
  const jittered = random * Math.min(Duration.toMillis(policy.cap), base * 2 ** (attempt - 1))
  const told = Option.match(failure.retryAfter, { onNone: () => 0, onSome: Duration.toMillis })
  if (told > Duration.toMillis(policy.maxRetryAfter)) return Option.none()
  const wait = told > 0 ? told + jittered : jittered
  return elapsed + wait >= Duration.toMillis(policy.deadline) ? Option.none() : Option.some(wait)
}
