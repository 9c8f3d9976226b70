//! How SQLite finds the rows of each statement of this room: by an index, unless it is told here why all are read.
//!
//! The statements are taken from the source, so that none is forgotten.

use super::*;
use crate::domain::verdict::Status;

/// Tables that never have more than some rows.
const SMALL: [&str; 14] = [
    "withdrawals",
    "procedures",
    "cursors",
    "quarantine",
    "alerts",
    "marks",
    "exports",
    "commentaries",
    "outbox",
    "told",
    "rights",
    "orphaned_contents",
    "sqlite_schema",
    "sqlite_master",
];

/// Indexes that only have the few rows that are asked for.
const FEW: [&str; 6] = [
    "dossiers_undated",
    "dossiers_of_other_states",
    "dirty_unread",
    "evaluations_lacking",
    "journal_exclusions",
    "runs_running",
];

/// What stands for a part of a statement that is put in when it runs, itself a text that is looked at.
const PART: (&str, &str) = ("{select}", "SELECT dossier, why, unread FROM dirty WHERE dossier = ?1");

/// Statements, by how they begin, that read a whole table because all of it is their answer, or because they end early.
const WHOLE: [(&str, &str); 11] = [
    ("SELECT count(*) FROM dossiers", "how many a copy has"),
    ("SELECT coalesce(sum(length(v.raw))", "how much room contents take"),
    ("SELECT a.key, a.dossier, a.raised_at", "those of the alerts that are about a dossier"),
    ("SELECT purse, departement, right_cents", "the rights of a région, a dozen"),
    ("SELECT text, dossier FROM search", "what dossiers are found by is looked through"),
    ("SELECT id, dossier, at, person, reason, act FROM journal WHERE at <= ?1", "what the whole journal adds up to"),
    ("INSERT INTO dirty (dossier, why, unread) SELECT number, ?2, 1 FROM dossiers WHERE ?1", "marks all dossiers"),
    ("SELECT d.dossier FROM dirty d LEFT JOIN grants", "all that is marked"),
    ("SELECT id, started_at, finished_at, trigger", "the latest runs, in the order of the table"),
    ("SELECT d.number, group_concat(r.rule", "the most telling of a demonstration’s dossiers"),
    ("SELECT dossier, applicant, siret, subject FROM subjects", "what all dossiers are found by, once"),
];

/// The text of each statement that a file can prepare, in one line.
fn statements(source: &str) -> Vec<String> {
    let tested = source.find("#[cfg(test)]\nmod tests").unwrap_or(source.len());
    let (mut named, mut plain) = (Vec::new(), Vec::new());
    let (mut rest, mut before) = (&source[..tested], "");
    while let Some((code, tail)) = next_text(rest) {
        let (text, after) = text_of(tail);
        let code = format!("{before}{code}");
        match code.trim_end().strip_suffix(": &str =").and_then(|declared| declared.rsplit_once("const ")) {
            Some((_, name)) => named.push((format!("{{{name}}}"), text)),
            None => plain.push(text),
        }
        (rest, before) = (after, "");
    }
    let whole =
        |text: String| named.iter().fold(text.replace(PART.0, PART.1), |text, (name, value)| text.replace(name, value));
    let lines = plain.into_iter().map(|text| whole(text).split_whitespace().collect::<Vec<_>>().join(" "));
    let is_statement = |line: &String| {
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "]
            .iter()
            .any(|verb| line.starts_with(verb) && line.len() > 12)
    };
    lines.filter(is_statement).collect()
}

/// What stands before the next text in quotes, and what follows its first quote; comments are passed over.
fn next_text(source: &str) -> Option<(String, &str)> {
    let mut code = String::new();
    let mut rest = source;
    loop {
        let at = rest.find(['"', '/', '\''])?;
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix('"') {
            return Some((code, tail));
        }
        rest = if rest.starts_with("//") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if rest.starts_with("'\"'") || rest.starts_with("'/'") {
            &rest[3..]
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            escaped.find('\'').map_or("", |end| &escaped[end + 1..])
        } else {
            &rest[1..]
        };
    }
}

/// A text up to its last quote, and what follows.
fn text_of(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = source.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, &source[at + 1..]),
            '\\' => {
                text.push(characters.next().map_or(' ', |(_, escaped)| if escaped == '\n' { ' ' } else { escaped }));
            }
            other => text.push(other),
        }
    }
    panic!("a text without end: {text}");
}

