-- Why what the job did could not be compared with GitLab the last time, as JSON.
ALTER TABLE jobs ADD COLUMN verify_error TEXT;
