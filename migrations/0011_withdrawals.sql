-- Kept documents that a person took back because they were never sent: an act as those of the journal, but about no dossier. Only ever
-- added to; the document stays as it was kept.
CREATE TABLE withdrawals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    files TEXT NOT NULL CHECK (json_valid(files)), -- JSON: the SHA-256 of each file, by its format
    UNIQUE (kind, period, revision)
) STRICT;

CREATE TRIGGER withdrawals_are_not_rewritten BEFORE UPDATE ON withdrawals
BEGIN
    SELECT RAISE(ABORT, 'withdrawals: append only');
END;

CREATE TRIGGER withdrawals_are_not_shortened BEFORE DELETE ON withdrawals
BEGIN
    SELECT RAISE(ABORT, 'withdrawals: append only');
END;

DROP VIEW view_exports;
CREATE VIEW view_exports AS
SELECT e.id, e.kind, e.period, e.created_at, e.sha256, e.path, e.format, e.revision, w.at AS withdrawn_at
FROM exports e LEFT JOIN withdrawals w ON w.kind = e.kind AND w.period = e.period AND w.revision = e.revision;

CREATE VIEW view_withdrawals AS SELECT id, kind, period, revision, at, person, reason, files FROM withdrawals;
