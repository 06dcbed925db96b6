/**
 * The operations of the documentation's tag `account-users`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AccountUser, AccountUserCreate, AccountUserUpdate } from "../../schemas/AccountUser.js"
import { AuditEvent } from "../../schemas/AuditEvent.js"
import { optional, secret, textBetween } from "../../schemas/Fields.js"
import { AuthenticatedAccountUser, EmailAuthorizedUser, MfaSms, OwnPasswordChange } from "../../schemas/OwnUser.js"
import { text } from "../customers/Query.js"
import { byId, operation } from "../Operation.js"

const parameters = { uid: textBetween(1, 255) }

/**
 * The people who work with an account.
 *
 * @since 0.1.0
 * @category operations
 */
export const accountUsers = {
  /**
   * `GET /accounts/{oid}/management/users`. The people who work with the account. The list does not page.
   *
   * - `search`: the beginning of an email or name
   * - `expand`: `roles` adds the roles of each
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const people = Effect.gen(function*() {
   *   const auth = yield* Auth
   *   const users = yield* auth.accountUsers.list({ expand: ["roles"], search: "grace" })
   *   return users.map(({ email, roles }) => ({ email, roles: roles?.map(({ name }) => name) }))
   * })
   * ```
   */
  list: operation({
    method: "GET",
    path: "/accounts/{oid}/management/users",
    operationId: "aid_accounts_aid_mgmnt_users_get",
    summary: "List the account users",
    docs: "https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    query: Schema.Struct({ expand: optional(Schema.Array(Schema.Literal("roles"))), search: text }),
    success: Schema.Array(AccountUser),
    failures: [401, 403, 500]
  }),

  /**
   * `POST /accounts/{oid}/management/users`. Adds an account user. The caller needs every scope that it gives, also those of the roles. It ends in `Duplicate` when the email is in use.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_post
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const add = (email: string, roleId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.accountUsers.create({ email, roles: [{ id: roleId }] })
   *   }).pipe(
   *     Effect.catchTags({
   *       Duplicate: () => Effect.fail("the email is in use"),
   *       Forbidden: () => Effect.fail("the role has a scope that this client does not have")
   *     })
   *   )
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{oid}/management/users",
    operationId: "aid_accounts_aid_mgmnt_users_post",
    summary: "Add an account user",
    docs: "https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_post",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    refusal: "duplicate",
    body: AccountUserCreate,
    bodyName: "user",
    success: AccountUser
  }),

  /**
   * `PUT /accounts/{oid}/management/users/{uid}`. Changes an account user. The caller needs every scope that it gives, also those of the roles.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_put
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const rename = (userId: string, name: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     return yield* auth.accountUsers.update(userId, { name })
   *   })
   * ```
   */
  update: operation({
    method: "PUT",
    path: "/accounts/{oid}/management/users/{uid}",
    operationId: "aid_accounts_aid_mgmnt_users_put",
    summary: "Change an account user",
    docs: "https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_put",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters,
    body: AccountUserUpdate,
    bodyName: "changes",
    success: AccountUser,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{oid}/management/users/{uid}`. Removes an account user, and answers it.
   *
   * Needs one of the scopes `admin:accounts`, `write:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_delete
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (userId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     yield* auth.accountUsers.delete(userId)
   *   }).pipe(Effect.catchTag("NotFound", () => Effect.void))
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{oid}/management/users/{uid}",
    operationId: "aid_accounts_aid_mgmnt_users_delete",
    summary: "Remove an account user",
    docs: "https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_delete",
    scopes: ["admin:accounts", "write:accounts"],
    caller: "client",
    parameters,
    success: AccountUser,
    failures: byId
  }),

  /**
   * `GET /accounts/{oid}/management/users/{uid}/activities`. What an account user has done lately. The list does not page.
   *
   * Needs one of the scopes `admin:accounts`, `read:accounts`.
   *
   * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_activities_get
   *
   * @example
   * ```ts
   * import { Auth } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const activities = (userId: string) =>
   *   Effect.gen(function*() {
   *     const auth = yield* Auth
   *     const events = yield* auth.accountUsers.activities(userId)
   *     return events.map(({ action, created_at }) => ({ action, created_at }))
   *   })
   * ```
   */
  activities: operation({
    method: "GET",
    path: "/accounts/{oid}/management/users/{uid}/activities",
    operationId: "aid_accounts_aid_mgmnt_users_activities_get",
    summary: "List the activities of an account user",
    docs: "https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_activities_get",
    scopes: ["admin:accounts", "read:accounts"],
    caller: "client",
    parameters,
    success: Schema.Array(AuditEvent),
    failures: [401, 403, 500]
  }),

  own: {
    /**
     * `GET /account/user`. The signed-in account user, with their accounts. The layer needs the token of an account user, as `Dintero.layerFixedToken` takes it. The embedded
     * system answers 501, which is a `ServerError`.
     *
     * Needs one of the scopes `openid`, `aws.cognito.signin.user.admin`.
     *
     * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_get
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect } from "effect"
     *
     * const accounts = Effect.gen(function*() {
     *   const auth = yield* Auth
     *   const { accounts } = yield* auth.accountUsers.own.get()
     *   return accounts?.map(({ account_id }) => account_id)
     * })
     * ```
     */
    get: operation({
      method: "GET",
      path: "/account/user",
      operationId: "account_user_get",
      summary: "Get the signed-in account user",
      docs: "https://docs.dintero.com/management-auth-api/account-users/account_user_get",
      scopes: ["openid", "aws.cognito.signin.user.admin"],
      caller: "client",
      success: AuthenticatedAccountUser,
      failures: [401, 403, 500]
    }),

    /**
     * `PUT /account/user/mfa/sms`. Switches one-time codes by SMS on or off for the signed-in account user. The embedded system answers 501, which is a `ServerError`.
     *
     * Needs one of the scopes `openid`, `aws.cognito.signin.user.admin`.
     *
     * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_mfa_sms_put
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect } from "effect"
     *
     * const codesBySms = (phoneNumber: string) =>
     *   Effect.gen(function*() {
     *     const auth = yield* Auth
     *     yield* auth.accountUsers.own.setMfaSms({ enabled: true, phone_number: phoneNumber })
     *   })
     * ```
     */
    setMfaSms: operation({
      method: "PUT",
      path: "/account/user/mfa/sms",
      operationId: "account_user_mfa_sms_put",
      summary: "Switch one-time codes by SMS on or off",
      docs: "https://docs.dintero.com/management-auth-api/account-users/account_user_mfa_sms_put",
      scopes: ["openid", "aws.cognito.signin.user.admin"],
      caller: "client",
      status: 201,
      body: MfaSms,
      bodyName: "mfa",
      failures: [401, 403, 500]
    }),

    /**
     * `POST /account/user/password`. Changes the password of the signed-in account user. It ends in `CredentialsRefused` when the old one is wrong. The embedded system answers 501,
     * which is a `ServerError`.
     *
     * Needs one of the scopes `openid`.
     *
     * Source: https://docs.dintero.com/management-auth-api/account-users/account_user_password_put
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect, type Redacted } from "effect"
     *
     * const change = (from: Redacted.Redacted, to: Redacted.Redacted) =>
     *   Effect.gen(function*() {
     *     const auth = yield* Auth
     *     yield* auth.accountUsers.own.changePassword({ previous_password: from, proposed_password: to })
     *   }).pipe(Effect.catchTag("CredentialsRefused", () => Effect.fail("the old password is wrong")))
     * ```
     */
    changePassword: operation({
      method: "POST",
      path: "/account/user/password",
      operationId: "account_user_password_put",
      summary: "Change the password of the signed-in account user",
      docs: "https://docs.dintero.com/management-auth-api/account-users/account_user_password_put",
      scopes: ["openid"],
      caller: "client",
      status: 201,
      refusal: "secret",
      body: OwnPasswordChange,
      bodyName: "passwords",
      failures: [400, 401, 403, 429, 500]
    }),

    /**
     * `POST /accounts/{oid}/signup/verify`. Verifies the email of a new account user with the code that was sent to it. `authorize` asks for an access token too. The embedded system
     * answers 501, which is a `ServerError`.
     *
     * Source: https://docs.dintero.com/management-auth-api/account-users/accounts_oid_signup_verify_post
     *
     * @example
     * ```ts
     * import { Auth } from "effect-dintero"
     * import { Effect, type Redacted } from "effect"
     *
     * const verify = (code: Redacted.Redacted) =>
     *   Effect.gen(function*() {
     *     const auth = yield* Auth
     *     return yield* auth.accountUsers.own.verifySignup({ verification_code: code, authorize: "Bearer" })
     *   })
     * ```
     */
    verifySignup: operation({
      method: "POST",
      path: "/accounts/{oid}/signup/verify",
      operationId: "accounts_oid_signup_verify_post",
      summary: "Verify the email of a new account user",
      docs: "https://docs.dintero.com/management-auth-api/account-users/accounts_oid_signup_verify_post",
      scopes: [],
      authorization: "none",
      query: Schema.Struct({ verification_code: secret, authorize: optional(Schema.Literal("Bearer")) }),
      success: EmailAuthorizedUser
    })
  }
}
