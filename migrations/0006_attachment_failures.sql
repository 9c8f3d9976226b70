-- Since when a file could not be had: it is asked for again, ever more rarely.
ALTER TABLE attachments ADD COLUMN failed_since TEXT;
