-- A sum needs the grants that take one département's credits, or those of a programme.
CREATE INDEX grants_by_departement ON grants (programme, place ->> 'departement', decided_on, dossier);

-- Few dossiers have something to be done about them.
CREATE INDEX evaluations_lacking ON evaluations (dossier) WHERE missing <> '[]';
CREATE INDEX dossiers_instructed ON dossiers (procedure, number) WHERE state = 'en_instruction' AND removed_at IS NULL;
