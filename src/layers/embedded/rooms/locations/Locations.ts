/**
 * Docs tag `locations`.
 *
 * Source: https://docs.dintero.com/customers-api/locations/aid_locations_get
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { SalesLocation } from "../../../../schemas/SalesLocation.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Counters } from "../customers/Counters.js"
import { folded } from "../Folded.js"
import type { Handlers } from "../Handler.js"
import { domain, duplicateBy, notFound } from "../Refusal.js"
import * as Tables from "./Tables.js"

const selection = Table.select(
  Tables.locations,
  "account_id",
  "id",
  "location_id",
  "fields",
  "created_at",
  "created_by",
  "updated_at",
  "position"
)

type LocationRow = Table.Row<typeof Tables.locations>

const ofRow = (row: LocationRow): SalesLocation => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  account_id: row.account_id,
  ...row.fields,
  location_id: row.location_id
})

const searched = ["name", "phone_number", "email", "organization_number", "business_name"] as const

const filtered = ["status", "phone_number", "organization_number", "email", "type"] as const

/** Upper and lower case are the same. */
export const wordsOf = ({ account_id, fields, id }: LocationRow) => {
  const word = (field: string, text: string | undefined) =>
    text === undefined || text === "" || !isStorable(text) ? [] : [{ account_id, field, word: folded(text), id }]
  const all = [
    ...searched.flatMap((name) => word("", fields[name])),
    ...filtered.flatMap((name) => word(name, fields[name])),
    ...word("country", fields.address?.country)
  ]
  return [...new Map(all.map((row) => [`${row.field} ${row.word}`, row])).values()]
}

const defaultLimit = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const counters = yield* Counters
  const entropy = yield* Entropy

  const find = (accountId: string, locationId: string) =>
    isStorable(locationId)
      ? Effect.map(selection.from(sql, sql`WHERE account_id = ${accountId} AND location_id = ${locationId}`), ([row]) => row)
      : Effect.succeed(undefined)

  const expect = (accountId: string, locationId: string) =>
    Effect.flatMap(find(accountId, locationId), (row) => (row === undefined ? notFound("Location") : Effect.succeed(row)))

  const unindex = (row: LocationRow) => sql`DELETE FROM location_words WHERE account_id = ${row.account_id} AND id = ${row.id}`

  const index = (row: LocationRow) =>
    Effect.gen(function* () {
      yield* unindex(row)
      const words = wordsOf(row)
      if (words.length > 0) yield* Table.insertAll(sql, Tables.locationWords, words)
    })

  const duplicate = duplicateBy(assumed.duplicateAnswer)

  /** (assumed: location-unique) */
  const checkFree = (accountId: string, locationId: string) =>
    Effect.gen(function* () {
      if (!isStorable(locationId)) return yield* domain(400, "location_id has a NUL character or half a surrogate pair in it")
      if ((yield* find(accountId, locationId)) !== undefined) return yield* duplicate("location_id")
    })

  return {
    "customers.locations.list": ({ accountId, query: { limit = defaultLimit, search, starting_after, ...filters } }) =>
      Effect.gen(function* () {
        const before = starting_after === undefined ? undefined : yield* find(accountId, starting_after)
        if (starting_after !== undefined && before === undefined) {
          return yield* domain(400, "starting_after is none of this list")
        }
        const wanted = Object.entries(filters).map(([field, values]) => [field, values.filter(isStorable).map(folded)] as const)
        if (wanted.some(([, values]) => values.length === 0) || (search !== undefined && !isStorable(search)))
          return { items: [] }
        const within = (condition: ReturnType<typeof sql.and>) =>
          sql`id IN (SELECT id FROM location_words WHERE account_id = ${accountId} AND ${condition})`
        const word = search === undefined ? undefined : folded(search)
        const rows = yield* selection.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            ...(before === undefined ? [] : [sql`position > ${before.position}`]),
            ...(word === undefined ? [] : [within(sql`field = '' AND word >= ${word} AND word < ${`${word}\u{10ffff}`}`)]),
            ...wanted.map(([field, values]) => within(sql`field = ${field} AND ${sql.in("word", values)}`))
          ])} ORDER BY position LIMIT ${limit}`
        )
        return { items: rows.map(ofRow) }
      }),
    "customers.locations.create": ({ accountId, body: { location_id, ...fields }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          if (location_id !== undefined) yield* checkFree(accountId, location_id)
          const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const id = yield* entropy.uuid
          const row: LocationRow = {
            account_id: accountId,
            id,
            location_id: location_id ?? id,
            fields,
            created_at: at,
            created_by: principal.subject,
            updated_at: at,
            position
          }
          yield* Table.insert(sql, Tables.locations, row)
          yield* index(row)
          return ofRow(row)
        })
      ),
    "customers.locations.get": ({ accountId, parameters: { lid } }) => Effect.map(expect(accountId, lid), ofRow),
    "customers.locations.update": ({ accountId, body: { location_id, ...fields }, parameters: { lid } }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* expect(accountId, lid)
          if (location_id !== undefined && location_id !== lid) yield* checkFree(accountId, location_id)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          // (assumed: location-merge)
          const row: LocationRow = {
            ...before,
            location_id: location_id ?? before.location_id,
            fields: assumed.locationUpdate === "merged" ? { ...before.fields, ...fields } : fields,
            updated_at: at
          }
          yield* sql`UPDATE locations SET location_id = ${row.location_id}, updated_at = ${at},
            fields = ${Tables.locations.columns.fields.encode(row.fields)} WHERE account_id = ${accountId} AND id = ${row.id}`
          yield* index(row)
          return ofRow(row)
        })
      ),
    "customers.locations.delete": ({ accountId, parameters: { lid }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, lid)
          yield* unindex(row)
          yield* sql`DELETE FROM locations WHERE account_id = ${accountId} AND id = ${row.id}`
          const at = yield* Clock.currentTimeMillis
          return { ...ofRow(row), deleted_at: DateTime.unsafeMake(at), deleted_by: principal.subject }
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
