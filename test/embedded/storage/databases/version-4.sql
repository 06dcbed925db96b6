-- A database as version 4 left it: refresh token bTlHV3Ctbo-5XuKuP-TziYD2j_3-fB2GTZ94LolDg6s of ada, one failed login, one recovery that waits for its code
CREATE TABLE effect_dintero_schema (version INTEGER NOT NULL);
INSERT INTO effect_dintero_schema VALUES (4);
CREATE TABLE signing_keys (kid TEXT NOT NULL, private_key TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (kid));
INSERT INTO signing_keys VALUES ('f33a421abe75b334d8c7ee7692ab7a272cc6094a', '-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCvA/+SvyN5v0Ta
OoSmloImQ3ne/xOMQbkkkebIDpvrK5hZx/J7jbUZgl0U8BypKFOCK3jnMCzpvg8l
ZdfmmvqFUKavpsI1WAS/L6vDvz5RDqrRKmJb4pv6tXfrbW70J8lCRLM2ALdRRupR
8/bFOgJhP2exyt6+zFa96oGawQrjBARvV3pNPxyR4NhjOniz8rKjfbjwR32gCBKP
8EZqL2n+2ioeUkZD7jeRjmjaY+hBXq99nZNlRYEEvKnKIzsdyfaJmA9dEkSJcl5h
qDBCGaGqQjLnm+OxSYWjE1AqeSHX9uU/rOMdSw6ynWGuPDJUWS2QJ4urlJCXiSj7
1yfsjeqJAgMBAAECggEAEYkmhecV4GB8Pxtm6CQjdT8EioXnSQHa0aG2zGu+TqFn
GfPRRXTs5NnthqgKTx6lw2CktBFdJqxu6xHZwJbdrBbpJKdiRSMFErztimbykP+V
uPB0u30ooMWm9tVXrSoBXdzxUeNfesrOtphprNhDncfTFXrct6RUuqGxC7b05sr5
EMq+DpHHIboqXXBRghOO2ioakgJRnnyiUxAPUEqVIxjxn3QO2tmIvWHDnlPtgEjA
/eAq/g9eIBe1FhCqSZjFfhtSI78SrSHkL7G/9QAHrC82uuqz0LU0vInXwEzk/f1A
IKUHM5cs8D8wPlE8/wWYzgWYSG1P0DQ4PkapNWmOGwKBgQDs8vfbS0ZKLkxLL03C
WtlLoYMwVPyDaOdEhYTIxN93IGQVywHfRBjhRJShETC1sHHja7XF+S3aUaFo41FK
ba0cX0wSSauFKy+62cNYmpmfaF3y52fB3Gmc3LbHp/Cb2qATllEpcc8/dY7HdcLa
Q+XeSgWq1vkuji57L7CLkqx0owKBgQC9Fkb87oZGGTkMY8rB/UkBu8lYC6J518JU
iK4GWul6OHTrtM9247+ZXAYoi4XQpSYOdSgxS3x7CYFjpZZMN18a4ubUliG+6W/U
klM5hK+ugfMbXltcvhYt/Aqw2sWaSUYg53neBPrw4uDGaSX/7UMcS6IcKn0o3QGy
Kf5H071q4wKBgQDPQFmxMy8g9UwAOzjtdZ84uuXPoZZYrqoSUiLppOG9BdTlBvL1
QU/twZmrJCkR0mpbPDv7FM+ZdOsUnjfdPP88oNId8NgYm8Scz5pA5sDWIGiEbQlh
FJRAAwHQssEO4XRAjash8A0ReZbQOd2cIeVuwBoi6vN7WBup3fWyrzEutwKBgEYE
lczbVoVmmaVo3o/vBrXJn8kmpceQiblb03Uu/P3xIfqWPay8sRpM5UrmP2r/fJQl
9fgrB7FX173ad0lJx8Hg+7EE1wIm1u5UMNU/uP5ZyHf9/L7e9L+acSsEF+AF+h39
GTeJiJLisHFIRnX6mbtElobvhOE41YPv4OUgFygZAoGABPNQzViHN5zxtfV6rR0f
hKdKuELXH4oc7ozqDyK92o2KTKq6848PnlhUQsnKS8nkL+xo2oDt/Bt+cf1ysb+3
hWotBwzYr3/VsWHtRWxSANYA/ueTkPZwZYtbiu2GF3builqHcCmptOUSeyPAz9k+
OletrhLNwY1lq4tCiHRxCjU=
-----END PRIVATE KEY-----
', 1795694541204);
CREATE TABLE accounts (account_id TEXT NOT NULL, access_token_lifetime INTEGER NOT NULL, settings TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account_id));
INSERT INTO accounts VALUES ('T12345678', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}},"attributes":[{"name":"height","type":"integer","multiple_values":false,"private":false}]}', 1795694539424);
INSERT INTO accounts VALUES ('P87654321', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}}}', 1795694539424);
CREATE TABLE api_clients (account_id TEXT NOT NULL, id TEXT NOT NULL, client_id TEXT NOT NULL, name TEXT, secret_digest TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, client_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO api_clients VALUES ('T12345678', '11111111-1111-4111-8111-111111111111', 'client', NULL, '$sha256$okfBo5wLeARP3B0oTHsLWQ==$7v5MVggc74yjAEFbN6IGmaxllN8GaGooEgCYtu2arEY=', 1795694539424);
INSERT INTO api_clients VALUES ('T12345678', '22222222-2222-4222-8222-222222222222', 'other', 'The other one', '$sha256$oWJa0Hl6/kUY2O0TCCfBuA==$QLWIQGD12in8RsrfuRkdSXj6u0H/h2eRMLw41ozRPHs=', 1795694539424);
CREATE TABLE grants (account_id TEXT NOT NULL, id TEXT NOT NULL, api_client_id TEXT NOT NULL, audience TEXT NOT NULL, type TEXT NOT NULL, scope TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id, api_client_id) REFERENCES api_clients (account_id, id));
INSERT INTO grants VALUES ('T12345678', 'd04745af-3554-4f7c-8795-3e5e4cc7f745', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'client_credentials', '["admin:customers","admin:locations","admin:accounts","write:accounts:/auth/users","create:accounts:auth:refresh_token"]', 1795694539424);
INSERT INTO grants VALUES ('T12345678', '964a02cf-fc78-4417-b2cc-924ebdd72938', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'password', '["user:customers"]', 1795694539424);
INSERT INTO grants VALUES ('T12345678', '3f784605-bc6d-482b-a440-c0e696a6f916', '22222222-2222-4222-8222-222222222222', 'https://api.dintero.com/v1/accounts/T12345678', 'any', '["read:customers"]', 1795694539424);
CREATE TABLE customers (account_id TEXT NOT NULL, id TEXT NOT NULL, customer_id TEXT NOT NULL, type TEXT NOT NULL, email TEXT, email_lower TEXT, phone_number TEXT, password_hash TEXT, created_at BIGINT NOT NULL, pin_hash TEXT, profile TEXT NOT NULL, metadata TEXT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, email_verified_at BIGINT, phone_verified_at BIGINT, PRIMARY KEY (account_id, id), UNIQUE (account_id, customer_id), UNIQUE (account_id, type, email_lower), UNIQUE (account_id, position), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO customers VALUES ('T12345678', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'ada', 'customer', 'Ada@example.com', 'ada@example.com', '+4791111111', '$scrypt$ln=4,r=8,p=1$rbGRQvp4ZEKCpCYpCRwypQ$86+LZ9FR3M1duAJBjMlk8DfzcnaQQMk2FyaDGlO2rtw', 1795694539424, NULL, '{"attributes":{"height":170}}', '{}', NULL, 1795694541714, NULL, NULL, 2, NULL, NULL);
INSERT INTO customers VALUES ('T12345678', '99f466db-26ae-46a2-a616-c0325a5200bc', 'linus', 'company', 'linus@example.com', 'linus@example.com', NULL, NULL, 1795694539424, NULL, '{}', '{}', NULL, 1795694539424, NULL, NULL, 3, NULL, NULL);
CREATE TABLE refresh_tokens (account_id TEXT NOT NULL, token_digest TEXT NOT NULL, client_id TEXT NOT NULL, subject TEXT NOT NULL, audience TEXT NOT NULL, scope TEXT NOT NULL, created_at BIGINT NOT NULL, family TEXT NOT NULL, predecessor_digest TEXT, successor_nonce TEXT, logged_in_at BIGINT NOT NULL, active_at BIGINT NOT NULL, used_at BIGINT, revoked_at BIGINT, PRIMARY KEY (account_id, token_digest), UNIQUE (account_id, predecessor_digest), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO refresh_tokens VALUES ('T12345678', 'df6bc308c89469d9d171b74941327b93bb280082a66f83e36bdbc5c8731af048', '11111111-1111-4111-8111-111111111111', 'ada', 'https://api.dintero.com/v1/accounts/T12345678', '["user:customers"]', 1795694541409, 'df6bc308c89469d9d171b74941327b93bb280082a66f83e36bdbc5c8731af048', NULL, NULL, 1795694541409, 1795694541409, NULL, NULL);
CREATE TABLE mfa_tokens (account_id TEXT NOT NULL, token_digest TEXT NOT NULL, client_id TEXT NOT NULL, subject TEXT NOT NULL, audience TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, stage TEXT, oob_digest TEXT, code_mac TEXT, tries_left INTEGER, PRIMARY KEY (account_id, token_digest), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO mfa_tokens VALUES ('T12345678', '813fab2bcc5a143d7c1d75e7dad24fc76e7f823073dc16ce0424644541c08b6d', '11111111-1111-4111-8111-111111111111', 'ada', 'https://api.dintero.com/v1/accounts/T12345678', 1795694541488, 1795695141495, 'recovery', '8bfa5ccdfdd67a741c8ae768beb58ff26f7e1a9a8ef5e86eef24053cc1fdc62a', 'e3a78b2b50a8ec7d6e0922a9ef9914749c3487754b430d98626c0b837d30e3f9', 5);
CREATE TABLE failed_logins (account_id TEXT NOT NULL, customer_id TEXT NOT NULL, failures INTEGER NOT NULL, refused INTEGER NOT NULL, refused_until BIGINT NOT NULL, PRIMARY KEY (account_id, customer_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO failed_logins VALUES ('T12345678', 'ada', 1, 0, 1795694541439);
CREATE TABLE customer_counters (account_id TEXT NOT NULL, position BIGINT NOT NULL, sequence BIGINT, changed_at BIGINT NOT NULL, PRIMARY KEY (account_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO customer_counters VALUES ('T12345678', 9, NULL, 1795694541714);
INSERT INTO customer_counters VALUES ('P87654321', 0, NULL, 1795694539424);
CREATE TABLE customer_words (account_id TEXT NOT NULL, word TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, word, position), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position));
INSERT INTO customer_words VALUES ('T12345678', 'linus', 3);
INSERT INTO customer_words VALUES ('T12345678', 'linus@example.com', 3);
INSERT INTO customer_words VALUES ('T12345678', 'ada', 2);
INSERT INTO customer_words VALUES ('T12345678', 'ada@example.com', 2);
INSERT INTO customer_words VALUES ('T12345678', '+4791111111', 2);
CREATE TABLE customer_attributes (account_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, name, value, position), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position));
INSERT INTO customer_attributes VALUES ('T12345678', 'height', '170', 2);
CREATE TABLE customer_tokens (account_id TEXT NOT NULL, id TEXT NOT NULL, token_id TEXT NOT NULL, owner_id TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, live TEXT, source TEXT, metadata TEXT, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, type, live), FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, id));
INSERT INTO customer_tokens VALUES ('T12345678', '66afd8f6-cf40-4b34-b6d7-cf4aa1721bc3', '66afd8f6-cf40-4b34-b6d7-cf4aa1721bc3', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'card', '1', '1', NULL, NULL, 1795694541588, '11111111-1111-4111-8111-111111111111', 1795694541588, NULL, NULL, 5);
CREATE TABLE token_pairs (account_id TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, position BIGINT NOT NULL, updated_at BIGINT, deleted_at BIGINT, PRIMARY KEY (account_id, id), UNIQUE (account_id, type, value), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO token_pairs VALUES ('T12345678', '3babd4ba-5d93-431a-ba6f-a8ee7e4ca067', 'card', '1', 6, NULL, NULL);
INSERT INTO token_pairs VALUES ('T12345678', 'a040c911-2ca8-41e2-b485-d214a1d3f736', 'card', '2', 7, 1795694541666, NULL);
CREATE TABLE token_events (account_id TEXT NOT NULL, pair_id TEXT NOT NULL, position BIGINT NOT NULL, event TEXT NOT NULL, status TEXT, metadata TEXT, created_at BIGINT NOT NULL, expires_at BIGINT, PRIMARY KEY (account_id, pair_id, position), FOREIGN KEY (account_id, pair_id) REFERENCES token_pairs (account_id, id));
INSERT INTO token_events VALUES ('T12345678', 'a040c911-2ca8-41e2-b485-d214a1d3f736', 8, 'signed up', NULL, NULL, 1795694541666, NULL);
CREATE TABLE customer_tags (account_id TEXT NOT NULL, id TEXT NOT NULL, tag TEXT NOT NULL, metadata TEXT, created_at BIGINT NOT NULL, created_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO customer_tags VALUES ('T12345678', '0d334c82-b55e-470b-83d2-af149d8c123a', 'VIP', NULL, 1795694539424, NULL, 1);
CREATE TABLE tagged_customers (account_id TEXT NOT NULL, tag_id TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, tag_id, position), FOREIGN KEY (account_id, tag_id) REFERENCES customer_tags (account_id, id), FOREIGN KEY (account_id, position) REFERENCES customers (account_id, position));
INSERT INTO tagged_customers VALUES ('T12345678', '0d334c82-b55e-470b-83d2-af149d8c123a', 2);
CREATE TABLE terms (account_id TEXT NOT NULL, id TEXT NOT NULL, terms TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, deleted_at BIGINT, deleted_by TEXT, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO terms VALUES ('T12345678', 'f5c8488e-0c4e-468d-97eb-838e6408422c', 'Be kind.', 1795694539424, NULL, 1795694539424, NULL, NULL, 1);
CREATE TABLE verification_codes (account_id TEXT NOT NULL, owner_id TEXT NOT NULL, field TEXT NOT NULL, address TEXT NOT NULL, code_hash TEXT NOT NULL, tries_left INTEGER NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (account_id, owner_id, field), FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, id));
INSERT INTO verification_codes VALUES ('T12345678', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'email', 'Ada@example.com', '$scrypt$ln=4,r=8,p=1$beKlC7W8Ju9O4OUgzoNcnQ$MTbLtvsPUP1N7R5ll+4/HE15Y8h9BChn/4vE+PlCxP0', 5, 1795695141756);
CREATE TABLE locations (account_id TEXT NOT NULL, id TEXT NOT NULL, location_id TEXT NOT NULL, fields TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT, updated_at BIGINT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (account_id, id), UNIQUE (account_id, location_id), FOREIGN KEY (account_id) REFERENCES accounts (account_id));
INSERT INTO locations VALUES ('T12345678', '9c178841-d433-4c3b-91f4-3e40ff62adb2', 'S1', '{"name":"Corner shop"}', 1795694539424, NULL, 1795694539424, 1);
CREATE TABLE location_words (account_id TEXT NOT NULL, field TEXT NOT NULL, word TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (account_id, field, word, id), FOREIGN KEY (account_id, id) REFERENCES locations (account_id, id));
INSERT INTO location_words VALUES ('T12345678', '', 'corner shop', '9c178841-d433-4c3b-91f4-3e40ff62adb2');
CREATE INDEX grants_by_client ON grants (account_id, api_client_id);
CREATE INDEX customers_by_phone ON customers (account_id, phone_number, position);
CREATE INDEX customers_by_email ON customers (account_id, email_lower, position);
CREATE INDEX customers_by_type ON customers (account_id, type, position, deleted_at);
CREATE INDEX customers_by_change ON customers (account_id, updated_at);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (account_id, family);
CREATE INDEX refresh_tokens_by_subject ON refresh_tokens (account_id, subject);
CREATE INDEX mfa_tokens_by_subject ON mfa_tokens (account_id, subject);
CREATE INDEX customer_words_by_position ON customer_words (account_id, position, word);
CREATE INDEX customer_attributes_by_position ON customer_attributes (account_id, position, name, value);
CREATE INDEX customer_tokens_by_owner ON customer_tokens (account_id, owner_id, position);
CREATE INDEX customer_tokens_by_value ON customer_tokens (account_id, live);
CREATE INDEX token_pairs_by_position ON token_pairs (account_id, position);
CREATE INDEX token_pairs_by_change ON token_pairs (account_id, updated_at);
CREATE INDEX customer_tags_by_position ON customer_tags (account_id, position);
CREATE INDEX tagged_customers_by_position ON tagged_customers (account_id, position, tag_id);
CREATE INDEX terms_by_position ON terms (account_id, position);
CREATE INDEX locations_by_position ON locations (account_id, position);
CREATE INDEX location_words_by_id ON location_words (account_id, id);
