/**
 * Reads the claims of a JWT. The signature is not verified, so no decision about security may depend on the claims.
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { value } from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "./Lazily.js"

/** Reads the claims that the schema has. The result is none for a token that is not a JWT, or whose claims do not fit the schema. */
export const reader = <A, I>(claims: Schema.Schema<A, I>): ((token: Redacted.Redacted) => Option.Option<A>) => {
  const decode = lazily(() => Schema.decodeUnknownOption(Schema.parseJson(claims)))
  return (token) => {
    const [, payload, signature] = value(token).split(".")
    if (payload === undefined || signature === undefined) return Option.none()
    try {
      return decode(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))
    } catch {
      return Option.none()
    }
  }
}
