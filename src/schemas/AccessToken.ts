/**
 * The answer to a login and to the token endpoint.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** What may stand in an `Authorization` header: visible ASCII, so that no token can smuggle in a header of its own. */
const HeaderSafe = Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]+$/, { description: "a token of visible ASCII characters" }))

/**
 * `expires_in` counts in seconds from the moment of the answer. `refresh_token` comes only when the calling client's token
 * has the scope `create:accounts:auth:refresh_token`.
 *
 * Source: API reference, sections 3.3 and 6.5.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccessToken = Schema.Struct({
  access_token: Schema.Redacted(HeaderSafe),
  expires_in: Schema.Int.pipe(Schema.positive()),
  token_type: Schema.Literal("Bearer"),
  refresh_token: Schema.optionalWith(Schema.Redacted(Schema.NonEmptyString), { exact: true })
}).annotations({ identifier: "AccessToken" })

/**
 * @since 0.1.0
 * @category models
 */
export type AccessToken = typeof AccessToken.Type
