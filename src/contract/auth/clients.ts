/**
 * The operations of the documentation's tag `clients`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ApiClient, ApiClientCreate, ApiClientUpdate, ApiClientWithSecret } from "../../schemas/ApiClient.js"
import { byId, operation } from "../Operation.js"

/**
 * The API clients of the account.
 *
 * @since 0.1.0
 * @category operations
 */
export const clients = {
  /**
   * `GET /accounts/{oid}/auth/clients`. Every API client of the account, without its secret. The list does not page.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const names = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const clients = yield* auth.clients.list()
   *   return clients.map(({ name, client_id }) => name ?? client_id)
   * })
   * ```
   */
  list: operation({
    method: "GET",
    path: "/accounts/{oid}/auth/clients",
    operationId: "aid_auth_clients_get",
    summary: "List the API clients",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    success: Schema.Array(ApiClient),
    failures: [401, 403, 500]
  }),

  /**
   * `POST /accounts/{oid}/auth/clients`. Adds an API client. The answer has its secret, which is not shown again. A new client has no grant, and so
   * no access until `auth.grants.create` gives it one. The call is not repeated once the service may have seen it, because it would add a
   * second client.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Errors: `Duplicate`, when another client has this `client_id` (assumed: client-label).
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const shop = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const { id, client_secret } = yield* auth.clients.create({ name: "Web shop" })
   *   return { clientId: id, clientSecret: client_secret }
   * })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/clients",
    operationId: "aid_auth_clients_post",
    summary: "Add an API client",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    body: ApiClientCreate,
    bodyName: "client",
    success: ApiClientWithSecret,
    refusal: "duplicate"
  }),

  /**
   * `GET /accounts/{oid}/auth/clients/{id}`. An API client by its `id`, without its secret.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const description = (id: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const client = yield* auth.clients.get(id)
   *     return client.description ?? "none"
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{oid}/auth/clients/{id}",
    operationId: "aid_auths_clients_id_get",
    summary: "Get an API client",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    parameters: { id: Schema.NonEmptyString },
    success: ApiClient,
    failures: byId
  }),

  /**
   * `PATCH /accounts/{oid}/auth/clients/{id}`. Changes the name or description of an API client. A field that is left out stays as it is.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_patch
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const describe = (id: string, description: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.clients.update(id, { description })
   *   })
   * ```
   */
  update: operation({
    method: "PATCH",
    path: "/accounts/{oid}/auth/clients/{id}",
    operationId: "aid_auths_clients_id_patch",
    summary: "Change an API client",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_patch",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    replay: "idempotent",
    parameters: { id: Schema.NonEmptyString },
    body: ApiClientUpdate,
    bodyName: "changes",
    success: ApiClient,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{oid}/auth/clients/{id}`. Removes an API client with its grants, and answers the removed client. Its access tokens may be
   * valid until they expire (assumed: deleted-client).
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_delete
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (id: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.clients.delete(id)
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{oid}/auth/clients/{id}",
    operationId: "aid_auths_clients_id_delete",
    summary: "Remove an API client",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_delete",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters: { id: Schema.NonEmptyString },
    success: ApiClient,
    failures: byId
  }),

  /**
   * `POST /accounts/{oid}/auth/clients/{id}/rotate-secret`. Gives an API client another secret. The answer has it, and it is not shown again. The
   * documentation does not say how long the old secret is valid (assumed: rotated-secret). The call is not repeated once the service may have seen
   * it, because the secret of the first answer would be lost.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_rotate_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const newSecret = (id: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const { client_secret } = yield* auth.clients.rotateSecret(id)
   *     return client_secret
   *   })
   * ```
   */
  rotateSecret: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/clients/{id}/rotate-secret",
    operationId: "aid_auths_clients_id_rotate_post",
    summary: "Give an API client another secret",
    docs: "https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_rotate_post",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters: { id: Schema.NonEmptyString },
    success: ApiClientWithSecret,
    failures: byId
  })
}
