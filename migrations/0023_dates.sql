-- Days of a grant that lie after what they must precede are told from now on: what was judged before is looked at again.
INSERT INTO dirty (dossier, why, unread) SELECT number, 'version', 0 FROM dossiers WHERE state = 'accepte'
ON CONFLICT (dossier) DO NOTHING;
