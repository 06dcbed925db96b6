/**
 * Ways to hand a signed-in user to another site.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"
import { JsonKey } from "./JsonValue.js"

const Authorize_ = Schema.Struct({
  audience: Schema.String,
  response_type: Schema.Literal("authenticate"),
  client_id: Schema.String,
  verification_code: secret,
  scope: optional(Schema.Literal("openid")),
  state: optional(Schema.String),
  redirect_uri: optional(Schema.String),
  connection: optional(Schema.String)
}).annotations({ identifier: "Authorize" })

/**
 * A decoded {@link Authorize}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authorize extends Schema.Schema.Type<typeof Authorize_> {}

/**
 * A {@link Authorize} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeEncoded extends Schema.Schema.Encoded<typeof Authorize_> {}

/**
 * Redeems the code of a passwordless login for a redirect.
 *
 * - `redirect_uri`: one of the client's `callbacks`
 * - `state`: comes back in the redirect
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_authorize_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const Authorize: Schema.Schema<Authorize, AuthorizeEncoded> = Authorize_

const Redirect_ = Schema.Struct({
  redirect_uri: Schema.String.pipe(Schema.pattern(/^https?:\/\/.*/, { description: "an http or https URL" })),
  custom_claims: optional(Schema.Record({ key: JsonKey, value: Schema.String })),
  claims: optional(Schema.Array(Schema.Literal("name", "email")))
}).annotations({ identifier: "Redirect" })

/**
 * A decoded {@link Redirect}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Redirect extends Schema.Schema.Type<typeof Redirect_> {}

/**
 * A {@link Redirect} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface RedirectEncoded extends Schema.Schema.Encoded<typeof Redirect_> {}

/**
 * Asks for a URL with an ID token of the signed-in user.
 *
 * - `custom_claims`: become claims with the prefix `ext_`
 * - `claims`: which claims about the user the token has beside `sub`
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const Redirect: Schema.Schema<Redirect, RedirectEncoded> = Redirect_

const RedirectResponse_ = Schema.Struct({ redirect_uri: optional(secret) }).annotations({ identifier: "RedirectResponse" })

/**
 * A decoded {@link RedirectResponse}.
 *
 * @since 0.1.0
 * @category models
 */
export interface RedirectResponse extends Schema.Schema.Type<typeof RedirectResponse_> {}

/**
 * A {@link RedirectResponse} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface RedirectResponseEncoded extends Schema.Schema.Encoded<typeof RedirectResponse_> {}

/**
 * The URL to send the user to. Its query has an ID token, so it is a secret.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RedirectResponse: Schema.Schema<RedirectResponse, RedirectResponseEncoded> = RedirectResponse_
