/**
 * The tags in a seed.
 *
 * @since 0.1.0
 */

import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Metadata } from "../../../../schemas/Customer.js"
import { optional } from "../../../../schemas/Fields.js"
import { Entropy } from "../../system/Entropy.js"
import { repetitions, type SeedPart, StorableText, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"

/**
 * A tag of the account. Customers of the seed have it by its text, so no two tags of an account have the same one.
 *
 * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const TagSeed = Schema.Struct({
  id: optional(Uuid),
  tag: StorableText,
  metadata: optional(Metadata)
}).annotations({ identifier: "TagSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  tags: Schema.optionalWith(Schema.Array(TagSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly tags: ReadonlyArray<typeof TagSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ tags }, at) => {
    const unique = repetitions()
    return tags.flatMap(({ id, tag }, i) => [
      ...(id === undefined ? [] : unique(`${at}.tags[${i}].id`, "id", id)),
      ...unique(`${at}.tags[${i}].tag`, "tag", tag)
    ])
  },
  prepare: () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      const { add } = yield* accountRows
      return ({ account_id, tags }, created_at) =>
        Effect.flatMap(
          Effect.forEach(tags, ({ id, metadata, tag }, i) =>
            Effect.map(id === undefined ? entropy.uuid : Effect.succeed(id), (id) => ({
              account_id,
              id,
              tag,
              metadata: metadata ?? null,
              created_at,
              position: i + 1
            }))
          ),
          (rows) => add("customer_tags", rows)
        )
    })
}
