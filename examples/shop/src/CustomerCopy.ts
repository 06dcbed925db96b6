/**
 * The shop's own copy of its customers, in a SQLite file, for what needs a query: whom a campaign may reach.
 */
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { Context, Data, Effect, Layer, Option } from "effect"
import { Checkpoint, type Customer } from "effect-dintero"
import Database from "libsql"
import * as Settings from "./Settings.js"

export class CopyFailed extends Data.TaggedError("CopyFailed")<{ readonly cause: unknown }> {}

export class CustomerCopy extends Context.Tag("shop/CustomerCopy")<
  CustomerCopy,
  {
    readonly checkpoint: Effect.Effect<Option.Option<Checkpoint>, CopyFailed>
    /** Writes the customers and the checkpoint in one transaction, so that a crash loses no change and repeats none. */
    readonly write: (customers: ReadonlyArray<Customer>, checkpoint: Checkpoint) => Effect.Effect<void, CopyFailed>
    /** The addresses of the customers who want e-mail. */
    readonly mailingList: Effect.Effect<ReadonlyArray<string>, CopyFailed>
  }
>() {
  static readonly make = (file: string) =>
    Effect.gen(function* () {
      const attempt = <A>(run: () => A) => Effect.try({ try: run, catch: (cause) => new CopyFailed({ cause }) })
      const database = yield* Effect.acquireRelease(
        attempt(() => {
          if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true })
          const opened = new Database(file)
          opened.exec("CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, email TEXT, wants_email INTEGER NOT NULL)")
          opened.exec("CREATE TABLE IF NOT EXISTS checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), checkpoint TEXT NOT NULL)")
          return opened
        }),
        (opened) => Effect.sync(() => opened.close())
      )
      const put = database.prepare("INSERT OR REPLACE INTO customers VALUES (?, ?, ?)")
      const drop = database.prepare("DELETE FROM customers WHERE id = ?")
      const keep = database.prepare("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)")
      const writeAll = database.transaction((customers: ReadonlyArray<Customer>, checkpoint: Checkpoint) => {
        for (const { deleted_at, email, id, marketing_consent } of customers) {
          if (deleted_at !== undefined) drop.run([id])
          else put.run([id, email ?? null, marketing_consent?.email?.consent === true ? 1 : 0])
        }
        keep.run([checkpoint])
      })
      return CustomerCopy.of({
        checkpoint: attempt(() => {
          const row = database.prepare("SELECT checkpoint FROM checkpoint").get([]) as { checkpoint: string } | undefined
          return Option.map(Option.fromNullable(row), ({ checkpoint }) => Checkpoint.make(checkpoint))
        }),
        write: (customers, checkpoint) => attempt(() => writeAll(customers, checkpoint)),
        mailingList: attempt(() => {
          const rows = database.prepare("SELECT email FROM customers WHERE wants_email = 1 AND email IS NOT NULL ORDER BY email")
          return (rows.all([]) as ReadonlyArray<{ email: string }>).map(({ email }) => email)
        })
      })
    })

  static readonly layer = Layer.scoped(CustomerCopy, Effect.flatMap(Settings.copyFile, CustomerCopy.make))
}
