/**
 * What is stored, in SQL that SQLite and PostgreSQL both read. Times are milliseconds since 1970, JSON is text.
 *
 * The tables are data, so that they can be made, copied and checked without saying twice what stands in them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { UnusableDatabase } from "./EmbeddedStartError.js"
import { unusable, unusableBecause } from "./Sqlite.js"

/** To be raised with every change of the tables. */
export const version = 3

export interface Column {
  readonly type: "TEXT" | "INTEGER" | "BIGINT"
  readonly isNullable?: true
}

export interface Table {
  readonly columns: { readonly [name: string]: Column }
  /** Keys and references. */
  readonly constraints: ReadonlyArray<string>
}

const text: Column = { type: "TEXT" }
const nullableText: Column = { type: "TEXT", isNullable: true }
const integer: Column = { type: "INTEGER" }
const nullableInteger: Column = { type: "INTEGER", isNullable: true }
const millis: Column = { type: "BIGINT" }
const nullableMillis: Column = { type: "BIGINT", isNullable: true }

const ofAccount = "FOREIGN KEY (account_id) REFERENCES accounts (account_id)"

/**
 * What belongs to an account: each table has an `account_id`, and stands after those that it refers to. An `audience` may name
 * the account.
 */
export const accountTables = {
  accounts: {
    columns: { account_id: text, access_token_lifetime: integer, settings: text, created_at: millis },
    constraints: ["PRIMARY KEY (account_id)"]
  },
  api_clients: {
    columns: {
      account_id: text,
      id: text,
      client_id: text,
      name: nullableText,
      secret_digest: text,
      created_at: millis
    },
    constraints: ["PRIMARY KEY (account_id, id)", "UNIQUE (account_id, client_id)", ofAccount]
  },
  grants: {
    columns: {
      account_id: text,
      id: text,
      api_client_id: text,
      audience: text,
      type: text,
      scope: text,
      created_at: millis
    },
    constraints: [
      "PRIMARY KEY (account_id, id)",
      "FOREIGN KEY (account_id, api_client_id) REFERENCES api_clients (account_id, id)"
    ]
  },
  customers: {
    columns: {
      account_id: text,
      id: text,
      customer_id: text,
      type: text,
      email: nullableText,
      email_lower: nullableText,
      phone_number: nullableText,
      password_hash: nullableText,
      created_at: millis
    },
    constraints: [
      "PRIMARY KEY (account_id, id)",
      "UNIQUE (account_id, customer_id)",
      "UNIQUE (account_id, type, email_lower)",
      ofAccount
    ]
  },
  refresh_tokens: {
    columns: {
      account_id: text,
      token_digest: text,
      client_id: text,
      subject: text,
      audience: text,
      scope: text,
      created_at: millis,
      // The digest of the token that the login gave: the same in all that came of it.
      family: text,
      predecessor_digest: nullableText,
      // While the token can answer its successor again; the successor is the token's HMAC of it.
      successor_nonce: nullableText,
      logged_in_at: millis,
      // When it was given, or used for the last time.
      active_at: millis,
      // When it got its successor.
      used_at: nullableMillis,
      revoked_at: nullableMillis
    },
    // No token has two successors, whatever happens.
    constraints: ["PRIMARY KEY (account_id, token_digest)", "UNIQUE (account_id, predecessor_digest)", ofAccount]
  },
  mfa_tokens: {
    columns: {
      account_id: text,
      token_digest: text,
      client_id: text,
      subject: text,
      audience: text,
      created_at: millis,
      expires_at: millis,
      // Of the last code that was sent for it; all or none.
      oob_digest: nullableText,
      code_mac: nullableText,
      tries_left: nullableInteger
    },
    constraints: ["PRIMARY KEY (account_id, token_digest)", ofAccount]
  },
  failed_logins: {
    columns: {
      account_id: text,
      // Empty for those who are no customer.
      customer_id: text,
      // In a row.
      failures: integer,
      // How many attempts came too early since the last failure.
      refused: integer,
      refused_until: millis
    },
    constraints: ["PRIMARY KEY (account_id, customer_id)", ofAccount]
  }
} as const satisfies { readonly [name: string]: Table }

export type AccountTable = keyof typeof accountTables

/** In the order in which rows can be inserted. */
// Seam: the keys of a constant are known, and `Object.keys` types them as text.
export const accountTableNames = Object.keys(accountTables) as ReadonlyArray<AccountTable>

const systemTables: { readonly [name: string]: Table } = {
  effect_dintero_schema: { columns: { version: integer }, constraints: [] },
  signing_keys: {
    columns: { kid: text, private_key: text, created_at: millis },
    constraints: ["PRIMARY KEY (kid)"]
  }
}

const indices = [
  "CREATE INDEX grants_by_client ON grants (account_id, api_client_id)",
  // Not unique: settings can allow that a phone number is shared.
  "CREATE INDEX customers_by_phone ON customers (account_id, type, phone_number)",
  "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (account_id, family)"
]

const definition = ([name, { columns, constraints }]: [string, Table]): string =>
  `CREATE TABLE ${name} (${[
    ...Object.entries(columns).map(
      ([column, { isNullable, type }]) => `${column} ${type}${isNullable === true ? "" : " NOT NULL"}`
    ),
    ...constraints
  ].join(", ")})`

const script = [...Object.entries({ ...systemTables, ...accountTables }).map(definition), ...indices].join(";\n")

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
      yield* sql.unsafe(script).unprepared
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
