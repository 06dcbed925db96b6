/**
 * What a customer logs in with: an email, or an identifier and its kind; and a password or PIN.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { textBetween } from "./Fields.js"

const Password = textBetween(4, 255, "a password or pin of 4 to 255 characters")

const common = {
  /**
   * The API that the customer logs in to: the account's URL. The calling client needs a grant for it. A caller may leave it out: then the client sends
   * that of the layer.
   */
  audience: Schema.String,
  /** A customer and a company can have the same email. */
  type: Schema.Literal("customer", "company"),
  password: Schema.Redacted(Password)
}

const LoginByEmail_ = Schema.Struct({ ...common, email: Schema.String }).annotations({ identifier: "LoginByEmail" })

const LoginByIdent_ = Schema.Struct({
  ...common,
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String
}).annotations({ identifier: "LoginByIdent" })

/**
 * A decoded {@link LoginByEmail}.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginByEmail extends Schema.Schema.Type<typeof LoginByEmail_> {}

/**
 * A login by email as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginByEmailEncoded extends Schema.Schema.Encoded<typeof LoginByEmail_> {}

/**
 * A login by email and password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginByEmail: Schema.Schema<LoginByEmail, LoginByEmailEncoded> = LoginByEmail_

/**
 * A decoded {@link LoginByIdent}.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginByIdent extends Schema.Schema.Type<typeof LoginByIdent_> {}

/**
 * A login by an identifier and its kind as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoginByIdentEncoded extends Schema.Schema.Encoded<typeof LoginByIdent_> {}

/**
 * A login by an identifier and its kind (`ident_type`), and a password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoginByIdent: Schema.Schema<LoginByIdent, LoginByIdentEncoded> = LoginByIdent_

/**
 * A decoded {@link CustomerLogin}.
 *
 * @since 0.1.0
 * @category models
 */
export type CustomerLogin = LoginByEmail | LoginByIdent

/**
 * A login as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export type CustomerLoginEncoded = LoginByEmailEncoded | LoginByIdentEncoded

/**
 * The body of a login: {@link LoginByEmail} or {@link LoginByIdent}.
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-emailpassword
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerLogin: Schema.Schema<CustomerLogin, CustomerLoginEncoded> = Schema.Union(
  LoginByEmail_,
  LoginByIdent_
).annotations({
  identifier: "CustomerLogin",
  description: "email, or ident_type and ident; with audience, type and password"
})
