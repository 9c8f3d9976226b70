-- All rows were moved from these.
DROP TABLE verdicts_before;
DROP TABLE evaluations_before;
DROP TABLE subjects_before;
DROP TABLE champs_before;
DROP TABLE dossier_versions_before;

-- As before: moving them counted nothing.
CREATE TRIGGER evaluations_added AFTER INSERT ON evaluations
BEGIN
    UPDATE counts SET number = number + 1 WHERE of = 'evaluations' AND value = NEW.status;
END;

CREATE TRIGGER evaluations_taken_away AFTER DELETE ON evaluations
BEGIN
    UPDATE counts SET number = number - 1 WHERE of = 'evaluations' AND value = OLD.status;
END;

CREATE TRIGGER evaluations_changed AFTER UPDATE OF status ON evaluations WHEN NEW.status <> OLD.status
BEGIN
    UPDATE counts SET number = number + iif(value = NEW.status, 1, -1)
    WHERE of = 'evaluations' AND value IN (OLD.status, NEW.status);
END;

-- A database that an earlier release began to move has them.
DROP VIEW IF EXISTS view_dossiers;
DROP VIEW IF EXISTS view_credits;
DROP VIEW IF EXISTS view_champs;
DROP VIEW IF EXISTS view_verdicts;

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

CREATE VIEW view_credits AS
SELECT purse, departement, right_cents, granted_cents, engaged_cents, paid_cents, right_cents - granted_cents AS left_cents
FROM (
    SELECT r.programme AS purse, r.departement, r.cents AS right_cents, coalesce(sum(g.cents), 0) AS granted_cents,
           coalesce(sum(CASE WHEN g.dossier IS NOT NULL THEN s.engaged_cents END), 0) AS engaged_cents,
           coalesce(sum(CASE WHEN g.dossier IS NOT NULL THEN s.paid_cents END), 0) AS paid_cents
    FROM rights r
    LEFT JOIN grants g ON g.programme = r.programme AND g.counts = 1 AND CASE
        WHEN r.departement IS NOT NULL THEN g.place ->> 'departement' IS r.departement
        WHEN r.within IS NULL THEN 1
        ELSE json_array_length(g.place, '$.touches') > 0
             AND NOT EXISTS (SELECT 1 FROM json_each(g.place, '$.touches') touched
                             WHERE touched.value NOT IN (SELECT value FROM json_each(r.within)))
        END
    LEFT JOIN subjects s ON s.dossier = g.dossier
    WHERE (r.from_at IS NULL OR r.from_at <= (SELECT max(synced_at) FROM procedures))
      AND (r.to_at IS NULL OR r.to_at > (SELECT coalesce(max(synced_at), '') FROM procedures))
    GROUP BY r.id
);

-- The dossier comes first: what is of it is a range of ids. The signs keep SQLite from making an index of its own to go through all rows
-- by another column, for each dossier.
CREATE VIEW view_champs AS
SELECT d.number AS dossier, s.kind, s.stem || coalesce(r.tail, '') AS champ_id, s.descriptor_id, s.label, s.type, r.row_id,
       +c.value AS value
FROM dossiers d NOT INDEXED
CROSS JOIN champs c ON c.id >= d.number << 20 AND c.id < (d.number + 1) << 20
LEFT JOIN descriptors s ON s.id = +c.descriptor
LEFT JOIN champ_rows r ON r.dossier = d.number AND r.row = +c.row;

CREATE VIEW view_verdicts AS
SELECT d.number AS dossier, r.rule, r.kind, +v.verdict AS verdict, s.text AS explanation, r.citation,
       +v.decided_by AS decided_by
FROM dossiers d NOT INDEXED
CROSS JOIN verdicts v ON v.id >= d.number << 20 AND v.id < (d.number + 1) << 20
LEFT JOIN rules r ON r.id = +v.rule
LEFT JOIN sentences s ON s.id = +v.explanation;
