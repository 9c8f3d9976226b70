-- What documents rest on, and what they say.

-- A démarche that DS gives no more while it gives others: since when, when that was last so, and whether DS does not know it.
ALTER TABLE procedures ADD COLUMN failing_since TEXT;
ALTER TABLE procedures ADD COLUMN failed_at TEXT;
ALTER TABLE procedures ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

-- SHA-256 of what the document says, whenever it is made and whatever its number: a correction is made when it differs.
ALTER TABLE exports ADD COLUMN says TEXT;

-- What sums take of the dossier when nobody set it aside.
ALTER TABLE evaluations ADD COLUMN counted_cents INTEGER;

DROP VIEW view_dossiers;
CREATE VIEW view_dossiers AS
SELECT d.number, d.procedure, p.programme, d.state, d.deposited_at, d.updated_at,
       s.siret, s.applicant, s.code_insee, s.departement, s.population,
       e.status, e.eligible_expenses_cents, e.computed_cents,
       s.granted_cents, s.engaged_cents, s.paid_cents,
       d.removed_at, d.removed_reason,
       (SELECT x.at FROM view_exclusions x WHERE x.dossier = d.number) AS excluded_at,
       CASE WHEN NOT EXISTS (SELECT 1 FROM view_exclusions x WHERE x.dossier = d.number) THEN e.counted_cents END AS counted_cents
FROM dossiers d
JOIN procedures p ON p.number = d.procedure
LEFT JOIN subjects s ON s.dossier = d.number
LEFT JOIN evaluations e ON e.dossier = d.number;
