/**
 * The recovery of a login that needs a one-time code.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const MfaRecovery_ = Schema.Struct({
  ident_type: Schema.Literal("phone_number", "email"),
  ident: Schema.String,
  /**
   * The API that the customer logs in to: the account's URL. The calling client needs a grant for it. A caller may leave it out: then the client sends
   * that of the layer.
   */
  audience: Schema.String,
  type: Schema.Literal("customer", "company")
}).annotations({ identifier: "MfaRecovery" })

/**
 * A decoded {@link MfaRecovery}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaRecovery extends Schema.Schema.Type<typeof MfaRecovery_> {}

/**
 * A {@link MfaRecovery} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaRecoveryEncoded extends Schema.Schema.Encoded<typeof MfaRecovery_> {}

/**
 * The body that begins the recovery of a login with a one-time code.
 *
 * Source: https://docs.dintero.com/api-reference/password/mfa-recovery
 *
 * @since 0.1.0
 * @category schemas
 */
export const MfaRecovery: Schema.Schema<MfaRecovery, MfaRecoveryEncoded> = MfaRecovery_

const MultiFactorAuthenticationRecoveryChallenge_ = Schema.Struct({
  links: Schema.Array(Schema.Struct({ rel: openEnum("mfa_oob"), href: Schema.String })),
  oob_code: secret,
  mfa_token: secret,
  challenge_type: openEnum("oob"),
  binding_method: optional(openEnum("prompt"))
}).annotations({ identifier: "MultiFactorAuthenticationRecoveryChallenge" })

/**
 * A decoded {@link MultiFactorAuthenticationRecoveryChallenge}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MultiFactorAuthenticationRecoveryChallenge
  extends Schema.Schema.Type<typeof MultiFactorAuthenticationRecoveryChallenge_> {}

/**
 * A {@link MultiFactorAuthenticationRecoveryChallenge} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MultiFactorAuthenticationRecoveryChallengeEncoded
  extends Schema.Schema.Encoded<typeof MultiFactorAuthenticationRecoveryChallenge_> {}

/**
 * A code was sent over the channel of the recovery. The grant `mfa_oob` takes it with `oob_code` and `mfa_token`.
 *
 * Source: https://docs.dintero.com/api-reference/password/mfa-recovery
 *
 * @since 0.1.0
 * @category schemas
 */
export const MultiFactorAuthenticationRecoveryChallenge: Schema.Schema<
  MultiFactorAuthenticationRecoveryChallenge,
  MultiFactorAuthenticationRecoveryChallengeEncoded
> = MultiFactorAuthenticationRecoveryChallenge_
