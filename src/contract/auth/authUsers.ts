/**
 * The operations of the documentation's tag `auth-users`.
 *
 * @since 0.1.0
 */
import { AuthUser, AuthUserCreate, AuthUserUpdate, ChangeUsername } from "../../schemas/AuthUser.js"
import { textBetween } from "../../schemas/Fields.js"
import { byId, operation } from "../Operation.js"

const parameters = { username: textBetween(1, 255) }

/**
 * The logins of users: names with passwords.
 *
 * @since 0.1.0
 * @category operations
 */
export const authUsers = {
  /**
   * `POST /accounts/{aid}/auth/users`. Adds a login, with which the grant `password` gives access.
   *
   * With a `customers_user` link, the login gives the token of that customer (assumed: auth-user-links). With `mfa`, a login needs a one-time code
   * too, and `links` are required. The answer does not have the password.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `Duplicate`: the name is in use (assumed: auth-user-names)
   * - `BadRequest`: for example, there is `mfa` without `links`
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect, Redacted } from "effect"
   *
   * const addLogin = (username: string) =>
   *   Effect.flatMap(Auth, (auth) =>
   *     auth.users.create({
   *       username,
   *       password: Redacted.make("correct horse battery staple"),
   *       links: [
   *         { rel: "customers_user", href: "https://api.dintero.com/v1/accounts/T12345678/customers/users/ada" },
   *         { rel: "email", href: "mailto:ada@example.com" }
   *       ],
   *       mfa: { challenge_type: "oob", oob_channels: ["email"] }
   *     })
   *   )
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/auth/users",
    operationId: "aid_auth_users_post",
    summary: "Add a login",
    docs: "https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post",
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/users"],
    caller: "client",
    refusal: "duplicate",
    body: AuthUserCreate,
    bodyName: "login",
    success: AuthUser
  }),

  /**
   * `PUT /accounts/{aid}/auth/users/{username}`. Changes the password of a login, and its links and second factor when they are given
   * (assumed: auth-user-update). The password has to be given in any case, and may be the old one.
   *
   * Sessions go on after a new password, and end when the login is linked to another customer (assumed: auth-user-sessions).
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `NotFound`: no login has this name
   * - `BadRequest`: for example, there is `mfa` without `links`
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_put
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect, type Redacted } from "effect"
   *
   * const setPassword = (username: string, password: Redacted.Redacted) =>
   *   Effect.flatMap(Auth, (auth) => auth.users.update(username, { password }))
   * ```
   */
  update: operation({
    method: "PUT",
    path: "/accounts/{aid}/auth/users/{username}",
    operationId: "aid_auth_users_username_put",
    summary: "Change a login",
    docs: "https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_put",
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/users"],
    caller: "client",
    parameters,
    body: AuthUserUpdate,
    bodyName: "login",
    success: AuthUser,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{aid}/auth/users/{username}`. Removes a login, and answers it once more. Its refresh tokens are refused from then on, and its
   * name can be used again (assumed: auth-user-sessions). The customer that it is linked to stays.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `NotFound`: no login has this name
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_delete
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const removeLogin = (username: string) => Effect.flatMap(Auth, (auth) => auth.users.delete(username))
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/auth/users/{username}",
    operationId: "aid_auth_users_username_delete",
    summary: "Remove a login",
    docs: "https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_delete",
    scopes: ["admin:accounts", "write:accounts", "write:accounts:/auth/users"],
    caller: "client",
    parameters,
    success: AuthUser,
    failures: byId
  }),

  /**
   * `POST /accounts/{aid}/auth/users/{username}/change_username`. Gives a login another name. Its sessions go on (assumed: auth-user-sessions). The
   * call is not repeated once the service may have seen it, because a second one would not find the old name.
   *
   * Needs the scope `admin:accounts`.
   *
   * Errors, besides `CallError`:
   * - `InvalidRequest`: the input does not fit its schema; nothing was sent
   * - `Duplicate`: the name is in use (assumed: auth-user-names)
   * - `NotFound`: no login has this name
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_change_username_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const renameLogin = (username: string, to: string) =>
   *   Effect.flatMap(Auth, (auth) => auth.users.changeUsername(username, { username: to }))
   * ```
   */
  changeUsername: operation({
    method: "POST",
    path: "/accounts/{aid}/auth/users/{username}/change_username",
    operationId: "aid_auth_users_username_change_username_post",
    summary: "Rename a login",
    docs: "https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_change_username_post",
    scopes: ["admin:accounts"],
    caller: "client",
    refusal: "duplicate",
    parameters,
    body: ChangeUsername,
    bodyName: "rename",
    success: AuthUser,
    failures: byId
  })
}
