/**
 * The answer to a login and to the token endpoint.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** What may stand in an `Authorization` header: visible ASCII, so that no token can smuggle in a header of its own. */
const headerSafe = /^[\x21-\x7e]+$/
const HeaderSafe = Schema.String.pipe(Schema.pattern(headerSafe, { description: "a token of visible ASCII characters" }))

const RefreshToken = Schema.NullOr(Schema.String).annotations({
  description: "a string"
})

const isGiven = (text: string | null): text is string => text !== null && text !== ""

/** RFC 6749, 5.1: the type is compared without regard to case. Some servers leave it out, and there is no other that could be meant. */
const TokenType = Schema.NullOr(Schema.String.pipe(Schema.filter((text) => text.toLowerCase() === "bearer"))).annotations({
  description: '"Bearer"',
  arbitrary: () => (fc) => fc.constantFrom("Bearer", "bearer", null)
})

/** A number is also read from a text: a plugin of Dintero's own types `expires_in` as one. */
const Seconds = Schema.transform(
  Schema.Union(Schema.Number, Schema.String.pipe(Schema.pattern(/^[0-9]+$/))).annotations({
    description: "a number of seconds",
    arbitrary: () => (fc) => fc.integer({ min: 1, max: 2 ** 40 })
  }),
  Schema.Int.pipe(Schema.positive()),
  { strict: true, decode: Number, encode: (seconds) => seconds }
)

/**
 * `expires_in` counts in seconds from the moment of the answer. `refresh_token` comes only when the calling client's token
 * has the scope `create:accounts:auth:refresh_token`.
 *
 * Of an answer these are read too: a `token_type` in other letters or none, `expires_in` as a text of digits, and `refresh_token` as
 * `null` or `""`, which says that there is none.
 *
 * Source: https://docs.dintero.com/api-reference, and RFC 6749, section 5.1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken = Schema.Struct({
  access_token: Schema.Redacted(HeaderSafe),
  expires_in: Seconds,
  token_type: Schema.optionalToRequired(TokenType, Schema.Literal("Bearer"), {
    decode: () => "Bearer" as const,
    encode: Option.some
  }),
  refresh_token: Schema.optionalToOptional(RefreshToken, Schema.Redacted(Schema.NonEmptyString), {
    decode: Option.filter(isGiven),
    encode: (token) => token
  })
}).annotations({
  identifier: "AccessToken",
  // As the documentation has it: what is read besides is not what anybody should write.
  jsonSchema: {
    type: "object",
    required: ["access_token", "token_type", "expires_in"],
    properties: {
      access_token: { type: "string", pattern: headerSafe.source },
      token_type: { type: "string", enum: ["Bearer"] },
      expires_in: { type: "integer", exclusiveMinimum: 0 },
      refresh_token: { type: "string", minLength: 1 }
    },
    additionalProperties: true
  }
})

/**
 * @since 0.1.0
 * @category models
 */
export type AccessToken = typeof AccessToken.Type
