-- A PostgreSQL database as version 3 left it, as pg_dump writes it, without its schema: the rows of version-3.sql
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
CREATE TABLE customers (
    account_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    email_lower text COLLATE pg_catalog."C",
    phone_number text COLLATE pg_catalog."C",
    password_hash text COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);
CREATE TABLE effect_dintero_clock (
    state text NOT NULL
);
CREATE TABLE effect_dintero_journal (
    id bigint NOT NULL,
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
CREATE TABLE mfa_tokens (
    account_id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
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
INSERT INTO accounts VALUES ('T12345678', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}},"attributes":[{"name":"height","type":"integer","multiple_values":false,"private":false}]}', 1795650947654);
INSERT INTO accounts VALUES ('P87654321', 14400, '{"users":{"customer_id_format":"uuid","head":{"enabled":false},"phone_number_validation":{"allow_duplicates":false}}}', 1795650947654);
INSERT INTO api_clients VALUES ('T12345678', '11111111-1111-4111-8111-111111111111', 'client', NULL, '$sha256$4lrYHNbEp+EEgYa8IBnBiA==$DIxyEAulXWcZ13ejgpM8b2V892YOHB2KMEyt69SdLk8=', 1795650947654);
INSERT INTO customers VALUES ('T12345678', '086f4d0f-ce8b-43e5-9eac-e12c8e5acb2e', 'ada', 'customer', 'Ada@example.com', 'ada@example.com', '+4791111111', '$scrypt$ln=4,r=8,p=1$GHCPKPcrBTbmzmq9IlZMyg$MrzmJTi61rJiNAzy1S6VhKE5BEOBYucJ6qPfJ5C6FSA', 1795650947654);
INSERT INTO customers VALUES ('T12345678', 'e0672c5a-75b3-4195-ab42-e517f217c684', 'linus', 'company', 'linus@example.com', 'linus@example.com', NULL, NULL, 1795650947654);
INSERT INTO effect_dintero_clock VALUES ('{"offset":0,"frozenAt":null}');
INSERT INTO effect_dintero_schema VALUES (3);
INSERT INTO grants VALUES ('T12345678', '6091ba6a-902e-490b-a029-311835b6b650', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'client_credentials', '["admin:customers","admin:accounts","write:accounts:/auth/users","create:accounts:auth:refresh_token"]', 1795650947654);
INSERT INTO grants VALUES ('T12345678', '05cb406f-fbfe-40d4-a253-1c41aaedcaf8', '11111111-1111-4111-8111-111111111111', 'https://api.dintero.com/v1/accounts/T12345678', 'password', '["user:customers"]', 1795650947654);
INSERT INTO refresh_tokens VALUES ('T12345678', 'd318b0101b0a695d9c12267519497fe6122af03d578797cceeb4cc6cee94a1fe', '11111111-1111-4111-8111-111111111111', 'ada', 'https://api.dintero.com/v1/accounts/T12345678', '["user:customers"]', 1795650951292, 'd318b0101b0a695d9c12267519497fe6122af03d578797cceeb4cc6cee94a1fe', NULL, NULL, 1795650951292, 1795650951292, NULL, NULL);
INSERT INTO signing_keys VALUES ('a8b121c25cb815d0296771b3ef0c1d8725d49c6a', '-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC5ltN3CHBOR+y9
OgRkyYZ64nMvHJuGe6YqtKIzoKGScX1GQZoeont2fBdGTwzMVF01DgasSQZjdly0
aJMRUyG/bTxF5JYn1PZ+cjcqIDImpPuOJMFDiOyIlm9rFd8oWV83WK8uCMyJYm9r
xX7cNXM3bA6Ht3+soHWisYLVtIdWoBVvYitbvc14hBKT9jZQR2M7XPLLbLC3Q2El
z99kXDzdAXwPxDfD6WotMNu+MCvQ/+Wms5oGas+QYcwyJGKbgjo3S2ANolcd4Xbf
H60is9oMtoi+HNkECEr7XiviGv/BE6In58aWFQ4vkVWjotWY/I/9VCV24kPRxcpp
1af6sd2BAgMBAAECggEAB+1eAaWbS8ddYK/LuZUKE3xSDd8bnYub4L3FIo4SmLNp
oHNI5qoWD/eOSZ3ddBTeble3spWOmk0B+grFeBCkTmLswieDamwkTekJsNjzNhyx
9LOz4EicTIabImiAFwnKPA5OXURZnZIAzwpT4uAS7c5wcxzuwoGQGhpES7s2/1zV
0p9rw/gBJlGBeYms6Qci0HUOghiPWetMBdStoapx2yxD2KJdZ6j8i7UvZSOT7xPO
9Q/JAe0lEzz1p1GF3HrW/pa2YV5V5yQy6g02F9kZSvKpMrTKBx4WkNmG0IfsU8f7
Nz1OUmlGen0k5JDtIGbitwVtDPYrzEfIG4lwQ9eaiQKBgQDlyX0Isuu1Jte5eikn
7e6/UsS/DlV0Le1A+XFgkDm4TGMq2Zzg7tzEZqseLykqMcsCNfnjFitp5VL/JSBr
hOBJM6uJMY0TRLPe2LySr3mJm9L0sKhkR0EweMVYJsVvCdkX1DkupGHjxDnM/r/m
Al/JFVLeBI87cWdtF1yJG+9qgwKBgQDOwp5g1y0y/jXohXw77E9jQohSyY1hQXVI
+p3zPnRB11Q10O3noFaU4peAvryHUscVeb3aoWdMwjjY+ZTWKoEweNRdd5ro/po7
VRV6rlFQ/EN3RelSyZH4KTYHytA2kp7M+VeiRf4yD83duCsmF9xyO1V3wgSuh+nh
3ZSDSZXoqwKBgQDdtztIoHLkGLV/xopdd6usuW0TN/5mGkZZMhYeaSr4U+Q/nTdM
pc0oSDQF7NVYXDEYUgJqBaMgC2C4xRbyB4TtvMhfmQsZM2omtJPHKT8o8sxqwuXH
1CTnYzBvLQHFcQgigOgnw/6b6WMoFAoPIe1QNZ3+kQGvBm4YCbmEpgqthwKBgQDJ
fqjSP2DxHQR0QgI8c6M6XJB1/a4mZaBjKrnbX7X0pGCQwbfXz04RcnGrKjaYuncB
2s7GzhzZlT3JVhFSVcHo9xgernztK5Iq2FRCZrcgcXdeOWeVIpN6gM8C8QfQ5zqT
Dzv0DLoZF4XM2bpTOVXAjUpRl2bwn8uyLjqZZ5EMWQKBgFnk9OqMJh9+GN3gZjg1
wyQx5wsFWuoyjOWU/8kuZx3kMWTNafcLaebpxsfnlQ0MBuz9JcW2tAhJA8+01r9U
Y4D67C0au3r+GIxGzCwWrLqYw09T+4Omxz+2sZXZUII/MRqP5xDX9l/GJb80KCvl
b1xqr+usktzFhwNWNgtbqioq
-----END PRIVATE KEY-----
', 1795650951116);
SELECT pg_catalog.setval('effect_dintero_outbox_id_seq', 1, false);
SELECT pg_catalog.setval('effect_dintero_requests', 1, false);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_account_id_client_id_key UNIQUE (account_id, client_id);
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_customer_id_key UNIQUE (account_id, customer_id);
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
ALTER TABLE ONLY mfa_tokens
    ADD CONSTRAINT mfa_tokens_pkey PRIMARY KEY (account_id, token_digest);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_account_id_predecessor_digest_key UNIQUE (account_id, predecessor_digest);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (account_id, token_digest);
ALTER TABLE ONLY signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
CREATE INDEX customers_by_phone ON customers USING btree (account_id, type, phone_number);
CREATE INDEX grants_by_client ON grants USING btree (account_id, api_client_id);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens USING btree (account_id, family);
ALTER TABLE ONLY api_clients
    ADD CONSTRAINT api_clients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY customers
    ADD CONSTRAINT customers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY failed_logins
    ADD CONSTRAINT failed_logins_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY grants
    ADD CONSTRAINT grants_account_id_api_client_id_fkey FOREIGN KEY (account_id, api_client_id) REFERENCES api_clients(account_id, id);
ALTER TABLE ONLY mfa_tokens
    ADD CONSTRAINT mfa_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
ALTER TABLE ONLY refresh_tokens
    ADD CONSTRAINT refresh_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