/// Every statement of the room, with its file.
fn all_statements() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        // What shows statements to people has none of its own; a scratch database has tables of its own.
        if path.is_file() && !["tests.rs", "error.rs", "scratch.rs"].contains(&file.as_str()) {
            let source = std::fs::read_to_string(&path).unwrap();
            found.extend(statements(&source).into_iter().map(|sql| (file.clone(), sql)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The steps of SQLite's plan of a statement.
fn plan(store: &Store, sql: &str) -> Vec<String> {
    read(store, |reader| {
        let mut statement = reader.connection.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            steps.push(row.get(3)?);
        }
        Ok(steps)
    })
}

/// What is read whole by a statement, by SQLite's plan.
fn scans(store: &Store, sql: &str) -> Vec<String> {
    let is_of_a_table = |what: &&str| !what.starts_with(['(', 'C']) && !what.contains("VIRTUAL TABLE");
    let steps = plan(store, sql);
    steps.iter().filter_map(|step| step.strip_prefix("SCAN ")).filter(is_of_a_table).map(str::to_owned).collect()
}

fn is_small(scan: &str) -> bool {
    let table = scan.split(' ').next().unwrap_or_default();
    let index = scan.rsplit_once("INDEX ").map(|(_, index)| index);
    SMALL.contains(&table) || index.is_some_and(|index| FEW.contains(&index))
}

#[test]
fn no_statement_reads_a_table_where_an_index_is_meant() {
    let (_directory, store) = store();
    write(&store, views::fill);
    let all = all_statements();
    assert!(all.len() > 100, "{} statements", all.len());
    let (mut told, mut unmeant) = (BTreeSet::new(), Vec::new());
    for (file, sql) in &all {
        assert!(!sql.contains('{'), "{file} : what stands in it cannot be told: {sql}");
        let scans: Vec<String> = scans(&store, sql).into_iter().filter(|scan| !is_small(scan)).collect();
        let reason = WHOLE.iter().find(|(start, _)| sql.starts_with(start));
        if !scans.is_empty() && reason.is_none() {
            unmeant.push(format!("{file} : {scans:?} is read whole by {sql}"));
        }
        told.extend(reason.filter(|_| !scans.is_empty()).map(|(start, _)| *start));
    }
    assert_eq!(unmeant, [] as [String; 0]);
    let superfluous: Vec<_> = WHOLE.iter().filter(|(start, _)| !told.contains(start)).collect();
    assert_eq!(superfluous, Vec::<&(&str, &str)>::new(), "these read nothing whole");
}

#[test]
fn whatever_dossiers_are_chosen_by_an_index_serves_where_there_is_one() {
    let (_directory, store) = store();
    write(&store, views::fill);
    for chosen in 0..1 << 7 {
        let filter = choice(chosen);
        let (sql, _) = filter.sql(filter.search.as_ref().map(|_| "[7]".to_owned()));
        let whole: &[&str] = if filter.search.is_some()
            || filter.procedure.is_some()
            || filter.status.is_some()
            || filter.after.is_some()
        {
            &[]
        } else if filter.departement.is_some() && filter.state.is_none() {
            &["s"]
        } else {
            &["d"]
        };
        assert_eq!(scans(&store, &sql), whole, "{sql}");
        // A page that follows another one ends where it is full.
        let is_sorted = plan(&store, &sql).iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(
            !is_sorted || filter.status.is_some() || filter.departement.is_some() && filter.after.is_none(),
            "{sql}"
        );
    }
}

#[test]
fn statements_are_found_whole() {
    let source = r#"
        const COLUMNS: &str = "a, b";
        // A "comment" of its own.
        let quote = '"';
        f(&format!("SELECT {COLUMNS} FROM t\
                    WHERE a = 'x'"))?; "other"; "DELETE FROM t WHERE b = \"c\"";
    "#;
    assert_eq!(statements(source), ["SELECT a, b FROM t WHERE a = 'x'", r#"DELETE FROM t WHERE b = "c""#]);
}

#[test]
fn a_table_that_is_read_whole_is_noticed() {
    let (_directory, store) = store();
    assert_eq!(scans(&store, "SELECT value FROM champs WHERE value = ?1"), ["champs"]);
    assert_eq!(scans(&store, "SELECT value FROM champs WHERE id >= ?1 AND id < ?2"), [] as [&str; 0]);
    assert!(
        is_small("alerts USING COVERING INDEX sqlite_autoindex_alerts_1") && is_small("runs USING INDEX runs_running")
    );
    assert!(!is_small("champs") && !is_small("d USING INDEX dossiers_by_procedure"));
}

/// Which dossiers: a bit a condition.
fn choice(chosen: usize) -> DossierFilter {
    let is_set = |bit: usize| (chosen >> bit & 1 == 1).then_some(());
    DossierFilter {
        programme: is_set(0).map(|()| Programme::Axe3V1),
        procedure: is_set(1).map(|()| PROCEDURE),
        status: is_set(2).map(|()| Status::Eligible),
        departement: is_set(3).map(|()| "77".to_owned()),
        state: is_set(4).map(|()| DossierState::Accepte),
        search: is_set(5).map(|()| "mairie du mée".parse().unwrap()),
        after: is_set(6).map(|()| 7),
        limit: None,
    }
}
