/**
 * Keeps what is secret out of what a server wrote.
 */
import * as Redacted from "effect/Redacted"

/** Every `Redacted` text inside a value that is about to be sent. */
export const secretsIn = (value: unknown, depth = maximumDepth): ReadonlyArray<string> => {
  if (depth === 0) return []
  if (Redacted.isRedacted(value)) {
    const secret = Redacted.value(value)
    return typeof secret === "string" ? [secret] : []
  }
  if (Array.isArray(value)) return value.flatMap((child) => secretsIn(child, depth - 1))
  return typeof value === "object" && value !== null ? Object.values(value).flatMap((child) => secretsIn(child, depth - 1)) : []
}

/** A server may nest its texts as deep as it likes; a stack is not that deep. */
const maximumDepth = 64

/**
 * The same value with each of the secrets cut out of its texts, wherever a server repeated them. A secret of fewer than 4
 * characters is left alone: it would cut words apart and hide nothing.
 */
export const withoutSecrets = (secrets: ReadonlyArray<string>): (<A>(value: A) => A) => {
  const found = secrets
    .filter((secret) => secret.length >= 4)
    // Also as it stood in the body that was sent, which a server may quote.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .sort((a, b) => b.length - a.length)
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return found.reduce((text, secret) => text.split(secret).join("<redacted>"), value)
    if (typeof value !== "object" || value === null) return value
    if (depth === 0) return "<nested too deep>"
    if (Array.isArray(value)) return value.map((child) => clean(child, depth - 1))
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [String(clean(key, depth)), clean(child, depth - 1)]))
  }
  // Seam: `clean` keeps the shape of what it is given, which its type cannot say.
  return <A>(value: A) => clean(value, maximumDepth) as A
}
