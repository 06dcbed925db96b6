/**
 * What a customer logs in with: an email, or an identifier of a named kind, and a password or pin.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** Counted in characters, as JSON Schema counts them, not in the units of JavaScript's strings. */
const Password = Schema.String.pipe(
  Schema.filter(
    (text) => {
      const { length } = Array.from(text)
      return length >= 4 && length <= 255
    },
    {
      description: "a password or pin of 4 to 255 characters",
      jsonSchema: { minLength: 4, maxLength: 255 },
      arbitrary: () => (fc) => fc.string({ minLength: 4, maxLength: 255 })
    }
  )
)

const common = {
  /** The API to get access to: the account's URL. A grant of the calling client has to cover it. */
  audience: Schema.String,
  /** Users of different type can share an email. */
  type: Schema.Literal("customer", "company"),
  password: Schema.Redacted(Password)
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LoginByEmail = Schema.Struct({ ...common, email: Schema.String }).annotations({ identifier: "LoginByEmail" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const LoginByIdent = Schema.Struct({
  ...common,
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String
}).annotations({ identifier: "LoginByIdent" })

/**
 * The body of a login: {@link LoginByEmail} or {@link LoginByIdent}.
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-emailpassword
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerLogin = Schema.Union(LoginByEmail, LoginByIdent).annotations({
  identifier: "CustomerLogin",
  description: "email, or ident_type and ident; with audience, type and password"
})

/**
 * @since 0.1.0
 * @category models
 */
export type CustomerLogin = typeof CustomerLogin.Type
