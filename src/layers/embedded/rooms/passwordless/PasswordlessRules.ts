/**
 * Limits for sending login codes.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * - `pause`: the time between two codes for one email. 1 minute by default, and 1 hour at most.
 * - `hourly`: the number of codes for one email in an hour, which begins with the first of them. 10 by default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly pause?: Duration.DurationInput | undefined
  readonly hourly?: number | undefined
}

/**
 * - `unlimited`: no limits
 * - `limited`: the defaults of {@link Limits}
 * - or limits of your own
 *
 * A request beyond a limit gets a 429 with `Retry-After`, whether or not somebody has the email. The same code over another connection counts
 * too. `accounts.reset` clears the counts of an account.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = "unlimited" | "limited" | Limits

/**
 * `pause` is in milliseconds. Without limits, `hourly` is `Infinity`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessRules {
  readonly pause: number
  readonly hourly: number
}

const unlimited: PasswordlessRules = { pause: 0, hourly: Number.POSITIVE_INFINITY }

const longest = Duration.toMillis("1 hour")

const pauseOf = (given: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(given)
  if (Option.isNone(duration)) {
    throw new RangeError('passwordless.pause: that is not a duration. Write one as "1 minute", or in milliseconds.')
  }
  const pause = Math.round(Duration.toMillis(duration.value))
  if (pause < 0 || pause > longest) throw new RangeError("passwordless.pause: give a time from 0 to 1 hour.")
  return pause
}

/**
 * The rules with their defaults. Throws a `RangeError` when an option cannot work. Its message names the field and says what to give.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = "unlimited"): PasswordlessRules => {
  // The service has limits, and their numbers are not documented. A test that sends several codes does not expect one
  // (assumed: passwordless-rate-limit).
  if (options === "unlimited") return unlimited
  if (typeof options === "string" && options !== "limited") {
    throw new RangeError("passwordless: give unlimited, limited, or an object with limits.")
  }
  const { hourly = 10, pause = "1 minute" } = options === "limited" ? {} : options
  if (!(Number.isInteger(hourly) && hourly >= 1 && hourly <= 1_000)) {
    throw new RangeError("passwordless.hourly: give a whole number from 1 to 1000.")
  }
  return { pause: pauseOf(pause), hourly }
}
