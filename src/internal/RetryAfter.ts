/**
 * How long a server asks to wait.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * `Retry-After` in seconds or as an HTTP date, and `retry-after-ms` (which some proxies and services send, and which is more exact).
 * The date is measured from the answer's own `Date` where there is one, so that a wrong local clock does not matter. Never
 * shorter than told: fractions are rounded up.
 *
 * Source: RFC 9110, 10.2.3; API reference, 7.3 and 10, U15.
 */
export const retryAfter = (
  headers: { readonly [name: string]: string | undefined },
  now: number
): Option.Option<Duration.Duration> => {
  const milliseconds = headers["retry-after-ms"]?.trim()
  if (milliseconds !== undefined && /^\d+(\.\d+)?$/.test(milliseconds)) return wait(Number(milliseconds))
  const value = headers["retry-after"]?.trim()
  if (value === undefined || value === "") return Option.none()
  if (/^\d+(\.\d+)?$/.test(value)) return wait(Number(value) * 1000)
  // A date has letters (`Wed, 21 Oct 2026 07:28:00 GMT`); "-1" or "1 minute" is not one, whatever Date.parse makes of it.
  if (!/^[A-Za-z]{3,9},? /.test(value)) return Option.none()
  const date = Date.parse(value)
  if (Number.isNaN(date)) return Option.none()
  const served = Date.parse(headers.date ?? "")
  return wait(date - (Number.isNaN(served) ? now : served))
}

const wait = (millis: number): Option.Option<Duration.Duration> =>
  Number.isFinite(millis) ? Option.some(Duration.millis(Math.max(0, Math.ceil(millis)))) : Option.none()
