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
import * as Tables from "./Tables.js"

export interface AccountUserRecord {
  readonly id: string
  readonly scopes: ReadonlyArray<string>
}

export interface AccountUserRecordsService {
  /** The account user with this email, in any case. */
  readonly byEmail: (accountId: string, email: string) => Effect.Effect<Option.Option<AccountUserRecord>, SqlError>
}

export class AccountUserRecords extends Context.Tag("effect-dintero/embedded/AccountUserRecords")<
  AccountUserRecords,
  AccountUserRecordsService
>() {}

const users = Table.select(Tables.accountUsers, "id", "scope")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return {
    byEmail: (accountId, email) =>
      Effect.map(
        isStorable(email)
          ? users.from(sql, sql`WHERE account_id = ${accountId} AND email_lower = ${folded(email)}`)
          : Effect.succeed([]),
        ([user]) => (user === undefined ? Option.none() : Option.some({ id: user.id, scopes: user.scope ?? [] }))
      )
  } satisfies AccountUserRecordsService
})
