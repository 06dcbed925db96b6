/**
 * The state of an embedded system's clock.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `now`: the system's time
 * - `is_frozen`: whether the time stands still
 * - `offset_millis`: how far the time is ahead of the clock that it follows
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClockState = Schema.Struct({
  now: Schema.DateTimeUtc,
  is_frozen: Schema.Boolean,
  offset_millis: Schema.Number
}).annotations({ identifier: "ClockState" })

/**
 * @since 0.1.0
 * @category models
 */
export type ClockState = typeof ClockState.Type
