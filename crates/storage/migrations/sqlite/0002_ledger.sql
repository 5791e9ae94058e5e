-- What was about to be sent. A row is never changed.
CREATE TABLE intents (
    job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    item    INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    call    INTEGER NOT NULL,
    method  TEXT    NOT NULL,
    path    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (job, item, attempt, call)
) STRICT, WITHOUT ROWID;

-- What came of it. A row is never changed; an intent without one is open.
CREATE TABLE evidence (
    job           INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    item          INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    call          INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    gitlab_status INTEGER,
    request_id    TEXT,
    seen          TEXT,
    at            INTEGER NOT NULL,
    PRIMARY KEY (job, item, attempt, call)
) STRICT, WITHOUT ROWID;
