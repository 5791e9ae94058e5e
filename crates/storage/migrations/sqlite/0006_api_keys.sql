-- Keys for programs. The key itself is nowhere: it is found by its hash, and what is sealed opens only with it.
CREATE TABLE api_keys (
    id           TEXT    PRIMARY KEY,
    key_hash     BLOB    NOT NULL UNIQUE,
    instance     TEXT    NOT NULL,
    user_id      INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    -- Words with spaces between them.
    scopes       TEXT    NOT NULL,
    sealed       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX api_keys_by_user ON api_keys (instance, user_id, id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL;
