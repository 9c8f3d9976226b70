-- What people decided, corrected and set aside, in the order in which they did: only ever added to. Erasing what must not be
-- kept of a dossier is announced in `journal_erasures`, in the same transaction.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dossier INTEGER NOT NULL,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    act TEXT NOT NULL CHECK (json_valid(act))      -- JSON: its kind, and what it is about
) STRICT;
CREATE INDEX journal_by_dossier ON journal (dossier, id);

CREATE TABLE journal_erasures (dossier INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER journal_is_not_rewritten BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'journal: append only');
END;

CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
WHEN NOT EXISTS (SELECT 1 FROM journal_erasures WHERE dossier = OLD.dossier)
BEGIN
    SELECT RAISE(ABORT, 'journal: append only');
END;

-- What the rule says by itself, where a person decided otherwise.
ALTER TABLE verdicts ADD COLUMN computed_verdict TEXT
    CHECK (computed_verdict IN ('met', 'not_met', 'to_review', 'not_applicable'));

-- Names everything that the verdicts were made from: they are made again when it differs.
ALTER TABLE evaluations ADD COLUMN basis TEXT NOT NULL DEFAULT '';

CREATE VIEW view_journal AS
SELECT id, dossier, at, person, reason, act ->> 'kind' AS kind, act ->> 'rule' AS rule, act ->> 'verdict' AS verdict,
       act ->> '$.target.fact' AS fact, act ->> '$.target.column' AS "column", act ->> '$.target.row' AS row_id,
       act ->> 'value' AS value
FROM journal;
