/**
 * When an access token is renewed, and what happens when the renewal fails, as a value. Give it to `Dintero.layer` as `refresh`.
 *
 * ```ts
 * import { RefreshPolicy } from "effect-dintero"
 *
 * const policy = RefreshPolicy.default.pipe(RefreshPolicy.ahead("15 minutes"), RefreshPolicy.maxSessionAge("30 days"))
 * ```
 *
 * A policy that cannot work throws a `RangeError` when it is built. Its message names the field and a value that works.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"

/**
 * What a refresh does to the refresh token that was sent. Dintero does not document it (assumed: refresh-token-rotation).
 *
 * - `none`: the refresh token stays valid, and there is no other one
 * - `until-used`: the answer has a new refresh token, and the old one stays valid until the new one is used
 * - `grace`: the answer has a new refresh token, and the old one stays valid for some seconds
 * - `strict`: the answer has a new refresh token, and the old one becomes invalid at once
 *
 * A new refresh token is always taken over, whichever of these was chosen. The choice decides one thing only: whether the same refresh
 * token may be sent again when the answer was lost. With `strict` it is not sent again, since that would end the session.
 *
 * @since 0.1.0
 * @category models
 */
export type Rotation = "none" | "until-used" | "grace" | "strict"

/**
 * - `ahead`: a new token is fetched in the background this long before expiry, while the current one is still used. The default is
 *   5 minutes: long enough for a token endpoint to recover, and short compared to a life of hours.
 * - `aheadFraction`: the renewal begins no earlier than this share of the token's life before expiry, so that a token with a short life
 *   is not renewed at every call. The default is 0.2.
 * - `jitter`: the renewal begins later by a random part of this share of the window, so that processes that started together do not
 *   renew together. The default is 0.1.
 * - `hard`: a call waits for the new token this long before expiry, since the current one could expire on its way to the server. The
 *   default is 10 seconds.
 * - `minimumInterval`: the pause after a renewal ahead of expiry has failed. It doubles with each further failure. The default is
 *   30 seconds, since no caller waits for this renewal.
 * - `failureInterval`: the pause after a failure while there is no usable token. Calls during the pause get the same failure. It triples
 *   with each further failure. The default is 1 second, since all callers wait for this token. After a failure of a store it is at most a
 *   second, and does not grow.
 * - `maximumInterval`: the longest that either pause becomes. The default is 5 minutes. A `Retry-After` of the token endpoint may make it
 *   longer, up to an hour. Whatever the pause, the token is tried again when the hard window begins and when the token expires.
 * - `whileFailing`: whether a valid token is used in the hard window after its renewal has failed. With `use-current`, the default, it is
 *   used until it expires, and a call waits for a new one for at most half of the remaining life. With `fail`, the call fails.
 * - `maxSessionAge`: a session ends this long after its login, whatever the server says. There is no limit by default.
 * - `rotation`: see {@link Rotation}. The default is `none`, which we assume of Dintero.
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
 * The fields of a policy as a caller writes them. A field that is left out keeps its default.
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
    throw new RangeError(`RefreshPolicy.${field}: ${Duration.format(duration)} is too short. Give at least ${atLeast} ms.`)
  }
  return duration
}

const Proto = {
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** ms. The shortest pause between two failures: without a pause, the clients would flood a server that is down. */
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
 * The default policy with some fields changed. Throws a `RangeError` when a share is not between 0 and 1 or a duration is too short.
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

/**
 * Changes a policy. Policies are put together with `pipe`, as in `RefreshPolicy.default.pipe(RefreshPolicy.jitter(0.1))`.
 *
 * @since 0.1.0
 * @category models
 */
export type Combinator = (self: RefreshPolicy) => RefreshPolicy

/**
 * Sets how long before expiry the token is renewed in the background. `aheadFraction` limits that to a share of the token's life, and
 * stays as it was when it is left out.
 *
 * @since 0.1.0
 * @category combinators
 */
export const ahead =
  (ahead: Duration.DurationInput, aheadFraction?: number): Combinator =>
  (self) =>
    withFields(self, { ahead, aheadFraction })

/**
 * Sets by how much a renewal may be delayed at random, as a share of the window ahead of expiry.
 *
 * @since 0.1.0
 * @category combinators
 */
export const jitter =
  (jitter: number): Combinator =>
  (self) =>
    withFields(self, { jitter })

/**
 * Sets how long before expiry a call waits for the new token.
 *
 * @since 0.1.0
 * @category combinators
 */
export const hard =
  (hard: Duration.DurationInput): Combinator =>
  (self) =>
    withFields(self, { hard })

/**
 * Sets the pauses after a failure: ahead of expiry (`minimumInterval`), without a usable token (`failureInterval`), and the longest that
 * either of them becomes (`maximumInterval`).
 *
 * @since 0.1.0
 * @category combinators
 */
export const intervals =
  (options: Pick<Options, "minimumInterval" | "failureInterval" | "maximumInterval">): Combinator =>
  (self) =>
    withFields(self, options)

/**
 * Sets whether a call uses a token that is still valid when its renewal fails.
 *
 * @since 0.1.0
 * @category combinators
 */
export const whileFailing =
  (whileFailing: RefreshPolicy["whileFailing"]): Combinator =>
  (self) =>
    withFields(self, { whileFailing })

/**
 * Sets how long after its login a session ends.
 *
 * @since 0.1.0
 * @category combinators
 */
export const maxSessionAge =
  (maxSessionAge: Duration.DurationInput): Combinator =>
  (self) =>
    withFields(self, { maxSessionAge })

/**
 * Sets what the server is expected to do with a refresh token that was used.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rotation =
  (rotation: Rotation): Combinator =>
  (self) =>
    withFields(self, { rotation })

/**
 * The two instants of a token that was received at `receivedAt` (ms) and lives for `lifeMillis`. From `soft` on it is renewed in the
 * background, and from `hard` on calls wait for the new one. The hard window is at most half of the life. `random` is at least 0 and
 * less than 1.
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
 * The pause in ms after the `failures`-th failure in a row, counted from 1. `hasToken` says whether there is a token that is still valid.
 *
 * @since 0.1.0
 * @category getters
 */
export const pause = (policy: RefreshPolicy, failures: number, hasToken: boolean): number => {
  const [base, factor] = hasToken ? [policy.minimumInterval, 2] : [policy.failureInterval, 3]
  return Math.min(Duration.toMillis(base) * factor ** Math.min(failures - 1, 32), Duration.toMillis(policy.maximumInterval))
}
