-- What the préfecture says of a period, given before its document is kept or with a correction: the next one that is made has it too.
CREATE TABLE commentaries (
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    text TEXT NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (kind, period)
) STRICT, WITHOUT ROWID;
