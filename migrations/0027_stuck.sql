-- Messages that may go no further by themselves.
CREATE INDEX outbox_stuck ON outbox (id) WHERE state IN ('retenu', 'incertain', 'echec');
