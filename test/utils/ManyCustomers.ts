/**
 * Databases with a great many customers. The tables are filled by SQL, because a million calls would take an hour.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import { PgClient } from "@effect/sql-pg"
import { Effect, type Redacted } from "effect"
import { DinteroEmbedded, type Seed } from "effect-dintero/embedded"
import Libsql from "libsql"

const [
  {
    account_id: account,
    clients: [client]
  }
] = DinteroEmbedded.demoSeed.accounts

/** The demo account without customers. */
export const seed: Seed.Seed = {
  accounts: [
    {
      account_id: account,
      clients: [
        {
          ...client,
          grants: [{ type: "client_credentials", scope: ["admin:customers", "admin:locations"] }]
        }
      ]
    }
  ]
}

/** 1 of 100 customers has this tag. */
export const tag = "00000000-0000-4000-8000-000000000000"

/** 2024-01-01. The first customer was created then, and each other one a second later. */
const begin = Date.UTC(2024, 0, 1)

export const createdAt = (i: number): string => new Date(begin + i * 1_000).toISOString()

/** SQL for the number `i` in eight digits, in each dialect. */
interface Dialect {
  readonly digits: (value: string, format: "d" | "x") => string
  readonly numbers: (count: number) => string
}

const sqlite: Dialect = {
  digits: (value, format) => `printf('%08${format}', ${value})`,
  numbers: (count) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`
}

const postgres: Dialect = {
  digits: (value, format) => (format === "d" ? `lpad((${value})::text, 8, '0')` : `lpad(to_hex(${value}), 8, '0')`),
  numbers: (count) => `WITH n(i) AS (SELECT generate_series(1::bigint, ${count}::bigint))`
}

/** Customers with names, an email, a phone number, a token and two attributes. One of 100 has a tag. */
const statements = ({ digits, numbers }: Dialect, count: number): ReadonlyArray<string> => {
  const number = digits("i", "d")
  // In an order that has nothing to do with that of the creation, as ids of the service have none.
  const id = `${digits("(i * 2654435761) % 4294967296", "x")} || '-0000-4000-8000-0000' || ${number}`
  const first = `'first' || (i % 100)`
  const last = `'last' || ${number}`
  const tier = "CASE WHEN i % 10 = 0 THEN 'gold' ELSE 'blue' END"
  const profile = `'{"first_name":"' || ${first} || '","last_name":"' || ${last} || '","attributes":{"number":' || i || ',"tier":"' || ${tier} || '"}}'`
  const at = `${begin} + i * 1000`
  const insert = (table: string, columns: string, values: string, where = ""): string =>
    `INSERT INTO ${table} (account_id, ${columns}) ${numbers(count)} SELECT '${account}', ${values} FROM n ${where}`
  return [
    insert(
      "customers",
      "id, customer_id, type, email, email_lower, phone_number, created_at, profile, metadata, updated_at, position",
      `${id}, 'customer-' || i, 'customer', 'person' || i || '@example.com', 'person' || i || '@example.com', '+47' || ${number}, ${at}, ${profile}, '{}', ${at}, i`
    ),
    ...[
      first,
      last,
      `${first} || ' ' || ${last}`,
      "'customer-' || i",
      "'person' || i || '@example.com'",
      `'+47' || ${number}`
    ].map((word) => insert("customer_words", "word, position", `${word}, i`)),
    insert("customer_attributes", "name, value, position", `'tier', ${tier}, i`),
    insert("customer_attributes", "name, value, position", "'number', CAST(i AS TEXT), i"),
    insert(
      "customer_tokens",
      "id, token_id, owner_id, type, value, live, created_at, updated_at, position",
      `${id}, ${id}, ${id}, 'card', 'card' || ${number}, 'card' || ${number}, ${at}, ${at}, i`
    ),
    `INSERT INTO customer_tags (account_id, id, tag, created_at, position) VALUES ('${account}', '${tag}', 'one of 100', ${begin}, 1)`,
    insert("tagged_customers", "tag_id, position", `'${tag}', i`, "WHERE i % 100 = 0"),
    `DELETE FROM customer_counters`,
    `INSERT INTO customer_counters (account_id, position, changed_at) VALUES ('${account}', ${count}, ${begin + count * 1000})`
  ]
}

/** Makes the tables. */
const migrate = (db: string | Redacted.Redacted) => Effect.asVoid(Effect.scoped(DinteroEmbedded.make({ db, seed })))

export const fillSqlite = (path: string, count: number) =>
  Effect.zipRight(
    migrate(path),
    Effect.sync(() => {
      const db = new Libsql(path)
      db.exec("PRAGMA cache_size = -500000; PRAGMA synchronous = OFF")
      const indices = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all([])
      const made = indices as ReadonlyArray<{ readonly name: string; readonly sql: string }>
      // Sorting all rows for an index at once takes a fraction of the time of one row after the other.
      for (const { name } of made) db.exec(`DROP INDEX ${name}`)
      db.exec("BEGIN")
      for (const statement of statements(sqlite, count)) db.exec(statement)
      db.exec("COMMIT")
      for (const { sql } of made) db.exec(sql)
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
      db.close()
    })
  )

export const fillPostgres = (database: Redacted.Redacted, count: number) =>
  Effect.zipRight(
    migrate(database),
    Effect.scoped(
      Effect.gen(function* () {
        const { reserve } = yield* PgClient.make({ url: database })
        const connection = yield* reserve
        const run = (sql: string) => connection.executeUnprepared(sql, [], undefined)
        // Without the checks of references, which look each row up.
        yield* run("SET session_replication_role = replica")
        for (const statement of statements(postgres, count)) yield* run(statement)
        // The server does that by itself a minute later.
        yield* run("VACUUM ANALYZE")
      })
    ).pipe(Effect.provide(Reactivity.layer))
  )
