-- Since when DS no longer shows a dossier, as DS says; null: nothing is known but when it was noticed.
ALTER TABLE removal_events ADD COLUMN at TEXT;

-- Of the last event of each dossier it is known already.
UPDATE removal_events SET at = (SELECT removed_at FROM dossiers WHERE number = dossier)
WHERE reason IS NOT NULL
  AND id = (SELECT max(last.id) FROM removal_events last WHERE last.dossier = removal_events.dossier)
  AND reason = (SELECT removed_reason FROM dossiers WHERE number = dossier);
