/**
 * How long a served system waits for its clients.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * How long a served system waits for a client. The time in which it makes an answer does not count, so a stream of events and a wait for a
 * message are not cut short.
 *
 * - `headers`: for the headers of a request, from its first byte or from the begin of the connection. 10 seconds by default.
 * - `body`: for the body, from the end of the headers. 30 seconds by default.
 * - `request`: for the whole request: for the body, and then for the client to read the answer. 60 seconds by default.
 * - `stop`: when the system stops, for a client that neither sends the rest of its request nor reads its answer. 10 seconds by default, without
 *   a byte in either direction.
 *
 * Each is longer than zero, and `Duration.infinity` is no limit. They are times of this machine, and the clock of the system does not move
 * them. A client that is too slow gets a 408 whose header `x-effect-dintero-hint` names the limit, and its connection ends. Where the answer
 * has been begun, the connection just ends.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly headers?: Duration.DurationInput | undefined
  readonly body?: Duration.DurationInput | undefined
  readonly request?: Duration.DurationInput | undefined
  readonly stop?: Duration.DurationInput | undefined
}

/**
 * In milliseconds. `Infinity` is no limit.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeLimits {
  readonly headers: number
  readonly body: number
  readonly request: number
  readonly stop: number
}

/**
 * The limits that apply when none are given.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: TimeLimits = { headers: 10_000, body: 30_000, request: 60_000, stop: 10_000 }

/** The longest timer of Node. */
const longest = 2 ** 31 - 1

const millis = (field: keyof Options, given: Duration.DurationInput | undefined): number => {
  if (given === undefined) return defaults[field]
  const duration = Duration.decodeUnknown(given)
  if (Option.isNone(duration)) {
    throw new RangeError(`timeLimits.${field}: that is not a duration. Write one as "30 seconds", or in milliseconds.`)
  }
  const found = Math.ceil(Duration.toMillis(duration.value))
  if (found === Number.POSITIVE_INFINITY) return found
  if (found < 1 || found > longest) {
    throw new RangeError(`timeLimits.${field}: give a time from 1 millisecond to 24 days, or Duration.infinity for no limit.`)
  }
  return found
}

/**
 * The limits with their defaults. Throws a `RangeError` when an option cannot work. Its message names the field and says what to give.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): TimeLimits => ({
  headers: millis("headers", options.headers),
  body: millis("body", options.body),
  request: millis("request", options.request),
  stop: millis("stop", options.stop)
})
