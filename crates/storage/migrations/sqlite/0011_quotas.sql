-- What requests have learned of GitLab's limits by the hour and the day, which tell nothing until they are met.
CREATE TABLE quotas (
    instance   TEXT    NOT NULL,
    user_id    INTEGER NOT NULL,
    -- What is limited: POST /projects
    endpoint   TEXT    NOT NULL,
    -- The present window: when it began, how long it lasts (milliseconds), what was let through in it.
    opened_at  INTEGER NOT NULL,
    length     INTEGER NOT NULL,
    passed     INTEGER NOT NULL,
    -- How much GitLab lets through, once that is known.
    most       INTEGER,
    -- In how many windows GitLab has refused something, and whether in this one.
    measured   INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    shut_until INTEGER NOT NULL,
    PRIMARY KEY (instance, user_id, endpoint)
) STRICT;
