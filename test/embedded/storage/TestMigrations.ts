/**
 * Later versions of the tables, only for tests.
 */
import type { Migration } from "../../../src/layers/embedded/storage/Migrations.js"

const filled = ["ALTER TABLE customers ADD COLUMN label TEXT", "UPDATE customers SET label = customer_id || ' of ' || account_id"]

/** Adds a column that is filled from others, and replaces a table to which others refer. */
export const migrations: ReadonlyArray<Migration> = [
  {
    to: 4,
    up: {
      sqlite: [
        ...filled,
        "CREATE TABLE api_clients_4 (account_id TEXT NOT NULL, id TEXT NOT NULL, client_id TEXT NOT NULL, name TEXT NOT NULL, secret_digest TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, client_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
        "INSERT INTO api_clients_4 SELECT account_id, id, client_id, coalesce(name, client_id), secret_digest, created_at FROM api_clients",
        "DROP TABLE api_clients",
        "ALTER TABLE api_clients_4 RENAME TO api_clients"
      ],
      pg: [
        ...filled,
        "UPDATE api_clients SET name = client_id WHERE name IS NULL",
        "ALTER TABLE api_clients ALTER COLUMN name SET NOT NULL"
      ]
    }
  },
  { to: 5, up: ["CREATE INDEX customers_by_label ON customers (account_id, label)"] }
]

/** The same, with enough statements that a process can be killed between them. */
export const slowly: ReadonlyArray<Migration> = [
  ...migrations.slice(0, 1),
  {
    to: 5,
    up: Array.from({ length: 100 }, (_, n) => `UPDATE customers SET label = label || '${n % 10}'`)
  }
]
