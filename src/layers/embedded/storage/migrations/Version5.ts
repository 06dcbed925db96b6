/**
 * The whole Auth API: clients with descriptions and rotated secrets, logins of users, roles, account users, codes and audit events.
 */

const audit = [
  "CREATE TABLE audit_events (account_id TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, entity TEXT NOT NULL, created_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX audit_events_by_actor ON audit_events (account_id, actor, position)",
  "CREATE INDEX audit_events_by_position ON audit_events (account_id, position)"
]

const clients = ["ALTER TABLE grants ADD COLUMN oidc TEXT"]

const accountUsers = [
  "CREATE TABLE account_users (account_id TEXT NOT NULL, id TEXT NOT NULL, email TEXT NOT NULL, email_lower TEXT NOT NULL, scope TEXT, PRIMARY KEY (account_id, id), UNIQUE (account_id, email_lower), FOREIGN KEY (account_id) REFERENCES accounts (account_id))"
]

const authUsers: ReadonlyArray<string> = []

const codes: ReadonlyArray<string> = []

const partners = ["ALTER TABLE accounts ADD COLUMN partner TEXT", "ALTER TABLE accounts ADD COLUMN jwks TEXT"]

const signing: ReadonlyArray<string> = []

export const version5: ReadonlyArray<string> = [
  ...audit,
  ...clients,
  ...accountUsers,
  ...authUsers,
  ...codes,
  ...partners,
  ...signing
]
