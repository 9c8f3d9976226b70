-- What a dossier is found by, folded: its applicant, SIRET and title, a line each. Apart from what was read of it, so that looking
-- through all of them reads little.
CREATE TABLE search (
    dossier INTEGER PRIMARY KEY REFERENCES subjects (dossier) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;

-- What there is to grant from: the parameters of the rulebook that evaluation last went by, each for its time of validity.
CREATE TABLE rights (
    id INTEGER PRIMARY KEY,
    programme TEXT NOT NULL,
    departement TEXT,                   -- null: not one département's alone
    within TEXT,                        -- JSON: the départements that share it; null: all of France
    cents INTEGER NOT NULL,
    from_at TEXT,                       -- the first instant of its first day in Paris; null: always was
    to_at TEXT                          -- the first instant of the day after its last; null: still is
) STRICT;
