/**
 * Who wants another password.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The body of a request to change a password: the user with this email gets a message about it.
 *
 * Source: https://docs.dintero.com/api-reference/password/change-password
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChangePassword = Schema.Struct({
  email: Schema.String,
  /** The API to get access to: the account's URL. A grant of the calling client has to cover it. */
  audience: Schema.String,
  /** Users of different type can share an email. */
  type: Schema.Literal("customer", "company")
}).annotations({ identifier: "ChangePassword" })

/**
 * @since 0.1.0
 * @category models
 */
export type ChangePassword = typeof ChangePassword.Type
