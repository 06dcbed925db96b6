/**
 * The end of a session: its refresh token is refused from then on.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { secret } from "./Fields.js"

const RevokeToken_ = Schema.Struct({ token: secret }).annotations({ identifier: "RevokeToken" })

/**
 * A decoded {@link RevokeToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface RevokeToken extends Schema.Schema.Type<typeof RevokeToken_> {}

/**
 * A revocation as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface RevokeTokenEncoded extends Schema.Schema.Encoded<typeof RevokeToken_> {}

/**
 * The body of a revocation. `token` is a refresh token.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeToken: Schema.Schema<RevokeToken, RevokeTokenEncoded> = RevokeToken_

/**
 * The answer to a revocation. On the wire it is an object without fields. Decoded it is `undefined`, because it says nothing.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RevokeResponse: Schema.Schema<void, { readonly [name: string]: unknown }> = Schema.transform(
  Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({ identifier: "RevokeResponse" }),
  // A value of type void can be anything. This one is always undefined.
  Schema.Void.annotations({ arbitrary: () => (fc) => fc.constant(undefined) }),
  { strict: true, decode: () => undefined, encode: () => ({}) }
)
