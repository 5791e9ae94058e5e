-- What the items of a job are made from while it is planned (a selection, a manifest), as JSON.
ALTER TABLE jobs ADD COLUMN request TEXT;
-- What has to be typed to start the job; known when it is planned.
ALTER TABLE jobs ADD COLUMN confirmation TEXT;
-- When it was last compared with GitLab before it runs.
ALTER TABLE jobs ADD COLUMN planned_at BIGINT;
-- When what the job did was last compared with GitLab.
ALTER TABLE jobs ADD COLUMN verified_at BIGINT;

-- What the target has to look like for the item to make sense (undo), as JSON.
ALTER TABLE items ADD COLUMN expects TEXT;

-- What a person should know before the item runs, as JSON.
ALTER TABLE item_plans ADD COLUMN notes TEXT;

-- How many of the item's writes are done.
ALTER TABLE item_states ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
-- What differed from what the item did when that was last looked at, as JSON.
ALTER TABLE item_states ADD COLUMN differences TEXT;
