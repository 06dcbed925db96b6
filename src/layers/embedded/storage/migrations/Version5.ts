/**
 * The whole Auth API: clients with descriptions and rotated secrets, logins of users, roles, account users, codes and audit events.
 */

const audit = [
  "CREATE TABLE audit_events (account_id TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, entity TEXT NOT NULL, created_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX audit_events_by_actor ON audit_events (account_id, actor, position)",
  "CREATE INDEX audit_events_by_position ON audit_events (account_id, position)"
]

const clients = [
  "ALTER TABLE api_clients ADD COLUMN description TEXT",
  "ALTER TABLE api_clients ADD COLUMN callbacks TEXT",
  "ALTER TABLE api_clients ADD COLUMN created_by TEXT",
  "ALTER TABLE api_clients ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0",
  "ALTER TABLE api_clients ADD COLUMN previous_digest TEXT",
  "ALTER TABLE api_clients ADD COLUMN previous_until BIGINT",
  "UPDATE api_clients SET updated_at = created_at",
  "ALTER TABLE grants ADD COLUMN oidc TEXT",
  "ALTER TABLE grants ADD COLUMN created_by TEXT",
  "ALTER TABLE grants ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0",
  "UPDATE grants SET updated_at = created_at"
]

const accountUsers = [
  "CREATE TABLE account_users (account_id TEXT NOT NULL, id TEXT NOT NULL, email TEXT NOT NULL, email_lower TEXT NOT NULL, scope TEXT, PRIMARY KEY (account_id, id), UNIQUE (account_id, email_lower), FOREIGN KEY (account_id) REFERENCES accounts (account_id))"
]

const authUsers = [
  "CREATE TABLE auth_users (account_id TEXT NOT NULL, id TEXT NOT NULL, username TEXT NOT NULL, password_hash TEXT NOT NULL, links TEXT NOT NULL, mfa TEXT, customer TEXT, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, username), FOREIGN KEY (account_id) REFERENCES accounts (account_id), FOREIGN KEY (account_id, customer) REFERENCES customers (account_id, id))",
  "ALTER TABLE mfa_tokens ADD COLUMN auth_user TEXT",
  "ALTER TABLE mfa_tokens ADD COLUMN first_channel TEXT",
  "CREATE INDEX mfa_tokens_by_auth_user ON mfa_tokens (account_id, auth_user)",
  "ALTER TABLE refresh_tokens ADD COLUMN auth_user TEXT",
  "CREATE INDEX refresh_tokens_by_auth_user ON refresh_tokens (account_id, auth_user)"
]

const codes = [
  "CREATE TABLE login_codes (account_id TEXT NOT NULL, client_id TEXT NOT NULL, audience TEXT NOT NULL, ident_type TEXT NOT NULL, ident TEXT NOT NULL, owner_id TEXT, code_hash TEXT NOT NULL, nonce TEXT, tries_left INTEGER NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (account_id, client_id, audience, ident_type, ident), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX login_codes_by_owner ON login_codes (account_id, owner_id)",
  "CREATE TABLE login_code_sendings (account_id TEXT NOT NULL, email TEXT NOT NULL, sendings INTEGER NOT NULL, refused INTEGER NOT NULL, began_at BIGINT NOT NULL, sent_at BIGINT NOT NULL, PRIMARY KEY (account_id, email), FOREIGN KEY (account_id) REFERENCES accounts (account_id))"
]

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
