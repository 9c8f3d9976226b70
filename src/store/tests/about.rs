//! Who looks for a person looks through every column that may say something of one.

use super::*;
use crate::store::about::{CHAMPS, ELSEWHERE, OF_DOSSIER, Source};

/// Columns that say nothing of anybody, whatever their table: instants, states, codes, hashes, names of things.
const HARMLESS: [&str; 32] = [
    "at",
    "since",
    "kind",
    "state",
    "status",
    "programme",
    "departement",
    "period",
    "format",
    "sha256",
    "content_hash",
    "checksum",
    "fingerprint",
    "rulebook",
    "basis",
    "row_id",
    "champ_id",
    "descriptor_id",
    "label",
    "type",
    "stem",
    "tail",
    "rule",
    "citation",
    "verdict",
    "computed_verdict",
    "what",
    "why",
    "of",
    "outcome",
    "trigger",
    "walk",
];

/// The others, with the reason.
const OTHERS: [(&str, &str); 38] = [
    ("alerts.key", "names of causes"),
    ("attachments.content_type", "a type of file"),
    ("attachments.virus_scan", "a code"),
    ("counts.value", "codes"),
    ("cursors.watermark", "an instant"),
    ("cursors.cursor", "a place in a list of DS"),
    ("dictionaries.content", "words of forms and rules alone"),
    ("dossiers.removed_reason", "a code"),
    ("export_pieces.content", "documents, which are read as such"),
    ("exports.file_name", "a kind and a period"),
    ("exports.path", "a kind and a period"),
    ("exports.says", "a hash"),
    ("grants.decided_on", "a day"),
    ("grants.place", "codes of communes and départements"),
    ("marks.name", "names of marks"),
    ("marks.value", "how far reading has come, names of parts of DS, what holds the service"),
    ("neighbour_communes.commune", "a code"),
    ("neighbours.service", "a code"),
    ("neighbours.siren", "a copy of what the mapping read"),
    ("neighbours.siret", "a copy of what the mapping read"),
    ("outbox.message_id", "made of hashes"),
    ("outbox.mime", "made of the letter, and of kept documents"),
    ("outbox.via", "a code"),
    ("procedures.watermark", "an instant"),
    ("procedures.tombstones_until", "an instant"),
    ("removal_events.reason", "a code"),
    ("rights.within", "codes of départements"),
    ("runs.error", "no error quotes an answer"),
    ("search.text", "a copy of what the mapping read"),
    ("subjects.code_insee", "a code"),
    ("tasks.done_until", "an instant"),
    ("tasks.last_error", "no error quotes an answer"),
    ("tasks.name", "a code"),
    ("told.cause", "names of causes"),
    ("withdrawals.files", "hashes"),
    ("dossiers.unfinished_since", "an instant"),
    ("attachments.failed_since", "an instant"),
    ("procedures.failing_since", "an instant"),
];

#[test]
fn every_column_is_looked_through_or_says_nothing_of_a_person() {
    let (_directory, store) = store();
    let columns: Vec<String> = read(&store, |reader| {
        let mut statement = reader.connection.prepare_cached(
            "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB') ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    });
    let sources = || [OF_DOSSIER, CHAMPS, ELSEWHERE].into_iter().flatten();
    let read: BTreeSet<&str> = sources().flat_map(|source| source.columns).copied().collect();
    let is_harmless = |column: &str| {
        let name = column.rsplit('.').next().unwrap_or_default();
        HARMLESS.contains(&name) || name.ends_with("_at")
    };
    let told: Vec<&str> = OTHERS.iter().map(|(column, _)| *column).collect();
    let forgotten: Vec<&String> = columns
        .iter()
        .filter(|column| !read.contains(column.as_str()) && !told.contains(&column.as_str()) && !is_harmless(column))
        .collect();
    assert_eq!(forgotten, Vec::<&String>::new(), "read them in src/store/about.rs, or say here why not");
    let gone: Vec<&str> = told.into_iter().chain(read).filter(|column| !columns.iter().any(|c| c == column)).collect();
    assert_eq!(gone, [] as [&str; 0], "there are no such columns");
    for Source { columns, sql, .. } in sources() {
        for column in *columns {
            let (table, name) = column.split_once('.').unwrap();
            assert!(sql.contains(name) && (sql.contains(table) || *table == *"champs"), "{column} : {sql}");
        }
    }
}
