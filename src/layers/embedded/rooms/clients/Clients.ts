/**
 * Docs tag `clients`.
 *
 * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import type { ApiClient } from "../../../../schemas/ApiClient.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Audit } from "../audit/Audit.js"
import { Counters } from "../customers/Counters.js"
import type { Handlers } from "../Handler.js"
import { isClient } from "../Principal.js"
import { domain, duplicateBy, notFound } from "../Refusal.js"
import { StoredTokens } from "../sessions/StoredTokens.js"
import { ApiClients } from "./ApiClients.js"
import * as ScopeBounds from "./ScopeBounds.js"
import * as Tables from "./Tables.js"

const shown = ["id", "client_id", "name", "description", "callbacks", "created_at", "created_by", "updated_at"] as const

const clients = Table.select(Tables.apiClients, ...shown)
const scopes = Table.select(Tables.grants, "scope")

type ClientRow = Pick<Table.Row<typeof Tables.apiClients>, (typeof shown)[number]>

const ofRow = ({ callbacks, client_id, created_at, created_by, description, id, name, updated_at }: ClientRow): ApiClient => ({
  id,
  created_at: DateTime.unsafeMake(created_at),
  ...(created_by === null ? {} : { created_by }),
  updated_at: DateTime.unsafeMake(updated_at),
  ...(name === null ? {} : { name }),
  ...(description === null ? {} : { description }),
  ...(callbacks === null ? {} : { callbacks }),
  client_id
})

const noSuchClient = notFound("Client")

/** 400 for a field that no database can hold. */
const checkTexts = (fields: { readonly [name: string]: string | undefined }) => {
  const [wrong] = Object.entries(fields).find(([, value]) => value !== undefined && !isStorable(value)) ?? []
  return wrong === undefined ? Effect.void : domain(400, `${wrong} has a NUL character or half a surrogate pair in it`)
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const audit = yield* Audit
  const apiClients = yield* ApiClients
  const counters = yield* Counters
  const entropy = yield* Entropy
  const tokens = yield* StoredTokens

  const bounds = ScopeBounds.over(assumed.adminGives)

  const expect = (accountId: string, id: string) =>
    Effect.flatMap(
      isStorable(id) ? clients.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id}`) : Effect.succeed([]),
      ([row]) => (row === undefined ? noSuchClient : Effect.succeed(row))
    )

  const tick = (accountId: string) => Effect.flatMap(Clock.currentTimeMillis, (now) => counters.tick(accountId, now))

  /** What an audit event tells about a client. */
  const entityOf = ({ client_id, id }: ClientRow) => ({ type: "client", id, client_id })

  return {
    "auth.clients.list": ({ accountId }) =>
      Effect.map(clients.from(sql, sql`WHERE account_id = ${accountId} ORDER BY created_at, id`), (rows) => rows.map(ofRow)),
    "auth.clients.create": ({ accountId, body: { callbacks, client_id, description, name }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* checkTexts({ client_id, name, description })
          const id = yield* entropy.uuid
          // The label and the `id` of each client are user names (assumed: client-label).
          const isTaken = client_id !== undefined && Option.isSome(yield* apiClients.find(accountId, client_id))
          if (isTaken) return yield* duplicateBy(assumed.duplicateAnswer)("client_id")
          const { digest, secret } = yield* apiClients.newSecret
          const { at } = yield* tick(accountId)
          const row = {
            account_id: accountId,
            id,
            client_id: client_id ?? id,
            name: name ?? null,
            description: description ?? null,
            callbacks: callbacks ?? null,
            secret_digest: digest,
            created_at: at,
            created_by: principal.subject,
            updated_at: at
          }
          yield* Table.insert(sql, Tables.apiClients, row)
          yield* audit.record({ accountId, principal, action: "auth.clients.create", entity: entityOf(row) })
          // (assumed: client-with-secret-shape)
          return { ...ofRow(row), client_secret: secret }
        })
      ),
    "auth.clients.get": ({ accountId, parameters: { id } }) => Effect.map(expect(accountId, id), ofRow),
    "auth.clients.update": ({ accountId, body, parameters: { id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* checkTexts({ name: body.name, description: body.description })
          const before = yield* expect(accountId, id)
          const { at } = yield* tick(accountId)
          const row = { ...before, ...body, updated_at: at }
          yield* sql`UPDATE api_clients SET name = ${row.name}, description = ${row.description}, updated_at = ${at}
            WHERE account_id = ${accountId} AND id = ${id}`
          yield* audit.record({ accountId, principal, action: "auth.clients.update", entity: entityOf(row) })
          return ofRow(row)
        })
      ),
    "auth.clients.delete": ({ accountId, parameters: { id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, id)
          const at = yield* Clock.currentTimeMillis
          // Its access tokens are valid until they expire (assumed: deleted-client).
          yield* tokens.endClient(accountId, id, at)
          yield* sql`DELETE FROM grants WHERE account_id = ${accountId} AND api_client_id = ${id}`
          yield* sql`DELETE FROM api_clients WHERE account_id = ${accountId} AND id = ${id}`
          yield* audit.record({ accountId, principal, action: "auth.clients.delete", entity: entityOf(row) })
          return { ...ofRow(row), deleted_at: DateTime.unsafeMake(at), deleted_by: principal.subject }
        })
      ),
    "auth.clients.rotateSecret": ({ accountId, parameters: { id }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* expect(accountId, id)
          // Whoever gets the secret of another client gets its scopes too (assumed: grant-scopes).
          if (!isClient(principal) || id !== principal.clientId) {
            const held = yield* scopes.from(sql, sql`WHERE account_id = ${accountId} AND api_client_id = ${id}`)
            yield* bounds(
              principal,
              held.flatMap(({ scope }) => scope)
            )
          }
          const client_secret = yield* apiClients.rotate(accountId, id)
          const { at } = yield* tick(accountId)
          const row = { ...before, updated_at: at }
          yield* sql`UPDATE api_clients SET updated_at = ${at} WHERE account_id = ${accountId} AND id = ${id}`
          yield* audit.record({ accountId, principal, action: "auth.clients.rotateSecret", entity: entityOf(row) })
          return { ...ofRow(row), client_secret }
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
