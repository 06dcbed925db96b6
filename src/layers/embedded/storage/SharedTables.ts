/**
 * The tables in which the processes of one system share the clock, the outbox and the journal. Only PostgreSQL has these tables. A system on
 * SQLite has them in memory.
 */

/** What the journal is searched by. */
const journalIndices: ReadonlyArray<string> = [
  "CREATE INDEX effect_dintero_journal_by_operation ON effect_dintero_journal (operation, id)",
  "CREATE INDEX effect_dintero_journal_by_customer ON effect_dintero_journal USING GIN (customer_ids)"
]

export const definitions: ReadonlyArray<string> = [
  "CREATE TABLE effect_dintero_clock (state TEXT NOT NULL)",
  `INSERT INTO effect_dintero_clock (state) VALUES ('{"offset":0,"frozenAt":null}')`,
  "CREATE TABLE effect_dintero_outbox (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id TEXT NOT NULL, is_taken BOOLEAN NOT NULL DEFAULT FALSE, message TEXT NOT NULL)",
  "CREATE SEQUENCE effect_dintero_requests",
  "CREATE TABLE effect_dintero_journal (id BIGINT PRIMARY KEY, operation TEXT, customer_ids TEXT[] NOT NULL, entry TEXT NOT NULL)",
  ...journalIndices
]

/** For a database of version 3. Its entries do not say which customers they are about. */
export const version4: ReadonlyArray<string> = [
  "ALTER TABLE effect_dintero_journal ADD COLUMN operation TEXT, ADD COLUMN customer_ids TEXT[] NOT NULL DEFAULT '{}'",
  "ALTER TABLE effect_dintero_journal ALTER COLUMN customer_ids DROP DEFAULT",
  `UPDATE effect_dintero_journal SET operation = entry::json->>'operation', entry = left(entry, -1) || ',"customer_ids":[]}'`,
  ...journalIndices
]
