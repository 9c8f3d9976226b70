-- What is counted as it changes, since there is too much of it to be counted whenever somebody asks: the attached files by their state,
-- of the dossiers that DS still shows, and the verdicts by what they add up to.
CREATE TABLE counts (
    of TEXT NOT NULL,
    value TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (of, value)
) STRICT, WITHOUT ROWID;
INSERT INTO counts (of, value, number)
SELECT 'attachments', value, (SELECT count(*) FROM attachments a JOIN dossiers d ON d.number = a.dossier
                              WHERE a.state = value AND d.removed_at IS NULL)
FROM json_each('["pending", "stored", "unverified", "failed"]');
INSERT INTO counts (of, value, number)
SELECT 'evaluations', value, (SELECT count(*) FROM evaluations WHERE status = value)
FROM json_each('["eligible", "non_eligible", "a_verifier"]');

CREATE TRIGGER attachments_added AFTER INSERT ON attachments
BEGIN
    UPDATE counts SET number = number + 1
    WHERE of = 'attachments' AND value = NEW.state
      AND (SELECT removed_at IS NULL FROM dossiers WHERE number = NEW.dossier);
END;

CREATE TRIGGER attachments_taken_away AFTER DELETE ON attachments
BEGIN
    UPDATE counts SET number = number - 1
    WHERE of = 'attachments' AND value = OLD.state
      AND (SELECT removed_at IS NULL FROM dossiers WHERE number = OLD.dossier);
END;

CREATE TRIGGER attachments_settled AFTER UPDATE OF state ON attachments WHEN NEW.state <> OLD.state
BEGIN
    UPDATE counts SET number = number + iif(value = NEW.state, 1, -1)
    WHERE of = 'attachments' AND value IN (OLD.state, NEW.state)
      AND (SELECT removed_at IS NULL FROM dossiers WHERE number = NEW.dossier);
END;

CREATE TRIGGER attachments_shown_or_not AFTER UPDATE OF removed_at ON dossiers
WHEN (NEW.removed_at IS NULL) <> (OLD.removed_at IS NULL)
BEGIN
    UPDATE counts SET number = number + iif(NEW.removed_at IS NULL, 1, -1)
        * (SELECT count(*) FROM attachments a WHERE a.dossier = NEW.number AND a.state = counts.value)
    WHERE of = 'attachments';
END;

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

-- What is dated in the future is looked for at each sync.
CREATE INDEX alerts_by_instant ON alerts (raised_at);
