/**
 * Asking for a one-time code out of band, and what the code is answered with.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./OpenEnum.js"

/**
 * The body of a challenge: `mfa_token` is that of `MfaRequired` or of a login with MFA. Without an `oob_channel` the code goes where
 * the account's settings say, else by `sms`.
 *
 * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_challenge_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthChallenge = Schema.Struct({
  challenge_type: Schema.Literal("oob"),
  mfa_token: Schema.Redacted(Schema.String),
  oob_channel: Schema.optionalWith(Schema.Literal("sms", "email"), { exact: true })
}).annotations({ identifier: "AuthChallenge" })

/**
 * @since 0.1.0
 * @category models
 */
export type AuthChallenge = typeof AuthChallenge.Type

/**
 * A code is on its way. `oob_code` stands for this challenge in the `mfa_oob` grant; with `binding_method` `prompt` the user is asked
 * for the code that arrives.
 *
 * The documentation requires none of the fields. Without `oob_code` there is nothing to go on with, so here it is required
 * (assumed: oob-code-required).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChallengeResponse = Schema.Struct({
  challenge_type: Schema.optionalWith(openEnum("oob"), { exact: true }),
  binding_method: Schema.optionalWith(openEnum("prompt"), { exact: true }),
  oob_code: Schema.Redacted(Schema.String)
}).annotations({ identifier: "ChallengeResponse" })

/**
 * @since 0.1.0
 * @category models
 */
export type ChallengeResponse = typeof ChallengeResponse.Type
