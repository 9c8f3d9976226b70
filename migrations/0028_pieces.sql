-- Kept documents in pieces of bounded size, so that nobody has to hold one whole.

CREATE TABLE export_pieces (
    export INTEGER NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    piece INTEGER NOT NULL,             -- from 0
    content BLOB NOT NULL,              -- of the file, compressed, cut anywhere
    PRIMARY KEY (export, piece)
) STRICT;

-- What is kept is cut as it is, one piece at a time: its bytes stay the same.
WITH RECURSIVE cut (export, piece) AS (
    SELECT id, 0 FROM exports
    UNION ALL
    SELECT c.export, c.piece + 1 FROM cut c JOIN exports e ON e.id = c.export
    WHERE (c.piece + 1) * 262144 < length(e.content)
)
INSERT INTO export_pieces (export, piece, content)
SELECT c.export, c.piece, substr(e.content, c.piece * 262144 + 1, 262144) FROM cut c JOIN exports e ON e.id = c.export;

ALTER TABLE exports DROP COLUMN content;
