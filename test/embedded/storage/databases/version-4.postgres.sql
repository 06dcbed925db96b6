-- A PostgreSQL database as version 4 left it, as pg_dump writes it, without its schema: the rows of version-4.sql
CREATE TABLE accounts (
    account_id text NOT NULL COLLATE pg_catalog."C",
    access_token_lifetime integer NOT NULL,
    settings text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE api_clients (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    secret_digest text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE customer_attributes (
    account_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE customer_counters (
    account_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    sequence bigint,
    changed_at bigint NOT NULL
);
CREATE TABLE customer_tags (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    tag text NOT NULL COLLATE pg_catalog."C",
    metadata text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    created_by text COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE customer_tokens (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    token_id text NOT NULL COLLATE pg_catalog."C",
    owner_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    live text COLLATE pg_catalog."C",
    source text COLLATE pg_catalog."C",
    metadata text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    created_by text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    deleted_at bigint,
    deleted_by text COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE customer_words (
    account_id text NOT NULL COLLATE pg_catalog."C",
    word text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE customers (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    email_lower text COLLATE pg_catalog."C",
    phone_number text COLLATE pg_catalog."C",
    password_hash text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    pin_hash text COLLATE pg_catalog."C",
    profile text NOT NULL COLLATE pg_catalog."C",
    metadata text NOT NULL COLLATE pg_catalog."C",
    created_by text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    deleted_at bigint,
    deleted_by text COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    email_verified_at bigint,
    phone_verified_at bigint
);
CREATE TABLE effect_dintero_clock (
    state text NOT NULL
);
CREATE TABLE effect_dintero_journal (
    id bigint NOT NULL,
    operation text,
    customer_ids text[] NOT NULL,
    entry text NOT NULL
);
CREATE TABLE effect_dintero_outbox (
    id bigint NOT NULL,
    account_id text NOT NULL,
    is_taken boolean DEFAULT false NOT NULL,
    message text NOT NULL
);
ALTER TABLE effect_dintero_outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME effect_dintero_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE SEQUENCE effect_dintero_requests
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE effect_dintero_schema (
    version integer NOT NULL
);
CREATE TABLE failed_logins (
    account_id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    failures integer NOT NULL,
    refused integer NOT NULL,
    refused_until bigint NOT NULL
);
CREATE TABLE grants (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    api_client_id text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE location_words (
    account_id text NOT NULL COLLATE pg_catalog."C",
    field text NOT NULL COLLATE pg_catalog."C",
    word text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE locations (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    location_id text NOT NULL COLLATE pg_catalog."C",
    fields text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    created_by text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    "position" bigint NOT NULL
);
CREATE TABLE mfa_tokens (
    account_id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    stage text COLLATE pg_catalog."C",
    oob_digest text COLLATE pg_catalog."C",
    code_mac text COLLATE pg_catalog."C",
    tries_left integer
);
CREATE TABLE refresh_tokens (
    account_id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    family text NOT NULL COLLATE pg_catalog."C",
    predecessor_digest text COLLATE pg_catalog."C",
    successor_nonce text COLLATE pg_catalog."C",
    logged_in_at bigint NOT NULL,
    active_at bigint NOT NULL,
    used_at bigint,
    revoked_at bigint
);
CREATE TABLE signing_keys (
    kid text NOT NULL COLLATE pg_catalog."C",
    private_key text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE tagged_customers (
    account_id text NOT NULL COLLATE pg_catalog."C",
    tag_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE terms (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    terms text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    created_by text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    deleted_at bigint,
    deleted_by text COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE token_events (
    account_id text NOT NULL COLLATE pg_catalog."C",
    pair_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    event text NOT NULL COLLATE pg_catalog."C",
    status text COLLATE pg_catalog."C",
    metadata text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint
);
CREATE TABLE token_pairs (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    updated_at bigint,
    deleted_at bigint
);
CREATE TABLE verification_codes (
    account_id text NOT NULL COLLATE pg_catalog."C",
    owner_id text NOT NULL COLLATE pg_catalog."C",
    field text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    code_hash text NOT NULL COLLATE pg_catalog."C",
    tries_left integer NOT NULL,
    expires_at bigint NOT NULL
);
INSERT INTO accounts VALUES ('T12345678', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}},"attributes":[{"name":"height","type":"integer","multiple_values":false,"private":false}]}', 1795694539424);
INSERT INTO accounts VALUES ('P87654321', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}}}', 1795694539424);
INSERT INTO api_clients VALUES ('T12345678', '11111111-1111-4111-8111-111111111111', 'client', NULL, '$sha256$okfBo5wLeARP3B0oTHsLWQ==$7v5MVggc74yjAEFbN6IGmaxllN8GaGooEgCYtu2arEY=', 1795694539424);
INSERT INTO api_clients VALUES ('T12345678', '22222222-2222-4222-8222-222222222222', 'other', 'The other one', '$sha256$oWJa0Hl6/kUY2O0TCCfBuA==$QLWIQGD12in8RsrfuRkdSXj6u0H/h2eRMLw41ozRPHs=', 1795694539424);
INSERT INTO customer_attributes VALUES ('T12345678', 'height', '170', 2);
INSERT INTO customer_counters VALUES ('T12345678', 9, NULL, 1795694541714);
INSERT INTO customer_counters VALUES ('P87654321', 0, NULL, 1795694539424);
INSERT INTO customer_tags VALUES ('T12345678', '0d334c82-b55e-470b-83d2-af149d8c123a', 'VIP', NULL, 1795694539424, NULL, 1);
INSERT INTO customer_tokens VALUES ('T12345678', '66afd8f6-cf40-4b34-b6d7-cf4aa1721bc3', '66afd8f6-cf40-4b34-b6d7-cf4aa1721bc3', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'card', '1', '1', NULL, NULL, 1795694541588, '11111111-1111-4111-8111-111111111111', 1795694541588, NULL, NULL, 5);
INSERT INTO customer_words VALUES ('T12345678', '+4791111111', 2);
INSERT INTO customer_words VALUES ('T12345678', 'ada', 2);
INSERT INTO customer_words VALUES ('T12345678', 'ada@example.com', 2);
INSERT INTO customer_words VALUES ('T12345678', 'linus', 3);
INSERT INTO customer_words VALUES ('T12345678', 'linus@example.com', 3);
INSERT INTO customers VALUES ('T12345678', '99f466db-26ae-46a2-a616-c0325a5200bc', 'linus', 'company', 'linus@example.com', 'linus@example.com', NULL, NULL, 1795694539424, NULL, '{}', '{}', NULL, 1795694539424, NULL, NULL, 3, NULL, NULL);
INSERT INTO customers VALUES ('T12345678', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'ada', 'customer', 'Ada@example.com', 'ada@example.com', '+4791111111', '$scrypt$ln=4,r=8,p=1$rbGRQvp4ZEKCpCYpCRwypQ$86+LZ9FR3M1duAJBjMlk8DfzcnaQQMk2FyaDGlO2rtw', 1795694539424, NULL, '{"attributes":{"height":170}}', '{}', NULL, 1795694541714, NULL, NULL, 2, NULL, NULL);
INSERT INTO effect_dintero_clock VALUES ('{"offset":0,"frozenAt":null}');
INSERT INTO effect_dintero_schema VALUES (4);
INSERT INTO failed_logins VALUES ('T12345678', 'ada', 1, 0, 1795694541439);
INSERT INTO grants VALUES ('T12345678', '3f784605-bc6d-482b-a440-c0e696a6f916', '22222222-2222-4222-8222-222222222222', 'https://api.dintero.com/v1/accounts/T12345678', 'any', '["read:customers"]', 1795694539424);
INSERT INTO grants VALUES ('T12345678', '964a02cf-fc78-4417-b2cc-924ebdd72938', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'password', '["user:customers"]', 1795694539424);
INSERT INTO grants VALUES ('T12345678', 'd04745af-3554-4f7c-8795-3e5e4cc7f745', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'client_credentials', '["admin:customers","admin:locations","admin:accounts","write:accounts:/auth/users","create:accounts:auth:refresh_token"]', 1795694539424);
INSERT INTO location_words VALUES ('T12345678', '', 'corner shop', '9c178841-d433-4c3b-91f4-3e40ff62adb2');
INSERT INTO locations VALUES ('T12345678', '9c178841-d433-4c3b-91f4-3e40ff62adb2', 'S1', '{"name":"Corner shop"}', 1795694539424, NULL, 1795694539424, 1);
INSERT INTO mfa_tokens VALUES ('T12345678', '813fab2bcc5a143d7c1d75e7dad24fc76e7f823073dc16ce0424644541c08b6d', '11111111-1111-4111-8111-111111111111', 'ada', 'https://api.dintero.com/v1/accounts/T12345678', 1795694541488, 1795695141495, 'recovery', '8bfa5ccdfdd67a741c8ae768beb58ff26f7e1a9a8ef5e86eef24053cc1fdc62a', 'e3a78b2b50a8ec7d6e0922a9ef9914749c3487754b430d98626c0b837d30e3f9', 5);
INSERT INTO refresh_tokens VALUES ('T12345678', 'df6bc308c89469d9d171b74941327b93bb280082a66f83e36bdbc5c8731af048', '11111111-1111-4111-8111-111111111111', 'ada', 'https://api.dintero.com/v1/accounts/T12345678', '["user:customers"]', 1795694541409, 'df6bc308c89469d9d171b74941327b93bb280082a66f83e36bdbc5c8731af048', NULL, NULL, 1795694541409, 1795694541409, NULL, NULL);
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
INSERT INTO tagged_customers VALUES ('T12345678', '0d334c82-b55e-470b-83d2-af149d8c123a', 2);
INSERT INTO terms VALUES ('T12345678', 'f5c8488e-0c4e-468d-97eb-838e6408422c', 'Be kind.', 1795694539424, NULL, 1795694539424, NULL, NULL, 1);
INSERT INTO token_events VALUES ('T12345678', 'a040c911-2ca8-41e2-b485-d214a1d3f736', 8, 'signed up', NULL, NULL, 1795694541666, NULL);
INSERT INTO token_pairs VALUES ('T12345678', '3babd4ba-5d93-431a-ba6f-a8ee7e4ca067', 'card', '1', 6, NULL, NULL);
INSERT INTO token_pairs VALUES ('T12345678', 'a040c911-2ca8-41e2-b485-d214a1d3f736', 'card', '2', 7, 1795694541666, NULL);
INSERT INTO verification_codes VALUES ('T12345678', 'b762a3ba-b90a-4d2e-85d5-0be6781a615e', 'email', 'Ada@example.com', '$scrypt$ln=4,r=8,p=1$beKlC7W8Ju9O4OUgzoNcnQ$MTbLtvsPUP1N7R5ll+4/HE15Y8h9BChn/4vE+PlCxP0', 5, 1795695141756);
SELECT pg_catalog.setval('effect_dintero_outbox_id_seq', 2, true);
SELECT pg_catalog.setval('effect_dintero_requests', 1, false);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_account_id_client_id_key UNIQUE (account_id, client_id);
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY customer_attributes
    ADD CONSTRAINT customer_attributes_pkey PRIMARY KEY (account_id, name, value, "position");
ALTER TABLE ONLY customer_counters
    ADD CONSTRAINT customer_counters_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY customer_tags
    ADD CONSTRAINT customer_tags_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY customer_tokens
    ADD CONSTRAINT customer_tokens_account_id_type_live_key UNIQUE (account_id, type, live);
ALTER TABLE ONLY customer_tokens
    ADD CONSTRAINT customer_tokens_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY customer_words
    ADD CONSTRAINT customer_words_pkey PRIMARY KEY (account_id, word, "position");
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_customer_id_key UNIQUE (account_id, customer_id);
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_position_key UNIQUE (account_id, "position");
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_type_email_lower_key UNIQUE (account_id, type, email_lower);
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY effect_dintero_journal
    ADD CONSTRAINT effect_dintero_journal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY effect_dintero_outbox
    ADD CONSTRAINT effect_dintero_outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY failed_logins
    ADD CONSTRAINT failed_logins_pkey PRIMARY KEY (account_id, customer_id);
ALTER TABLE ONLY grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY location_words
    ADD CONSTRAINT location_words_pkey PRIMARY KEY (account_id, field, word, id);
ALTER TABLE ONLY locations
    ADD CONSTRAINT locations_account_id_location_id_key UNIQUE (account_id, location_id);
ALTER TABLE ONLY locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY mfa_tokens
    ADD CONSTRAINT mfa_tokens_pkey PRIMARY KEY (account_id, token_digest);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_account_id_predecessor_digest_key UNIQUE (account_id, predecessor_digest);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (account_id, token_digest);
ALTER TABLE ONLY signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY tagged_customers
    ADD CONSTRAINT tagged_customers_pkey PRIMARY KEY (account_id, tag_id, "position");
ALTER TABLE ONLY terms
    ADD CONSTRAINT terms_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY token_events
    ADD CONSTRAINT token_events_pkey PRIMARY KEY (account_id, pair_id, "position");
ALTER TABLE ONLY token_pairs
    ADD CONSTRAINT token_pairs_account_id_type_value_key UNIQUE (account_id, type, value);
ALTER TABLE ONLY token_pairs
    ADD CONSTRAINT token_pairs_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY verification_codes
    ADD CONSTRAINT verification_codes_pkey PRIMARY KEY (account_id, owner_id, field);
CREATE INDEX customer_attributes_by_position ON customer_attributes USING btree (account_id, "position", name, value);
CREATE INDEX customer_tags_by_position ON customer_tags USING btree (account_id, "position");
CREATE INDEX customer_tokens_by_owner ON customer_tokens USING btree (account_id, owner_id, "position");
CREATE INDEX customer_tokens_by_value ON customer_tokens USING btree (account_id, live);
CREATE INDEX customer_words_by_position ON customer_words USING btree (account_id, "position", word);
CREATE INDEX customers_by_change ON customers USING btree (account_id, updated_at);
CREATE INDEX customers_by_email ON customers USING btree (account_id, email_lower, "position");
CREATE INDEX customers_by_phone ON customers USING btree (account_id, phone_number, "position");
CREATE INDEX customers_by_type ON customers USING btree (account_id, type, "position", deleted_at);
CREATE INDEX effect_dintero_journal_by_customer ON effect_dintero_journal USING gin (customer_ids);
CREATE INDEX effect_dintero_journal_by_operation ON effect_dintero_journal USING btree (operation, id);
CREATE INDEX grants_by_client ON grants USING btree (account_id, api_client_id);
CREATE INDEX location_words_by_id ON location_words USING btree (account_id, id);
CREATE INDEX locations_by_position ON locations USING btree (account_id, "position");
CREATE INDEX mfa_tokens_by_subject ON mfa_tokens USING btree (account_id, subject);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens USING btree (account_id, family);
CREATE INDEX refresh_tokens_by_subject ON refresh_tokens USING btree (account_id, subject);
CREATE INDEX tagged_customers_by_position ON tagged_customers USING btree (account_id, "position", tag_id);
CREATE INDEX terms_by_position ON terms USING btree (account_id, "position");
CREATE INDEX token_pairs_by_change ON token_pairs USING btree (account_id, updated_at);
CREATE INDEX token_pairs_by_position ON token_pairs USING btree (account_id, "position");
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY customer_attributes
    ADD CONSTRAINT customer_attributes_account_id_position_fkey FOREIGN KEY (account_id, "position") REFERENCES customers(account_id, "position");
ALTER TABLE ONLY customer_counters
    ADD CONSTRAINT customer_counters_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY customer_tags
    ADD CONSTRAINT customer_tags_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY customer_tokens
    ADD CONSTRAINT customer_tokens_account_id_owner_id_fkey FOREIGN KEY (account_id, owner_id) REFERENCES customers(account_id, id);
ALTER TABLE ONLY customer_words
    ADD CONSTRAINT customer_words_account_id_position_fkey FOREIGN KEY (account_id, "position") REFERENCES customers(account_id, "position");
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY failed_logins
    ADD CONSTRAINT failed_logins_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY grants
    ADD CONSTRAINT grants_account_id_api_client_id_fkey FOREIGN KEY (account_id, api_client_id) REFERENCES api_clients(account_id, id);
ALTER TABLE ONLY location_words
    ADD CONSTRAINT location_words_account_id_id_fkey FOREIGN KEY (account_id, id) REFERENCES locations(account_id, id);
ALTER TABLE ONLY locations
    ADD CONSTRAINT locations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY mfa_tokens
    ADD CONSTRAINT mfa_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY tagged_customers
    ADD CONSTRAINT tagged_customers_account_id_position_fkey FOREIGN KEY (account_id, "position") REFERENCES customers(account_id, "position");
ALTER TABLE ONLY tagged_customers
    ADD CONSTRAINT tagged_customers_account_id_tag_id_fkey FOREIGN KEY (account_id, tag_id) REFERENCES customer_tags(account_id, id);
ALTER TABLE ONLY terms
    ADD CONSTRAINT terms_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY token_events
    ADD CONSTRAINT token_events_account_id_pair_id_fkey FOREIGN KEY (account_id, pair_id) REFERENCES token_pairs(account_id, id);
ALTER TABLE ONLY token_pairs
    ADD CONSTRAINT token_pairs_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY verification_codes
    ADD CONSTRAINT verification_codes_account_id_owner_id_fkey FOREIGN KEY (account_id, owner_id) REFERENCES customers(account_id, id);
