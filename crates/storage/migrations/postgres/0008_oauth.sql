-- What GitLab granted for "Sign in with GitLab": sealed with a key that only its holders have.
CREATE TABLE oauth_grants (
    id             TEXT COLLATE "C" PRIMARY KEY,
    sealed         BYTEA   NOT NULL,
    -- Rises with each renewal.
    version        BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    -- Somebody is renewing it until then.
    renewing_until BIGINT
);

-- Who has the key: one of the three. A grant that nobody holds goes.
CREATE TABLE oauth_holders (
    grant_id TEXT COLLATE "C" NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    session  BYTEA   UNIQUE REFERENCES sessions (id_hash) ON DELETE CASCADE,
    api_key  TEXT COLLATE "C" UNIQUE REFERENCES api_keys (id) ON DELETE CASCADE,
    job      BIGINT  UNIQUE REFERENCES job_credentials (job) ON DELETE CASCADE
);

CREATE INDEX oauth_holders_by_grant ON oauth_holders (grant_id);
