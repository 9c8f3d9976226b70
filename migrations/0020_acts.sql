-- An act that a wrong clock dated in the future is dated by the first answer of DS after it; nothing else of it is ever rewritten.
DROP TRIGGER journal_is_not_rewritten;
CREATE TRIGGER journal_is_not_rewritten BEFORE UPDATE ON journal
WHEN NEW.at >= OLD.at
  OR (NEW.id, NEW.dossier, NEW.person, NEW.reason, NEW.act) IS NOT (OLD.id, OLD.dossier, OLD.person, OLD.reason, OLD.act)
BEGIN
    SELECT RAISE(ABORT, 'journal: append only');
END;
CREATE INDEX journal_by_instant ON journal (at);

DROP TRIGGER withdrawals_are_not_rewritten;
CREATE TRIGGER withdrawals_are_not_rewritten BEFORE UPDATE ON withdrawals
WHEN NEW.at >= OLD.at
  OR (NEW.id, NEW.kind, NEW.period, NEW.revision, NEW.person, NEW.reason, NEW.files)
      IS NOT (OLD.id, OLD.kind, OLD.period, OLD.revision, OLD.person, OLD.reason, OLD.files)
BEGIN
    SELECT RAISE(ABORT, 'withdrawals: append only');
END;
