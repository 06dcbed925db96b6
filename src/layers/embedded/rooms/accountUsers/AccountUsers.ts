/**
 * Docs tag `account-users`: the people who work with an account, and what each of them has done.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { AccountUser, AccountUserUpdate } from "../../../../schemas/AccountUser.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Audit } from "../audit/Audit.js"
import * as ScopeBounds from "../clients/ScopeBounds.js"
import { Counters } from "../customers/Counters.js"
import { checkStorable } from "../customers/CustomerRules.js"
import { folded, searchable, searchedIn } from "../Folded.js"
import type { Handlers } from "../Handler.js"
import type { Principal } from "../Principal.js"
import { domain, duplicateBy, notFound } from "../Refusal.js"
import * as Roles from "../roles/Roles.js"
import { holds } from "../Sql.js"
import { accountRows } from "../Tables.js"
import * as Tables from "./Tables.js"

const selection = Table.select(
  Tables.accountUsers,
  "account_id",
  "id",
  "email",
  "email_lower",
  "name",
  "scope",
  "authentication_type",
  "agreement",
  "searched",
  "created_at",
  "created_by",
  "updated_at",
  "position"
)

const ownedRoles = Table.select(Tables.accountUserRoles, "user_id", "role_id")

type UserRow = Table.Row<typeof Tables.accountUsers>

const ofRow = (row: UserRow): AccountUser => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  email: row.email,
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.scope === null ? {} : { scope: row.scope }),
  ...(row.authentication_type === null ? {} : { authentication_type: row.authentication_type }),
  ...(row.agreement === null ? {} : { agreement: row.agreement })
})

/** The most activities that are answered (assumed: activities). */
const mostActivities = 100

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const audit = yield* Audit
  const counters = yield* Counters
  const entropy = yield* Entropy
  const { add } = yield* accountRows
  const checkScopes = ScopeBounds.over(assumed.adminGives)
  const duplicate = duplicateBy(assumed.duplicateAnswer)

  const find = (accountId: string, id: string) =>
    isStorable(id)
      ? Effect.map(selection.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id}`), ([row]) => row)
      : Effect.succeed(undefined)

  const expect = (accountId: string, id: string) =>
    Effect.flatMap(find(accountId, id), (row) => (row === undefined ? notFound("User") : Effect.succeed(row)))

  const rolesOf = (accountId: string) =>
    Roles.selection.from(sql, sql`WHERE account_id = ${accountId} AND deleted_at IS NULL ORDER BY position`)

  /** The roles with these ids. Each has to be a role of the account (assumed: unknown-role). */
  const checkRoles = (accountId: string, given: ReadonlyArray<{ readonly id: string }>) =>
    Effect.gen(function* () {
      const roles = yield* rolesOf(accountId)
      const known = new Set(roles.map(({ id }) => id))
      const unknown = given.find(({ id }) => !known.has(id))
      if (unknown !== undefined) return yield* domain(400, `The account has no role ${unknown.id}`)
      const ids = new Set(given.map(({ id }) => id))
      return roles.filter(({ id }) => ids.has(id))
    })

  /** The roles that a request gives, if it has any. The caller needs all scopes that it gives, also those of the roles. */
  const checkGiven = (accountId: string, principal: Principal, { roles, scope = [] }: AccountUserUpdate) =>
    Effect.gen(function* () {
      const given = roles === undefined ? undefined : yield* checkRoles(accountId, roles)
      yield* checkScopes(principal, [...scope, ...(given ?? []).flatMap((role) => role.scope)])
      return given
    })

  const setRoles = (accountId: string, userId: string, roles: ReadonlyArray<{ readonly id: string }>) =>
    Effect.zipRight(
      sql`DELETE FROM account_user_roles WHERE account_id = ${accountId} AND user_id = ${userId}`,
      add(
        "account_user_roles",
        roles.map(({ id }) => ({ account_id: accountId, user_id: userId, role_id: id }))
      )
    )

  /** The users with their roles, in the order of the account's list of roles. */
  const withRoles = (accountId: string, users: ReadonlyArray<AccountUser>) =>
    Effect.gen(function* () {
      const roles = yield* rolesOf(accountId)
      const idsOf = Array.groupBy(yield* ownedRoles.from(sql, sql`WHERE account_id = ${accountId}`), ({ user_id }) => user_id)
      return users.map((user) => {
        const ids = new Set(idsOf[user.id ?? ""]?.map(({ role_id }) => role_id))
        return { ...user, roles: roles.filter(({ id }) => ids.has(id)).map(Roles.ofRow) }
      })
    })

  const record = (accountId: string, principal: Principal, done: "create" | "update" | "delete", id: string) =>
    audit.record({ accountId, principal, action: `auth.accountUsers.${done}`, entity: { type: "account_user", id } })

  return {
    "auth.accountUsers.list": ({ accountId, query: { expand = [], search = "" } }) =>
      Effect.gen(function* () {
        // No stored text can match.
        if (!isStorable(search)) return []
        const found = yield* selection.from(
          sql,
          sql`WHERE account_id = ${accountId} AND ${search === "" ? sql`TRUE` : holds(sql, "searched", searchedIn(search))}
            ORDER BY position`
        )
        const users = found.map(ofRow)
        return expand.includes("roles") ? yield* withRoles(accountId, users) : users
      }),
    "auth.accountUsers.create": ({ accountId, body, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const { agreement = null, authentication_type = null, email, name = null, scope = null } = body
          yield* checkStorable({ email, name })
          const roles = yield* checkGiven(accountId, principal, body)
          const email_lower = folded(email)
          const taken = yield* sql`SELECT 1 FROM account_users WHERE account_id = ${accountId} AND email_lower = ${email_lower}`
          // (assumed: account-user-email)
          if (taken.length > 0) return yield* duplicate("email")
          const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const row: UserRow = {
            account_id: accountId,
            id: yield* entropy.uuid,
            email,
            email_lower,
            name,
            scope,
            authentication_type,
            agreement,
            searched: searchable(email, name),
            created_at: at,
            created_by: principal.subject,
            updated_at: at,
            position
          }
          yield* Table.insert(sql, Tables.accountUsers, row)
          yield* setRoles(accountId, row.id, roles ?? [])
          yield* record(accountId, principal, "create", row.id)
          return ofRow(row)
        })
      ),
    "auth.accountUsers.update": ({ accountId, body, parameters: { uid }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* checkStorable({ name: body.name })
          const before = yield* expect(accountId, uid)
          const roles = yield* checkGiven(accountId, principal, body)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          // (assumed: account-user-update)
          const isMerged = assumed.accountUserUpdate === "merged"
          const kept = isMerged ? before : { name: null, scope: null, authentication_type: null, agreement: null }
          const {
            agreement = kept.agreement,
            authentication_type = kept.authentication_type,
            name = kept.name,
            scope = kept.scope
          } = body
          const searched = searchable(before.email, name)
          const row: UserRow = { ...before, agreement, authentication_type, name, scope, searched, updated_at: at }
          const { columns } = Tables.accountUsers
          yield* sql`UPDATE account_users SET name = ${name}, authentication_type = ${authentication_type},
            scope = ${columns.scope.encode(scope)}, agreement = ${columns.agreement.encode(agreement)},
            searched = ${searched}, updated_at = ${at} WHERE account_id = ${accountId} AND id = ${uid}`
          if (roles !== undefined || !isMerged) yield* setRoles(accountId, uid, roles ?? [])
          yield* record(accountId, principal, "update", uid)
          return ofRow(row)
        })
      ),
    "auth.accountUsers.delete": ({ accountId, parameters: { uid }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, uid)
          yield* setRoles(accountId, uid, [])
          yield* sql`DELETE FROM account_users WHERE account_id = ${accountId} AND id = ${uid}`
          yield* record(accountId, principal, "delete", uid)
          const at = yield* Clock.currentTimeMillis
          return { ...ofRow(row), deleted_at: DateTime.unsafeMake(at), deleted_by: principal.subject }
        })
      ),
    "auth.accountUsers.activities": ({ accountId, parameters: { uid } }) =>
      // Those of a user who does not exist are none: the documentation has no 404 here (assumed: activities).
      audit.list(accountId, { actor: uid }, mostActivities)
  } satisfies Partial<Handlers<typeof operations>>
})
