/**
 * The roles in a seed.
 *
 * @since 0.1.0
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { optional, scopeToken } from "../../../../schemas/Fields.js"
import { Entropy } from "../../system/Entropy.js"
import { searchable } from "../Folded.js"
import { repetitions, type SeedPart, StorableText, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"

/**
 * A role of account users. Account users of the seed have it by its name, so no two roles of an account have the same one.
 *
 * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoleSeed = Schema.Struct({
  id: optional(Uuid),
  name: StorableText,
  description: optional(StorableText),
  scope: Schema.Array(scopeToken)
}).annotations({ identifier: "RoleSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  roles: Schema.optionalWith(Schema.Array(RoleSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly roles: ReadonlyArray<typeof RoleSeed.Type>
}

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ roles }, at) => {
    const unique = repetitions()
    return roles.flatMap(({ id, name }, i) => [
      ...(id === undefined ? [] : unique(`${at}.roles[${i}].id`, "id", id)),
      ...unique(`${at}.roles[${i}].name`, "name", name)
    ])
  },
  prepare: () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      const { add } = yield* accountRows
      return ({ account_id, roles }, created_at) =>
        Effect.flatMap(
          Effect.forEach(roles, ({ description = null, id, name, scope }, i) =>
            Effect.map(id === undefined ? entropy.uuid : Effect.succeed(id), (id) => ({
              account_id,
              id,
              name,
              description,
              scope,
              searched: searchable(name, description),
              created_at,
              updated_at: created_at,
              position: i + 1
            }))
          ),
          (rows) => add("auth_roles", rows)
        )
    })
}
