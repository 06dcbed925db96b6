/**
 * The whole Auth API: clients with descriptions and rotated secrets, logins of users, roles, account users, codes and audit events.
 */

const audit = [
  "CREATE TABLE audit_events (account_id TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, entity TEXT NOT NULL, created_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX audit_events_by_actor ON audit_events (account_id, actor, position)",
  "CREATE INDEX audit_events_by_position ON audit_events (account_id, position)"
]

const clients: ReadonlyArray<string> = []

const accountUsers: ReadonlyArray<string> = []

const authUsers: ReadonlyArray<string> = []

const codes: ReadonlyArray<string> = []

const partners: ReadonlyArray<string> = []

const signing = ["ALTER TABLE signing_keys ADD COLUMN retired_at BIGINT"]

export const version5: ReadonlyArray<string> = [
  ...audit,
  ...clients,
  ...accountUsers,
  ...authUsers,
  ...codes,
  ...partners,
  ...signing
]
