-- Dossiers whose content was erased here since DS erased them: the tombstone stays, with what may be kept.
ALTER TABLE dossiers ADD COLUMN erased_at TEXT;

-- What stays of each version of such a dossier, so that lists of the past stay true in what is kept.
CREATE TABLE remains (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    observed_at TEXT NOT NULL,          -- of the version it comes from
    subject TEXT NOT NULL,              -- JSON, reduced
    evaluation TEXT NOT NULL            -- JSON, reduced
) STRICT;
CREATE INDEX remains_by_dossier ON remains (dossier, observed_at);

CREATE VIEW view_erasures AS
SELECT number AS dossier, erased_at FROM dossiers WHERE erased_at IS NOT NULL;
