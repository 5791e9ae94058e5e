-- Times are milliseconds since 1970-01-01T00:00:00Z; words are those of the API; JSON is text, kept byte for byte.
-- Words and ids are compared byte by byte, as SQLite does.

CREATE TABLE jobs (
    -- Short, because every row below repeats it; `id` is the name outside.
    number               BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                   TEXT    COLLATE "C" NOT NULL UNIQUE,
    kind                 TEXT    COLLATE "C" NOT NULL,
    origin               TEXT    COLLATE "C" NOT NULL,
    instance             TEXT    COLLATE "C" NOT NULL,
    user_id              BIGINT  NOT NULL,
    username             TEXT    NOT NULL,
    options              TEXT    NOT NULL,
    not_before           BIGINT,
    -- Whether to start by itself once it is planned.
    autostart            BOOLEAN NOT NULL,
    retry_of             TEXT,
    undo_of              TEXT,
    idempotency_key      TEXT    COLLATE "C",
    idempotency_body     BYTEA,

    status               TEXT    COLLATE "C" NOT NULL,
    version              BIGINT  NOT NULL,
    total                BIGINT  NOT NULL,
    progress             BIGINT  NOT NULL DEFAULT 0,
    success_count        BIGINT  NOT NULL DEFAULT 0,
    failure_count        BIGINT  NOT NULL DEFAULT 0,
    skipped_count        BIGINT  NOT NULL DEFAULT 0,
    unconfirmed_count    BIGINT  NOT NULL DEFAULT 0,
    created_at           BIGINT  NOT NULL,
    updated_at           BIGINT  NOT NULL,
    started_at           BIGINT,
    finished_at          BIGINT,
    estimated_completion BIGINT,
    items_per_second     DOUBLE PRECISION,
    waiting_until        BIGINT,
    waiting_reason       TEXT,
    error                TEXT,

    epoch                BIGINT  NOT NULL DEFAULT 0,
    lease_owner          TEXT,
    lease_until          BIGINT
-- Every commit of the ledger makes a new version of one row: with room on its page it touches no index.
) WITH (fillfactor = 50);

CREATE INDEX jobs_by_owner ON jobs (instance, user_id, id);
CREATE INDEX jobs_by_instance ON jobs (instance, id);
CREATE INDEX jobs_to_run ON jobs (origin, id) WHERE status IN ('planning', 'pending', 'running');
CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (instance, user_id, idempotency_key);

-- What was asked for. Written once.
CREATE TABLE items (
    job         BIGINT NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx         BIGINT NOT NULL,
    operation   TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    source_file TEXT,
    source_row  BIGINT,
    source_path TEXT,
    params      TEXT   NOT NULL,
    PRIMARY KEY (job, idx)
);

-- What planning found out. Written once for each planning.
CREATE TABLE item_plans (
    job        BIGINT NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx        BIGINT NOT NULL,
    depends_on TEXT,
    changes    TEXT,
    found      TEXT,
    PRIMARY KEY (job, idx)
);

-- How the items stand. Apart from the rest, because it is written thousands of times a second.
CREATE TABLE item_states (
    job         BIGINT NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    idx         BIGINT NOT NULL,
    status      TEXT   COLLATE "C" NOT NULL,
    action      TEXT   COLLATE "C",
    attempts    BIGINT NOT NULL DEFAULT 0,
    error_code  TEXT   COLLATE "C",
    error       TEXT,
    look_at     TEXT,
    result      TEXT,
    started_at  BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (job, idx)
) WITH (fillfactor = 70);

-- Only of what people look for among many: an index of the others would move with every commit.
CREATE INDEX item_states_to_look_at ON item_states (job, status, idx)
    WHERE status IN ('failed', 'skipped', 'cancelled', 'unconfirmed');
CREATE INDEX item_states_by_code ON item_states (job, error_code, idx) WHERE error_code IS NOT NULL;

-- Tells all nodes of a job that somebody has moved, and that a runner is wanted for one. Not of what runners write down
-- while they run: those statements name neither of the columns.
CREATE FUNCTION announce_job() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('gitlab_bulk_jobs', NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER jobs_announce AFTER INSERT OR UPDATE OF status, lease_owner ON jobs
    FOR EACH ROW EXECUTE FUNCTION announce_job();
