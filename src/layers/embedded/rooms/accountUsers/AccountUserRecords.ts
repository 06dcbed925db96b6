/**
 * The account users, with what a sign-in needs of them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { folded } from "../Folded.js"
import { authRoles } from "../roles/Tables.js"
import * as Tables from "./Tables.js"

export interface AccountUserRecord {
  readonly id: string
  /** Their own, and those of their roles. */
  readonly scopes: ReadonlyArray<string>
}

export interface AccountUserRecordsService {
  /** The account user with this email, in any case, if the account's own identity provider signs them in (assumed: account-user-token). */
  readonly byEmail: (accountId: string, email: string) => Effect.Effect<Option.Option<AccountUserRecord>, SqlError>
}

export class AccountUserRecords extends Context.Tag("effect-dintero/embedded/AccountUserRecords")<
  AccountUserRecords,
  AccountUserRecordsService
>() {}

const users = Table.select(Tables.accountUsers, "id", "scope")
const roles = Table.select(authRoles, "scope")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return {
    byEmail: (accountId, email) =>
      Effect.gen(function* () {
        const [user] = isStorable(email)
          ? yield* users.from(
              sql,
              sql`WHERE account_id = ${accountId} AND email_lower = ${folded(email)} AND authentication_type = 'external'`
            )
          : []
        if (user === undefined) return Option.none()
        const given = yield* roles.from(
          sql,
          sql`WHERE account_id = ${accountId} AND deleted_at IS NULL AND id IN
            (SELECT role_id FROM account_user_roles WHERE account_id = ${accountId} AND user_id = ${user.id})`
        )
        return Option.some({ id: user.id, scopes: [...new Set([...(user.scope ?? []), ...given.flatMap(({ scope }) => scope)])] })
      })
  } satisfies AccountUserRecordsService
})
