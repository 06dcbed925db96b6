/**
 * Times in words.
 */
import * as DateTime from "effect/DateTime"

export const iso = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis))

/** Such as `in 59 min` or `3 h ago`. */
export const relative = (millis: number, now: number): string => {
  const seconds = Math.round(Math.abs(millis - now) / 1_000)
  const amount =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7_200
        ? `${Math.round(seconds / 60)} min`
        : seconds < 172_800
          ? `${Math.round(seconds / 3_600)} h`
          : `${Math.round(seconds / 86_400)} days`
  return millis >= now ? `in ${amount}` : `${amount} ago`
}

export const withDistance = (millis: number, now: number): string => `${iso(millis)} (${relative(millis, now)})`
