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
   * `POST /accounts/{aid}/auth/users`. Adds a login, with which the grant `password` gives access. It ends in `Duplicate` when the name is in use.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
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
   * `PUT /accounts/{aid}/auth/users/{username}`. Changes the password of a login, and its links and second factor when they are given. The password has to be given in any case.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_put
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
   * `DELETE /accounts/{aid}/auth/users/{username}`. Removes a login, and answers it. Its refresh tokens are refused from then on (assumed: auth-user-sessions).
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`, `write:accounts:/auth/users`.
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_delete
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
   * `POST /accounts/{aid}/auth/users/{username}/change_username`. Gives a login another name. It ends in `Duplicate` when the name is in use.
   *
   * Needs one of the scopes `admin:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_username_change_username_post
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
