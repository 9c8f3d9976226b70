-- What a dossier is found by, folded: its applicant, SIRET and title, a line each. Apart from what was read of it, so that looking
-- through all of them reads little.
CREATE TABLE search (
    dossier INTEGER PRIMARY KEY REFERENCES subjects (dossier) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;

-- What there is to grant from: the parameters of the rulebook that evaluation last went by, each for its time of validity.
CREATE TABLE rights (
    id INTEGER PRIMARY KEY,
    programme TEXT NOT NULL,
    departement TEXT,                   -- null: not one département's alone
    within TEXT,                        -- JSON: the départements that share it; null: all of France
    cents INTEGER NOT NULL,
    from_at TEXT,                       -- the first instant of its first day in Paris; null: always was
    to_at TEXT                          -- the first instant of the day after its last; null: still is
) STRICT;

-- Those that are valid on the day of the last sync, with what is surely taken from each: by grants that count, of a known amount,
-- whose place is settled.
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

-- An alert about one dossier has its number in its key, and its message begins with it.
CREATE VIEW view_alerts AS
SELECT min(key) AS key, min(raised_at) AS since, cause,
       json_group_array(number) FILTER (WHERE number IS NOT NULL) AS dossiers,
       CASE WHEN count(number) < 2 THEN min(message)
            ELSE CASE WHEN min(subject) = max(subject) AND subject <> '' THEN min(subject) || ' : ' ELSE '' END
                 || CASE WHEN min(said) = max(said) THEN min(said) || ' (' || count(number) || ' dossiers)'
                         ELSE count(number) || ' dossiers ; l’un d’eux : ' || min(said) END
       END AS message,
       min(hint) AS hint
FROM (
    SELECT key, raised_at, message, hint, number,
           CASE WHEN number IS NULL THEN key
                ELSE rtrim(replace(key || ':', ':' || number || ':', ':'), ':') END AS cause,
           ltrim(substr(rest, 1, instr(rest, ' : ') - 1), ' ,') AS subject,
           substr(rest, instr(rest, ' : ') + 3) AS said
    FROM (
        SELECT key, raised_at, message, hint, rest,
               CASE WHEN instr(key || ':', ':' || begins || ':') > 0 AND instr(rest, ' : ') > 0 THEN begins END AS number
        FROM (
            SELECT key, raised_at, message, hint, begins, substr(message, 9 + length(begins)) AS rest
            FROM (SELECT key, raised_at, message, hint,
                         CASE WHEN message GLOB 'dossier [1-9]*' THEN CAST(substr(message, 9) AS INTEGER) END AS begins
                  FROM alerts)
        )
    )
)
GROUP BY cause;
