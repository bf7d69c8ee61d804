-- One schema for SQLite and PostgreSQL. Types are TEXT, BIGINT, BOOLEAN and
-- BYTEA (SQLite gives BYTEA and BOOLEAN numeric affinity, which leaves blobs
-- and 0/1 as they are). Times are microseconds since 1970 in UTC, lists are
-- JSON text, hashes are SHA-256. Until the first release this file is edited
-- in place; from then on each change is a file of its own.

-- +goose Up

-- seq of a noun's rows: counted up in the creating transaction, so that the
-- order of seq is the order of commits, which PostgreSQL's own sequences do
-- not promise.
CREATE TABLE sequences (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE suites (
    id         TEXT   NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL UNIQUE,
    name       TEXT   NOT NULL UNIQUE,
    etag       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE projects (
    id         TEXT   NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL UNIQUE,
    suite_id   TEXT   NOT NULL REFERENCES suites (id),
    name       TEXT   NOT NULL,
    etag       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (suite_id, name),
    -- Referenced by applications and users: theirs is the project's suite.
    UNIQUE (id, suite_id)
);

-- secret_hash is NULL while there is no secret. secret_version counts all that
-- there were.
CREATE TABLE applications (
    id                            TEXT    NOT NULL PRIMARY KEY,
    seq                           BIGINT  NOT NULL UNIQUE,
    suite_id                      TEXT    NOT NULL REFERENCES suites (id),
    project_id                    TEXT    NOT NULL,
    name                          TEXT    NOT NULL,
    authenticator_type            TEXT    NOT NULL CHECK (authenticator_type IN
        ('user_credentials', 'client_credentials', 'authorization_code', 'authorization_code_pkce')),
    redirect_urls                 TEXT    NOT NULL,
    allowed_origins               TEXT    NOT NULL,
    access_token_lifespan         BIGINT  NOT NULL,
    refresh_token_lifespan        BIGINT  NOT NULL,
    refresh_token_grace_period    BIGINT  NOT NULL,
    management_access             BOOLEAN NOT NULL,
    client_authentication         TEXT    NOT NULL CHECK (client_authentication IN ('secret', 'none', 'assertion')),
    introspection_access          BOOLEAN NOT NULL,
    federated_credentials         TEXT    NOT NULL,
    public_keys                   TEXT    NOT NULL,
    client_id                     TEXT    NOT NULL UNIQUE,
    secret_hash                   BYTEA,
    previous_secret_hash          BYTEA,
    previous_secret_expires_at    BIGINT,
    secret_version                BIGINT  NOT NULL,
    etag                          TEXT    NOT NULL,
    created_at                    BIGINT  NOT NULL,
    updated_at                    BIGINT  NOT NULL,
    UNIQUE (project_id, name),
    CHECK (client_authentication = 'secret' OR (secret_hash IS NULL AND previous_secret_hash IS NULL)),
    FOREIGN KEY (project_id, suite_id) REFERENCES projects (id, suite_id)
);
CREATE INDEX applications_suite ON applications (suite_id, seq);
CREATE INDEX applications_project ON applications (project_id, seq);

-- email_key is the address by which two are compared: normalized and folded by
-- the program (validation.EmailKey), since SQLite's lower() knows only ASCII.
-- Names and addresses are in NFC, so that equal ones have equal bytes.
-- password_role is the role of the caller who set the password, NULL without a
-- password.
CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    seq           BIGINT  NOT NULL UNIQUE,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE,
    first_name    TEXT    NOT NULL,
    last_name     TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('super_admin', 'suite_admin', 'system_user')),
    suite_id      TEXT    NOT NULL REFERENCES suites (id),
    project_id    TEXT    NOT NULL,
    enabled       BOOLEAN NOT NULL,
    password_hash TEXT,
    password_role TEXT,
    etag          TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    FOREIGN KEY (project_id, suite_id) REFERENCES projects (id, suite_id)
);
CREATE INDEX users_suite ON users (suite_id, seq);
CREATE INDEX users_project ON users (project_id, seq);

-- No cascade from applications: one that has users is not deleted.
CREATE TABLE application_users (
    application_id TEXT    NOT NULL REFERENCES applications (id),
    user_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq            BIGINT  NOT NULL UNIQUE,
    enabled        BOOLEAN NOT NULL,
    etag           TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    PRIMARY KEY (application_id, user_id)
);
CREATE INDEX application_users_application ON application_users (application_id, seq);
CREATE INDEX application_users_user ON application_users (user_id, seq);

