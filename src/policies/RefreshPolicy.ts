/**
 * When an access token is replaced, as a value.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * - `ahead`: at most this long before expiry a new token is fetched in the background, while the current one is still used.
 *   5 minutes: long enough for a token endpoint to recover, short against a life of hours.
 * - `aheadFraction`: and at most this share of the token's life, so that a short life is not refreshed on every call. 0.2.
 * - `hard`: this long before expiry a call waits for the new token, since the current one could expire on the way. 10 seconds.
 * - `minimumInterval`: between two background attempts after a failed one. 30 seconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefreshPolicy {
  readonly ahead: Duration.Duration
  readonly aheadFraction: number
  readonly hard: Duration.Duration
  readonly minimumInterval: Duration.Duration
}

const defaults: RefreshPolicy = {
  ahead: Duration.minutes(5),
  aheadFraction: 0.2,
  hard: Duration.seconds(10),
  minimumInterval: Duration.seconds(30)
}

/**
 * The defaults with some fields changed. Throws a `RangeError` at once when `aheadFraction` is not between 0 and 1.
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
export const make = (
  options: {
    readonly ahead?: Duration.DurationInput | undefined
    readonly aheadFraction?: number | undefined
    readonly hard?: Duration.DurationInput | undefined
    readonly minimumInterval?: Duration.DurationInput | undefined
  } = {}
): RefreshPolicy => {
  const aheadFraction = options.aheadFraction ?? defaults.aheadFraction
  if (!(aheadFraction >= 0 && aheadFraction <= 1)) {
    throw new RangeError(
      `RefreshPolicy.aheadFraction: ${aheadFraction} is not between 0 and 1. It is a share of the token's life.`
    )
  }
  return {
    ahead: Duration.decode(options.ahead ?? defaults.ahead),
    aheadFraction,
    hard: Duration.decode(options.hard ?? defaults.hard),
    minimumInterval: Duration.decode(options.minimumInterval ?? defaults.minimumInterval)
  }
}

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
 * The two instants of a token that was received at `receivedAt` (ms) with a life of `lifeMillis`: from `soft` on it is renewed in
 * the background, from `hard` on calls wait. The hard window is never more than half of a short life.
 *
 * @since 0.1.0
 * @category getters
 */
export const windows = (
  policy: RefreshPolicy,
  receivedAt: number,
  lifeMillis: number
): { readonly soft: number; readonly hard: number } => {
  const expiry = receivedAt + lifeMillis
  const hard = expiry - Math.min(Duration.toMillis(policy.hard), lifeMillis / 2)
  const soft = expiry - Math.min(Duration.toMillis(policy.ahead), lifeMillis * policy.aheadFraction)
  return { soft: Math.min(soft, hard), hard }
}
