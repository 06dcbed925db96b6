/**
 * The operations of the documentation's tag `challenge`.
 *
 * @since 0.1.0
 */
import { AuthRecovery, RecoveryResponse } from "../../schemas/AuthRecovery.js"
import { AuthChallenge, ChallengeResponse } from "../../schemas/MfaChallenge.js"
import { byId, operation } from "../Operation.js"

/**
 * One-time codes.
 *
 * @since 0.1.0
 * @category operations
 */
export const challenge = {
  /**
   * Sends the user a one-time code by SMS or e-mail: `POST /accounts/{aid}/auth/mfa/challenge`. `Mfa.complete` calls it and does what follows.
   *
   * The `oob_code` of the answer, the code and the `mfa_token` go into the `mfa_oob` grant of `auth.token`. The call is never sent again once the
   * server may have seen it, because the user would get a second message.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/mfa`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `NotFound`: the `mfa_token` is unknown, expired or used (assumed: mfa-unknown-login)
   * - `BadRequest`: for example, the user has no address for the channel (assumed: mfa-no-address)
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
  }),

  /**
   * `POST /accounts/{aid}/auth/mfa/recovery`. Begins the recovery of a login whose password was lost. `username` is that of the `password` grant.
   *
   * The user gets two codes over different channels (assumed: recovery-channels): one at once over `oob_channel`, and one for the challenge that
   * follows. The first code is answered with `MfaRequired`, which is the sign that it was right. The second one gives an access token, with which the
   * password can be set anew. The answer is the same whether or not there is such a user (assumed: recovery-unknown). The call is never sent again
   * once the server may have seen it, because the user would get a second message.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/mfa`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `Forbidden`: for example, the client has no `password` grant for the audience
   *
   * Source: https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_recovery_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect, type Redacted } from "effect"
   *
   * const recover = (username: string, askUser: Effect.Effect<Redacted.Redacted>) =>
   *   Effect.gen(function* () {
   *     const auth = yield* Auth
   *     const audience = "https://api.dintero.com/v1/accounts/T12345678"
   *     const begun = yield* auth.mfa.recovery({ challenge_type: "oob", username, audience })
   *     const first = { grant_type: "mfa_oob", oob_code: begun.oob_code, mfa_token: begun.mfa_token } as const
   *     const { mfaToken } = yield* auth
   *       .token({ ...first, binding_code: yield* askUser })
   *       .pipe(Effect.flip, Effect.filterOrFail((error) => error._tag === "MfaRequired"))
   *     const { oob_code } = yield* auth.mfa.challenge({ challenge_type: "oob", mfa_token: mfaToken })
   *     return yield* auth.token({ grant_type: "mfa_oob", oob_code, mfa_token: mfaToken, binding_code: yield* askUser })
   *   })
   * ```
   */
  recovery: operation({
    method: "POST",
    path: "/accounts/{aid}/auth/mfa/recovery",
    operationId: "aid_auth_mfa_recovery_post",
    summary: "Begin the recovery of a login with one-time codes",
    docs: "https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_recovery_post",
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/mfa"],
    caller: "client",
    body: AuthRecovery,
    bodyName: "recovery",
    success: RecoveryResponse,
    failures: byId
  })
}
