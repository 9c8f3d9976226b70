-- One line a cause, as before. The dossier of an alert is that of its column, not one that its text seems to name; message and mend are
-- those of the first dossier.
DROP VIEW view_alerts;
CREATE VIEW view_alerts AS
SELECT key, since, cause, dossiers,
       CASE WHEN concerned < 2 THEN message
            ELSE CASE WHEN first_subject = last_subject AND subject <> '' THEN subject || ' : ' ELSE '' END
                 || CASE WHEN first_said = last_said THEN said || ' (' || concerned || ' dossiers)'
                         ELSE concerned || ' dossiers ; le premier : ' || said END
       END AS message,
       hint
FROM (
    SELECT key, cause, message, hint, subject, said,
           row_number() OVER alike AS place,
           min(raised_at) OVER alike AS since,
           json_group_array(dossier) FILTER (WHERE dossier IS NOT NULL) OVER alike AS dossiers,
           count(dossier) OVER alike AS concerned,
           min(subject) OVER alike AS first_subject, max(subject) OVER alike AS last_subject,
           min(said) OVER alike AS first_said, max(said) OVER alike AS last_said
    FROM (
        SELECT key, raised_at, message, hint, dossier,
               -- The key without the number.
               CASE WHEN at > 0 THEN substr(key, 1, at - 1) || substr(key, at + 1 + length(dossier)) ELSE key END AS cause,
               -- "dossier 7, règle ADS-11 : …": what stands before the colon is the subject, what follows is said of it.
               CASE WHEN colon > 0 THEN ltrim(substr(rest, 1, colon - 1), ' ,') ELSE '' END AS subject,
               CASE WHEN colon > 0 THEN substr(rest, colon + 3) ELSE message END AS said
        FROM (
            SELECT key, raised_at, message, hint, dossier, rest, instr(key || ':', ':' || dossier || ':') AS at,
                   instr(rest, ' : ') AS colon
            FROM (SELECT key, raised_at, message, hint, dossier,
                         CASE WHEN instr(message, 'dossier ' || dossier) = 1
                                  AND substr(message, 9 + length(dossier), 1) IN (' ', ',')
                              THEN substr(message, 9 + length(dossier)) END AS rest
                  FROM alerts)
        )
    )
    WINDOW alike AS (PARTITION BY cause ORDER BY dossier, key ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
WHERE place = 1;
