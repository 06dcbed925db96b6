/**
 * Puts a seed into the database.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { initialSettings } from "./Accounts.js"
import * as Audience from "./Audience.js"
import * as Digest from "./Digest.js"
import { Entropy } from "./Entropy.js"
import { PasswordHasher } from "./PasswordHashing.js"
import type { DecodedSeed } from "./Seed.js"
import * as Table from "./storage/Table.js"
import * as Tables from "./storage/Tables.js"

type AccountSeed = DecodedSeed["accounts"][number]

/**
 * - `replace`: whether an account that the database has already is put in its place. Otherwise it stays as it is: what was written since
 *   it was seeded counts more than the seed.
 * - `onProgress`: is told how many of the customers are prepared. A password that has to be hashed takes long.
 */
export interface SeedingOptions {
  readonly replace?: boolean | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

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

    let prepared = 0

    // Before the transaction, since a hash takes long and nothing else can be written meanwhile.
    const prepare = (account: AccountSeed, total: number) =>
      Effect.map(
        Effect.forEach(
          account.customers,
          ({ password, password_hash }) =>
            Effect.tap(password === undefined ? Effect.succeed(password_hash ?? null) : hasher.hash(password), () =>
              Effect.sync(() => onProgress?.(++prepared, total))
            ),
          { concurrency: 4 }
        ),
        (passwordHashes) => ({ account, passwordHashes })
      )

    const insert = ({ account, passwordHashes }: Effect.Effect.Success<ReturnType<typeof prepare>>) =>
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
        for (const [index, customer] of account.customers.entries()) {
          yield* Table.insert(sql, Tables.customers, {
            account_id,
            id: customer.id ?? (yield* entropy.uuid),
            customer_id: customer.customer_id ?? (yield* entropy.uuid),
            type: customer.type,
            email: customer.email ?? null,
            email_lower: customer.email?.toLowerCase() ?? null,
            phone_number: customer.phone_number ?? null,
            password_hash: passwordHashes[index] ?? null,
            created_at
          })
        }
        return [account_id]
      })

    const wanted = replace
      ? seed.accounts
      : yield* Effect.filter(seed.accounts, ({ account_id }) => exists(account_id), { negate: true })
    const total = wanted.reduce((sum, { customers }) => sum + customers.length, 0)
    const ready = yield* Effect.forEach(wanted, (account) => prepare(account, total))
    return (yield* sql.withTransaction(Effect.forEach(ready, insert))).flat()
  })

/** The same, unless there are accounts already. */
export const applyToEmpty = (seed: DecodedSeed, options?: SeedingOptions): Seeding =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.flatMap(sql`SELECT 1 FROM accounts LIMIT 1`, (rows) => (rows.length === 0 ? apply(seed, options) : Effect.succeed([])))
  )
