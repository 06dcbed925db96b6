/**
 * How long the old secret of an API client works after a rotation. The service's own rule is not documented (assumed: rotated-secret).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * - `secretOverlap`: the time for which the old secret of a client still works after `auth.clients.rotateSecret`, beside the new one. It is for
 *   programs that get the new secret one after the other. A second rotation ends the older secret. By default there is none: the old secret is
 *   refused at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly secretOverlap?: Duration.DurationInput | undefined
}

/**
 * The time is in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientRules {
  readonly secretOverlap: number
}

/**
 * The rules with their defaults. Throws a `RangeError` when an option cannot work. Its message names the field and says what to give.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ secretOverlap = 0 }: Options = {}): ClientRules => {
  const duration = Duration.decodeUnknown(secretOverlap)
  if (Option.isNone(duration)) {
    throw new RangeError('clients.secretOverlap: that is not a duration. Write one as "1 hour", or in milliseconds.')
  }
  return { secretOverlap: Math.round(Duration.toMillis(duration.value)) }
}
