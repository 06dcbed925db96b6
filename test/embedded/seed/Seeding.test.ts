import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { SeedProgress } from "../../../src/layers/embedded/rooms/customers/CustomerSeed.js"
import * as PasswordHashing from "../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Seed from "../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../src/layers/embedded/seed/Seeding.js"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import * as Entropy from "../../../src/layers/embedded/system/Entropy.js"

const withHasher =
  (hasher: PasswordHashing.PasswordHasherService) =>
  <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient | Entropy.Entropy | PasswordHashing.PasswordHasher>) =>
    Migrations.migrate(DatabaseName.memory, Tables.all).pipe(
      Effect.zipRight(effect),
      Effect.provideService(PasswordHashing.PasswordHasher, hasher),
      Effect.provide(Layer.scoped(SqlClient.SqlClient, Sqlite.make(DatabaseName.memory))),
      Effect.provide(Entropy.layer)
    )

const fast = Effect.provide(PasswordHashing.make(PasswordHashing.fastForTests), Entropy.layer)

const accounts = (count: number, customers: (account: number) => ReadonlyArray<object>) =>
  Seed.decode({
    accounts: Array.from({ length: count }, (_, i) => ({ account_id: `T0000000${i}`, customers: customers(i) }))
  })

describe("a seed", () => {
  it.effect("hashes passwords concurrently, also those of different accounts", () =>
    Effect.gen(function* () {
      const seed = yield* accounts(3, () => [{ email: "c@example.com", password: "1234" }])
      const together = yield* Deferred.make<void>()
      let begun = 0
      // No hash ends before all three have begun. If they ran one after the other, the test would hang.
      const hasher = yield* Effect.map(fast, (service) => ({
        ...service,
        hash: (password: Parameters<typeof service.hash>[0]) =>
          Effect.gen(function* () {
            if (++begun === 3) yield* Deferred.succeed(together, undefined)
            yield* Deferred.await(together)
            return yield* service.hash(password)
          })
      }))
      const written = yield* withHasher(hasher)(Seeding.apply(seed))
      assert.deepStrictEqual(written, ["T00000000", "T00000001", "T00000002"])
      assert.strictEqual(yield* hasher.computations, 3)
    })
  )

  it.effect("reports its progress over all accounts: nothing at the start, then the passwords, then the customers", () =>
    Effect.gen(function* () {
      const password_hash = yield* Effect.flatMap(fast, ({ hash }) => hash(Redacted.make("1234")))
      const seed = yield* accounts(2, (i) => [
        ...Array.from({ length: 250 }, (_, n) => ({ email: `${n}@example.com` })),
        { email: "known@example.com", password_hash },
        ...(i === 0 ? [] : [{ email: "hashed@example.com", password: "1234" }])
      ])
      const told: Array<SeedProgress> = []
      const stored = yield* withHasher(yield* fast)(
        Effect.zipRight(
          Seeding.apply(seed, { onProgress: (progress) => void told.push(progress) }),
          Effect.flatMap(
            SqlClient.SqlClient,
            (sql) => sql`SELECT account_id, email, password_hash IS NULL AS open FROM customers`
          )
        )
      )
      assert.deepStrictEqual(
        told.map(({ customersWritten, passwordsHashed }) => [passwordsHashed, customersWritten]),
        [
          [0, 0],
          [1, 0],
          [1, 200],
          [1, 251],
          [1, 451],
          [1, 503]
        ]
      )
      for (const { customers, passwords } of told) assert.deepStrictEqual([passwords, customers], [1, 503])
      assert.lengthOf(stored, 503)
      assert.deepStrictEqual(
        stored.filter(({ open }) => open === 0).map(({ account_id, email }) => `${account_id} ${email}`),
        ["T00000000 known@example.com", "T00000001 known@example.com", "T00000001 hashed@example.com"]
      )
    })
  )

  it.effect("hashes and writes nothing for accounts that exist already", () =>
    Effect.gen(function* () {
      const seed = yield* accounts(1, () => [{ email: "c@example.com", password: "1234" }])
      const told: Array<SeedProgress> = []
      const again = yield* withHasher(yield* fast)(
        Effect.zipRight(Seeding.apply(seed), Seeding.apply(seed, { onProgress: (progress) => void told.push(progress) }))
      )
      assert.deepStrictEqual(again, [])
      assert.deepStrictEqual(told, [{ passwords: 0, passwordsHashed: 0, customers: 0, customersWritten: 0 }])
    })
  )
})
