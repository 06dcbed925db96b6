/**
 * Docs tag `challenge`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { AccountId } from "../schemas/AccountId.js"
import { AuthChallenge, ChallengeResponse } from "../schemas/MfaChallenge.js"
import { failure, operation } from "./Operation.js"

/**
 * @since 0.1.0
 * @category endpoints
 */
export const challenge = HttpApiEndpoint.post("challenge", "/accounts/:aid/auth/mfa/challenge")
  .setPath(Schema.Struct({ aid: AccountId }))
  .setPayload(AuthChallenge)
  .addSuccess(ChallengeResponse)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(404))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "auth.mfa.challenge",
      operationId: "aid_auth_mfa_challenge_post",
      summary: "Send a one-time code by SMS or e-mail",
      scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/mfa"],
      authorization: "bearer",
      replay: "never",
      docs: "https://docs.dintero.com/management-auth-api/challenge/aid_auth_mfa_challenge_post"
    })
  )

/**
 * @since 0.1.0
 * @category groups
 */
export const group = HttpApiGroup.make("challenge").add(challenge)
