/**
 * The operations of the documentation's tag `grants`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ClientGrant, ClientGrantCreate, ClientGrantUpdate } from "../../schemas/ClientGrant.js"
import { text } from "../customers/Query.js"
import { byId, operation } from "../Operation.js"

/**
 * The grants of API clients.
 *
 * @since 0.1.0
 * @category operations
 */
export const grants = {
  /**
   * `GET /accounts/{oid}/auth/client-grants`. The grants of the account's API clients, of one `client_id` or `audience` when these are given. The
   * list does not page.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const scopesOf = (clientId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const grants = yield* auth.grants.list({ client_id: clientId })
   *     return grants.flatMap(({ scope }) => scope)
   *   })
   * ```
   */
  list: operation({
    method: "GET",
    path: "/accounts/{oid}/auth/client-grants",
    operationId: "aid_auths_client_grants_get",
    summary: "List the grants of API clients",
    docs: "https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    query: Schema.Struct({ audience: text, client_id: text }),
    success: Schema.Array(ClientGrant),
    failures: [401, 403, 500]
  }),

  /**
   * `POST /accounts/{oid}/auth/client-grants`. Gives an API client access to an API. `client_id` is the `id` of the client (assumed:
   * grant-client-id), and `audience` is the URL of the account (assumed: grant-audience). The call is not repeated once the service may have seen
   * it, because it would add a second grant.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Errors:
   * - `NotFound`: the account has no such client
   * - `Forbidden`: the caller cannot give these scopes (assumed: grant-scopes)
   *
   * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const reader = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const { id = "", client_secret } = yield* auth.clients.create({ name: "Reports" })
   *   yield* auth.grants.create({
   *     client_id: id,
   *     audience: "https://api.dintero.com/v1/accounts/T12345678",
   *     scope: ["read:customers"],
   *     type: "client_credentials"
   *   })
   *   return { clientId: id, clientSecret: client_secret }
   * })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/client-grants",
    operationId: "aid_auths_client_grants_post",
    summary: "Give an API client a grant",
    docs: "https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_post",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    body: ClientGrantCreate,
    bodyName: "clientGrant",
    success: ClientGrant,
    failures: byId
  }),

  /**
   * `PATCH /accounts/{oid}/auth/client-grants/{id}`. Replaces the scopes of a grant. Tokens that were issued before keep theirs until they expire.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_id_patch
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const restrict = (grantId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.grants.update(grantId, { scope: ["read:customers"] })
   *   })
   * ```
   */
  update: operation({
    method: "PATCH",
    path: "/accounts/{oid}/auth/client-grants/{id}",
    operationId: "aid_auths_client_grants_id_patch",
    summary: "Change the scopes of a grant",
    docs: "https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_id_patch",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    replay: "idempotent",
    parameters: { id: Schema.NonEmptyString },
    body: ClientGrantUpdate,
    bodyName: "changes",
    success: ClientGrant,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{oid}/auth/client-grants/{id}`. Removes a grant, and answers it. Tokens that were issued before stay valid until they expire.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_id_delete
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (grantId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.grants.delete(grantId)
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{oid}/auth/client-grants/{id}",
    operationId: "aid_auths_client_grants_id_delete",
    summary: "Remove a grant",
    docs: "https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_id_delete",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters: { id: Schema.NonEmptyString },
    success: ClientGrant,
    failures: byId
  })
}
