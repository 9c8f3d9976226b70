//! Each migration runs on a database in which every table has rows, as those of a préfecture have.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use super::*;
use crate::store::codec::compress;
use crate::store::migrate;

/// The one row that a migration takes away: what it says is in a column since then.
const TAKEN: (usize, &str) = (15, "first_synced_at");

/// The one column that a migration takes away: the table that holds what it held.
const MOVED: (usize, &str, &str, &str) = (28, "exports", "content", "export_pieces");

type Rows = Vec<Vec<Value>>;

/// What a column holds in the n-th row: what the checks of its table, or whoever reads it, ask for; else anything that no other row
/// has. All numbers of a row are the same, so that every reference finds its row.
fn value(table: &str, column: &str, kind: &str, n: usize) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let is_instant = ["_at", "_since", "_until"].iter().any(|end| column.ends_with(end));
    match (table, column) {
        ("procedures", "programme") => text("axe3-v1-ads"),
        ("procedures", "form") | ("rights", "to_at") => Value::Null,
        ("cursors", "walk") => text("deposit"),
        ("dossiers", "state") => text("accepte"),
        ("dossiers", "removed_reason") | ("removal_events", "reason") => text("deleted"),
        ("champs" | "attachments" | "descriptors", "kind") => text("champ"),
        ("dictionaries", "of") => text("content"),
        ("attachments", "state") => text("stored"),
        ("outbox", "state") => text("envoye"),
        ("outbox", "via") => text("smtp"),
        ("told", "lasts") => Value::Integer(1),
        ("outbox", "rehearsal" | "handing_over" | "released") | ("dictionaries", "current") => Value::Integer(0),
        ("evaluations", "status") => text("eligible"),
        ("evaluations", "missing") if kind == "INTEGER" => Value::Null,
        ("evaluations", "missing") | ("rights", "within") | ("outbox", "reasons") => text("[]"),
        ("evaluations", "trace") => Value::Blob(compress(b"[]").unwrap()),
        ("dossier_versions", "raw") => Value::Blob(compress(b"{}").unwrap()),
        ("verdicts", "kind") => text("B"),
        ("verdicts", "verdict" | "computed_verdict") => text("met"),
        ("runs", "outcome") => text("done"),
        ("journal", "act") => text("{\"kind\":\"exclude\"}"),
        ("changes", "what") => text("filed"),
        ("withdrawals", "files") | ("grants", "place") | ("outbox", "letter") => text("{}"),
        (_, "at" | "since" | "watermark") => text(&format!("2021-01-{n:02}T00:00:00Z")),
        _ if is_instant => text(&format!("2021-01-{n:02}T00:00:00Z")),
        _ => match kind {
            "INTEGER" => Value::Integer(i64::try_from(n).unwrap()),
            "TEXT" => text(&format!("{column} {n}")),
            "BLOB" => Value::Blob(vec![u8::try_from(n).unwrap()]),
            other => panic!("{table}.{column} : {other}"),
        },
    }
}

