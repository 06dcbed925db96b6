/**
 * A database file that another process has locked. Here it is another connection, which SQLite handles alike.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Customers, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import Libsql from "libsql"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-lock-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const update = (name: string) =>
  Effect.flatMap(Customers, (customers) =>
    customers.settings.update({ attributes: [{ name, type: "string", multiple_values: false, private: false }] })
  )

const read = Effect.flatMap(Customers, (customers) => customers.settings.get())

const system = (db: string) => DinteroEmbedded.layer({ db, passwordHashing: PasswordHashing.fastForTests })

/** Holds the write lock while the scope is open. */
const locked = (db: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const other = new Libsql(db)
      other.exec("BEGIN IMMEDIATE")
      return other
    }),
    (other) => Effect.sync(() => other.close())
  )

describe("a database that another process has locked", () => {
  it.scopedLive("is waited for, and the event loop stays free", () =>
    Effect.gen(function* () {
      const db = join(yield* folder, "a.db")
      yield* Effect.gen(function* () {
        yield* update("before")
        const writing = yield* Effect.scoped(
          Effect.gen(function* () {
            yield* locked(db)
            const writing = yield* Effect.fork(update("while locked"))
            // Other work runs during the wait. A driver that waits by itself would block it.
            for (let tick = 0; tick < 5; tick++) yield* Effect.sleep("10 millis")
            assert.strictEqual((yield* Fiber.poll(writing))._tag, "None")
            return writing
          })
        )
        yield* Fiber.join(writing)
        assert.strictEqual((yield* read).attributes?.[0]?.name, "while locked")
      }).pipe(Effect.provide(system(db)))
    })
  )

  it.scopedLive(
    "for a long time fails that write, and no later one",
    () =>
      Effect.gen(function* () {
        const db = join(yield* folder, "a.db")
        yield* Effect.gen(function* () {
          yield* update("before")
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* locked(db)
              const failed = yield* Effect.flip(RetryPolicy.with(update("while locked"), RetryPolicy.none))
              assert.strictEqual(failed._tag, "ServerError")
            })
          )
          yield* update("after")
          assert.strictEqual((yield* read).attributes?.[0]?.name, "after")
        }).pipe(Effect.provide(system(db)))
      }),
    30_000
  )
})

describe("the name of a database", () => {
  it.scopedLive("is that of a file, also when it is similar to a URL", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const here = process.cwd()
      process.chdir(path)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.chdir(here)))
      const db = "file:a.db?mode=memory"
      yield* Effect.provide(update("kept"), system(db))
      assert.strictEqual((yield* Effect.provide(read, system(db))).attributes?.[0]?.name, "kept")
      assert.strictEqual(statSync(join(path, db)).mode & 0o777, 0o600)
    })
  )
})
