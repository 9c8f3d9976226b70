-- Whether the last failure of a task needs somebody to mend it: time alone will not.
ALTER TABLE tasks ADD COLUMN needs_person INTEGER NOT NULL DEFAULT 0;
