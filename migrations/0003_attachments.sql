-- The files attached to the current version of each dossier, and what is kept of their contents beside the database.

-- The version whose files are listed in `attachments`; another than `version` means that the list is to be made again.
ALTER TABLE dossiers ADD COLUMN attachments_version INTEGER;

CREATE TABLE attachments (
    dossier INTEGER NOT NULL REFERENCES dossiers (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('champ', 'annotation')),
    champ_id TEXT NOT NULL,
    row_id TEXT,
    label TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    byte_size INTEGER NOT NULL,         -- as DS announces it
    checksum TEXT NOT NULL,             -- base64 MD5, as DS announces it
    created_at TEXT NOT NULL,
    virus_scan TEXT NOT NULL,           -- as received: pending, safe…
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'stored', 'unverified', 'failed')),
    sha256 TEXT,                        -- of the content kept, in hexadecimal: it names the file
    reason TEXT,                        -- why it failed, or is unverified
    settled_at TEXT,                    -- when it came to its state
    PRIMARY KEY (dossier, position),
    CHECK ((sha256 IS NOT NULL) = (state IN ('stored', 'unverified')))
) STRICT;
CREATE INDEX attachments_by_content ON attachments (sha256);

CREATE VIEW view_attachments AS
SELECT dossier, kind, champ_id, row_id, label, filename, content_type, byte_size, checksum, created_at, virus_scan,
       state, sha256, reason, settled_at
FROM attachments;
