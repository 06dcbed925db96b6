/**
 * Puts a seed into the database.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { initialSettings } from "../rooms/accounts/Accounts.js"
import * as Audience from "../rooms/clients/Audience.js"
import { PasswordHasher } from "../rooms/logins/PasswordHashing.js"
import * as Table from "../storage/Table.js"
import * as Tables from "../storage/Tables.js"
import * as Digest from "../system/Digest.js"
import { Entropy } from "../system/Entropy.js"
import type { DecodedSeed } from "./Seed.js"

type AccountSeed = DecodedSeed["accounts"][number]

/**
 * How far a seed is. Passwords are hashed first, then the customers are written: what of a database was there before counts for nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface SeedProgress {
  /** That have to be hashed. */
  readonly passwords: number
  readonly passwordsHashed: number
  readonly customers: number
  readonly customersWritten: number
}

/**
 * - `replace`: whether an account that the database has already is put in its place. Otherwise it stays as it is: what was written since
 *   it was seeded counts more than the seed.
 * - `onProgress`: is told how far it is, at the start and whenever that changes
 */
export interface SeedingOptions {
  readonly replace?: boolean | undefined
  readonly onProgress?: ((progress: SeedProgress) => void) | undefined
}

/** How many customers are written at a time. A statement has at most 32,766 values in SQLite. */
const batch = 200

/** Lets the rest of the process have its turn: signals, timers and output wait as long as only statements of SQLite run. */
const turn = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

type Seeding = Effect.Effect<ReadonlyArray<string>, SqlError, SqlClient.SqlClient | Entropy | PasswordHasher>

/** All of it or nothing. Answers the accounts that were written. */
export const apply = (seed: DecodedSeed, { onProgress, replace = false }: SeedingOptions = {}): Seeding =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy
    const hasher = yield* PasswordHasher
    const created_at = yield* Clock.currentTimeMillis

    const exists = (account_id: string) =>
      Effect.map(sql`SELECT 1 FROM accounts WHERE account_id = ${account_id}`, (rows) => rows.length > 0)

    const wanted = replace
      ? seed.accounts
      : yield* Effect.filter(seed.accounts, ({ account_id }) => exists(account_id), { negate: true })
    const customers = wanted.flatMap((account) => account.customers)
    const passwords = customers.filter(({ password }) => password !== undefined).length
    let passwordsHashed = 0
    let customersWritten = 0
    const tell = () => onProgress?.({ passwords, passwordsHashed, customers: customers.length, customersWritten })
    tell()

    // Before the transaction, since a hash takes long and nothing else can be written meanwhile. Of all accounts together, so that no
    // thread of the hasher is idle while another account waits.
    const hashes = yield* Effect.forEach(
      customers,
      ({ password, password_hash }) =>
        password === undefined
          ? Effect.succeed(password_hash ?? null)
          : Effect.tap(hasher.hash(password), () =>
              Effect.sync(() => {
                passwordsHashed++
                tell()
              })
            ),
      { concurrency: 4 }
    )
    const hashOf = new Map(customers.map((customer, index) => [customer, hashes[index] ?? null]))

    const insert = (account: AccountSeed) =>
      Effect.gen(function* () {
        const { account_id } = account
        // Again, now that nobody else can write: another process may have been faster.
        if (yield* exists(account_id)) {
          if (!replace) return []
          yield* Effect.forEach(
            [...Tables.accountTableNames].reverse(),
            (table) => sql`DELETE FROM ${sql(table)} WHERE account_id = ${account_id}`,
            { discard: true }
          )
        }
        yield* Table.insert(sql, Tables.accounts, {
          account_id,
          access_token_lifetime: account.access_token_lifetime,
          settings: initialSettings(account.settings),
          created_at
        })
        for (const client of account.clients) {
          const id = client.id ?? (yield* entropy.uuid)
          const secret_digest = Digest.ofClientSecret(Redacted.value(client.client_secret), yield* entropy.bytes(16))
          yield* Table.insert(sql, Tables.apiClients, {
            account_id,
            id,
            client_id: client.client_id,
            name: client.name ?? null,
            secret_digest,
            created_at
          })
          for (const grant of client.grants) {
            yield* Table.insert(sql, Tables.grants, {
              account_id,
              id: yield* entropy.uuid,
              api_client_id: id,
              audience: grant.audience ?? Audience.ofAccount(account_id),
              type: grant.type,
              scope: grant.scope,
              created_at
            })
          }
        }
        for (let from = 0; from < account.customers.length; from += batch) {
          const rows = yield* Effect.forEach(account.customers.slice(from, from + batch), (customer) =>
            Effect.gen(function* () {
              return {
                account_id,
                id: customer.id ?? (yield* entropy.uuid),
                customer_id: customer.customer_id ?? (yield* entropy.uuid),
                type: customer.type,
                email: customer.email ?? null,
                email_lower: customer.email?.toLowerCase() ?? null,
                phone_number: customer.phone_number ?? null,
                password_hash: hashOf.get(customer) ?? null,
                created_at
              }
            })
          )
          yield* Table.insertAll(sql, Tables.customers, rows)
          customersWritten += rows.length
          tell()
          yield* turn
        }
        return [account_id]
      })

    return (yield* sql.withTransaction(Effect.forEach(wanted, insert))).flat()
  })

/** The same, unless there are accounts already. */
export const applyToEmpty = (seed: DecodedSeed, options?: SeedingOptions): Seeding =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.flatMap(sql`SELECT 1 FROM accounts LIMIT 1`, (rows) => (rows.length === 0 ? apply(seed, options) : Effect.succeed([])))
  )
