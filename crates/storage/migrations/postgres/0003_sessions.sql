CREATE TABLE sessions (
    id_hash       BYTEA  PRIMARY KEY,
    instance      TEXT   COLLATE "C" NOT NULL,
    user_id       BIGINT NOT NULL,
    sealed        BYTEA  NOT NULL,
    created_at    BIGINT NOT NULL,
    last_activity BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (instance, user_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE job_credentials (
    job    BIGINT PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
    sealed BYTEA  NOT NULL
);
