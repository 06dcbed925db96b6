/**
 * The recovery of a login of the `password` grant that needs a one-time code.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const AuthRecovery_ = Schema.Struct({
  challenge_type: Schema.Literal("oob"),
  username: Schema.String,
  audience: Schema.String,
  oob_channel: optional(Schema.Literal("sms", "email"))
}).annotations({ identifier: "AuthRecovery" })

/**
 * A decoded {@link AuthRecovery}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRecovery extends Schema.Schema.Type<typeof AuthRecovery_> {}

/**
 * A {@link AuthRecovery} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRecoveryEncoded extends Schema.Schema.Encoded<typeof AuthRecovery_> {}

/**
 * The body that begins a recovery. The first code goes over `oob_channel`, `sms` when it is left out, and the second code over another channel.
 *
 * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_recovery_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthRecovery: Schema.Schema<AuthRecovery, AuthRecoveryEncoded> = AuthRecovery_

const RecoveryResponse_ = Schema.Struct({
  challenge_type: optional(openEnum("oob")),
  binding_method: optional(openEnum("prompt")),
  oob_code: secret,
  mfa_token: secret
}).annotations({ identifier: "RecoveryResponse" })

/**
 * A decoded {@link RecoveryResponse}.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecoveryResponse extends Schema.Schema.Type<typeof RecoveryResponse_> {}

/**
 * A {@link RecoveryResponse} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecoveryResponseEncoded extends Schema.Schema.Encoded<typeof RecoveryResponse_> {}

/**
 * The first code was sent. The grant `mfa_oob` takes it with `oob_code` and `mfa_token`, and answers `MfaRequired` when it is right.
 *
 * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_recovery_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RecoveryResponse: Schema.Schema<RecoveryResponse, RecoveryResponseEncoded> = RecoveryResponse_
