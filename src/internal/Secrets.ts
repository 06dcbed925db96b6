/**
 * Removes secrets from texts that a server wrote.
 */
import * as Redacted from "effect/Redacted"

/** All `Redacted` texts in a value that is going to be sent. */
export const secretsIn = (value: unknown, depth = maximumDepth): ReadonlyArray<string> => {
  if (depth === 0) return []
  if (Redacted.isRedacted(value)) {
    const secret = Redacted.value(value)
    return typeof secret === "string" ? [secret] : []
  }
  if (Array.isArray(value)) return value.flatMap((child) => secretsIn(child, depth - 1))
  return typeof value === "object" && value !== null ? Object.values(value).flatMap((child) => secretsIn(child, depth - 1)) : []
}

/** A server may nest texts more deeply than the stack allows. */
const maximumDepth = 64

/** A text with half a surrogate pair is never sent in a query. */
const inQuery = (secret: string): string => encodeURIComponent(secret.replace(/\p{Cs}/gu, ""))

/**
 * Replaces each of the secrets in all texts of a value. A secret of fewer than 4 characters is not replaced: that would damage words and
 * hide nothing.
 */
export const withoutSecrets = (secrets: ReadonlyArray<string>): (<A>(value: A) => A) => {
  const found = secrets
    .filter((secret) => secret.length >= 4)
    // A server may also quote the secret in the form in which it was sent: in JSON, or in a query.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), inQuery(secret)])
    .sort((a, b) => b.length - a.length)
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return found.reduce((text, secret) => text.split(secret).join("<redacted>"), value)
    if (typeof value !== "object" || value === null) return value
    if (depth === 0) return "<nested too deep>"
    if (Array.isArray(value)) return value.map((child) => clean(child, depth - 1))
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [String(clean(key, depth)), clean(child, depth - 1)]))
  }
  // Seam: `clean` returns a value of the same shape, which its type cannot express.
  return <A>(value: A) => clean(value, maximumDepth) as A
}
