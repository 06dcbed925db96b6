/**
 * A challenge sends a one-time code to the user. Its answer stands for the challenge when the code is redeemed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional, secret } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const AuthChallenge_ = Schema.Struct({
  challenge_type: Schema.Literal("oob"),
  mfa_token: secret,
  oob_channel: optional(Schema.Literal("sms", "email"))
}).annotations({ identifier: "AuthChallenge" })

/**
 * A decoded {@link AuthChallenge}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthChallenge extends Schema.Schema.Type<typeof AuthChallenge_> {}

/**
 * A challenge as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthChallengeEncoded extends Schema.Schema.Encoded<typeof AuthChallenge_> {}

/**
 * The body of a challenge.
 *
 * - `mfa_token`: from `MfaRequired`, or from the answer of a login with MFA
 * - `oob_channel`: how the code is sent. Without it, the account's settings decide, and without a setting it is `sms`.
 *
 * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_challenge_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthChallenge: Schema.Schema<AuthChallenge, AuthChallengeEncoded> = AuthChallenge_

const ChallengeResponse_ = Schema.Struct({
  challenge_type: optional(openEnum("oob")),
  binding_method: optional(openEnum("prompt")),
  oob_code: secret
}).annotations({ identifier: "ChallengeResponse" })

/**
 * A decoded {@link ChallengeResponse}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChallengeResponse extends Schema.Schema.Type<typeof ChallengeResponse_> {}

/**
 * The answer to a challenge as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChallengeResponseEncoded extends Schema.Schema.Encoded<typeof ChallengeResponse_> {}

/**
 * The code was sent.
 *
 * - `oob_code`: stands for this challenge in the `mfa_oob` grant
 * - `binding_method`: `prompt` says that the user has to be asked for the code
 *
 * The documentation requires none of the fields. Without `oob_code` the login cannot continue, so it is required here
 * (assumed: oob-code-required).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChallengeResponse: Schema.Schema<ChallengeResponse, ChallengeResponseEncoded> = ChallengeResponse_
