-- Times are milliseconds since 1970-01-01T00:00:00Z; words are those of the API; JSON is text.

CREATE TABLE jobs (
    -- Short, because every row below repeats it; `id` is the name outside.
    number               INTEGER PRIMARY KEY,
    id                   TEXT    NOT NULL UNIQUE,
    kind                 TEXT    NOT NULL,
    origin               TEXT    NOT NULL,
    instance             TEXT    NOT NULL,
    user_id              INTEGER NOT NULL,
    username             TEXT    NOT NULL,
    options              TEXT    NOT NULL,
    not_before           INTEGER,
    -- Whether to start by itself once it is planned.
    autostart            INTEGER NOT NULL,
    retry_of             TEXT,
    undo_of              TEXT,
    idempotency_key      TEXT,
    idempotency_body     BLOB,

    status               TEXT    NOT NULL,
    version              INTEGER NOT NULL,
    total                INTEGER NOT NULL,
    progress             INTEGER NOT NULL DEFAULT 0,
    success_count        INTEGER NOT NULL DEFAULT 0,
    failure_count        INTEGER NOT NULL DEFAULT 0,
    skipped_count        INTEGER NOT NULL DEFAULT 0,
    unconfirmed_count    INTEGER NOT NULL DEFAULT 0,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    started_at           INTEGER,
    finished_at          INTEGER,
    estimated_completion INTEGER,
    items_per_second     REAL,
    waiting_until        INTEGER,
    waiting_reason       TEXT,
    error                TEXT,

    epoch                INTEGER NOT NULL DEFAULT 0,
    lease_owner          TEXT,
    lease_until          INTEGER
) STRICT;

CREATE INDEX jobs_by_owner ON jobs (instance, user_id, id);
CREATE INDEX jobs_by_instance ON jobs (instance, id);
CREATE INDEX jobs_to_run ON jobs (origin, id) WHERE status IN ('planning', 'pending', 'running');
CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (instance, user_id, idempotency_key);

-- What was asked for. Written once.
CREATE TABLE items (
    job         INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    operation   TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    source_file TEXT,
    source_row  INTEGER,
    source_path TEXT,
    params      TEXT    NOT NULL,
    PRIMARY KEY (job, idx)
) STRICT;

-- What planning found out. Written once for each planning.
CREATE TABLE item_plans (
    job        INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx        INTEGER NOT NULL,
    depends_on TEXT,
    changes    TEXT,
    found      TEXT,
    PRIMARY KEY (job, idx)
) STRICT, WITHOUT ROWID;

-- How the items stand. Apart from the rest, because it is written thousands of times a second:
-- many of these rows fit on a page, so that a commit flushes few pages.
CREATE TABLE item_states (
    job         INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    action      TEXT,
    attempts    INTEGER NOT NULL DEFAULT 0,
    error_code  TEXT,
    error       TEXT,
    look_at     TEXT,
    result      TEXT,
    started_at  INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (job, idx)
) STRICT, WITHOUT ROWID;

-- Only of what people look for among many: an index of the others would move with every commit.
CREATE INDEX item_states_to_look_at ON item_states (job, status, idx)
    WHERE status IN ('failed', 'skipped', 'cancelled', 'unconfirmed');
CREATE INDEX item_states_by_code ON item_states (job, error_code, idx) WHERE error_code IS NOT NULL;
