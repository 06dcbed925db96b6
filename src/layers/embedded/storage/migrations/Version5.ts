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
  "CREATE TABLE auth_roles (account_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT, description TEXT, scope TEXT NOT NULL, searched TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX auth_roles_by_position ON auth_roles (account_id, position)",
  "CREATE TABLE account_users (account_id TEXT NOT NULL, id TEXT NOT NULL, email TEXT NOT NULL, email_lower TEXT NOT NULL, name TEXT, scope TEXT, authentication_type TEXT, agreement TEXT, searched TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, email_lower), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX account_users_by_position ON account_users (account_id, position)",
  "CREATE TABLE account_user_roles (account_id TEXT NOT NULL, user_id TEXT NOT NULL, role_id TEXT NOT NULL, PRIMARY KEY (account_id, user_id, role_id), FOREIGN KEY (account_id, user_id) REFERENCES account_users (account_id, id), FOREIGN KEY (account_id, role_id) REFERENCES auth_roles (account_id, id))",
  "CREATE INDEX account_user_roles_by_role ON account_user_roles (account_id, role_id)"
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
