/**
 * The login that always ends in a one-time code, and what it answers instead of a session.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./OpenEnum.js"

/**
 * The body of a login with multifactor authentication. `secret` is the password or pin; no length of it is documented.
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-mfa
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaLogin = Schema.Struct({
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String,
  /** The API to get access to: the account's URL. A grant of the calling client has to cover it. */
  audience: Schema.String,
  /** Users of different type can share an email. */
  type: Schema.Literal("customer", "company"),
  secret: Schema.Redacted(Schema.String)
}).annotations({ identifier: "MfaLogin" })

/**
 * @since 0.1.0
 * @category models
 */
export type MfaLogin = typeof MfaLogin.Type

/**
 * The body that begins the recovery of a login with a one-time code: as {@link MfaLogin}, without the secret.
 *
 * Source: https://docs.dintero.com/api-reference/password/mfa-recovery
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaRecovery = Schema.Struct({
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String,
  audience: Schema.String,
  type: Schema.Literal("customer", "company")
}).annotations({ identifier: "MfaRecovery" })

/**
 * @since 0.1.0
 * @category models
 */
export type MfaRecovery = typeof MfaRecovery.Type

/**
 * A code is on its way over the channel of the recovery. It is given with `oob_code` and `mfa_token` in the grant `mfa_oob`.
 *
 * Source: https://docs.dintero.com/api-reference/password/mfa-recovery
 *
 * @since 0.1.0
 * @category schemas
 */
export const MultiFactorAuthenticationRecoveryChallenge = Schema.Struct({
  links: Schema.Array(Schema.Struct({ rel: openEnum("mfa_oob"), href: Schema.String })),
  oob_code: Schema.Redacted(Schema.String),
  mfa_token: Schema.Redacted(Schema.String),
  challenge_type: openEnum("oob"),
  binding_method: Schema.optionalWith(openEnum("prompt"), { exact: true })
}).annotations({ identifier: "MultiFactorAuthenticationRecoveryChallenge" })

/**
 * @since 0.1.0
 * @category models
 */
export type MultiFactorAuthenticationRecoveryChallenge = typeof MultiFactorAuthenticationRecoveryChallenge.Type

/**
 * The secret was right and a one-time code is needed: `mfa_token` goes into the challenge. `links` name the two operations that
 * follow; `oob_channel` is where the code will go, when the account's settings say so.
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-mfa
 *
 * @since 0.1.0
 * @category schemas
 */
export const MultiFactorAuthenticationChallenge = Schema.Struct({
  links: Schema.Array(Schema.Struct({ rel: openEnum("mfa_challenge", "mfa_oob"), href: Schema.String })),
  mfa_token: Schema.Redacted(Schema.String),
  challenge_type: openEnum("oob"),
  oob_channel: Schema.optionalWith(openEnum("sms", "email"), { exact: true })
}).annotations({ identifier: "MultiFactorAuthenticationChallenge" })

/**
 * @since 0.1.0
 * @category models
 */
export type MultiFactorAuthenticationChallenge = typeof MultiFactorAuthenticationChallenge.Type
