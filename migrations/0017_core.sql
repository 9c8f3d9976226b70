-- What each dossier is to the others, so that what changes is followed without reading all of them.

-- One row a dossier that was read. `counts`: the others see it (live, followed, not set aside).
CREATE TABLE neighbours (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    programme TEXT NOT NULL,
    counts INTEGER NOT NULL,
    siren TEXT,
    siret TEXT,
    service TEXT
) STRICT;
CREATE INDEX neighbours_by_siren ON neighbours (siren, dossier) WHERE siren IS NOT NULL;

-- The communes that it lists, is carried by, or only asks about.
CREATE TABLE neighbour_communes (
    commune TEXT NOT NULL,              -- INSEE code
    dossier INTEGER NOT NULL REFERENCES neighbours (dossier) ON DELETE CASCADE,
    attached INTEGER NOT NULL,
    autonomous INTEGER NOT NULL,
    PRIMARY KEY (commune, dossier)
) STRICT, WITHOUT ROWID;
CREATE INDEX neighbour_communes_by_dossier ON neighbour_communes (dossier);

-- The accepted ones, in the order of decision.
CREATE TABLE grants (
    programme TEXT NOT NULL,
    decided_on TEXT NOT NULL,           -- 9999-12-31 where it is not known
    dossier INTEGER NOT NULL REFERENCES neighbours (dossier) ON DELETE CASCADE,
    counts INTEGER NOT NULL,
    cents INTEGER,                      -- null: not known
    place TEXT NOT NULL,                -- JSON
    PRIMARY KEY (programme, decided_on, dossier)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX grants_by_dossier ON grants (dossier);

-- What evaluation has yet to look at: written in the transaction that changes something. `unread`: its facts first, then its
-- verdicts; else its verdicts alone.
CREATE TABLE dirty (
    dossier INTEGER PRIMARY KEY REFERENCES dossiers (number) ON DELETE CASCADE,
    why TEXT NOT NULL,
    unread INTEGER NOT NULL
) STRICT;
CREATE INDEX dirty_unread ON dirty (dossier) WHERE unread = 1;
INSERT INTO dirty (dossier, why, unread) SELECT number, 'version', 1 FROM dossiers;

-- What is new, in the order in which it was noticed.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    dossier INTEGER NOT NULL,
    what TEXT NOT NULL
        CHECK (what IN ('filed', 'state', 'amount', 'status', 'verdict', 'removed', 'returned', 'act')),
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX changes_by_date ON changes (at, seq);
CREATE INDEX changes_by_dossier ON changes (dossier, seq);
CREATE VIEW view_changes AS SELECT seq, at, dossier, what, before, after FROM changes;

-- The one dossier that an alert of the evaluation is about; null: it is about something else.
ALTER TABLE alerts ADD COLUMN dossier INTEGER;
CREATE INDEX alerts_by_dossier ON alerts (dossier) WHERE dossier IS NOT NULL;
UPDATE alerts SET dossier = CAST(substr(key, 1 + instr(substr(key, 12), ':') + 11) AS INTEGER)
WHERE key GLOB 'evaluation:content:*' OR key GLOB 'evaluation:grant:*' OR key GLOB 'evaluation:control:*'
   OR key GLOB 'evaluation:decision:*' OR key GLOB 'evaluation:correction:*';

-- Few rows each, asked for at each evaluation.
CREATE INDEX dossiers_undated ON dossiers (procedure)
WHERE state IN ('accepte', 'refuse', 'sans_suite') AND treated_at IS NULL AND removed_at IS NULL AND version IS NOT NULL;
CREATE INDEX dossiers_of_other_states ON dossiers (procedure, state, number)
WHERE state NOT IN ('en_construction', 'en_instruction', 'accepte', 'refuse', 'sans_suite') AND removed_at IS NULL;
CREATE INDEX dossiers_accepted ON dossiers (procedure, number) WHERE state = 'accepte';
CREATE INDEX evaluations_by_status ON evaluations (status);
