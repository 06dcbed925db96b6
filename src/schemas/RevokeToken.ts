/**
 * Ending a session: the refresh token is good for nothing afterwards.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * `token` is a refresh token.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeToken = Schema.Struct({
  token: Schema.Redacted(Schema.String)
}).annotations({ identifier: "RevokeToken" })

/**
 * @since 0.1.0
 * @category models
 */
export type RevokeToken = typeof RevokeToken.Type

/**
 * On the wire an object without fields, decoded nothing: there is nothing in it.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeResponse = Schema.transform(
  Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({ identifier: "RevokeResponse" }),
  // What is void can be anything; here it is undefined.
  Schema.Void.annotations({ arbitrary: () => (fc) => fc.constant(undefined) }),
  { strict: true, decode: () => undefined, encode: () => ({}) }
)
