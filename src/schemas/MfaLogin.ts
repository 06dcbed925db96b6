/**
 * The login that always needs a one-time code, and its answer, which is not a session yet.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const MfaLogin_ = Schema.Struct({
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String,
  /**
   * The API that the customer logs in to: the account's URL. The calling client needs a grant for it. A caller may leave it out: then the client sends
   * that of the layer.
   */
  audience: Schema.String,
  /** A customer and a company can have the same email. */
  type: Schema.Literal("customer", "company"),
  secret
}).annotations({ identifier: "MfaLogin" })

/**
 * A decoded {@link MfaLogin}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaLogin extends Schema.Schema.Type<typeof MfaLogin_> {}

/**
 * A login with MFA as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaLoginEncoded extends Schema.Schema.Encoded<typeof MfaLogin_> {}

/**
 * The body of a login with multi-factor authentication. `secret` is the password or PIN. The documentation limits its length in no way.
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-mfa
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaLogin: Schema.Schema<MfaLogin, MfaLoginEncoded> = MfaLogin_

const MultiFactorAuthenticationChallenge_ = Schema.Struct({
  links: Schema.Array(Schema.Struct({ rel: openEnum("mfa_challenge", "mfa_oob"), href: Schema.String })),
  mfa_token: secret,
  challenge_type: openEnum("oob"),
  oob_channel: optional(openEnum("sms", "email"))
}).annotations({ identifier: "MultiFactorAuthenticationChallenge" })

/**
 * A decoded {@link MultiFactorAuthenticationChallenge}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MultiFactorAuthenticationChallenge extends Schema.Schema.Type<typeof MultiFactorAuthenticationChallenge_> {}

/**
 * The answer of a login with MFA as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MultiFactorAuthenticationChallengeEncoded
  extends Schema.Schema.Encoded<typeof MultiFactorAuthenticationChallenge_> {}

/**
 * The password or PIN was right, and a one-time code is needed now.
 *
 * - `mfa_token`: goes into the challenge
 * - `links`: the two operations that follow
 * - `oob_channel`: how the code will be sent, when the account's settings say so
 *
 * Source: https://docs.dintero.com/api-reference/password/login-with-mfa
 *
 * @since 0.1.0
 * @category schemas
 */
export const MultiFactorAuthenticationChallenge: Schema.Schema<
  MultiFactorAuthenticationChallenge,
  MultiFactorAuthenticationChallengeEncoded
> = MultiFactorAuthenticationChallenge_
