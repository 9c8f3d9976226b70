-- What the reading of removals has reached, apart from that of the dossiers: the watermark of the démarche when its tombstones were
-- last read to the end.
ALTER TABLE procedures ADD COLUMN tombstones_until TEXT;
-- When a full sync began that read every dossier and then lasted as long as a run may: the next one goes on from there.
ALTER TABLE procedures ADD COLUMN full_cut_at TEXT;
-- Whether the walk stopped because it lasted as long as a run may: the next full sync goes on, where it would else begin again.
ALTER TABLE cursors ADD COLUMN out_of_time INTEGER NOT NULL DEFAULT 0;
