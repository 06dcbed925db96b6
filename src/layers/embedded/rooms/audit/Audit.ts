/**
 * The audit events: one for each change of who has access to an account.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_activities_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { AuditEvent } from "../../../../schemas/AuditEvent.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Counters } from "../customers/Counters.js"
import type { Principal } from "../Principal.js"
import * as Tables from "./Tables.js"

/** What was done, and to what. It has no secret in it. */
export interface Done {
  readonly accountId: string
  readonly principal: Principal
  /** The operation, such as `auth.clients.create`. */
  readonly action: string
  /** At least the `id` of the thing and its `type`, such as `client`. */
  readonly entity: { readonly type: string; readonly id: string; readonly [field: string]: unknown }
}

/** Selects events: those that fit every field that is given. */
export interface AuditQuery {
  readonly actor?: string
  readonly action?: string
}

export interface AuditService {
  /** For inside the transaction of the change, so that a change and its event are stored together. */
  readonly record: (done: Done) => Effect.Effect<void, SqlError>
  /** The newest first, at most `limit` of them. */
  readonly list: (accountId: string, query: AuditQuery, limit: number) => Effect.Effect<ReadonlyArray<AuditEvent>, SqlError>
}

export class Audit extends Context.Tag("effect-dintero/embedded/Audit")<Audit, AuditService>() {}

const events = Table.select(Tables.auditEvents, "id", "actor", "action", "entity", "created_at")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const counters = yield* Counters
  const entropy = yield* Entropy
  return {
    record: ({ accountId, action, entity, principal }) =>
      Effect.gen(function* () {
        const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
        yield* Table.insert(sql, Tables.auditEvents, {
          account_id: accountId,
          id: yield* entropy.uuid,
          actor: principal.subject,
          action,
          entity,
          created_at: at,
          position
        })
      }),
    list: (accountId, { action, actor }, limit) => {
      // No stored text can match.
      if (![action ?? "", actor ?? ""].every(isStorable)) return Effect.succeed([])
      const where = sql.and([
        sql`account_id = ${accountId}`,
        ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
        ...(action === undefined ? [] : [sql`action = ${action}`])
      ])
      return Effect.map(events.from(sql, sql`WHERE ${where} ORDER BY position DESC LIMIT ${limit}`), (rows) =>
        rows.map(({ action, actor, created_at, entity, id }) => ({
          id,
          created_at: DateTime.unsafeMake(created_at),
          action,
          entity,
          // Where a request came from is in the journal (assumed: audit-context).
          context: {},
          actor: { id: actor }
        }))
      )
    }
  } satisfies AuditService
})
