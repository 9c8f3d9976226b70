-- What people were told by mail of alerts: one row a cause, of a département alone or of all.
CREATE TABLE told (
    departement TEXT NOT NULL,              -- empty: not one département's alone
    cause TEXT NOT NULL,
    message TEXT NOT NULL,                  -- what was said last
    since TEXT NOT NULL,                    -- when it was first noticed
    told_at TEXT NOT NULL,                  -- when something was said of it last
    revision INTEGER NOT NULL,              -- how many messages there were before on that day
    lasts INTEGER NOT NULL CHECK (lasts IN (0, 1)), -- 0: its end was told
    PRIMARY KEY (departement, cause)
) STRICT, WITHOUT ROWID;
