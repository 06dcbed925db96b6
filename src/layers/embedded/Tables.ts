/**
 * What is stored, in SQL that SQLite and PostgreSQL both read. Times are milliseconds since 1970, JSON is text.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { UnusableDatabase } from "./EmbeddedStartError.js"
import { unusable, unusableBecause } from "./Sqlite.js"

/** To be raised with every change of the tables. */
const version = 1

const tables = [
  `CREATE TABLE effect_dintero_schema (version INTEGER NOT NULL)`,
  `CREATE TABLE accounts (
    account_id TEXT NOT NULL PRIMARY KEY,
    access_token_lifetime INTEGER NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`,
  `CREATE TABLE api_clients (
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT,
    secret_digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, client_id)
  )`,
  `CREATE TABLE grants (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    api_client_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    type TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, api_client_id) REFERENCES api_clients (account_id, id)
  )`,
  `CREATE INDEX grants_by_client ON grants (account_id, api_client_id)`,
  `CREATE TABLE customers (
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    type TEXT NOT NULL,
    email TEXT,
    email_lower TEXT,
    phone_number TEXT,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, customer_id),
    UNIQUE (account_id, type, email_lower)
  )`,
  // Not unique: settings can allow that a phone number is shared.
  `CREATE INDEX customers_by_phone ON customers (account_id, type, phone_number)`,
  `CREATE TABLE refresh_tokens (
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    token_digest TEXT NOT NULL,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (account_id, token_digest)
  )`,
  `CREATE TABLE mfa_tokens (
    account_id TEXT NOT NULL REFERENCES accounts (account_id),
    token_digest TEXT NOT NULL,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, token_digest)
  )`,
  `CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    private_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`
]

const Name = Schema.decodeUnknown(Schema.Array(Schema.Struct({ name: Schema.String })))
const Version = Schema.decodeUnknown(Schema.Array(Schema.Struct({ version: Schema.Number })))

/**
 * Makes the tables in an empty database, and leaves those of this version as they are. Anything else is refused, unchanged.
 * `database` names it in the error.
 */
export const create = (database: string): Effect.Effect<void, UnusableDatabase, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const existing = yield* sql
      .onDialectOrElse({
        sqlite: () => sql`SELECT name FROM sqlite_master WHERE type = 'table'`,
        orElse: () => sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`
      })
      .pipe(Effect.flatMap(Name))
    if (existing.length === 0) {
      yield* Effect.forEach(tables, (statement) => sql.unsafe(statement), { discard: true })
      yield* sql`INSERT INTO effect_dintero_schema (version) VALUES (${version})`
      return
    }
    if (!existing.some(({ name }) => name === "effect_dintero_schema")) {
      return yield* unusable(database, "it belongs to another program")
    }
    const [found] = yield* Effect.flatMap(sql`SELECT version FROM effect_dintero_schema`, Version)
    if (found?.version !== version) {
      return yield* unusable(
        database,
        `it has version ${found?.version ?? "none"} of the tables, and this release reads version ${version}`
      )
    }
  }).pipe(
    (effect) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(effect)),
    Effect.catchTags({
      SqlError: (error: SqlError) => Effect.fail(unusableBecause(database, error.cause)),
      ParseError: () => Effect.fail(unusable(database, "it belongs to another program"))
    })
  )
