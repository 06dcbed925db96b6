/**
 * Docs tag `authenticate`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { AccessToken } from "../schemas/AccessToken.js"
import { OwnerId } from "../schemas/AccountId.js"
import { AuthToken } from "../schemas/AuthToken.js"
import { RevokeResponse, RevokeToken } from "../schemas/RevokeToken.js"
import { failure, forbiddenOrMfaRequired, operation } from "./Operation.js"

/**
 * @since 0.1.0
 * @category endpoints
 */
export const token = HttpApiEndpoint.post("token", "/accounts/:oid/auth/token")
  .setPath(Schema.Struct({ oid: OwnerId }))
  .setPayload(AuthToken)
  .addSuccess(AccessToken)
  .addError(failure(400))
  .addError(failure(401))
  .addError(forbiddenOrMfaRequired)
  .addError(failure(429))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "auth.token",
      operationId: "aid_auths_oauth_token_post",
      summary: "Get an access token by a grant",
      // Of the Bearer token, for every grant but client_credentials.
      scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/users", "write:accounts:/auth/users/no-mfa"],
      authorization: "byGrant",
      replay: "never",
      docs: "https://docs.dintero.com/api-reference/authenticate/get-token"
    })
  )

/**
 * @since 0.1.0
 * @category endpoints
 */
export const revoke = HttpApiEndpoint.post("revoke", "/accounts/:oid/auth/revoke")
  .setPath(Schema.Struct({ oid: OwnerId }))
  .setPayload(RevokeToken)
  .addSuccess(RevokeResponse)
  .addError(failure(400))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "auth.revoke",
      operationId: "aid_auths_oauth_revoke_post",
      summary: "Revoke a refresh token",
      scopes: ["admin:accounts", "write:accounts", "create:accounts:auth:refresh_token"],
      authorization: "bearer",
      // What is revoked stays revoked, and an unknown token is answered alike (assumed; API reference, 6.5).
      replay: "idempotent",
      docs: "https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_revoke_post"
    })
  )

/**
 * @since 0.1.0
 * @category groups
 */
export const group = HttpApiGroup.make("authenticate").add(token).add(revoke)
