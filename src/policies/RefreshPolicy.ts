/**
 * When an access token is replaced, and what happens when that fails, as a value.
 *
 * ```ts
 * import { RefreshPolicy } from "effect-dintero"
 *
 * const policy = RefreshPolicy.default.pipe(RefreshPolicy.ahead("15 minutes"), RefreshPolicy.maxSessionAge("30 days"))
 * ```
 *
 * A policy that cannot work is refused when it is built, by a `RangeError` that names the field and the fix.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"

/**
 * What a refresh does to the refresh token that it was made with. Dintero does not say (assumed: refresh-token-rotation).
 *
 * - `none`: it stays good, and there is no other one
 * - `until-used`: there is a successor, and the predecessor stays good until that is used
 * - `grace`: there is a successor, and the predecessor stays good for some seconds
 * - `strict`: there is a successor, and the predecessor is used up at once
 *
 * A successor is taken over whatever is expected. What is expected decides one thing: whether the same refresh token may be sent again when the
 * answer was lost. With `strict` that would end the session of everybody, so it is not done.
 *
 * @since 0.1.0
 * @category models
 */
export type Rotation = "none" | "until-used" | "grace" | "strict"

/**
 * - `ahead`: at most this long before expiry a new token is fetched in the background, while the current one is still used.
 *   5 minutes: long enough for a token endpoint to recover, short against a life of hours.
 * - `aheadFraction`: and at most this share of the token's life, so that a short life is not refreshed on every call. 0.2.
 * - `jitter`: by up to this share of that window the fetch comes later, so that processes that started together do not come together.
 *   0.1.
 * - `hard`: this long before expiry a call waits for the new token, since the current one could expire on the way. 10 seconds.
 * - `minimumInterval`: after a fetch ahead of expiry that failed there is none for so long; twice that after the second, and so on.
 *   30 seconds: nobody waits for it, so there is no hurry.
 * - `failureInterval`: without a usable token, a failure is told to all who come within so long; three times that after the second, and
 *   so on. 1 second: everybody waits for it.
 * - `maximumInterval`: neither of the two grows beyond. 5 minutes. A `Retry-After` of the token endpoint is waited for beyond that, up to an
 *   hour; and whatever the pause, there is a try when the hard window begins and one when the token expires.
 * - `whileFailing`: `use-current` gives out a token as long as it is valid although its renewal fails; `fail` tells the failure once the
 *   hard window has begun. `use-current`: the token is as good as it was, and a call waits for the new one for at most half of what is left.
 * - `maxSessionAge`: so long after its login a session is over, whatever the server says. No limit.
 * - `rotation`: see {@link Rotation}. `none`, as we assume of Dintero.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshPolicy extends Pipeable {
  readonly ahead: Duration.Duration
  readonly aheadFraction: number
  readonly jitter: number
  readonly hard: Duration.Duration
  readonly minimumInterval: Duration.Duration
  readonly failureInterval: Duration.Duration
  readonly maximumInterval: Duration.Duration
  readonly whileFailing: "use-current" | "fail"
  readonly maxSessionAge: Duration.Duration
  readonly rotation: Rotation
}

/**
 * The fields of a policy, as they are written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly ahead?: Duration.DurationInput | undefined
  readonly aheadFraction?: number | undefined
  readonly jitter?: number | undefined
  readonly hard?: Duration.DurationInput | undefined
  readonly minimumInterval?: Duration.DurationInput | undefined
  readonly failureInterval?: Duration.DurationInput | undefined
  readonly maximumInterval?: Duration.DurationInput | undefined
  readonly whileFailing?: RefreshPolicy["whileFailing"] | undefined
  readonly maxSessionAge?: Duration.DurationInput | undefined
  readonly rotation?: Rotation | undefined
}

const share = (field: "aheadFraction" | "jitter", value: number, of: string): number => {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`RefreshPolicy.${field}: ${value} is not between 0 and 1. It is a share of ${of}.`)
  }
  return value
}

const time = (field: string, input: Duration.DurationInput, atLeast: number): Duration.Duration => {
  const duration = Duration.decode(input)
  if (Duration.toMillis(duration) < atLeast) {
    throw new RangeError(`RefreshPolicy.${field}: ${Duration.format(duration)} is too short. It is at least ${atLeast} ms.`)
  }
  return duration
}

const Proto = {
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** Between two failures there is always some time, or an outage would be a storm. */
const shortest = 100

