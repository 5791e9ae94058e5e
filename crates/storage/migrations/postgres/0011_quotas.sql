-- What requests have learned of GitLab's limits by the hour and the day, which tell nothing until they are met.
CREATE TABLE quotas (
    instance   TEXT COLLATE "C" NOT NULL,
    user_id    BIGINT NOT NULL,
    -- What is limited: POST /projects
    endpoint   TEXT COLLATE "C" NOT NULL,
    -- The present window: when it began, how long it lasts (milliseconds), what was let through in it.
    opened_at  BIGINT NOT NULL,
    length     BIGINT NOT NULL,
    passed     BIGINT NOT NULL,
    -- How much GitLab lets through, once that is known.
    most       BIGINT,
    -- In how many windows GitLab has refused something, and whether in this one.
    measured   BIGINT NOT NULL,
    refused    BOOLEAN NOT NULL,
    shut_until BIGINT NOT NULL,
    PRIMARY KEY (instance, user_id, endpoint)
);
