-- As before, but for the dossier that an alert is about: its column says it, not its text.
DROP VIEW view_alerts;
CREATE VIEW view_alerts AS
SELECT min(key) AS key, min(raised_at) AS since, cause,
       json_group_array(dossier) FILTER (WHERE dossier IS NOT NULL) AS dossiers,
       CASE WHEN count(dossier) < 2 THEN min(message)
            ELSE CASE WHEN min(subject) = max(subject) AND subject <> '' THEN min(subject) || ' : ' ELSE '' END
                 || CASE WHEN min(said) = max(said) THEN min(said) || ' (' || count(dossier) || ' dossiers)'
                         ELSE count(dossier) || ' dossiers ; l’un d’eux : ' || min(said) END
       END AS message,
       min(hint) AS hint
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
                     CASE WHEN instr(message, 'dossier ' || dossier) = 1 THEN substr(message, 9 + length(dossier)) END AS rest
              FROM alerts)
    )
)
GROUP BY cause;
