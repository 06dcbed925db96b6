/**
 * A request to change a password.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const ChangePassword_ = Schema.Struct({
  email: Schema.String,
  /**
   * The API that the customer logs in to: the account's URL. The calling client needs a grant for it. A caller may leave it out: then the client sends
   * that of the layer.
   */
  audience: Schema.String,
  /** A customer and a company can have the same email. */
  type: Schema.Literal("customer", "company")
}).annotations({ identifier: "ChangePassword" })

/**
 * A decoded {@link ChangePassword}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangePassword extends Schema.Schema.Type<typeof ChangePassword_> {}

/**
 * A request to change a password as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangePasswordEncoded extends Schema.Schema.Encoded<typeof ChangePassword_> {}

/**
 * The body of a request to change a password. The user with this email gets a message that tells how.
 *
 * Source: https://docs.dintero.com/api-reference/password/change-password
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChangePassword: Schema.Schema<ChangePassword, ChangePasswordEncoded> = ChangePassword_
