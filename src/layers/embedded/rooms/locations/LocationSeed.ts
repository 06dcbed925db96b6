/**
 * The sales locations in a seed.
 *
 * @since 0.1.0
 */

import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Fields.js"
import { locationFields } from "../../../../schemas/SalesLocation.js"
import { Entropy } from "../../system/Entropy.js"
import { CustomerKey, repetitions, type SeedPart, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"
import { wordsOf } from "./Locations.js"

/**
 * A sales location of the account, with the fields of the API.
 *
 * Source: https://docs.dintero.com/customers-api/locations/aid_locations_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationSeed = Schema.Struct({
  id: optional(Uuid),
  location_id: optional(CustomerKey),
  ...locationFields
}).annotations({ identifier: "LocationSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  locations: Schema.optionalWith(Schema.Array(LocationSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly locations: ReadonlyArray<typeof LocationSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ locations }, at) => {
    const unique = repetitions()
    return locations.flatMap(({ id, location_id }, i) => [
      ...(id === undefined ? [] : unique(`${at}.locations[${i}].id`, "id", id)),
      ...(location_id === undefined ? [] : unique(`${at}.locations[${i}].location_id`, "location_id", location_id))
    ])
  },
  prepare: () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      const { add } = yield* accountRows
      return ({ account_id, locations }, created_at) =>
        Effect.gen(function* () {
          const rows = yield* Effect.forEach(locations, ({ id: given, location_id, ...fields }, i) =>
            Effect.map(given === undefined ? entropy.uuid : Effect.succeed(given), (id) => ({
              account_id,
              id,
              location_id: location_id ?? id,
              fields,
              created_at,
              created_by: null,
              updated_at: created_at,
              position: i + 1
            }))
          )
          yield* add("locations", rows)
          yield* add("location_words", rows.flatMap(wordsOf))
        })
    })
}
