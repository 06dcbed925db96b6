/**
 * Docs tag `roles`: names for sets of scopes, which account users have.
 *
 * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { AuthRole } from "../../../../schemas/AuthRole.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Audit } from "../audit/Audit.js"
import * as ScopeBounds from "../clients/ScopeBounds.js"
import { Counters } from "../customers/Counters.js"
import { checkStorable } from "../customers/CustomerRules.js"
import { searchable, searchedIn } from "../Folded.js"
import type { Handlers } from "../Handler.js"
import type { Principal } from "../Principal.js"
import { domain, notFound } from "../Refusal.js"
import { holds } from "../Sql.js"
import * as Tables from "./Tables.js"

export const selection = Table.select(
  Tables.authRoles,
  "account_id",
  "id",
  "name",
  "description",
  "scope",
  "searched",
  "created_at",
  "created_by",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "position"
)

type RoleRow = Table.Row<typeof Tables.authRoles>

export const ofRow = (row: RoleRow): AuthRole => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  ...(row.deleted_at === null ? {} : { deleted_at: DateTime.unsafeMake(row.deleted_at) }),
  ...(row.deleted_by === null ? {} : { deleted_by: row.deleted_by }),
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.description === null ? {} : { description: row.description }),
  scope: row.scope
})

const defaultLimit = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { adminGives, roleUpdate } = yield* Assumed
  const audit = yield* Audit
  const counters = yield* Counters
  const entropy = yield* Entropy
  const checkGiven = ScopeBounds.over(adminGives)

  const find = (accountId: string, id: string) =>
    isStorable(id)
      ? Effect.map(selection.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id}`), ([row]) => row)
      : Effect.succeed(undefined)

  /** A deleted role is only in lists (assumed: deleted-role). */
  const expect = (accountId: string, id: string) =>
    Effect.flatMap(find(accountId, id), (row) =>
      row === undefined || row.deleted_at !== null ? notFound("Role") : Effect.succeed(row)
    )

  const record = (accountId: string, principal: Principal, done: "create" | "update" | "delete", id: string) =>
    audit.record({ accountId, principal, action: `auth.roles.${done}`, entity: { type: "role", id } })

  return {
    "auth.roles.list": ({ accountId, query: { include_deleted, limit = defaultLimit, name, search = "", starting_after } }) =>
      Effect.gen(function* () {
        const before = starting_after === undefined ? undefined : yield* find(accountId, starting_after)
        if (starting_after !== undefined && before === undefined) {
          return yield* domain(400, "starting_after is none of this list")
        }
        // No stored text can match.
        if (![name ?? "", search].every(isStorable)) return { items: [] }
        // (assumed: role-search)
        const rows = yield* selection.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            ...(include_deleted === true ? [] : [sql`deleted_at IS NULL`]),
            ...(name === undefined ? [] : [sql`name = ${name}`]),
            ...(search === "" ? [] : [holds(sql, "searched", searchedIn(search))]),
            ...(before === undefined ? [] : [sql`position > ${before.position}`])
          ])} ORDER BY position LIMIT ${limit}`
        )
        return { items: rows.map(ofRow) }
      }),
    // Two roles may have one name (assumed: equal-roles).
    "auth.roles.create": ({ accountId, body: { description = null, name = null, scope }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* checkStorable({ name, description })
          yield* checkGiven(principal, scope)
          const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const row: RoleRow = {
            account_id: accountId,
            id: yield* entropy.uuid,
            name,
            description,
            scope,
            searched: searchable(name, description),
            created_at: at,
            created_by: principal.subject,
            updated_at: at,
            deleted_at: null,
            deleted_by: null,
            position
          }
          yield* Table.insert(sql, Tables.authRoles, row)
          yield* record(accountId, principal, "create", row.id)
          return ofRow(row)
        })
      ),
    "auth.roles.get": ({ accountId, parameters: { role_id } }) => Effect.map(expect(accountId, role_id), ofRow),
    "auth.roles.update": ({ accountId, body, parameters: { role_id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* checkStorable({ name: body.name, description: body.description })
          const before = yield* expect(accountId, role_id)
          yield* checkGiven(principal, body.scope)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          // (assumed: role-update)
          const kept = roleUpdate === "merged" ? before : { name: null, description: null }
          const { description = kept.description, name = kept.name, scope } = body
          const row: RoleRow = { ...before, name, description, scope, searched: searchable(name, description), updated_at: at }
          yield* sql`UPDATE auth_roles SET name = ${name}, description = ${description}, searched = ${row.searched},
            scope = ${Tables.authRoles.columns.scope.encode(scope)}, updated_at = ${at}
            WHERE account_id = ${accountId} AND id = ${role_id}`
          yield* record(accountId, principal, "update", role_id)
          return ofRow(row)
        })
      ),
    "auth.roles.delete": ({ accountId, parameters: { role_id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* expect(accountId, role_id)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const row: RoleRow = { ...before, updated_at: at, deleted_at: at, deleted_by: principal.subject }
          yield* sql`DELETE FROM account_user_roles WHERE account_id = ${accountId} AND role_id = ${role_id}`
          yield* sql`UPDATE auth_roles SET updated_at = ${at}, deleted_at = ${at}, deleted_by = ${row.deleted_by}
            WHERE account_id = ${accountId} AND id = ${role_id}`
          yield* record(accountId, principal, "delete", role_id)
          return ofRow(row)
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
