-- Who did what. Rows are only ever added, and removed from the oldest end when their time is over.
CREATE TABLE audit (
    node       TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    -- Orders the rows of all nodes by time.
    id         TEXT    NOT NULL UNIQUE,
    at         INTEGER NOT NULL,
    instance   TEXT,
    user_id    INTEGER,
    username   TEXT,
    via        TEXT,
    address    TEXT,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    status     INTEGER,
    request_id TEXT,
    details    TEXT,
    -- SHA-256 over the hash of the row before and this row's content.
    hash       BLOB    NOT NULL,
    PRIMARY KEY (node, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_user ON audit (instance, user_id, id);

-- The last row of each node's chain.
CREATE TABLE audit_chains (
    node TEXT    PRIMARY KEY,
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Where the chains were at some moments; the last purged one is where what is left begins.
CREATE TABLE audit_checkpoints (
    node   TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    purged INTEGER NOT NULL,
    PRIMARY KEY (node, seq)
) STRICT, WITHOUT ROWID;
