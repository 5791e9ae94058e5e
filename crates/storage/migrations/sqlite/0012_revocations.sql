-- What GitLab has not revoked yet of grants that nobody holds any more: a token, sealed with the installation's secret.
CREATE TABLE oauth_revocations (
    -- The grant that was.
    id       TEXT    PRIMARY KEY,
    instance TEXT    NOT NULL,
    sealed   BLOB    NOT NULL,
    ended_at INTEGER NOT NULL,
    -- Some node is about to do it until then.
    due_at   INTEGER NOT NULL
) STRICT;
