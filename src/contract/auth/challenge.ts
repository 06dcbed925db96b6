/**
 * Docs tag `challenge`.
 *
 * @since 0.1.0
 */
import { AuthChallenge, ChallengeResponse } from "../../schemas/MfaChallenge.js"
import { byId, operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const challenge = {
  /**
   * `POST /accounts/{aid}/auth/mfa/challenge`: sends the user a one-time code by SMS or e-mail. Its `oob_code`, the code and the
   * `mfa_token` go into the `mfa_oob` grant of `auth.token`; `Mfa.complete` does all of it. Never sent twice once the
   * server may have seen it: a second message would go out.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/mfa`.
   *
   * Errors, beside {@link CallError}:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `NotFound`: no login waits under this `mfa_token`: it is unknown, expired or used (assumed: mfa-unknown-login)
   * - `BadRequest`: among others, the user has no address for the channel (assumed: mfa-no-address)
   *
   * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_challenge_post
   *
   * @example
   * ```ts
   * import { Auth, type MfaRequired } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const sendCode = ({ mfaToken }: MfaRequired) =>
   *   Effect.flatMap(Auth, (auth) =>
   *     auth.mfa.challenge({ challenge_type: "oob", mfa_token: mfaToken, oob_channel: "sms" })
   *   )
   * ```
   */
  challenge: operation({
    method: "POST",
    path: "/accounts/{aid}/auth/mfa/challenge",
    operationId: "aid_auth_mfa_challenge_post",
    summary: "Send a one-time code by SMS or e-mail",
    docs: "https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_challenge_post",
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/mfa"],
    caller: "client",
    body: AuthChallenge,
    bodyName: "challenge",
    success: ChallengeResponse,
    failures: byId
  })
}
