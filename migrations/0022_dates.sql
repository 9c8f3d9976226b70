-- Days of a grant that lie after what they must precede are told from now on: those that were judged before are looked at again.
INSERT INTO dirty (dossier, why, unread) SELECT number, 'version', 0 FROM dossiers WHERE state = 'accepte'
ON CONFLICT (dossier) DO NOTHING;
UPDATE evaluations SET basis = '' WHERE dossier IN (SELECT number FROM dossiers WHERE state = 'accepte');
