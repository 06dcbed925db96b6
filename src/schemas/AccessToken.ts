/**
 * The answer to a login and to the token endpoint.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { bearerToken, headerSafe } from "./Fields.js"

const RefreshToken = Schema.NullOr(Schema.String).annotations({
  description: "a string"
})

const isGiven = (text: string | null): text is string => text !== null && text !== ""

/** RFC 6749, section 5.1: upper and lower case are the same here. Some servers leave the type out, and no other type is possible. */
const TokenType = Schema.NullOr(Schema.String.pipe(Schema.filter((text) => text.toLowerCase() === "bearer"))).annotations({
  description: '"Bearer"',
  arbitrary: () => (fc) => fc.constantFrom("Bearer", "bearer", null)
})

/** A text of digits is read too, because one of Dintero's own plugins declares `expires_in` as a string. */
const Seconds = Schema.transform(
  Schema.Union(Schema.Number, Schema.String.pipe(Schema.pattern(/^[0-9]+$/))).annotations({
    description: "a number of seconds",
    arbitrary: () => (fc) => fc.integer({ min: 1, max: 2 ** 40 })
  }),
  Schema.Int.pipe(Schema.positive()),
  { strict: true, decode: Number, encode: (seconds) => seconds }
)

/** @internal */
export const requiredFields = {
  access_token: bearerToken,
  expires_in: Seconds,
  token_type: Schema.optionalToRequired(TokenType, Schema.Literal("Bearer"), {
    decode: () => "Bearer" as const,
    encode: Option.some
  })
}

/** @internal */
export const requiredInJsonSchema = {
  access_token: { type: "string", pattern: headerSafe.source },
  token_type: { type: "string", enum: ["Bearer"] },
  expires_in: { type: "integer", exclusiveMinimum: 0 }
}

const AccessToken_ = Schema.Struct({
  ...requiredFields,
  refresh_token: Schema.optionalToOptional(RefreshToken, Schema.Redacted(Schema.NonEmptyString), {
    decode: Option.filter(isGiven),
    encode: (token) => token
  })
}).annotations({
  identifier: "AccessToken",
  // The documented form alone. The client also reads other forms, but nobody should write them.
  jsonSchema: {
    type: "object",
    required: ["access_token", "token_type", "expires_in"],
    properties: {
      ...requiredInJsonSchema,
      refresh_token: { type: "string", minLength: 1 }
    },
    additionalProperties: true
  }
})

/**
 * A decoded {@link AccessToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessToken extends Schema.Schema.Type<typeof AccessToken_> {}

/**
 * An access token as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessTokenEncoded extends Schema.Schema.Encoded<typeof AccessToken_> {}

/**
 * An access token, and how long it is valid.
 *
 * - `expires_in`: seconds, counted from the moment of the answer
 * - `refresh_token`: present only when the token of the calling client has the scope `create:accounts:auth:refresh_token`
 *
 * The client also reads answers that differ from the documentation: a `token_type` in other letters or without one, an `expires_in` that is a
 * text of digits, and a `refresh_token` of `null` or `""`, which counts as absent.
 *
 * Source: https://docs.dintero.com/api-reference, and RFC 6749, section 5.1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken: Schema.Schema<AccessToken, AccessTokenEncoded> = AccessToken_
