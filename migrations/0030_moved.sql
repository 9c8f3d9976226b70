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
