-- Instants are UTC, RFC 3339, whole seconds. Money is integer cents. Compressed columns hold zstd frames.

-- The démarches followed, with what DS last said of them.
CREATE TABLE procedures (
    number INTEGER PRIMARY KEY,
    programme TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '',
    form BLOB,                          -- compressed JSON of the active form
    watermark TEXT,                     -- date of the newest dossier, asked of DS before the last completed walk
    page_size INTEGER,                  -- the size that worked last
    full_read_at TEXT,                  -- end of the last completed full read
    synced_at TEXT                      -- until when the dossiers are known: the start of the last completed sync
) STRICT;

-- Where an interrupted walk goes on. A cursor is only good for the very query it came from.
CREATE TABLE cursors (
    procedure INTEGER NOT NULL REFERENCES procedures (number) ON DELETE CASCADE,
    walk TEXT NOT NULL CHECK (walk IN ('deposit', 'update')),
    since TEXT NOT NULL DEFAULT '',     -- updatedSince of the query; empty in order of deposit
    watermark TEXT,                     -- newest dossier on DS when the walk began
    began_at TEXT NOT NULL,
    cursor TEXT NOT NULL,
    PRIMARY KEY (procedure, walk)
) STRICT;

-- Every dossier known. One without content is known by its tombstone on DS only.
CREATE TABLE dossiers (
    number INTEGER PRIMARY KEY,
    procedure INTEGER NOT NULL REFERENCES procedures (number),
    state TEXT NOT NULL,
    deposited_at TEXT,
    updated_at TEXT,
    treated_at TEXT,
    content_hash BLOB,                  -- SHA-256 of the canonical JSON of the current version
    version INTEGER REFERENCES dossier_versions (id),
    removed_at TEXT,                    -- when DS says it was removed, else when that was noticed
    removed_reason TEXT CHECK (removed_reason IN ('pending', 'deleted', 'absent')),
    CHECK ((removed_at IS NULL) = (removed_reason IS NULL))
) STRICT;
CREATE INDEX dossiers_by_procedure ON dossiers (procedure, number);

-- Each distinct content ever observed, as received.
CREATE TABLE dossier_versions (
    id INTEGER PRIMARY KEY,
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    observed_at TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    raw BLOB NOT NULL                   -- compressed JSON
) STRICT;
CREATE INDEX dossier_versions_by_dossier ON dossier_versions (dossier, observed_at);

-- Removals and returns as they were noticed; reason is null for a return.
CREATE TABLE removal_events (
    id INTEGER PRIMARY KEY,
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    observed_at TEXT NOT NULL,
    reason TEXT CHECK (reason IN ('pending', 'deleted', 'absent'))
) STRICT;
CREATE INDEX removal_events_by_dossier ON removal_events (dossier, observed_at);

-- Champs and annotations of the current version, flattened.
CREATE TABLE champs (
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('champ', 'annotation')),
    champ_id TEXT NOT NULL,
    descriptor_id TEXT NOT NULL,
    label TEXT NOT NULL,
    type TEXT NOT NULL,
    row_id TEXT,
    value TEXT,
    PRIMARY KEY (dossier, position)
) STRICT;

-- What the mapping read of the current version.
CREATE TABLE subjects (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,          -- of the content, the mapping and the form it was read with
    subject TEXT NOT NULL,              -- JSON
    siret TEXT,
    applicant TEXT,
    code_insee TEXT,
    departement TEXT,
    population INTEGER,
    granted_cents INTEGER,
    engaged_cents INTEGER,
    paid_cents INTEGER
) STRICT;

-- What the rules say of it.
CREATE TABLE evaluations (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    rulebook TEXT NOT NULL,             -- fingerprint of the rules and parameters
    status TEXT NOT NULL CHECK (status IN ('eligible', 'non_eligible', 'a_verifier')),
    eligible_expenses_cents INTEGER,
    computed_cents INTEGER,
    missing TEXT NOT NULL,              -- JSON
    trace BLOB NOT NULL                 -- compressed JSON: facts and parameters that each verdict rests on, in their order
) STRICT;

CREATE TABLE verdicts (
    dossier INTEGER NOT NULL REFERENCES evaluations (dossier) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    rule TEXT NOT NULL,
    kind TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('met', 'not_met', 'to_review', 'not_applicable')),
    explanation TEXT NOT NULL,
    citation TEXT NOT NULL,
    decided_by TEXT,
    PRIMARY KEY (dossier, position)
) STRICT;

-- Syncs, one row each; a row without end was interrupted.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    trigger TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'running'
        CHECK (outcome IN ('running', 'done', 'quarantine', 'failed', 'interrupted')),
    pages INTEGER NOT NULL DEFAULT 0,
    dossiers_seen INTEGER NOT NULL DEFAULT 0,
    dossiers_changed INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    error TEXT
) STRICT;

-- Dossiers set aside, and why.
CREATE TABLE quarantine (
    dossier INTEGER PRIMARY KEY,
    procedure INTEGER NOT NULL REFERENCES procedures (number) ON DELETE CASCADE,
    since TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Lists and reports kept as they were made.
CREATE TABLE exports (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    format TEXT NOT NULL,
    created_at TEXT NOT NULL,
    file_name TEXT NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL,              -- compressed
    UNIQUE (kind, period, revision, format)
) STRICT;

-- When each scheduled task last ran, so that what was missed is made up once.
CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    done_until TEXT NOT NULL,           -- every due time up to this instant is settled
    attempts INTEGER NOT NULL DEFAULT 0,
    last_started_at TEXT,
    last_finished_at TEXT,
    last_error TEXT
) STRICT;

-- What an operator should look at; one row a cause.
CREATE TABLE alerts (
    key TEXT PRIMARY KEY,
    raised_at TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT NOT NULL DEFAULT ''
) STRICT;

-- Small facts about the whole, by name.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE VIEW view_dossiers AS
SELECT d.number, d.procedure, p.programme, d.state, d.deposited_at, d.updated_at,
       s.siret, s.applicant, s.code_insee, s.departement, s.population,
       e.status, e.eligible_expenses_cents, e.computed_cents,
       s.granted_cents, s.engaged_cents, s.paid_cents,
       d.removed_at, d.removed_reason
FROM dossiers d
JOIN procedures p ON p.number = d.procedure
LEFT JOIN subjects s ON s.dossier = d.number
LEFT JOIN evaluations e ON e.dossier = d.number;

CREATE VIEW view_champs AS
SELECT dossier, kind, champ_id, descriptor_id, label, type, row_id, value FROM champs;

CREATE VIEW view_verdicts AS
SELECT dossier, rule, kind, verdict, explanation, citation, decided_by FROM verdicts;

CREATE VIEW view_sync_runs AS
SELECT id, started_at, finished_at, trigger, outcome, pages, dossiers_seen, dossiers_changed, quarantined, error
FROM runs;

CREATE VIEW view_quarantine AS
SELECT dossier, procedure, since, reason FROM quarantine;

CREATE VIEW view_exports AS
SELECT id, kind, period, created_at, sha256, path FROM exports;
