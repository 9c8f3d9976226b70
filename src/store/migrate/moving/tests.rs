//! On a database with a history, of the version before: all is read back as it was, whenever the move was interrupted.

use std::collections::BTreeMap;
use std::fs;

use rusqlite::OpenFlags;
use rusqlite::types::Value;

use super::super::super::place::beside;
use super::super::super::{Reader, Store, connect};
use super::super::{apply, newest, to_version};
use super::*;
use crate::files::write_atomically;

const FEW: Bounds = Bounds { versions: 5, dossiers: 4, bytes: 1 << 20 };

type Rows = Vec<Vec<Value>>;

fn open(path: &Path) -> Connection {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
}

/// The database of the fixture, in a directory of its own.
fn before() -> (tempfile::TempDir, std::path::PathBuf) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade/schema-26.sqlite.zst");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    write_atomically(&path, &zstd::decode_all(fs::read(fixture).unwrap().as_slice()).unwrap()).unwrap();
    to_version(&mut open(&path), moving_version() - 1, &path).unwrap();
    (directory, path)
}

fn rows(connection: &Connection, sql: &str) -> Rows {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect()).unwrap();
    let mut rows: Rows = rows.map(Result::unwrap).collect();
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    rows
}

/// All that the views say.
fn shown(connection: &Connection) -> BTreeMap<String, Rows> {
    let views = rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'view'");
    let views = views.into_iter().map(|row| match &row[0] {
        Value::Text(name) => name.clone(),
        other => panic!("{other:?}"),
    });
    views.map(|view| (view.clone(), rows(connection, &format!("SELECT * FROM {view}")))).collect()
}

/// What is compressed, as it is read: contents, facts, traces; with what stands beside it.
fn kept(connection: &Connection) -> Vec<Rows> {
    let dictionaries = Dictionaries::default();
    let reader = Reader { connection: super::super::super::sql::Sql(connection), dictionaries: &dictionaries };
    let read = |value: &Value| match value {
        Value::Blob(frame) => Value::Text(reader.unpack(frame).unwrap()),
        other => other.clone(),
    };
    let of = |table: &str, columns: &str| {
        let rows = rows(connection, &format!("SELECT {columns} FROM {table}"));
        rows.into_iter().map(|row| row.iter().map(read).collect()).collect()
    };
    vec![
        of("dossier_versions", "id, dossier, observed_at, hex(content_hash), raw"),
        of("subjects", "dossier, siret, applicant, code_insee, departement, population, granted_cents, subject"),
        of("evaluations", "dossier, status, eligible_expenses_cents, counted_cents, trace"),
    ]
}

fn assert_moved(path: &Path, shown_before: &BTreeMap<String, Rows>, kept_before: &[Rows]) {
    drop(Store::open(path).unwrap());
    let connection = open(path);
    assert_eq!(version(&connection, path).unwrap(), newest());
    for (view, rows) in &shown(&connection) {
        assert!(rows == &shown_before[view], "{view}");
    }
    for (table, rows) in kept(&connection).iter().enumerate() {
        assert!(rows == &kept_before[table], "{table}");
    }
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), [[Value::Text("ok".to_owned())]]);
    assert_eq!(rows(&connection, "PRAGMA foreign_key_check"), [] as [Vec<Value>; 0]);
    // Only the empty tables and indexes that were dropped last.
    let free = &rows(&connection, "PRAGMA freelist_count")[0][0];
    assert!(matches!(free, Value::Integer(0..=9)), "{free:?}");
    let counted = "SELECT value, number FROM counts WHERE of = 'evaluations' ORDER BY value";
    let counts = "SELECT column1, (SELECT count(*) FROM evaluations WHERE status = column1)
                  FROM (VALUES ('a_verifier'), ('eligible'), ('non_eligible'))";
    assert_eq!(rows(&connection, counted), rows(&connection, counts));
}

#[test]
fn all_is_read_back_row_by_row_and_takes_less_room() {
    let (_directory, path) = before();
    let (shown, kept) = {
        let connection = open(&path);
        (shown(&connection), kept(&connection))
    };
    assert!(kept.iter().all(|rows| rows.len() >= 20) && shown["view_champs"].len() > 1_000);
    let bytes = fs::metadata(&path).unwrap().len();
    assert_moved(&path, &shown, &kept);
    let connection = open(&path);
    let by_a_dictionary = "SELECT count(*) FROM dossier_versions WHERE substr(raw, 1, 1) = x'd1'";
    let Value::Integer(packed) = rows(&connection, by_a_dictionary)[0][0] else { panic!() };
    assert!(packed >= 10, "{packed}");
    let now = fs::metadata(&path).unwrap().len();
    assert!(now < bytes * 3 / 4, "{bytes} bytes before, {now} now");
}

/// Between two steps, and in the middle of each, with what it wrote so far in the journal: as the system leaves the files of a process that it
/// kills.
#[test]
fn killed_at_every_step_it_goes_on() {
    let (directory, path) = before();
    let (shown, kept) = {
        let connection = open(&path);
        (shown(&connection), kept(&connection))
    };
    let copied = |name: &str| {
        let copy = directory.path().join(name);
        for suffix in ["", "-wal"] {
            if beside(&path, suffix).exists() {
                fs::copy(beside(&path, suffix), beside(&copy, suffix)).unwrap();
            }
        }
        copy
    };
    let mut connection = open(&path);
    apply(&mut connection, moving_version(), &path).unwrap();
    // What a transaction wrote goes into the journal before its end.
    connection.pragma_update(None, "cache_size", 2).unwrap();
    let dictionaries = Dictionaries::default();
    let mut steps = 0;
    loop {
        assert_moved(&copied(&format!("between-{steps}")), &shown, &kept);
        let midway = {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            move_some(&Writer::new(&transaction, &dictionaries), FEW).unwrap();
            copied(&format!("midway-{steps}"))
        };
        assert_moved(&midway, &shown, &kept);
        if step(&mut connection, &path, &dictionaries, FEW).unwrap() == Left::Nothing {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 8, "{steps} steps");
    assert_moved(&path, &shown, &kept);
}
