-- A sum needs the grants that take one département's credits, or those of a programme.
CREATE INDEX grants_by_departement ON grants (programme, place ->> 'departement', decided_on, dossier);
