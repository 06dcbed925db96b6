/**
 * The terms and conditions in a seed.
 *
 * @since 0.1.0
 */

import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Fields.js"
import { Entropy } from "../../system/Entropy.js"
import { repetitions, type SeedPart, StorableText, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"

/**
 * Terms and conditions of the account.
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 *
 * @since 0.1.0
 * @category schemas
 */
export const TermsSeed = Schema.Struct({ id: optional(Uuid), terms: StorableText }).annotations({ identifier: "TermsSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  terms: Schema.optionalWith(Schema.Array(TermsSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly terms: ReadonlyArray<typeof TermsSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ terms }, at) => {
    const unique = repetitions()
    return terms.flatMap(({ id }, i) => (id === undefined ? [] : unique(`${at}.terms[${i}].id`, id)))
  },
  prepare: () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      const { add } = yield* accountRows
      return ({ account_id, terms }, created_at) =>
        Effect.flatMap(
          Effect.forEach(terms, ({ id, terms }, i) =>
            Effect.map(id === undefined ? entropy.uuid : Effect.succeed(id), (id) => ({
              account_id,
              id,
              terms,
              created_at,
              updated_at: created_at,
              position: i + 1
            }))
          ),
          (rows) => add("terms", rows)
        )
    })
}
