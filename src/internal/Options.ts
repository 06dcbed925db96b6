/**
 * Checks of options. An option that cannot work is a mistake in the program, so these throw when a value is built from it.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** `found` is a clause about the value that was given, and `fix` a sentence about one that works. */
export type Refuse = (field: string, found: string, fix: string) => never

export const refuseFor =
  (module: string): Refuse =>
  (field, found, fix) => {
    throw new RangeError(`${module}.${field}: ${found}. ${fix}`)
  }

/** A duration above zero, which may be infinite. */
export const positive = (refuse: Refuse, field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = Option.getOrElse(Duration.decodeUnknown(input), () =>
    refuse(field, "that is not a duration", 'Give one such as "10 seconds".')
  )
  return Duration.toMillis(duration) > 0
    ? duration
    : refuse(field, "the duration is zero", 'Give one above zero, such as "10 seconds".')
}

/** A duration above zero that is finite. */
export const positiveFinite = (refuse: Refuse, field: string, input: Duration.DurationInput): Duration.Duration => {
  const duration = positive(refuse, field, input)
  return Duration.isFinite(duration)
    ? duration
    : refuse(field, "the duration is infinite", 'Give a finite one, such as "10 minutes".')
}
