-- What is wide comes last in its row: SQLite reads through it to reach what follows.
PRAGMA legacy_alter_table = ON;         -- what refers to these tables goes on to refer to them by their names
CREATE TABLE subjects_anew (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,          -- of the content, the mapping and the form it was read with
    siret TEXT,
    applicant TEXT,
    code_insee TEXT,
    departement TEXT,
    population INTEGER,
    granted_cents INTEGER,
    engaged_cents INTEGER,
    paid_cents INTEGER,
    subject TEXT NOT NULL               -- JSON
) STRICT;
INSERT INTO subjects_anew (dossier, fingerprint, siret, applicant, code_insee, departement, population, granted_cents,
    engaged_cents, paid_cents, subject)
SELECT dossier, fingerprint, siret, applicant, code_insee, departement, population, granted_cents, engaged_cents,
    paid_cents, subject FROM subjects;
DROP TABLE subjects;
ALTER TABLE subjects_anew RENAME TO subjects;

CREATE TABLE evaluations_anew (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    rulebook TEXT NOT NULL,             -- fingerprint of the rules and parameters
    basis TEXT NOT NULL DEFAULT '',     -- names everything that the verdicts were made from
    status TEXT NOT NULL CHECK (status IN ('eligible', 'non_eligible', 'a_verifier')),
    eligible_expenses_cents INTEGER,
    computed_cents INTEGER,
    counted_cents INTEGER,              -- what sums take of the dossier when nobody set it aside
    missing TEXT NOT NULL,              -- JSON
    trace BLOB NOT NULL                 -- compressed JSON: facts and parameters that each verdict rests on, in their order
) STRICT;
INSERT INTO evaluations_anew (dossier, rulebook, basis, status, eligible_expenses_cents, computed_cents, counted_cents, missing,
    trace)
SELECT dossier, rulebook, basis, status, eligible_expenses_cents, computed_cents, counted_cents, missing, trace
FROM evaluations;
DROP TABLE evaluations;
ALTER TABLE evaluations_anew RENAME TO evaluations;
CREATE INDEX evaluations_by_status ON evaluations (status);
PRAGMA legacy_alter_table = OFF;

-- Few rows matter to most questions: the index has these alone. What is looked at for instants in the future, at each sync, is found
-- by its instant.
CREATE INDEX dossiers_shown ON dossiers (procedure) WHERE removed_at IS NULL;
CREATE INDEX dossiers_removed ON dossiers (removed_reason, procedure) WHERE removed_reason IS NOT NULL;
CREATE INDEX dossiers_unlisted ON dossiers (number) WHERE version IS NOT attachments_version;
CREATE INDEX dossiers_by_version ON dossiers (version) WHERE version IS NOT NULL;
CREATE INDEX dossiers_by_removal ON dossiers (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX dossiers_by_erasure ON dossiers (erased_at) WHERE erased_at IS NOT NULL;
CREATE INDEX dossiers_by_wait ON dossiers (unfinished_since) WHERE unfinished_since IS NOT NULL;
CREATE INDEX dossiers_by_question ON dossiers (asked_again_at) WHERE asked_again_at IS NOT NULL;
CREATE INDEX dossier_versions_by_instant ON dossier_versions (observed_at);
CREATE INDEX removal_events_by_instant ON removal_events (observed_at);
CREATE INDEX remains_by_instant ON remains (observed_at);
CREATE INDEX attachments_by_state ON attachments (state, dossier);
CREATE INDEX attachments_by_settlement ON attachments (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX attachments_by_failure ON attachments (failed_since) WHERE failed_since IS NOT NULL;
CREATE INDEX verdicts_breached ON verdicts (dossier, position) WHERE kind = 'C' AND verdict = 'not_met';
CREATE INDEX journal_exclusions ON journal (dossier) WHERE act ->> 'kind' = 'exclude';
CREATE INDEX runs_running ON runs (id) WHERE outcome = 'running';
CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_end ON runs (finished_at) WHERE finished_at IS NOT NULL;
