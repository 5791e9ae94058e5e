-- Who did what. Rows are only ever added, and removed from the oldest end when their time is over.
CREATE TABLE audit (
    node       TEXT COLLATE "C" NOT NULL,
    seq        BIGINT  NOT NULL,
    -- Orders the rows of all nodes by time.
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    at         BIGINT  NOT NULL,
    instance   TEXT,
    user_id    BIGINT,
    username   TEXT,
    via        TEXT,
    address    TEXT,
    action     TEXT COLLATE "C" NOT NULL,
    target     TEXT    NOT NULL,
    outcome    TEXT COLLATE "C" NOT NULL,
    status     BIGINT,
    request_id TEXT,
    details    TEXT,
    -- SHA-256 over the hash of the row before and this row's content.
    hash       BYTEA   NOT NULL,
    PRIMARY KEY (node, seq)
);

CREATE INDEX audit_by_user ON audit (instance, user_id, id);

-- The last row of each node's chain.
CREATE TABLE audit_chains (
    node TEXT COLLATE "C" PRIMARY KEY,
    seq  BIGINT  NOT NULL,
    hash BYTEA   NOT NULL
);

-- Where the chains were at some moments; the last purged one is where what is left begins.
CREATE TABLE audit_checkpoints (
    node   TEXT COLLATE "C" NOT NULL,
    seq    BIGINT  NOT NULL,
    hash   BYTEA   NOT NULL,
    at     BIGINT  NOT NULL,
    purged BIGINT  NOT NULL,
    PRIMARY KEY (node, seq)
);
