CREATE TABLE sessions (
    id_hash       BLOB    PRIMARY KEY,
    instance      TEXT    NOT NULL,
    user_id       INTEGER NOT NULL,
    sealed        BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (instance, user_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE job_credentials (
    job    INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
    sealed BLOB    NOT NULL
) STRICT;
