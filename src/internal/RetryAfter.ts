/**
 * How long a server asks to wait.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * Reads `Retry-After` in seconds or as an HTTP date, and `retry-after-ms`, a more exact header of some proxies and services. A date is
 * compared with the `Date` of the answer if there is one, so a wrong local clock does not matter. Fractions are rounded up, so the time is
 * never shorter than the server asks.
 *
 * Source: RFC 9110, section 10.2.3 (assumed: retry-after-form)
 */
export const retryAfter = (
  headers: { readonly [name: string]: string | undefined },
  now: number
): Option.Option<Duration.Duration> => {
  const told = [...milliseconds(headers["retry-after-ms"]), ...seconds(headers["retry-after"], headers.date, now)]
  // If there are several times, the longest one satisfies all of them.
  return told.length === 0
    ? Option.none()
    : Option.some(Duration.millis(Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, ...told.map(Math.ceil)))))
}

/** The numbers of a header. The values of a header that was sent twice are joined with a comma. */
const numbers = (value: string): ReadonlyArray<number> | undefined => {
  const parts = value.split(",").map((part) => part.trim())
  return parts.every((part) => /^\d+(\.\d+)?$/.test(part)) ? parts.map(Number) : undefined
}

const milliseconds = (value = ""): ReadonlyArray<number> => numbers(value) ?? []

const seconds = (value = "", date: string | undefined, now: number): ReadonlyArray<number> => {
  const plain = numbers(value)
  if (plain !== undefined) return plain.map((count) => count * 1000)
  const text = value.trim()
  // A date begins with letters (`Wed, 21 Oct 2026 07:28:00 GMT`). `Date.parse` also accepts texts such as "-1" and "1 minute".
  if (!/^[A-Za-z]{3,9},? /.test(text)) return []
  // The asctime form of a date has no time zone. It is GMT.
  const at = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`)
  const served = Date.parse(date ?? "")
  return Number.isNaN(at) ? [] : [at - (Number.isNaN(served) ? now : served)]
}
