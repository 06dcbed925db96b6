/**
 * The account users in a seed.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { optional, scopeToken } from "../../../../schemas/Fields.js"
import { JsonObject } from "../../../../schemas/JsonValue.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { folded, searchable } from "../Folded.js"
import { authRoles } from "../roles/Tables.js"
import { repetitions, type SeedPart, StorableText, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"

/**
 * A person who works with the account. `roles` are the names of roles of the seed. `authentication_type` is `external` for a person whom the
 * issuer in the `jwks` of the account signs in.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountUserSeed = Schema.Struct({
  id: optional(Uuid),
  email: StorableText,
  name: optional(StorableText),
  scope: optional(Schema.Array(scopeToken)),
  authentication_type: optional(Schema.Literal("external")),
  roles: optional(Schema.Array(Schema.String)),
  agreement: optional(JsonObject)
}).annotations({ identifier: "AccountUserSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  account_users: Schema.optionalWith(Schema.Array(AccountUserSeed), { exact: true, default: () => [] })
}

/** @internal */
export interface Account {
  readonly account_id: string
  readonly jwks?: unknown
  readonly roles: ReadonlyArray<{ readonly name: string }>
  readonly account_users: ReadonlyArray<typeof AccountUserSeed.Type>
}

const roleRows = Table.select(authRoles, "id", "name")

/** @internal */
export const part: SeedPart<Account, SqlClient.SqlClient | Entropy> = {
  inconsistencies: ({ account_users, jwks, roles: ofAccount }, at) => {
    const unique = repetitions()
    const names = new Set(ofAccount.map(({ name }) => name))
    return account_users.flatMap(({ authentication_type, email, id, roles = [] }, i) => {
      const path = `${at}.account_users[${i}]`
      return [
        ...(id === undefined ? [] : unique(`${path}.id`, "id", id)),
        ...unique(`${path}.email`, "email", folded(email)),
        ...(authentication_type === undefined || jwks !== undefined
          ? []
          : [{ path: `${path}.authentication_type`, message: "needs the jwks of the account" }]),
        ...roles.flatMap((name, j) =>
          names.has(name) ? [] : [{ path: `${path}.roles[${j}]`, message: "is none of the roles of the account" }]
        )
      ]
    })
  },
  prepare: () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const entropy = yield* Entropy
      const { add } = yield* accountRows
      return ({ account_id, account_users }, created_at) =>
        Effect.gen(function* () {
          const roles = yield* roleRows.from(sql, sql`WHERE account_id = ${account_id}`)
          const seeded = yield* Effect.forEach(account_users, (user) =>
            Effect.map(user.id === undefined ? entropy.uuid : Effect.succeed(user.id), (id) => ({ ...user, id }))
          )
          yield* add(
            "account_users",
            seeded.map(({ agreement = null, authentication_type = null, email, id, name = null, scope = null }, i) => ({
              account_id,
              id,
              email,
              email_lower: folded(email),
              name,
              scope,
              authentication_type,
              agreement,
              searched: searchable(email, name),
              created_at,
              updated_at: created_at,
              position: i + 1
            }))
          )
          yield* add(
            "account_user_roles",
            seeded.flatMap((user) =>
              roles
                .filter(({ name }) => name !== null && user.roles?.includes(name))
                .map((role) => ({ account_id, user_id: user.id, role_id: role.id }))
            )
          )
        })
    })
}
