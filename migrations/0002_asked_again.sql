-- What DS still owes, or could not give, is asked for again, at first at each sync, then ever more rarely.
ALTER TABLE dossiers ADD COLUMN unfinished_since TEXT;  -- since when DS has yet to complete it, without moving any date
ALTER TABLE dossiers ADD COLUMN asked_again_at TEXT;    -- when it was last asked for again for that
ALTER TABLE quarantine ADD COLUMN tried_at TEXT;        -- when it was last asked for
CREATE INDEX dossiers_unfinished ON dossiers (procedure, number) WHERE unfinished_since IS NOT NULL;