-- One row for every issue of tokens. A family is alive while revoked_at is
-- NULL and expires_at is ahead. expires_at is the end of the last token of the
-- family (access or refresh), after which the row is swept with its used
-- tokens. refresh_hash, the current refresh token, is NULL for client
-- credentials. generation counts the refreshes without gap or duplicate.
-- auth_time is the moment of the sign-in that started the family. credential is
-- the fingerprint of the federated credential or public key that authenticated
-- the application then; no token of a family outlives ends_at.
CREATE TABLE refresh_families (
    id                 TEXT   NOT NULL PRIMARY KEY,
    application_id     TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id            TEXT   REFERENCES users (id) ON DELETE CASCADE,
    grant_type         TEXT   NOT NULL,
    refresh_hash       BYTEA,
    refresh_expires_at BIGINT,
    generation         BIGINT NOT NULL,
    auth_time          BIGINT NOT NULL,
    nonce              TEXT,
    created_at         BIGINT NOT NULL,
    refreshed_at       BIGINT,
    expires_at         BIGINT NOT NULL,
    revoked_at         BIGINT,
    revoked_reason     TEXT,
    credential         TEXT,
    ends_at            BIGINT
);
CREATE UNIQUE INDEX refresh_families_hash ON refresh_families (refresh_hash) WHERE refresh_hash IS NOT NULL;
CREATE INDEX refresh_families_application ON refresh_families (application_id, user_id);
CREATE INDEX refresh_families_user ON refresh_families (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX refresh_families_expiry ON refresh_families (expires_at);

-- Refresh tokens that were used once: one that comes back names its family.
CREATE TABLE used_refresh_tokens (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    family_id  TEXT   NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    UNIQUE (family_id, generation)
);

-- Assertions that were used, where they are valid once: hash is the SHA-256 of
-- issuer and jti. expires_at is when the assertion is refused for its age.
CREATE TABLE used_assertions (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_expiry ON used_assertions (expires_at);

-- family_id is set when the code is claimed, before the family exists, so
-- that a second use finds what to end; hence no foreign key. A second use
-- that came before the family was stored leaves replayed_at.
CREATE TABLE authorization_codes (
    hash           BYTEA  NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id        TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    redirect_uri   TEXT,
    code_challenge TEXT,
    nonce          TEXT,
    auth_time      BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT,
    family_id      TEXT,
    replayed_at    BIGINT
);
CREATE INDEX authorization_codes_application ON authorization_codes (application_id);
CREATE INDEX authorization_codes_user ON authorization_codes (user_id);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

-- Times of a key, in their order: published in the JWKS from published_at,
-- signs from activates_at (NULL: the next key, no date yet) to retired_at,
-- stays in the JWKS until jwks_until, when the last token it signed has
-- expired. private_key is NULL once retired; sealed tells that it is encrypted
-- under the master key.
CREATE TABLE signing_keys (
    kid          TEXT    NOT NULL PRIMARY KEY,
    seq          BIGINT  NOT NULL UNIQUE,
    algorithm    TEXT    NOT NULL,
    public_key   BYTEA   NOT NULL,
    private_key  BYTEA,
    sealed       BOOLEAN NOT NULL,
    created_at   BIGINT  NOT NULL,
    published_at BIGINT  NOT NULL,
    activates_at BIGINT,
    retired_at   BIGINT,
    jwks_until   BIGINT
);
-- One next key at most, whichever replica makes it.
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (algorithm) WHERE activates_at IS NULL;

-- Keys that all replicas share: the HMAC key of refresh tokens' successors,
-- the probe that tells whether the master key is the right one, …
CREATE TABLE server_secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    value      BYTEA   NOT NULL,
    sealed     BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL
);

-- The objects that a seed (source: seed) or the --admin-* flags (source:
-- administrator) created: by object_key, a later start finds them again,
-- whatever they are called by then.
CREATE TABLE seeded_objects (
    source      TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_key  TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    PRIMARY KEY (source, object_type, object_key),
    UNIQUE (source, object_type, object_id)
);

-- caller_id is the user that sent the key, operation what it asked for.
-- object_user_id is set where the object is the assignment of a user to the
-- application object_id. voided: nothing was done under the key, and nothing
-- will be. expires_at is when the response is deleted, and with it a record that
-- names no object; NULL once the response of a record that names one is gone.
CREATE TABLE idempotency_records (
    caller_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_hash       BYTEA   NOT NULL,
    operation      TEXT    NOT NULL,
    fingerprint    BYTEA   NOT NULL,
    response       BYTEA,
    object_type    TEXT,
    object_id      TEXT,
    object_user_id TEXT,
    voided         BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    expires_at     BIGINT,
    PRIMARY KEY (caller_id, key_hash)
);
CREATE INDEX idempotency_records_object ON idempotency_records (object_id) WHERE object_id IS NOT NULL;
CREATE INDEX idempotency_records_expiry ON idempotency_records (expires_at) WHERE expires_at IS NOT NULL;

-- Guesses at passwords of the last hour. budget is the SHA-256 of an email
-- address and of the device that guesses; guessed_at are times of eight bytes
-- each, the oldest first.
CREATE TABLE password_guesses (
    budget     BYTEA  NOT NULL PRIMARY KEY,
    guessed_at BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_guesses_expiry ON password_guesses (expires_at);

-- hash is the SHA-256 of the token in the cookie. Sign-out deletes the row.
CREATE TABLE console_sessions (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX console_sessions_user ON console_sessions (user_id);
CREATE INDEX console_sessions_expiry ON console_sessions (expires_at);

-- Work that one replica does at a time.
CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    holder     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Which ATM this is: one row, which a reset keeps.
CREATE TABLE instance (
    name TEXT NOT NULL PRIMARY KEY CHECK (name = 'instance'),
    id   TEXT NOT NULL
);

-- The SHA-256 of this file as the program that created the store knew it: one
-- row, until the first release.
CREATE TABLE schema_fingerprint (
    value TEXT NOT NULL PRIMARY KEY
);

-- +goose Down
DROP TABLE schema_fingerprint;
DROP TABLE instance;
DROP TABLE leases;
DROP TABLE console_sessions;
DROP TABLE password_guesses;
DROP TABLE idempotency_records;
DROP TABLE seeded_objects;
DROP TABLE server_secrets;
DROP TABLE signing_keys;
DROP TABLE authorization_codes;
DROP TABLE used_assertions;
DROP TABLE used_refresh_tokens;
DROP TABLE refresh_families;
DROP TABLE application_users;
DROP TABLE users;
DROP TABLE applications;
DROP TABLE projects;
DROP TABLE suites;
DROP TABLE sequences;
