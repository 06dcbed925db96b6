/**
 * Docs tag `keys`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Jwk } from "../../schemas/Jwk.js"
import { operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const keys = {
  /**
   * `GET /accounts/{oid}/auth/keys`: the public keys that verify access tokens, so that others can check them. A bare list;
   * not public: the client needs `read:accounts` or `admin:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get
   */
  keys: operation({
    method: "GET",
    path: "/accounts/{oid}/auth/keys",
    operationId: "aid_auths_keys_get",
    summary: "List the public keys that verify access tokens",
    docs: "https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    success: Schema.Array(Jwk),
    failures: [401, 403, 500]
  })
}
