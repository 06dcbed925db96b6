/**
 * Keeps a copy of the customers in a SQLite file. `npx tsx examples/synchronise.ts` needs no account and no network.
 *
 * The checkpoint is written in the transaction that writes the customers. So the program can end at any time, and its next run goes on where the
 * file is. Against Dintero itself the same program runs with `Dintero.layerConfig` instead of the embedded system.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Data, Effect, Stream } from "effect"
import { type Changes, Checkpoint, type Customer, Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import Database from "libsql"

class CopyFailed extends Data.TaggedError("CopyFailed")<{ readonly message: string }> {}

const failed = (cause: unknown) => new CopyFailed({ message: cause instanceof Error ? cause.message : String(cause) })

/** The copy in a file. The key of a customer is the `id` of the service, because a `customer_id` can change. */
const open = (file: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const database = new Database(file)
        database.exec(`
          CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, email TEXT, customer TEXT NOT NULL);
          CREATE TABLE IF NOT EXISTS checkpoints (list TEXT PRIMARY KEY, checkpoint TEXT NOT NULL);
        `)
        return database
      },
      catch: failed
    }),
    (database) => Effect.sync(() => database.close())
  )

const readCheckpoint = (database: Database.Database) =>
  Effect.try({
    try: () => {
      // Seam: the columns of the table above.
      const row = database.prepare("SELECT checkpoint FROM checkpoints WHERE list = 'customers'").get() as
        | { readonly checkpoint: string }
        | undefined
      return row === undefined ? undefined : Checkpoint.make(row.checkpoint)
    },
    catch: failed
  })

/** Writes a page and its checkpoint, or neither. `mayCrash` throws where the program is to end. */
const apply = (database: Database.Database, { checkpoint, items }: Changes<Customer>, mayCrash: () => void) =>
  Effect.try({
    try: () =>
      database.transaction(() => {
        const write = database.prepare("INSERT OR REPLACE INTO customers (id, customer_id, email, customer) VALUES (?, ?, ?, ?)")
        const remove = database.prepare("DELETE FROM customers WHERE id = ?")
        for (const customer of items) {
          const { customer_id, deleted_at, email = null, id = customer_id } = customer
          if (deleted_at === undefined) write.run([id, customer_id, email, JSON.stringify(customer)])
          else remove.run([id])
          mayCrash()
        }
        database.prepare("INSERT OR REPLACE INTO checkpoints (list, checkpoint) VALUES ('customers', ?)").run([checkpoint])
      })(),
    catch: failed
  })

/** Reads what has changed since the last run, and writes it. Gives the number of changes. */
const synchronise = (file: string, mayCrash: () => void = () => {}) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const database = yield* open(file)
    const checkpoint = yield* readCheckpoint(database)
    return yield* customers.users.changes({ checkpoint, limit: 10 }).pipe(
      Stream.mapEffect((page) => Effect.as(apply(database, page, mayCrash), page.items.length)),
      Stream.runSum
    )
  }).pipe(Effect.scoped)

/** The customers of the copy, in the order of their ids. */
const copied = (file: string) =>
  Effect.gen(function* () {
    const database = yield* open(file)
    // Seam: the columns of the table above.
    const rows = database.prepare("SELECT customer_id FROM customers").all() as ReadonlyArray<{ readonly customer_id: string }>
    return rows.map(({ customer_id }) => customer_id).sort()
  }).pipe(Effect.scoped)

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "synchronise-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const crashAfter = (count: number) => {
  let left = count
  return () => {
    if (left-- === 0) throw new Error("the program was ended")
  }
}

const program = Effect.gen(function* () {
  const { users } = yield* Customers
  const file = join(yield* folder, "copy.db")
  const create = (customer_id: string) => users.create({ type: "customer", customer_id, email: `${customer_id}@example.com` })
  const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `shopper-${from + i}`)

  yield* Effect.forEach(numbered(1, 25), create)
  yield* Console.log(`The first run:          ${yield* synchronise(file)} changes`)

  yield* users.update("shopper-1", { first_name: "Grace" })
  yield* users.changeCustomerId("shopper-2", { customer_id: "number-2" })
  yield* users.delete("shopper-3")
  yield* create("shopper-26")
  yield* Console.log(`After four changes:     ${yield* synchronise(file)} changes`)

  yield* Effect.forEach(numbered(27, 60), create)
  const crash = yield* Effect.flip(synchronise(file, crashAfter(15)))
  yield* Console.log(`34 more, and a crash:   ${crash.message}`)
  yield* Console.log(`The run after that:     ${yield* synchronise(file)} changes`)
  yield* Console.log(`And one more:           ${yield* synchronise(file)} changes`)

  const expected = Array.from(yield* Stream.runCollect(users.stream({ limit: 100 })), ({ customer_id }) => customer_id).sort()
  const found = yield* copied(file)
  if (JSON.stringify(found) !== JSON.stringify(expected)) return yield* failed("The copy is not what the service has")
  yield* Console.log(`The copy has all ${found.length} customers of the service.`)
}).pipe(Effect.scoped, Effect.provide(DinteroEmbedded.layer()))

NodeRuntime.runMain(program)
