-- What GitLab has not revoked yet of grants that nobody holds any more: a token, sealed with the installation's secret.
CREATE TABLE oauth_revocations (
    -- The grant that was.
    id       TEXT COLLATE "C" PRIMARY KEY,
    instance TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    ended_at BIGINT NOT NULL,
    -- Some node is about to do it until then.
    due_at   BIGINT NOT NULL
);
