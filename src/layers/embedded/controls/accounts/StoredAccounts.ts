/**
 * The rows of accounts, for the controls.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { type AccountTable, accountRows } from "../../rooms/Tables.js"
import type { AccountRows } from "../../storage/AccountRows.js"
import { UnknownAccount } from "../ControlErrors.js"

export type Rows = AccountRows<AccountTable>

export const make = Effect.map(accountRows, (rows) => ({
  ...rows,
  /** Fails when the account does not exist. */
  expect: (account_id: string): Effect.Effect<void, SqlError | UnknownAccount> =>
    Effect.flatMap(rows.exists(account_id), (found) =>
      found ? Effect.void : new UnknownAccount({ message: `The system has no account ${account_id}.`, account_id })
    )
}))
