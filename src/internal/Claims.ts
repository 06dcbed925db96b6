/**
 * What a JWT says of itself. It is only looked at: nobody has verified it, and it is trusted with nothing.
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { value } from "effect/Redacted"
import * as Schema from "effect/Schema"

/** From a token to those of its claims that the schema knows. None for a token that is no JWT, or whose claims do not fit. */
export const reader = <A, I>(claims: Schema.Schema<A, I>): ((token: Redacted.Redacted) => Option.Option<A>) => {
  const decode = Schema.decodeUnknownOption(Schema.parseJson(claims))
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
