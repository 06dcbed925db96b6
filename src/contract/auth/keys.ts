/**
 * The operations of the documentation's tag `keys`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Jwk } from "../../schemas/Jwk.js"
import { operation } from "../Operation.js"

/**
 * The keys that sign access tokens.
 *
 * @since 0.1.0
 * @category operations
 */
export const keys = {
  /**
   * Lists the public keys that verify access tokens: `GET /accounts/{oid}/auth/keys`. Use it where a program checks the tokens of its callers.
   *
   * The list is not public: the client needs one of the scopes `read:accounts`, `admin:accounts`.
   *
   * Errors: `CallError`.
   *
   * Source: https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const keyIds = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const keys = yield* auth.keys()
   *   return keys.map(({ kid }) => kid)
   * })
   * ```
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
