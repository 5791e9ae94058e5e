-- When a person last said go on: what had failed until then was looked at.
ALTER TABLE jobs ADD COLUMN resumed_at BIGINT;
