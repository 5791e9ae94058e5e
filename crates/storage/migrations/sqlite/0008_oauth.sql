-- What GitLab granted for "Sign in with GitLab": sealed with a key that only its holders have.
CREATE TABLE oauth_grants (
    id             TEXT    PRIMARY KEY,
    sealed         BLOB    NOT NULL,
    -- Rises with each renewal.
    version        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    -- Somebody is renewing it until then.
    renewing_until INTEGER
) STRICT;

-- Who has the key: one of the three. A grant that nobody holds goes.
CREATE TABLE oauth_holders (
    grant_id TEXT    NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    session  BLOB    UNIQUE REFERENCES sessions (id_hash) ON DELETE CASCADE,
    api_key  TEXT    UNIQUE REFERENCES api_keys (id) ON DELETE CASCADE,
    job      INTEGER UNIQUE REFERENCES job_credentials (job) ON DELETE CASCADE
) STRICT;

CREATE INDEX oauth_holders_by_grant ON oauth_holders (grant_id);
