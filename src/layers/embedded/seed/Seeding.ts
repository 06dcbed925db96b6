/**
 * Writes a seed into the database.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Rows, SeedProgress } from "../rooms/customers/CustomerSeed.js"
import type { PasswordHasher } from "../rooms/logins/PasswordHashing.js"
import { accountRows } from "../rooms/Tables.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import type { Entropy } from "../system/Entropy.js"
import * as Parts from "./Parts.js"
import type { DecodedSeed } from "./Seed.js"

/**
 * - `replace`: whether the seed replaces an account that the database has already. By default such an account stays as it is, since changes
 *   that were made after it was seeded count more than the seed.
 * - `onProgress`: is called at the start, and whenever the progress changes
 * - `more`: customers besides those of the seed
 */
export interface SeedingOptions {
  readonly replace?: boolean | undefined
  readonly onProgress?: ((progress: SeedProgress) => void) | undefined
  readonly more?: Rows | undefined
}

type Seeding = Effect.Effect<ReadonlyArray<string>, SqlError | InvalidSeed, SqlClient.SqlClient | Entropy | PasswordHasher>

/** Writes everything or nothing. Returns the accounts that were written. */
export const apply = (seed: DecodedSeed, { more, onProgress, replace = false }: SeedingOptions = {}): Seeding =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* accountRows
    const createdAt = yield* Clock.currentTimeMillis

    const wanted = replace
      ? seed.accounts
      : yield* Effect.filter(seed.accounts, ({ account_id }) => rows.exists(account_id), { negate: true })
    const [accounts, clients, tags, terms, locations, roles, accountUsers, customers, authUsers] = Parts.make(onProgress, more)
    const writers = [
      yield* accounts.prepare(wanted),
      yield* clients.prepare(wanted),
      yield* tags.prepare(wanted),
      yield* terms.prepare(wanted),
      yield* locations.prepare(wanted),
      yield* roles.prepare(wanted),
      yield* accountUsers.prepare(wanted),
      yield* customers.prepare(wanted),
      yield* authUsers.prepare(wanted)
    ]

    const write = (account: DecodedSeed["accounts"][number]) =>
      Effect.gen(function* () {
        // Checked again inside the transaction: another process may have written the account meanwhile.
        if (yield* rows.exists(account.account_id)) {
          if (!replace) return []
          yield* rows.remove(account.account_id)
        }
        for (const writeRoom of writers) yield* writeRoom(account, createdAt)
        return [account.account_id]
      })

    return (yield* sql.withTransaction(Effect.forEach(wanted, write))).flat()
  })

/** The same, unless the database has accounts already. */
export const applyToEmpty = (seed: DecodedSeed, options?: SeedingOptions): Seeding =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.flatMap(sql`SELECT 1 FROM accounts LIMIT 1`, (rows) => (rows.length === 0 ? apply(seed, options) : Effect.succeed([])))
  )
