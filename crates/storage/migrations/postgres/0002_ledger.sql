-- What was about to be sent. A row is never changed.
CREATE TABLE intents (
    job     BIGINT NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    item    BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    call    BIGINT NOT NULL,
    method  TEXT   NOT NULL,
    path    TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (job, item, attempt, call)
);

-- What came of it. A row is never changed; an intent without one is open.
CREATE TABLE evidence (
    job           BIGINT NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    item          BIGINT NOT NULL,
    attempt       BIGINT NOT NULL,
    call          BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    gitlab_status BIGINT,
    request_id    TEXT,
    seen          TEXT,
    at            BIGINT NOT NULL,
    PRIMARY KEY (job, item, attempt, call)
);
