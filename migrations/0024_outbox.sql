-- What is to be sent and what was: one row a recipient, kind, département, period and revision, for ever; rehearsals apart.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,                  -- whom it is for, in small letters; or the directory that the files go to
    via TEXT NOT NULL CHECK (via IN ('smtp', 'directory')),
    kind TEXT NOT NULL,
    departement TEXT NOT NULL,              -- empty: not one département's alone
    period TEXT NOT NULL,
    revision INTEGER NOT NULL,
    rehearsal INTEGER NOT NULL CHECK (rehearsal IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('a_envoyer', 'retenu', 'envoye', 'incertain', 'echec', 'annule')),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)), -- JSON: why it is held
    message_id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,              -- in a row, since a person let it go last
    handing_over INTEGER NOT NULL CHECK (handing_over IN (0, 1)), -- 1: it is being handed over at this moment, or the program was killed then
    unanswered INTEGER NOT NULL,            -- how often it was handed over without an answer
    next_at TEXT,                           -- null: at once
    settled_at TEXT,                        -- when its state last changed
    released INTEGER NOT NULL CHECK (released IN (0, 1)), -- 1: a person let it go
    reply TEXT,                             -- what the server answered, or why it could not be asked
    size INTEGER NOT NULL,                  -- bytes of the message, or of the files
    letter TEXT NOT NULL CHECK (json_valid(letter)), -- JSON: what the message is made from
    mime BLOB NOT NULL,                     -- the whole message, compressed; empty where files are written into a directory
    UNIQUE (address, kind, departement, period, revision, rehearsal)
) STRICT;

-- What may be due.
CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('a_envoyer', 'incertain');
