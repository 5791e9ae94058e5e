-- Keys for programs. The key itself is nowhere: it is found by its hash, and what is sealed opens only with it.
CREATE TABLE api_keys (
    id           TEXT COLLATE "C" PRIMARY KEY,
    key_hash     BYTEA   NOT NULL UNIQUE,
    instance     TEXT COLLATE "C" NOT NULL,
    user_id      BIGINT  NOT NULL,
    name         TEXT    NOT NULL,
    -- Words with spaces between them.
    scopes       TEXT    NOT NULL,
    sealed       BYTEA   NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);

CREATE INDEX api_keys_by_user ON api_keys (instance, user_id, id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL;
