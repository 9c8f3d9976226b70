-- The dossiers that a person set aside, and that nobody took back since: out of lists, reports and sums.
CREATE VIEW view_exclusions AS
SELECT dossier, at, person, reason FROM journal
WHERE act ->> 'kind' = 'exclude'
  AND id = (SELECT max(last.id) FROM journal last
            WHERE last.dossier = journal.dossier AND last.act ->> 'kind' IN ('exclude', 'include'));
