-- DS's clock, by which everything is dated that documents rest on: it is learnt from the answers, and kept as a mark with what the
-- machine's clock said at the same moment (`server_clock`).

-- When the last complete reading began, by an estimate, if its answers had no usable date: nothing is concluded from it.
ALTER TABLE procedures ADD COLUMN undated_read_at TEXT;

-- When a démarche was first read to the end: what is due by the calendar begins there.
INSERT INTO marks (name, value)
SELECT 'first_synced_at', min(started_at) FROM runs WHERE outcome IN ('done', 'quarantine') HAVING min(started_at) IS NOT NULL;
