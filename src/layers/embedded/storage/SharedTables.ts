/**
 * The tables in which the processes of one system share the clock, the outbox and the journal. Only PostgreSQL has these tables. A system on
 * SQLite has them in memory.
 */
export const definitions: ReadonlyArray<string> = [
  "CREATE TABLE effect_dintero_clock (state TEXT NOT NULL)",
  `INSERT INTO effect_dintero_clock (state) VALUES ('{"offset":0,"frozenAt":null}')`,
  "CREATE TABLE effect_dintero_outbox (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id TEXT NOT NULL, is_taken BOOLEAN NOT NULL DEFAULT FALSE, message TEXT NOT NULL)",
  "CREATE SEQUENCE effect_dintero_requests",
  "CREATE TABLE effect_dintero_journal (id BIGINT PRIMARY KEY, entry TEXT NOT NULL)"
]
