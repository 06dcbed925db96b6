/**
 * The accounts and their settings.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import * as Table from "../../storage/Table.js"
import * as Tables from "../../storage/Tables.js"

export interface Account {
  readonly accountId: string
  /** In seconds. */
  readonly accessTokenLifetime: number
  readonly settings: CustomersSettings
}

const accounts = Table.select(Tables.accounts, "account_id", "access_token_lifetime", "settings")

/** Every section that is there has its documented defaults. */
const withDefaults = (settings: CustomersSettings): CustomersSettings =>
  settings.users === undefined
    ? settings
    : {
        ...settings,
        users: { head: { enabled: false }, phone_number_validation: { allow_duplicates: false }, ...settings.users }
      }

/** The settings of a new account: the documented defaults (https://docs.dintero.com/api-reference/settings/customers-settings), with those that are given on top. */
export const initialSettings = (given: CustomersSettings = {}): CustomersSettings =>
  withDefaults({ users: { customer_id_format: "uuid" }, ...given })

export interface AccountsService {
  readonly find: (accountId: string) => Effect.Effect<Option.Option<Account>, SqlError>
  /** Replaces the sections that are present and keeps the others (assumed: settings-merge). Answers what is stored now. */
  readonly updateSettings: (
    accountId: string,
    sections: CustomersSettings
  ) => Effect.Effect<Option.Option<CustomersSettings>, SqlError>
}

export class Accounts extends Context.Tag("effect-dintero/embedded/Accounts")<Accounts, AccountsService>() {}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find: AccountsService["find"] = (accountId) =>
    accounts.from(sql, sql`WHERE account_id = ${accountId}`).pipe(
      Effect.map(([row]) =>
        row === undefined
          ? Option.none()
          : Option.some({
              accountId: row.account_id,
              accessTokenLifetime: row.access_token_lifetime,
              settings: row.settings
            })
      )
    )

  return {
    find,
    updateSettings: (accountId, sections) =>
      Effect.gen(function* () {
        // Takes the row's lock before reading it, in the one way that both dialects have. Two updates of different sections at
        // the same time would else each keep the other's section as it was before.
        yield* sql`UPDATE accounts SET settings = settings WHERE account_id = ${accountId}`
        const account = yield* find(accountId)
        if (Option.isNone(account)) return Option.none()
        const settings = withDefaults({ ...account.value.settings, ...sections })
        yield* sql`UPDATE accounts SET settings = ${Tables.accounts.columns.settings.encode(settings)} WHERE account_id = ${accountId}`
        return Option.some(settings)
      }).pipe(sql.withTransaction)
  } satisfies AccountsService
})

export const layer: Layer.Layer<Accounts, never, SqlClient.SqlClient> = Layer.effect(Accounts, make)
