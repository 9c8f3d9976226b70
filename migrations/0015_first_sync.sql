-- When each démarche was first read to the end, by DS's clock: what is due by the calendar about it begins there. So far one mark stood
-- for the whole database; what it says from before the first deposit (a machine set to 2000) is of no démarche.
ALTER TABLE procedures ADD COLUMN first_synced_at TEXT;
UPDATE procedures SET first_synced_at = max(
    coalesce((SELECT value FROM marks WHERE name = 'first_synced_at'), synced_at),
    coalesce((SELECT min(deposited_at) FROM dossiers WHERE procedure = procedures.number), ''))
WHERE synced_at IS NOT NULL;
DELETE FROM marks WHERE name = 'first_synced_at';
