-- Contents kept beside the database that no file refers to any more: they are erased from the disk in their time.
CREATE TABLE orphaned_contents (
    sha256 TEXT PRIMARY KEY,
    orphaned_at TEXT                    -- none: due at once, erased with a dossier whose delay was over
) STRICT;

-- Such contents were told by this mark before; the next purge finds what is still there on the disk.
DELETE FROM marks WHERE name = 'attachments:forgotten';
