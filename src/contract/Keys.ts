/**
 * Docs tag `keys`.
 *
 * @since 0.1.0
 */
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { OwnerId } from "../schemas/AccountId.js"
import { Jwk } from "../schemas/Jwk.js"
import { failure, operation } from "./Operation.js"

/**
 * @since 0.1.0
 * @category endpoints
 */
export const list = HttpApiEndpoint.get("list", "/accounts/:oid/auth/keys")
  .setPath(Schema.Struct({ oid: OwnerId }))
  .addSuccess(Schema.Array(Jwk))
  .addError(failure(401))
  .addError(failure(403))
  .addError(failure(500))
  .annotateContext(
    operation({
      name: "auth.keys",
      operationId: "aid_auths_keys_get",
      summary: "List the public keys that verify access tokens",
      scopes: ["admin:accounts", "read:accounts"],
      authorization: "bearer",
      replay: "safe",
      docs: "https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get"
    })
  )

/**
 * @since 0.1.0
 * @category groups
 */
export const group = HttpApiGroup.make("keys").add(list)
