/**
 * The operations of the documentation's tag `roles`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AuthRole, AuthRoleCreate } from "../../schemas/AuthRole.js"
import { flag, paging, text } from "../customers/Query.js"
import { byId, operation, streamed } from "../Operation.js"

const list = operation({
  method: "GET",
  path: "/accounts/{oid}/auth/roles",
  operationId: "aid_auths_roles_get",
  summary: "List the roles",
  docs: "https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_get",
  scopes: ["admin:accounts", "read:accounts"],
  caller: "client",
  // The documentation has no 400, though a cursor can be wrong.
  query: Schema.Struct({ ...paging, search: text, name: text, include_deleted: flag }),
  success: Schema.Array(AuthRole),
  paging: { cursor: ["id"] }
})

/**
 * Roles of account users.
 *
 * @since 0.1.0
 * @category operations
 */
export const roles = {
  /**
   * `GET /accounts/{oid}/auth/roles`. One page of the roles of the account.
   *
   * - `name`: the whole name of the role
   * - `search`: the beginning of words of the name or the description (assumed: role-search)
   * - `include_deleted`: the page has deleted roles too
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const names = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const page = yield* auth.roles.list({ search: "support", limit: 100 })
   *   return page.items.map(({ name }) => name)
   * })
   * ```
   */
  list,

  /**
   * The roles of all pages, one after the other. A page is read when it is needed.
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const names = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   return yield* Stream.runCollect(Stream.map(auth.roles.stream({ limit: 100 }), ({ name }) => name))
   * })
   * ```
   */
  stream: streamed(list),

  /**
   * `POST /accounts/{oid}/auth/roles`. Adds a role. The caller can only give scopes that it has itself (assumed: grant-scopes). The call is not repeated once the service may have seen it, because it would
   * add a second role.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const support = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   return yield* auth.roles.create({ name: "Support", scope: ["read:customers"] })
   * })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{oid}/auth/roles",
    operationId: "aid_auths_roles_post",
    summary: "Add a role",
    docs: "https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_post",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    body: AuthRoleCreate,
    bodyName: "role",
    success: AuthRole
  }),

  /**
   * `GET /accounts/{oid}/auth/roles/{role_id}`. A role by its `id`.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const scopesOf = (roleId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const role = yield* auth.roles.get(roleId)
   *     return role.scope
   *   }).pipe(Effect.catchTag("NotFound", () => Effect.succeed([])))
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{oid}/auth/roles/{role_id}",
    operationId: "aid_auths_roles_id_get",
    summary: "Get a role",
    docs: "https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    parameters: { role_id: Schema.NonEmptyString },
    success: AuthRole,
    failures: byId
  }),

  /**
   * `PUT /accounts/{oid}/auth/roles/{role_id}`. Replaces a role (assumed: role-update). The caller can only give scopes that it has itself (assumed: grant-scopes).
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_put
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const change = (roleId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.roles.update(roleId, { name: "Support", scope: ["read:customers", "write:customers"] })
   *   })
   * ```
   */
  update: operation({
    method: "PUT",
    path: "/accounts/{oid}/auth/roles/{role_id}",
    operationId: "aid_auths_roles_id_put",
    summary: "Change a role",
    docs: "https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_put",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters: { role_id: Schema.NonEmptyString },
    body: AuthRoleCreate,
    bodyName: "role",
    success: AuthRole,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{oid}/auth/roles/{role_id}`. Removes a role, also from the account users who have it, and answers it.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_delete
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (roleId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     yield* auth.roles.delete(roleId)
   *   }).pipe(Effect.catchTag("NotFound", () => Effect.void))
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{oid}/auth/roles/{role_id}",
    operationId: "aid_auths_roles_id_delete",
    summary: "Remove a role",
    docs: "https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_id_delete",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters: { role_id: Schema.NonEmptyString },
    success: AuthRole,
    failures: byId
  })
}
