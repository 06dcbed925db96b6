/**
 * The accounts and their settings.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { isStorable } from "../../storage/Column.js"
import * as DecodedRows from "../../storage/DecodedRows.js"
import * as Table from "../../storage/Table.js"
import * as DataVersion from "../../system/DataVersion.js"
import type { IssuerKeys } from "./IssuerKeys.js"
import * as Tables from "./Tables.js"

export interface Account {
  readonly accountId: string
  /** In seconds. */
  readonly accessTokenLifetime: number
  readonly settings: CustomersSettings
  /** The account of the partner whose merchant this is. */
  readonly partner: Option.Option<string>
  /** The issuer of the ID tokens of its external users. */
  readonly jwks: Option.Option<IssuerKeys>
}

export interface ListedAccount {
  readonly accountId: string
  readonly accessTokenLifetime: number
  readonly createdAt: number
}

const accounts = Table.select(Tables.accounts, "account_id", "access_token_lifetime", "settings", "partner", "jwks")
const listed = Table.select(Tables.accounts, "account_id", "access_token_lifetime", "created_at")

/** Fills in the documented defaults of every section that is present. */
const withDefaults = (settings: CustomersSettings): CustomersSettings =>
  settings.users === undefined
    ? settings
    : {
        ...settings,
        users: { head: { enabled: false }, phone_number_validation: { allow_duplicates: false }, ...settings.users }
      }

/** The settings of a new account: those that are given, and the documented defaults of the others (https://docs.dintero.com/api-reference/settings/customers-settings). */
export const initialSettings = (given: CustomersSettings = {}): CustomersSettings =>
  withDefaults({ users: { customer_id_format: "uuid" }, ...given })

export interface AccountsService {
  /** `isAtOnce`: whether an account that is known is the result before the effect is run. */
  readonly find: (accountId: string, isAtOnce?: boolean) => Effect.Effect<Option.Option<Account>, SqlError>
  /** In the order in which they were created. */
  readonly list: Effect.Effect<ReadonlyArray<ListedAccount>, SqlError>
  /** Replaces the sections that are present, and keeps the others unless `isWhole` (assumed: settings-merge). Returns the new settings. */
  readonly updateSettings: (
    accountId: string,
    sections: CustomersSettings,
    options: { readonly isWhole: boolean }
  ) => Effect.Effect<Option.Option<CustomersSettings>, SqlError>
}

export class Accounts extends Context.Tag("effect-dintero/embedded/Accounts")<Accounts, AccountsService>() {}

/** Until any row changes. */
const mostKept = 100

/** Settings can have thousands of attributes, which take tens of milliseconds to decode. */
const mostCharacters = 4 * 1024 * 1024

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const kept = DataVersion.kept<Option.Option<Account>>(yield* DataVersion.DataVersion, mostKept)

  const decoded = DecodedRows.make(accounts, mostCharacters)
  const columns = sql.literal(accounts.columns)

  const read = (accountId: string) =>
    (isStorable(accountId)
      ? decoded(accountId, sql`SELECT ${columns} FROM accounts WHERE account_id = ${accountId}`)
      : Effect.succeed(undefined)
    ).pipe(
      Effect.map((row) =>
        row === undefined
          ? Option.none()
          : Option.some({
              accountId: row.account_id,
              accessTokenLifetime: row.access_token_lifetime,
              settings: row.settings,
              partner: Option.fromNullable(row.partner),
              jwks: Option.fromNullable(row.jwks)
            })
      )
    )

  const find: AccountsService["find"] = (accountId, isAtOnce = false) => {
    const known = isAtOnce ? kept.known(accountId) : undefined
    return known === undefined ? kept.find(accountId, read(accountId)) : Exit.succeed(known)
  }

  return {
    find,
    list: Effect.map(listed.from(sql, sql`ORDER BY created_at, account_id`), (rows) =>
      rows.map(({ access_token_lifetime, account_id, created_at }) => ({
        accountId: account_id,
        accessTokenLifetime: access_token_lifetime,
        createdAt: created_at
      }))
    ),
    updateSettings: (accountId, sections, { isWhole }) =>
      Effect.gen(function* () {
        // This locks the row before it is read, in a way that works in both dialects. Without the lock, two updates of different sections
        // at the same time could each overwrite the section of the other one.
        yield* sql`UPDATE accounts SET settings = settings WHERE account_id = ${accountId}`
        const account = yield* find(accountId)
        if (Option.isNone(account)) return Option.none()
        const settings = isWhole ? initialSettings(sections) : withDefaults({ ...account.value.settings, ...sections })
        yield* sql`UPDATE accounts SET settings = ${Tables.accounts.columns.settings.encode(settings)} WHERE account_id = ${accountId}`
        return Option.some(settings)
      }).pipe(sql.withTransaction)
  } satisfies AccountsService
})