const build = (fields: Required<{ readonly [Key in keyof Options]: NonNullable<Options[Key]> }>): RefreshPolicy =>
  Object.assign(Object.create(Proto), {
    ahead: time("ahead", fields.ahead, 0),
    aheadFraction: share("aheadFraction", fields.aheadFraction, "the token's life"),
    jitter: share("jitter", fields.jitter, "the window ahead of expiry"),
    hard: time("hard", fields.hard, 0),
    minimumInterval: time("minimumInterval", fields.minimumInterval, shortest),
    failureInterval: time("failureInterval", fields.failureInterval, shortest),
    maximumInterval: time("maximumInterval", fields.maximumInterval, shortest),
    whileFailing: fields.whileFailing,
    maxSessionAge: time("maxSessionAge", fields.maxSessionAge, 1),
    rotation: fields.rotation
  })

const defaults = build({
  ahead: "5 minutes",
  aheadFraction: 0.2,
  jitter: 0.1,
  hard: "10 seconds",
  minimumInterval: "30 seconds",
  failureInterval: "1 second",
  maximumInterval: "5 minutes",
  whileFailing: "use-current",
  maxSessionAge: Duration.infinity,
  rotation: "none"
})

const withFields = (self: RefreshPolicy, options: Options): RefreshPolicy => {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return build({ ...self, ...given })
}

/**
 * The defaults with some fields changed.
 *
 * @example
 * ```ts
 * import { RefreshPolicy } from "effect-dintero"
 *
 * const early = RefreshPolicy.make({ ahead: "15 minutes" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): RefreshPolicy => withFields(defaults, options)

export {
  /**
   * The documented defaults.
   *
   * @since 0.1.0
   * @category constructors
   */
  defaults as default
}

type Combinator = (self: RefreshPolicy) => RefreshPolicy

/**
 * How long before expiry the token is renewed in the background, and at most for which share of its life (as it was unless told).
 *
 * @since 0.1.0
 * @category combinators
 */
export const ahead =
  (ahead: Duration.DurationInput, aheadFraction?: number): Combinator =>
  (self) =>
    withFields(self, { ahead, aheadFraction })

/**
 * How much later than that it may be, as a share of the window.
 *
 * @since 0.1.0
 * @category combinators
 */
export const jitter =
  (jitter: number): Combinator =>
  (self) =>
    withFields(self, { jitter })

/**
 * How long before expiry a call waits for the new token.
 *
 * @since 0.1.0
 * @category combinators
 */
export const hard =
  (hard: Duration.DurationInput): Combinator =>
  (self) =>
    withFields(self, { hard })

/**
 * The least time between two tries that fail: ahead of expiry, without a usable token, and the most that either grows to.
 *
 * @since 0.1.0
 * @category combinators
 */
export const intervals =
  (options: Pick<Options, "minimumInterval" | "failureInterval" | "maximumInterval">): Combinator =>
  (self) =>
    withFields(self, options)

/**
 * What a failing renewal means while the token is still valid.
 *
 * @since 0.1.0
 * @category combinators
 */
export const whileFailing =
  (whileFailing: RefreshPolicy["whileFailing"]): Combinator =>
  (self) =>
    withFields(self, { whileFailing })

/**
 * How long after its login a session is over.
 *
 * @since 0.1.0
 * @category combinators
 */
export const maxSessionAge =
  (maxSessionAge: Duration.DurationInput): Combinator =>
  (self) =>
    withFields(self, { maxSessionAge })

/**
 * What the server is expected to do to a refresh token that is used.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rotation =
  (rotation: Rotation): Combinator =>
  (self) =>
    withFields(self, { rotation })

/**
 * The two instants of a token that was received at `receivedAt` (ms) with a life of `lifeMillis`: from `soft` on it is renewed in
 * the background, from `hard` on calls wait. The hard window is never more than half of a short life. `random` is from 0 up to 1.
 *
 * @since 0.1.0
 * @category getters
 */
export const windows = (
  policy: RefreshPolicy,
  receivedAt: number,
  lifeMillis: number,
  random = 0
): { readonly soft: number; readonly hard: number } => {
  const expiry = receivedAt + lifeMillis
  const hard = expiry - Math.min(Duration.toMillis(policy.hard), lifeMillis / 2)
  const window = Math.min(Duration.toMillis(policy.ahead), lifeMillis * policy.aheadFraction)
  return { soft: Math.min(expiry - window * (1 - policy.jitter * random), hard), hard }
}

/**
 * How long after the `failures`-th failure in a row (from 1) there is no other try, in ms: with a token that is still good, or without one.
 *
 * @since 0.1.0
 * @category getters
 */
export const pause = (policy: RefreshPolicy, failures: number, hasToken: boolean): number => {
  const [base, factor] = hasToken ? [policy.minimumInterval, 2] : [policy.failureInterval, 3]
  return Math.min(Duration.toMillis(base) * factor ** Math.min(failures - 1, 32), Duration.toMillis(policy.maximumInterval))
}
