/**
 * How often somebody may guess a customer's password or one-time code.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * After so many failed logins in a row a customer has to wait, longer after each further one. Passwords, pins and one-time codes count
 * together, and a login that gets its session starts the count anew.
 *
 * - `failures`: how many there may be before the first wait. 5 unless told otherwise.
 * - `delay`: the wait after the last of these; each further failure doubles it. 1 second unless told otherwise.
 * - `maximumDelay`: no wait is longer. 15 minutes unless told otherwise, one day at most: nobody is locked out for good.
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
 * - `unlimited`: as often as anybody likes
 * - `limited`: with the defaults of {@link Limits}. Who guesses without an end has 109 guesses of a customer in the first day, and 96 in each
 *   one after it
 * - or limits of your own
 *
 * An attempt that comes too early is answered as a wrong one, in its status, its text and its work. Nothing is looked at, so it is no
 * failure and takes no try of a one-time code. An attempt counts from when it comes until it turns out to be right: of more than
 * `failures` at the same time the others are refused, and one whose caller hangs up has failed.
 *
 * The counts are in the database, for a restart, a snapshot and a fork too. `accounts.unblock` clears that of one customer,
 * `accounts.reset` those of an account.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = "unlimited" | "limited" | Limits

/**
 * Times in milliseconds; where nothing is limited, `failures` is `Infinity`.
 *
 * @since 0.1.0
 * @category models
 */
export interface GuessingRules {
  readonly failures: number
  readonly delay: number
  readonly maximumDelay: number
}

/** A wait without end would be a way to lock somebody else out. */
const longest = Duration.toMillis("1 day")

const millis = (field: keyof Limits, given: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(given)
  if (Option.isNone(duration)) {
    throw new RangeError(`guessing.${field}: that is no duration. One is written as "15 minutes", or in milliseconds.`)
  }
  const found = Math.round(Duration.toMillis(duration.value))
  if (found < 1 || found > longest) throw new RangeError(`guessing.${field}: give a time from 1 millisecond to 1 day.`)
  return found
}

/**
 * The rules with their defaults. Throws a `RangeError` at once, naming the field and what to give, when one cannot work.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = "unlimited"): GuessingRules => {
  if (typeof options === "string" && options !== "unlimited" && options !== "limited") {
    throw new RangeError("guessing: give unlimited, limited, or an object with limits.")
  }
  // Nobody has written down whether the service limits guessing. It makes a right password and a new code be refused, which a test that
  // logs in wrongly on purpose does not expect; so it is off by default, as rate limits are (assumed: guessing-limits).
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