fn names(connection: &Connection, kind: &str) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = ?1 AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([kind], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The columns of a table with their types.
fn columns(connection: &Connection, table: &str) -> Vec<(String, String)> {
    let mut statement = connection.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
    statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// A row in every table that there is, in every column.
fn add_rows(connection: &Connection, n: usize) {
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    for table in names(connection, "table") {
        let columns = columns(connection, &table);
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let values = columns.iter().map(|(name, kind)| value(&table, name, kind, n));
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", quoted.join(", "), places.join(", "));
        connection
            .execute(&sql, rusqlite::params_from_iter(values))
            .unwrap_or_else(|error| panic!("{table} : {error}"));
    }
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    assert_consistent(connection);
}

fn assert_consistent(connection: &Connection) {
    let answers = |pragma: &str| -> Vec<String> {
        let mut statement = connection.prepare(pragma).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(answers("PRAGMA foreign_key_check"), [] as [&str; 0]);
    assert_eq!(answers("PRAGMA integrity_check"), ["ok"]);
}

fn rows(connection: &Connection, table: &str, columns: &[String]) -> Rows {
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let mut statement = connection.prepare(&format!("SELECT {} FROM {table}", quoted.join(", "))).unwrap();
    let width = columns.len();
    let rows = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

/// All that the tables hold: the columns of each, and its rows.
fn content(connection: &Connection) -> BTreeMap<String, (Vec<String>, Rows)> {
    let tables = names(connection, "table").into_iter().map(|table| {
        let columns: Vec<String> = columns(connection, &table).into_iter().map(|(name, _)| name).collect();
        let rows = rows(connection, &table, &columns);
        (table, (columns, rows))
    });
    tables.collect()
}

/// The rows of the views that have their rows moved.
fn shown(connection: &Connection) -> Vec<Rows> {
    let rows = |view: &str| {
        let columns: Vec<String> = columns(connection, view).into_iter().map(|(name, _)| name).collect();
        rows(connection, view, &columns)
    };
    ["view_dossiers", "view_champs", "view_verdicts"].map(rows).into()
}

#[test]
fn every_migration_keeps_every_row_of_every_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    let (newest, moving) = (migrate::newest(), migrate::moving_version());
    let mut shown_then = None;
    for n in 1..=newest {
        let before = content(&connection);
        let shown_before = (n == moving).then(|| shown(&connection));
        migrate::to_version(&mut connection, n, &path).unwrap();
        if n == moving {
            shown_then = shown_before;
            // Nobody reads or writes before they are moved: what would show a part of them is not there.
            let moved = ["view_dossiers", "view_champs", "view_verdicts", "view_credits"];
            assert!(names(&connection, "view").iter().all(|view| !moved.contains(&view.as_str())));
            continue;
        }
        assert_consistent(&connection);
        if let Some(shown_then) = shown_then.take() {
            assert_eq!(shown(&connection), shown_then);
        }
        for (table, (mut columns, mut kept)) in before.into_iter().filter(|(table, _)| !table.ends_with("_before")) {
            if (n, table.as_str()) == (MOVED.0, MOVED.1) {
                let at = columns.iter().position(|column| column == MOVED.2).unwrap();
                columns.remove(at);
                let moved: Vec<Value> = kept.iter_mut().map(|row| row.remove(at)).collect();
                let there = rows(&connection, MOVED.3, &[MOVED.2.to_owned()]).concat();
                assert!(there.len() == moved.len() && moved.iter().all(|one| there.contains(one)), "{there:?}");
            }
            let now = rows(&connection, &table, &columns);
            let is_taken = |row: &[Value]| n == TAKEN.0 && row[0] == Value::Text(TAKEN.1.to_owned());
            let lost: Vec<_> = kept.iter().filter(|row| !now.contains(row) && !is_taken(row)).collect();
            assert!(lost.is_empty(), "migration {n}, {table} : {columns:?} {lost:?}");
        }
        add_rows(&connection, n);
    }
    let views = names(&connection, "view");
    for view in &views {
        let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {view}"), [], |row| row.get(0)).unwrap();
        assert!(count > 0, "{view}");
    }
    drop(connection);

    let store = Store::open(&path).unwrap();
    for number in (1..=i64::try_from(newest).unwrap()).filter(|number| *number != i64::try_from(moving).unwrap()) {
        let line = read(&store, |reader| reader.dossier_line(number)).unwrap();
        assert_eq!((line.procedure, line.removed), (number, Some(RemovalReason::Deleted)));
        assert_eq!(read(&store, |reader| reader.dossier_raw(number)).as_deref(), Some("{}"));
        assert!(read(&store, |reader| reader.procedure(number)).is_some());
    }
}

#[test]
fn a_database_brought_up_to_date_is_made_as_a_new_one() {
    let (directory, store) = store();
    let path = directory.path().join("other.sqlite");
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    for n in 1..=migrate::newest() {
        migrate::to_version(&mut connection, n, &path).unwrap();
        if n != migrate::moving_version() {
            add_rows(&connection, n);
        }
    }
    let made = |connection: &Connection| {
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<(String, Option<String>)>>()
    };
    assert_eq!(made(&connection), read(&store, |reader| Ok(made(reader.connection.0))));
}

/// From whatever version, with rows in every table, it becomes a database of this one, and the copy made before is what it was.
#[test]
fn from_every_version_a_copy_is_made_and_the_tables_are_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    for n in 1..migrate::newest() {
        migrate::to_version(&mut connection, n, &path).unwrap();
        // Nobody leaves it half way but by an interruption.
        if n == migrate::moving_version() {
            continue;
        }
        add_rows(&connection, n);
        let old = directory.path().join(format!("schema-{n}.sqlite"));
        std::fs::copy(&path, &old).unwrap();
        let backups = directory.path().join("backups");
        let precaution = Precaution::Copy { directory: &backups, now: at("2021-10-01T00:30:00Z") };
        drop(Store::open_with(&old, precaution).unwrap());
        let now = connect(&old, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        assert_eq!(migrate::version(&now, &old).unwrap(), migrate::newest());
        assert_consistent(&now);
        let name = format!("schema-{n}-20211001T003000Z-avant-schema-{}.sqlite", migrate::newest());
        let copy = connect(&backups.join(name), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!((migrate::version(&copy, &old).unwrap(), content(&copy)), (n, content(&connection)));
    }
}
