/**
 * The tables of all rooms. A change of one needs a step in `storage/Migrations.ts`.
 */
import * as AccountRows from "../storage/AccountRows.js"
import type * as Table from "../storage/Table.js"
import { accounts } from "./accounts/Tables.js"
import { accountUserRoles, accountUsers } from "./accountUsers/Tables.js"
import { auditEvents } from "./audit/Tables.js"
import { authUsers } from "./authUsers/Tables.js"
import { apiClients, grants } from "./clients/Tables.js"
import { verificationCodes } from "./communication/Tables.js"
import { customerAttributes, customerCounters, customers, customerWords } from "./customers/Tables.js"
import { locations, locationWords } from "./locations/Tables.js"
import { failedLogins, mfaTokens } from "./logins/Tables.js"
import { loginCodes, sendings } from "./passwordless/Tables.js"
import { authRoles } from "./roles/Tables.js"
import { refreshTokens } from "./sessions/Tables.js"
import { signingKeys } from "./signing/Tables.js"
import { customerTags, taggedCustomers } from "./tags/Tables.js"
import { terms } from "./terms/Tables.js"
import { customerTokens, tokenEvents, tokenPairs } from "./tokens/Tables.js"

/** The data of accounts, which a snapshot has: by the names of the tables, in the order in which rows can be inserted. */
export const accountTables = {
  accounts,
  api_clients: apiClients,
  grants,
  customers,
  refresh_tokens: refreshTokens,
  mfa_tokens: mfaTokens,
  failed_logins: failedLogins,
  login_codes: loginCodes,
  login_code_sendings: sendings,
  customer_counters: customerCounters,
  customer_words: customerWords,
  customer_attributes: customerAttributes,
  customer_tokens: customerTokens,
  token_pairs: tokenPairs,
  token_events: tokenEvents,
  customer_tags: customerTags,
  tagged_customers: taggedCustomers,
  terms,
  verification_codes: verificationCodes,
  locations,
  location_words: locationWords,
  audit_events: auditEvents,
  auth_users: authUsers,
  auth_roles: authRoles,
  account_users: accountUsers,
  account_user_roles: accountUserRoles
} as const satisfies AccountRows.AccountTables

export type AccountTable = keyof typeof accountTables

// Seam: `Object.keys` types the keys of a constant as string.
export const accountTableNames = Object.keys(accountTables) as ReadonlyArray<AccountTable>

/** In the order in which they can be created. */
export const all: ReadonlyArray<Table.Table> = [signingKeys, ...Object.values(accountTables)]

/** The rows of all `accountTables`. */
export const accountRows = AccountRows.over(accountTables)
