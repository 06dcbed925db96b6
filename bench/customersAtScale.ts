/**
 * Finding customers among 1,000,000 beside finding them among 10,000, on a SQLite file and on PostgreSQL.
 *
 * The tables are filled by SQL, because a million calls would take an hour. Both systems run in this process, each call goes through the whole
 * server, and the two take turns. Each figure is the ratio of the medians.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClientRequest } from "@effect/platform"
import { PgClient } from "@effect/sql-pg"
import * as Reactivity from "@effect/experimental/Reactivity"
import { Effect, Exit, type Redacted, Scope } from "effect"
import { DinteroEmbedded, type Seed } from "effect-dintero/embedded"
import Libsql from "libsql"
import * as Postgres from "../test/utils/Postgres.js"
import { type Bench, type Figure, median, quantile } from "./Figure.js"

const [{ account_id: account, clients }] = DinteroEmbedded.demoSeed.accounts
const [client] = clients
const audience = `https://api.dintero.com/v1/accounts/${account}`
const seed: Seed.Seed = { accounts: [{ account_id: account, clients }] }

const tag = "00000000-0000-4000-8000-000000000000"

/** 2024-01-01. The first customer was created then, and each other one a second later. */
const begin = Date.UTC(2024, 0, 1)

const createdAt = (i: number): string => new Date(begin + i * 1_000).toISOString()

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
    ].map((word) => insert("customer_words", "word, id", `${word}, ${id}`)),
    insert("customer_attributes", "name, value, position, id", `'tier', ${tier}, i, ${id}`),
    insert("customer_attributes", "name, value, position, id", `'number', CAST(i AS TEXT), i, ${id}`),
    insert(
      "customer_tokens",
      "id, token_id, owner_id, type, value, live, created_at, updated_at, position",
      `${id}, ${id}, ${id}, 'card', 'card' || ${number}, 'card' || ${number}, ${at}, ${at}, i`
    ),
    `INSERT INTO customer_tags (account_id, id, tag, created_at, position) VALUES ('${account}', '${tag}', 'one of 100', ${begin}, 1)`,
    insert("tagged_customers", "tag_id, position, owner_id", `'${tag}', i, ${id}`, "WHERE i % 100 = 0"),
    `DELETE FROM customer_counters`,
    `INSERT INTO customer_counters (account_id, position, changed_at) VALUES ('${account}', ${count}, ${begin + count * 1000})`
  ]
}

/** Makes the tables. */
const migrate = (db: string | Redacted.Redacted) => Effect.asVoid(Effect.scoped(DinteroEmbedded.make({ db, seed })))

const fillSqlite = (path: string, count: number) =>
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

const fillPostgres = (database: Redacted.Redacted, count: number) =>
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

/** The system's answer to a list, in ms. */
interface System {
  readonly count: number
  readonly list: (query: string) => Promise<number>
}

const start = (db: string | Redacted.Redacted, count: number): Effect.Effect<System, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const { httpClient } = yield* DinteroEmbedded.make({ db, seed })
    const url = `https://any.host.example/v1/accounts/${account}`
    const granted = yield* httpClient.execute(
      HttpClientRequest.post(`${url}/auth/token`).pipe(
        HttpClientRequest.basicAuth(client.client_id, client.client_secret),
        HttpClientRequest.bodyUnsafeJson({ grant_type: "client_credentials", audience })
      )
    )
    // Seam: the answer of the token endpoint.
    const { access_token } = (yield* granted.json) as { readonly access_token: string }
    return {
      count,
      list: async (query) => {
        const startedAt = performance.now()
        const { status, text } = await Effect.runPromise(
          Effect.flatMap(
            httpClient.execute(
              HttpClientRequest.bearerToken(HttpClientRequest.get(`${url}/customers/users?${query}`), access_token)
            ),
            (response) => Effect.map(response.text, (text) => ({ status: response.status, text }))
          )
        )
        const took = performance.now() - startedAt
        if (status !== 200 || text === "[]") throw new Error(`${query}: ${status} ${text}`)
        return took
      }
    }
  })

