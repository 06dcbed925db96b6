/**
 * The whole Customers API: profiles of customers, their tokens, tags, terms, codes and locations.
 */
export const version4: ReadonlyArray<string> = [
  "ALTER TABLE mfa_tokens ADD COLUMN stage TEXT",
  "CREATE INDEX refresh_tokens_by_subject ON refresh_tokens (account_id, subject)",
  "CREATE INDEX mfa_tokens_by_subject ON mfa_tokens (account_id, subject)",
  "ALTER TABLE customers ADD COLUMN pin_hash TEXT",
  "ALTER TABLE customers ADD COLUMN profile TEXT NOT NULL DEFAULT '{}'",
  "ALTER TABLE customers ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}'",
  "ALTER TABLE customers ADD COLUMN created_by TEXT",
  "ALTER TABLE customers ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0",
  "ALTER TABLE customers ADD COLUMN deleted_at BIGINT",
  "ALTER TABLE customers ADD COLUMN deleted_by TEXT",
  "ALTER TABLE customers ADD COLUMN position BIGINT NOT NULL DEFAULT 0",
  "ALTER TABLE customers ADD COLUMN email_verified_at BIGINT",
  "ALTER TABLE customers ADD COLUMN phone_verified_at BIGINT",
  // No two customers of an account were changed at one time, and none in the future.
  `UPDATE customers SET position = numbered.number, updated_at = customers.created_at - (numbered.total - numbered.number)
    FROM (SELECT account_id, id, row_number() OVER (PARTITION BY account_id ORDER BY created_at, id) AS number,
      count(*) OVER (PARTITION BY account_id) AS total FROM customers) AS numbered
    WHERE numbered.account_id = customers.account_id AND numbered.id = customers.id`,
  "DROP INDEX customers_by_phone",
  "CREATE INDEX customers_by_phone ON customers (account_id, phone_number, position)",
  "CREATE INDEX customers_by_email ON customers (account_id, email_lower, position)",
  "CREATE UNIQUE INDEX customers_by_position ON customers (account_id, position)",
  "CREATE INDEX customers_by_type ON customers (account_id, type, position, deleted_at)",
  "CREATE INDEX customers_by_change ON customers (account_id, updated_at)",
  "CREATE TABLE customer_counters (account_id TEXT NOT NULL, position BIGINT NOT NULL, sequence BIGINT, changed_at BIGINT NOT NULL, PRIMARY KEY (account_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE TABLE customer_words (account_id TEXT NOT NULL, word TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, word, position), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position))",
  "CREATE INDEX customer_words_by_position ON customer_words (account_id, position, word)",
  "CREATE TABLE customer_attributes (account_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, name, value, position), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position))",
  "CREATE INDEX customer_attributes_by_position ON customer_attributes (account_id, position, name, value)",
  "CREATE TABLE customer_tokens (account_id TEXT NOT NULL, id TEXT NOT NULL, token_id TEXT NOT NULL, owner_id TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, live TEXT, source TEXT, metadata TEXT, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, type, live), FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, id))",
  "CREATE INDEX customer_tokens_by_owner ON customer_tokens (account_id, owner_id, position)",
  "CREATE INDEX customer_tokens_by_value ON customer_tokens (account_id, live)",
  "CREATE TABLE token_pairs (account_id TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, position BIGINT NOT NULL, updated_at BIGINT, deleted_at BIGINT, PRIMARY KEY (account_id, id), UNIQUE (account_id, type, value), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX token_pairs_by_position ON token_pairs (account_id, position)",
  "CREATE INDEX token_pairs_by_change ON token_pairs (account_id, updated_at)",
  "CREATE TABLE token_events (account_id TEXT NOT NULL, pair_id TEXT NOT NULL, position BIGINT NOT NULL, event TEXT NOT NULL, status TEXT, metadata TEXT, created_at BIGINT NOT NULL, expires_at BIGINT, PRIMARY KEY (account_id, pair_id, position), FOREIGN KEY (account_id, pair_id) REFERENCES token_pairs (account_id, id))",
  "CREATE TABLE customer_tags (account_id TEXT NOT NULL, id TEXT NOT NULL, tag TEXT NOT NULL, metadata TEXT, created_at BIGINT NOT NULL, created_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX customer_tags_by_position ON customer_tags (account_id, position)",
  "CREATE TABLE tagged_customers (account_id TEXT NOT NULL, tag_id TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, tag_id, position), FOREIGN KEY (account_id, tag_id) REFERENCES customer_tags (account_id, id), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position))",
  "CREATE INDEX tagged_customers_by_position ON tagged_customers (account_id, position, tag_id)",
  "CREATE TABLE terms (account_id TEXT NOT NULL, id TEXT NOT NULL, terms TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX terms_by_position ON terms (account_id, position)",
  "CREATE TABLE verification_codes (account_id TEXT NOT NULL, owner_id TEXT NOT NULL, field TEXT NOT NULL, address TEXT NOT NULL, code_hash TEXT NOT NULL, tries_left INTEGER NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (account_id, owner_id, field), FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, id))",
  "CREATE TABLE locations (account_id TEXT NOT NULL, id TEXT NOT NULL, location_id TEXT NOT NULL, fields TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, location_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id))",
  "CREATE INDEX locations_by_position ON locations (account_id, position)",
  "CREATE TABLE location_words (account_id TEXT NOT NULL, field TEXT NOT NULL, word TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (account_id, field, word, id), FOREIGN KEY (account_id, id) REFERENCES locations (account_id, id))",
  "CREATE INDEX location_words_by_id ON location_words (account_id, id)",
  `INSERT INTO customer_words (account_id, word, position)
    SELECT account_id, lower(customer_id), position FROM customers
    UNION SELECT account_id, email_lower, position FROM customers WHERE email_lower IS NOT NULL
    UNION SELECT account_id, phone_number, position FROM customers WHERE phone_number IS NOT NULL`
]
