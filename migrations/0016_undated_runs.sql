-- Whether answers of a sync had no usable date: what they brought is stored, and nothing is concluded from it.
ALTER TABLE runs ADD COLUMN undated INTEGER NOT NULL DEFAULT 0;
