/**
 * The whole Auth API: clients with descriptions and rotated secrets, logins of users, roles, account users, codes and audit events.
 */

const audit = [
  "CREATE TABLE audit_events (account_id TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, entity TEXT NOT NULL, created_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX audit_events_by_actor ON audit_events (account_id, actor, position)",
  "CREATE INDEX audit_events_by_position ON audit_events (account_id, position)"
]

const clients: ReadonlyArray<string> = []

const accountUsers = [
  "CREATE TABLE auth_roles (account_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT, description TEXT, scope TEXT NOT NULL, searched TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX auth_roles_by_position ON auth_roles (account_id, position)",
  "CREATE TABLE account_users (account_id TEXT NOT NULL, id TEXT NOT NULL, email TEXT NOT NULL, email_lower TEXT NOT NULL, name TEXT, scope TEXT, authentication_type TEXT, agreement TEXT, searched TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, email_lower), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX account_users_by_position ON account_users (account_id, position)",
  "CREATE TABLE account_user_roles (account_id TEXT NOT NULL, user_id TEXT NOT NULL, role_id TEXT NOT NULL, PRIMARY KEY (account_id, user_id, role_id), FOREIGN KEY (account_id, user_id) REFERENCES account_users (account_id, id), FOREIGN KEY (account_id, role_id) REFERENCES auth_roles (account_id, id))",
  "CREATE INDEX account_user_roles_by_role ON account_user_roles (account_id, role_id)"
]

const authUsers: ReadonlyArray<string> = []

const codes: ReadonlyArray<string> = []

const partners: ReadonlyArray<string> = []

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