/** What is looked for in a system of `count` customers: another one each time. `any` is from 1 to `count`. */
const lists: { readonly [name: string]: (any: number, count: number) => string } = {
  "first page of 100": () => "limit=100",
  "last page of 100, which is the 10,000th of 1,000,000": (_, count) => `limit=100&starting_after=customer-${count - 100}`,
  "by email": (any) => `email=person${any}@example.com`,
  "by phone": (any) => `phone_number=%2B47${String(any).padStart(8, "0")}`,
  "by token": (any) => `token_type=card&token_value=card${String(any).padStart(8, "0")}`,
  "prefix search that finds 1": (any) => `search=last${String(any).padStart(8, "0")}`,
  "prefix search that finds 1 of 100": (any) => `search=first${any % 100}%20`,
  "prefix search that finds all": () => "search=customer-",
  "attribute filter that finds 1": (any) => `attributes_keys=number&attributes_values=${any}`,
  "attribute filter that finds 1 of 10": () => "attributes_keys=tier&attributes_values=gold",
  "tag that 1 of 100 have": () => `tag_id=${tag}`,
  "tag and attribute and prefix search": () => `tag_id=${tag}&attributes_keys=tier&attributes_values=gold&search=first`,
  "since_datetime, the last 100": (_, count) => `since_datetime=${createdAt(count - 100)}`,
  "since_datetime, any": (any) => `since_datetime=${createdAt(any)}`
}

const measure = async function* (database: string, rounds: number, systems: readonly [System, System]): AsyncGenerator<Figure> {
  const [few, many] = systems
  for (const [name, queryOf] of Object.entries(lists)) {
    const times = new Map<System, Array<number>>(systems.map((system) => [system, []]))
    for (let round = -5; round < rounds; round++) {
      for (const system of round % 2 === 0 ? systems : [...systems].reverse()) {
        const any = 1 + Math.floor(Math.random() * system.count)
        const took = await system.list(queryOf(any, system.count))
        if (round >= 0) times.get(system)?.push(took)
      }
    }
    const [of, all] = [times.get(few) ?? [], times.get(many) ?? []]
    yield {
      name: `${database}, ${many.count.toLocaleString("en")} against ${few.count.toLocaleString("en")}: ${name}`,
      value: median(all) / median(of),
      unit: "×",
      note: `${median(all).toFixed(2)} against ${median(of).toFixed(2)} ms; p95 ${quantile(all, 0.95).toFixed(2)} against ${quantile(of, 0.95).toFixed(2)}`
    }
  }
}

/** Gives the figures while the scope of the systems is open. */
const within = async function* (
  open: Effect.Effect<AsyncGenerator<Figure>, unknown, Scope.Scope>
): AsyncGenerator<Figure> {
  const scope = Effect.runSync(Scope.make())
  try {
    yield* await Effect.runPromise(Scope.extend(open, scope))
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

export const bench: Bench = async function* ({ isReduced }) {
  const [few, many] = [10_000, isReduced ? 100_000 : 1_000_000]
  const rounds = isReduced ? 30 : 100

  yield* within(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-bench-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const system = (count: number) => {
        const path = join(folder, `${count}.db`)
        return Effect.zipRight(fillSqlite(path, count), start(path, count))
      }
      return measure("SQLite", rounds, [yield* system(few), yield* system(many)])
    })
  )
  // Making a million rows and their indices takes PostgreSQL a few minutes.
  if (isReduced) return
  if (!Postgres.available) {
    yield { name: "PostgreSQL", value: null, unit: "×", note: Postgres.reason }
    return
  }
  yield* within(
    Effect.gen(function* () {
      const server = yield* Postgres.make
      const system = (count: number) =>
        Effect.flatMap(server.database, (db) => Effect.zipRight(fillPostgres(db, count), start(db, count)))
      return measure("PostgreSQL", rounds, [yield* system(few), yield* system(many)])
    })
  )
}
