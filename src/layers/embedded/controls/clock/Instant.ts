/**
 * Times in milliseconds that can be written as a date. The clock of a test can be moved beyond the last date.
 */
import * as DateTime from "effect/DateTime"
import { maximumMillis } from "../../storage/Column.js"

/** The nearest time that a date can have. */
export const bounded = (millis: number, maximum: number = maximumMillis): number =>
  // The difference of two infinite times is no number.
  Number.isNaN(millis) ? maximum : Math.max(-maximum, Math.min(maximum, millis))

export const dateOf = (millis: number): DateTime.Utc => DateTime.unsafeMake(bounded(millis))
