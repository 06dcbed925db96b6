/**
 * Logins with a code in the place of a password.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"

const PasswordlessLogin_ = Schema.Struct({
  audience: Schema.String,
  client_id: Schema.String,
  connection: Schema.Literal("email", "sms"),
  email: optional(Schema.String),
  type: optional(Schema.Literal("customer", "company")),
  send: optional(Schema.Literal("code")),
  login_session_id: optional(Schema.String)
}).annotations({ identifier: "PasswordlessLogin" })

/**
 * A decoded {@link PasswordlessLogin}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessLogin extends Schema.Schema.Type<typeof PasswordlessLogin_> {}

/**
 * A {@link PasswordlessLogin} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessLoginEncoded extends Schema.Schema.Encoded<typeof PasswordlessLogin_> {}

/**
 * Asks the service to send a code to a customer.
 *
 * - `client_id`: the API client that redeems the code. It needs a grant of the type `authorization_code` for the audience.
 * - `connection`: how the code is sent
 * - `email`: of the customer, also when the code goes by SMS
 * - `type`: `customer` when it is left out
 * - `login_session_id`: a UUID of the caller's. A second call with the same one sends the same code again, over another connection
 *   (assumed: passwordless-session).
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_account_passwordless_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordlessLogin: Schema.Schema<PasswordlessLogin, PasswordlessLoginEncoded> = PasswordlessLogin_

const PasswordlessCode_ = Schema.Struct({
  audience: Schema.String,
  client_id: Schema.String,
  user_id: Schema.String
}).annotations({ identifier: "PasswordlessCode" })

/**
 * A decoded {@link PasswordlessCode}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessCode extends Schema.Schema.Type<typeof PasswordlessCode_> {}

/**
 * A {@link PasswordlessCode} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessCodeEncoded extends Schema.Schema.Encoded<typeof PasswordlessCode_> {}

/**
 * Asks for a code that the caller delivers. `user_id` is the user whom the code gives access to, and `client_id` the API client whose grant decides
 * about the scopes.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_passwordless_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordlessCode: Schema.Schema<PasswordlessCode, PasswordlessCodeEncoded> = PasswordlessCode_

const PasswordlessCodeResponse_ = Schema.Struct({ verification_code: optional(secret) }).annotations({
  identifier: "PasswordlessCodeResponse"
})

/**
 * A decoded {@link PasswordlessCodeResponse}.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessCodeResponse extends Schema.Schema.Type<typeof PasswordlessCodeResponse_> {}

/**
 * A {@link PasswordlessCodeResponse} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface PasswordlessCodeResponseEncoded extends Schema.Schema.Encoded<typeof PasswordlessCodeResponse_> {}

/**
 * A code for the caller to deliver. Only the user may see it.
 *
 * Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auth_passwordless_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const PasswordlessCodeResponse: Schema.Schema<PasswordlessCodeResponse, PasswordlessCodeResponseEncoded> =
  PasswordlessCodeResponse_
