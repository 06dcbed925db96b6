/**
 * Limits for guessing the password or one-time code of a customer or an auth user.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * After a number of failed logins in a row a customer has to wait, and longer after each further failure. Passwords, pins and one-time codes
 * count together. A successful login resets the count.
 *
 * - `failures`: the number of failures before the first delay. 5 by default.
 * - `delay`: the first delay. Each further failure doubles it. 1 second by default.
 * - `maximumDelay`: the longest delay. 15 minutes by default, and one day at most, so that nobody is locked out for good.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly failures?: number | undefined
  readonly delay?: Duration.DurationInput | undefined
  readonly maximumDelay?: Duration.DurationInput | undefined
}

/**
 * - `unlimited`: no limits
 * - `limited`: the defaults of {@link Limits}. They allow 109 guesses for one customer on the first day, and 96 on each day after it
 * - or limits of your own
 *
 * An attempt during a delay is refused like a wrong one, with the same status, the same text and the same work. Its credential is not
 * compared, so it is not a failure and uses no attempt of a one-time code. Every attempt counts as failed until it turns out to be right: of
 * more than `failures` concurrent attempts the others are refused, and an attempt whose caller hangs up has failed.
 *
 * The counts are stored in the database, and so they are kept by a restart, a snapshot and a fork. `accounts.unblock` clears the count of
 * one customer or auth user, and `accounts.reset` those of an account.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = "unlimited" | "limited" | Limits

/**
 * The times are in milliseconds. Without limits, `failures` is `Infinity`.
 *
 * @since 0.1.0
 * @category models
 */
export interface GuessingRules {
  readonly failures: number
  readonly delay: number
  readonly maximumDelay: number
}

/** With an endless delay one could lock another person out. */
const longest = Duration.toMillis("1 day")

const millis = (field: keyof Limits, given: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(given)
  if (Option.isNone(duration)) {
    throw new RangeError(`guessing.${field}: that is not a duration. Write one as "15 minutes", or in milliseconds.`)
  }
  const found = Math.round(Duration.toMillis(duration.value))
  if (found < 1 || found > longest) throw new RangeError(`guessing.${field}: give a time from 1 millisecond to 1 day.`)
  return found
}

/**
 * The rules with their defaults. Throws a `RangeError` when an option cannot work. Its message names the field and says what to give.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = "unlimited"): GuessingRules => {
  if (typeof options === "string" && options !== "unlimited" && options !== "limited") {
    throw new RangeError("guessing: give unlimited, limited, or an object with limits.")
  }
  // It is not documented whether the service limits guessing. With limits, a right password and a new code can be refused, which a test
  // that logs in wrongly on purpose does not expect. So there are no limits by default (assumed: guessing-limits).
  const { delay, failures = 5, maximumDelay } = options === "unlimited" ? noLimits : options === "limited" ? {} : options
  if (failures !== Number.POSITIVE_INFINITY && !(Number.isInteger(failures) && failures >= 1 && failures <= 1_000)) {
    throw new RangeError("guessing.failures: give a whole number from 1 to 1000.")
  }
  const rules = {
    failures,
    delay: millis("delay", delay ?? "1 second"),
    maximumDelay: millis("maximumDelay", maximumDelay ?? "15 minutes")
  }
  if (rules.delay > rules.maximumDelay) {
    throw new RangeError("guessing.delay: it is longer than maximumDelay: give a shorter one, or a longer maximumDelay.")
  }
  return rules
}

const noLimits: Limits = { failures: Number.POSITIVE_INFINITY }
