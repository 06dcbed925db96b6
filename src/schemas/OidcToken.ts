/**
 * Access tokens for users whom an OpenID provider has signed in.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { requiredFields, requiredInJsonSchema } from "./AccessToken.js"
import { openStruct, optional, secret } from "./Fields.js"
import { JsonObject } from "./JsonValue.js"

const OidcToken_ = Schema.Struct({
  grant_type: Schema.Literal("authorization_code"),
  code: secret,
  client_id: Schema.String,
  audience: Schema.String,
  redirect_uri: optional(Schema.String)
}).annotations({ identifier: "OidcToken" })

/**
 * A decoded {@link OidcToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface OidcToken extends Schema.Schema.Type<typeof OidcToken_> {}

/**
 * A {@link OidcToken} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OidcTokenEncoded extends Schema.Schema.Encoded<typeof OidcToken_> {}

/**
 * The code of an OpenID provider. The grant of `client_id` for the audience has the provider in its `oidc`.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oidc_token_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const OidcToken: Schema.Schema<OidcToken, OidcTokenEncoded> = OidcToken_

const OidcAccessToken_ = openStruct({
  ...requiredFields,
  user_info: optional(openStruct({ authority: optional(Schema.String), value: optional(JsonObject) }))
}).annotations({
  identifier: "OidcAccessToken",
  jsonSchema: {
    type: "object",
    required: ["access_token", "token_type", "expires_in"],
    properties: {
      ...requiredInJsonSchema,
      user_info: { type: "object", properties: { authority: { type: "string" }, value: { type: "object" } } }
    },
    additionalProperties: true
  }
})

/**
 * A decoded {@link OidcAccessToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface OidcAccessToken extends Schema.Schema.Type<typeof OidcAccessToken_> {}

/**
 * A {@link OidcAccessToken} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OidcAccessTokenEncoded extends Schema.Schema.Encoded<typeof OidcAccessToken_> {}

/**
 * An access token, with what the provider says about the user. There is no refresh token.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oidc_token_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const OidcAccessToken: Schema.Schema<OidcAccessToken, OidcAccessTokenEncoded> = OidcAccessToken_
