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
 * Source: RFC 9110, section 10.2.3 (assumed: retry-after-form)
 */
export const retryAfter = (
  headers: { readonly [name: string]: string | undefined },
  now: number
): Option.Option<Duration.Duration> => {
  const told = [...milliseconds(headers["retry-after-ms"]), ...seconds(headers["retry-after"], headers.date, now)]
  // Two that differ are both kept by the longer one.
  return told.length === 0
    ? Option.none()
    : Option.some(Duration.millis(Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, ...told.map(Math.ceil)))))
}

/** A header that came twice is joined with a comma. */
const numbers = (value: string): ReadonlyArray<number> | undefined => {
  const parts = value.split(",").map((part) => part.trim())
  return parts.every((part) => /^\d+(\.\d+)?$/.test(part)) ? parts.map(Number) : undefined
}

const milliseconds = (value = ""): ReadonlyArray<number> => numbers(value) ?? []

const seconds = (value = "", date: string | undefined, now: number): ReadonlyArray<number> => {
  const plain = numbers(value)
  if (plain !== undefined) return plain.map((count) => count * 1000)
  const text = value.trim()
  // A date has letters (`Wed, 21 Oct 2026 07:28:00 GMT`); "-1" or "1 minute" is not one, whatever Date.parse makes of it.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return []
  // The form of asctime names no zone and means GMT.
  const at = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`)
  const served = Date.parse(date ?? "")
  return Number.isNaN(at) ? [] : [at - (Number.isNaN(served) ? now : served)]
}
