/**
 * Docs tag `grants`.
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import type { ClientGrant } from "../../../../schemas/ClientGrant.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Audit } from "../audit/Audit.js"
import { Counters } from "../customers/Counters.js"
import type { Handlers } from "../Handler.js"
import { domain, forbidden, notFound } from "../Refusal.js"
import { ApiClients } from "./ApiClients.js"
import * as Audience from "./Audience.js"
import * as ScopeBounds from "./ScopeBounds.js"
import * as Tables from "./Tables.js"

const shown = ["id", "api_client_id", "audience", "type", "scope", "oidc", "created_at", "created_by", "updated_at"] as const

const grants = Table.select(Tables.grants, ...shown)

type GrantRow = Pick<Table.Row<typeof Tables.grants>, (typeof shown)[number]>

const ofRow = ({
  api_client_id,
  audience,
  created_at,
  created_by,
  id,
  oidc,
  scope,
  type,
  updated_at
}: GrantRow): ClientGrant => ({
  id,
  created_at: DateTime.unsafeMake(created_at),
  ...(created_by === null ? {} : { created_by }),
  updated_at: DateTime.unsafeMake(updated_at),
  client_id: api_client_id,
  audience,
  scope,
  type,
  // The secret is only for the provider (assumed: oidc-secret).
  ...(oidc === null ? {} : { oidc: { client_id: oidc.client_id, authority: oidc.authority } })
})

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { adminGives } = yield* Assumed
  const audit = yield* Audit
  const clients = yield* ApiClients
  const counters = yield* Counters
  const entropy = yield* Entropy

  const bounds = ScopeBounds.over(adminGives)

  const expect = (accountId: string, id: string) =>
    Effect.flatMap(
      isStorable(id) ? grants.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id}`) : Effect.succeed([]),
      ([row]) => (row === undefined ? notFound("Grant") : Effect.succeed(row))
    )

  const tick = (accountId: string) => Effect.flatMap(Clock.currentTimeMillis, (now) => counters.tick(accountId, now))

  /** What an audit event tells about a grant. */
  const entityOf = ({ api_client_id, audience, id, scope }: GrantRow) => ({
    type: "grant",
    id,
    client_id: api_client_id,
    audience,
    scope
  })

  return {
    "auth.grants.list": ({ accountId, host, query: { audience, client_id } }) =>
      Effect.gen(function* () {
        const owner = client_id === undefined ? undefined : yield* clients.find(accountId, client_id)
        if (owner !== undefined && Option.isNone(owner)) return []
        const rows = yield* grants.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            ...(owner === undefined ? [] : [sql`api_client_id = ${owner.value}`])
          ])} ORDER BY created_at, id`
        )
        const wanted = audience === undefined ? undefined : Audience.normalised(audience, host)
        return rows.filter((row) => wanted === undefined || Audience.isSame(row.audience, wanted)).map(ofRow)
      }),
    "auth.grants.create": ({ accountId, body: { client_id, oidc, scope, type = "any", ...body }, host, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          if (oidc !== undefined && type !== "authorization_code") {
            return yield* domain(400, "oidc needs the type authorization_code")
          }
          if (!isStorable(body.audience)) return yield* domain(400, "audience has a NUL character or half a surrogate pair in it")
          const audience = Audience.normalised(body.audience, host)
          // Otherwise the administrator of one account would reach every other account (assumed: grant-audience).
          if ((Audience.accountOf(audience) ?? accountId) !== accountId) {
            return yield* forbidden(`The audience of a grant of ${accountId} cannot be another account: ${audience}`)
          }
          // The documentation passes the `id` of the client (assumed: grant-client-id).
          const owner = yield* clients.find(accountId, client_id)
          if (Option.isNone(owner)) return yield* notFound("Client")
          yield* bounds(principal, scope)
          // The client may have such a grant already (assumed: equal-grants).
          const { at } = yield* tick(accountId)
          const row = {
            account_id: accountId,
            id: yield* entropy.uuid,
            api_client_id: owner.value,
            audience,
            type,
            scope: [...new Set(scope)],
            oidc: oidc === undefined ? null : Tables.storedProvider(oidc),
            created_at: at,
            created_by: principal.subject,
            updated_at: at
          }
          yield* Table.insert(sql, Tables.grants, row)
          yield* audit.record({ accountId, principal, action: "auth.grants.create", entity: entityOf(row) })
          return ofRow(row)
        })
      ),
    "auth.grants.update": ({ accountId, body, parameters: { id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* expect(accountId, id)
          const scope = [...new Set(body.scope)]
          yield* bounds(
            principal,
            scope.filter((one) => !before.scope.includes(one))
          )
          const { at } = yield* tick(accountId)
          const row = { ...before, scope, updated_at: at }
          yield* sql`UPDATE grants SET scope = ${Tables.scopes.encode(scope)}, updated_at = ${at}
            WHERE account_id = ${accountId} AND id = ${id}`
          yield* audit.record({ accountId, principal, action: "auth.grants.update", entity: entityOf(row) })
          return ofRow(row)
        })
      ),
    "auth.grants.delete": ({ accountId, parameters: { id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, id)
          yield* sql`DELETE FROM grants WHERE account_id = ${accountId} AND id = ${id}`
          yield* audit.record({ accountId, principal, action: "auth.grants.delete", entity: entityOf(row) })
          const at = yield* Clock.currentTimeMillis
          return { ...ofRow(row), deleted_at: DateTime.unsafeMake(at), deleted_by: principal.subject }
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
