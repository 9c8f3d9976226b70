-- What repeats is kept once: what the forms and the rules say, apart from what is said of one dossier. The rows of the tables that are made
-- anew are moved afterwards, some dossiers at a time (`src/store/migrate/moving.rs`); what follows then is in the next migration.
PRAGMA legacy_alter_table = ON;         -- what refers to these tables goes on to refer to them by their names
-- A view that shows a part of the rows would be believed: there is none until all of them are moved.
DROP VIEW view_dossiers;
DROP VIEW view_credits;
DROP VIEW view_champs;
DROP VIEW view_verdicts;
DROP INDEX verdicts_breached;
DROP INDEX dossier_versions_by_dossier;
DROP INDEX dossier_versions_by_instant;
DROP INDEX evaluations_by_status;
DROP INDEX evaluations_lacking;
DROP TRIGGER evaluations_added;
DROP TRIGGER evaluations_taken_away;
DROP TRIGGER evaluations_changed;
ALTER TABLE dossier_versions RENAME TO dossier_versions_before;
ALTER TABLE champs RENAME TO champs_before;
ALTER TABLE subjects RENAME TO subjects_before;
ALTER TABLE evaluations RENAME TO evaluations_before;
ALTER TABLE verdicts RENAME TO verdicts_before;
PRAGMA legacy_alter_table = OFF;

-- What the contents of a démarche have in common, by which they are compressed: names and labels, no value. The id comes from the
-- content, and is named by each frame made with it.
CREATE TABLE dictionaries (
    id INTEGER PRIMARY KEY,
    procedure INTEGER NOT NULL REFERENCES procedures (number),
    of TEXT NOT NULL CHECK (of IN ('content', 'facts', 'trace')),
    current INTEGER NOT NULL CHECK (current IN (0, 1)), -- 1: new frames are made with it
    content BLOB NOT NULL                               -- compressed JSON
) STRICT;
CREATE UNIQUE INDEX dictionaries_current ON dictionaries (procedure, of) WHERE current = 1;

-- Each distinct content ever observed, as received.
CREATE TABLE dossier_versions (
    id INTEGER PRIMARY KEY,
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    observed_at TEXT NOT NULL,
    content_hash BLOB NOT NULL,         -- SHA-256 of its canonical JSON
    raw BLOB NOT NULL                   -- compressed JSON, by a dictionary or without
) STRICT;
CREATE INDEX dossier_versions_by_dossier ON dossier_versions (dossier, observed_at);
CREATE INDEX dossier_versions_by_instant ON dossier_versions (observed_at);

-- What the forms say of their champs and annotations.
CREATE TABLE descriptors (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('champ', 'annotation')),
    descriptor_id TEXT NOT NULL,
    label TEXT NOT NULL,
    type TEXT NOT NULL,
    stem TEXT NOT NULL,                 -- what the ids of its champs begin with
    UNIQUE (descriptor_id, kind, label, type, stem)
) STRICT;

-- Champs and annotations of the current version, flattened.
CREATE TABLE champs (
    id INTEGER PRIMARY KEY,             -- number of the dossier × 2^20 + place in it
    descriptor INTEGER NOT NULL REFERENCES descriptors (id),
    row INTEGER,                        -- of `champ_rows`
    value TEXT
) STRICT;

-- The rows of repetitions that they stand in.
CREATE TABLE champ_rows (
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    row_id TEXT,
    tail TEXT NOT NULL,                 -- what the ids of its champs end with
    PRIMARY KEY (dossier, row)
) STRICT, WITHOUT ROWID;

-- What the mapping read of the current version.
CREATE TABLE subjects (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    fingerprint BLOB NOT NULL,          -- of the content, the mapping and the form it was read with
    siret TEXT,
    applicant TEXT,
    code_insee TEXT,
    departement TEXT,
    population INTEGER,
    granted_cents INTEGER,
    engaged_cents INTEGER,
    paid_cents INTEGER,
    subject BLOB NOT NULL               -- compressed JSON, by a dictionary or without
) STRICT;

-- What the rules say of it.
CREATE TABLE evaluations (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    rulebook BLOB NOT NULL,             -- fingerprint of the rules and parameters
    basis BLOB NOT NULL,                -- names everything that the verdicts were made from
    status TEXT NOT NULL CHECK (status IN ('eligible', 'non_eligible', 'a_verifier')),
    eligible_expenses_cents INTEGER,
    computed_cents INTEGER,
    counted_cents INTEGER,              -- what sums take of the dossier when nobody set it aside
    missing INTEGER REFERENCES sentences (id), -- JSON; null: nothing is
    trace BLOB NOT NULL                 -- compressed JSON: facts and parameters that each verdict rests on, in their order
) STRICT;
CREATE INDEX evaluations_by_status ON evaluations (status);
CREATE INDEX evaluations_lacking ON evaluations (dossier) WHERE missing IS NOT NULL;
CREATE INDEX evaluations_by_missing ON evaluations (missing) WHERE missing IS NOT NULL;

-- The rules as they were applied.
CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    kind TEXT NOT NULL,
    citation TEXT NOT NULL
) STRICT;
CREATE INDEX rules_by_name ON rules (rule);

-- What is said of dossiers, however many: one that is said of none any more is taken away at once.
CREATE TABLE sentences (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,              -- of the text, by which it is found
    text TEXT NOT NULL
) STRICT;
CREATE INDEX sentences_by_hash ON sentences (hash);

CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,             -- number of the dossier × 2^20 + place in it
    rule INTEGER NOT NULL REFERENCES rules (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('met', 'not_met', 'to_review', 'not_applicable')),
    decided_by TEXT,
    computed_verdict TEXT               -- what the rule says by itself, where a person decided otherwise
        CHECK (computed_verdict IN ('met', 'not_met', 'to_review', 'not_applicable')),
    explanation INTEGER NOT NULL REFERENCES sentences (id)
) STRICT;
CREATE INDEX verdicts_by_explanation ON verdicts (explanation);
