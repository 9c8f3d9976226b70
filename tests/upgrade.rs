//! A database that the version before left is brought up to date, and says what it said.
//!
//! `tests/upgrade/schema-16.sqlite.zst` was written by that version from the stand-in for DS: twenty-four dossiers of two démarches, one
//! of them changed and changed again, some removed, one erased; a decision, a correction and an exclusion; a list that was kept.
//! `schema-26.sqlite.zst` is the same one as the version with that schema left it. Each later version that changes the tables adds its own
//! here.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use common::{fitn, outcome};
use fitn_connector::domain::text::hexadecimal;
use fitn_connector::files::write_atomically;
use fitn_connector::store::Store;
use rusqlite::types::Value;
use sha2::{Digest, Sha256};

/// What the program words anew whenever it can say it better.
const WORDED: [&str; 2] = ["explanation", "citation"];

/// The rows of each view by its columns, in one order.
type Views = BTreeMap<String, Vec<BTreeMap<String, String>>>;

fn place(fixture: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade");
    let frame = std::fs::read(from.join(fixture)).unwrap();
    let put = |name: &str, bytes: &[u8]| write_atomically(&directory.path().join(name), bytes).unwrap();
    put("fitn.sqlite", &zstd::decode_all(frame.as_slice()).unwrap());
    put("config.toml", &std::fs::read(from.join("config.toml")).unwrap());
    put("token", b"aucun\n");
    directory
}

fn connect(directory: &Path) -> rusqlite::Connection {
    #[allow(clippy::disallowed_methods, reason = "looks at what is stored from outside")]
    rusqlite::Connection::open(directory.join("fitn.sqlite")).unwrap()
}

fn views(connection: &rusqlite::Connection) -> Views {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let told = |view: String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let rows = statement.query_map([], |row| {
            let cell = |(at, name): (usize, &String)| Ok((name.clone(), format!("{:?}", row.get::<_, Value>(at)?)));
            columns.iter().enumerate().map(cell).collect::<rusqlite::Result<BTreeMap<_, _>>>()
        });
        let mut rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        rows.sort();
        (view, rows)
    };
    names.into_iter().map(told).collect()
}

/// The same rows with the columns that were there before, but for those that are worded anew.
fn as_before(before: &Views, now: &Views) -> Views {
    let rows_of = |view: &String, columns: Vec<&String>| {
        let kept = |row: &BTreeMap<String, String>| {
            let cells = row.iter().filter(|(name, _)| columns.contains(name) && !WORDED.contains(&name.as_str()));
            cells.map(|(name, cell)| (name.clone(), cell.clone())).collect()
        };
        let mut rows: Vec<BTreeMap<String, String>> = now[view].iter().map(kept).collect();
        rows.sort();
        rows
    };
    let of = |(view, rows): (&String, &Vec<BTreeMap<String, String>>)| {
        (view.clone(), rows_of(view, rows.first().map_or(Vec::new(), |row| row.keys().collect())))
    };
    before.iter().filter(|(_, rows)| !rows.is_empty()).map(of).collect()
}

#[test]
fn a_database_of_the_version_before_says_what_it_said() {
    let directory = place("schema-16.sqlite.zst");
    let path = directory.path();
    let run = |line: &str| outcome(fitn(path).args(["--config", "config.toml"]).args(line.split(' '))).expect(0);
    let before = views(&connect(path));
    let count = |view: &str| before[view].len();
    assert_eq!(
        (count("view_dossiers"), count("view_journal"), count("view_erasures"), count("view_exports")),
        (24, 3, 1, 2)
    );
    assert!(count("view_verdicts") > 250 && count("view_champs") > 1000);

    run("evaluate");
    let now = views(&connect(path));
    let expected = as_before(&before, &before);
    for (view, rows) in as_before(&before, &now) {
        assert_eq!(rows, expected[&view], "{view}");
    }
    assert!(run("evaluate").out.contains("0 avis nouveau ou modifié"));

    // What was kept is given again as it was kept, and the past is told from what is stored.
    run("export monthly --month 2026-10");
    for row in &before["view_exports"] {
        let text = |column: &str| row[column].trim_start_matches("Text(\"").trim_end_matches("\")").to_owned();
        let bytes = std::fs::read(path.join(text("path"))).unwrap();
        assert_eq!(hexadecimal(&Sha256::digest(bytes)), text("sha256"), "{}", text("path"));
    }
    run("export quarterly --quarter 2021-Q4");
    let decided = run("dossier 5210011").out;
    assert!(decided.contains("Camille Exemple") && decided.contains("vu au dossier"), "{decided}");
    assert!(run("dossier 5210048").out.starts_with("Dossier 5210048 — effacé\n"));

    // An act on it, and an erasure, as on any other.
    run("include 5210082 --reason revu --by Alix");
    let connection = connect(path);
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT count(*) || '' FROM view_exclusions"), "0");
    assert_eq!(
        (one("PRAGMA integrity_check").as_str(), one("SELECT count(*) || '' FROM pragma_foreign_key_check").as_str()),
        ("ok", "0")
    );
}

/// The migrations, in order.
fn migrations() -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn set_version(connection: &rusqlite::Connection, version: usize) {
    connection.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
}

/// The version at which texts are put that SQL cannot make.
const FOLDED: usize = 19;
/// The one at which rows are moved, which is no state to be in: see
/// [`killed_while_it_is_brought_up_to_date_it_goes_on_the_next_time`].
const MOVING: usize = 29;

/// What undoes each migration after that one: no database is brought up to them by statements alone.
const UNDONE: [(usize, &str); 1] = [(31, "DROP TABLE commentaries")];

/// From each version of which there are data: those of the databases that two versions left, and what the migrations make of them on the
/// way from the one to the next; those after rows are moved are the newest without what came after them. Of the versions
/// before the first that was kept, no database is left, and none can be made but without a row; with rows in every table, each migration
/// is tried by itself, in the store room.
#[test]
fn from_every_version_that_left_data_they_say_what_they_said() {
    let steps = migrations();
    let newest = steps.len();
    let old = place("schema-16.sqlite.zst");
    let run = |path: &Path, line: &str| outcome(fitn(path).args(["--config", "config.toml"]).args(line.split(' ')));
    run(old.path(), "evaluate").expect(0);
    let folded: Vec<(i64, String)> = {
        let connection = connect(old.path());
        let mut statement = connection.prepare("SELECT dossier, text FROM search").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    assert!(!folded.is_empty());
    for version in (1..newest).filter(|version| *version != MOVING) {
        let directory = match version {
            ..26 => place("schema-16.sqlite.zst"),
            _ => place("schema-26.sqlite.zst"),
        };
        let path = directory.path();
        let said = views(&connect(path));
        if version < 16 {
            std::fs::remove_file(path.join("fitn.sqlite")).unwrap();
        }
        if version > MOVING {
            run(path, "evaluate").expect(0);
            std::fs::remove_dir_all(path.join("backups")).unwrap();
        }
        let connection = connect(path);
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        for (step, sql) in steps.iter().enumerate().take(version).skip(usize::try_from(found).unwrap()) {
            connection.execute_batch(&format!("BEGIN; {sql} ; COMMIT")).unwrap();
            for (dossier, text) in folded.iter().filter(|_| step + 1 == FOLDED && version >= 16) {
                connection.execute("INSERT INTO search (dossier, text) VALUES (?1, ?2)", (dossier, text)).unwrap();
            }
        }
        for step in (version + 1..=newest).rev().filter(|_| version > MOVING) {
            let undo = UNDONE.iter().find(|(of, _)| *of == step);
            let (_, sql) = undo.unwrap_or_else(|| panic!("migration {step}: tell what undoes it"));
            connection.execute_batch(sql).unwrap();
        }
        set_version(&connection, version);
        drop(connection);

        run(path, "evaluate").expect(0);
        let connection = connect(path);
        let now: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(now, i64::try_from(newest).unwrap(), "{version}");
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("PRAGMA integrity_check"), "ok", "{version}");
        assert_eq!(one("SELECT count(*) || '' FROM pragma_foreign_key_check"), "0", "{version}");
        let copies = std::fs::read_dir(path.join("backups")).unwrap();
        let names = copies.map(|copy| copy.unwrap().file_name().into_string().unwrap());
        let copies: Vec<String> = names.filter(|name| !name.ends_with(".sha256")).collect();
        assert!(
            copies.len() == 1 && copies[0].ends_with(&format!("-avant-schema-{newest}.sqlite")),
            "{version}: {copies:?}"
        );
        if version >= 16 {
            let (expected, told) = (as_before(&said, &said), as_before(&said, &views(&connection)));
            for (view, rows) in expected {
                assert_eq!(told[&view], rows, "{version} {view}");
            }
        }
        drop(connection);
        assert!(run(path, "evaluate").expect(0).out.contains("0 avis nouveau ou modifié"), "{version}");
    }
}

/// What is moved to other tables is shown as it was, to the word.
#[test]
fn every_view_says_what_it_said_row_by_row() {
    let directory = place("schema-26.sqlite.zst");
    let path = directory.path();
    let before = views(&connect(path));
    drop(Store::open(&path.join("fitn.sqlite")).unwrap());
    assert_eq!(views(&connect(path)), before);
    let run = |line: &str| outcome(fitn(path).args(["--config", "config.toml"]).args(line.split(' '))).expect(0);
    assert!(run("evaluate").out.contains("0 avis nouveau ou modifié"));
    assert_eq!(views(&connect(path)), before);

    // What takes room adds up, in words and in figures.
    let status = outcome(fitn(path).args(["--config", "config.toml", "status", "--size", "--json"])).json();
    let parts: u64 = status["size"].as_object().unwrap().values().map(|part| part.as_u64().unwrap()).sum();
    assert_eq!(Some(parts), status["size_bytes"].as_u64());
    let status = outcome(fitn(path).args(["--config", "config.toml", "status", "--size"]));
    assert!(status.out.contains("contenus reçus de DS, versions actuelles"), "{}", status.out);
}

/// Killed ever later, until it has the time to end: whenever that is, nothing is lost.
#[test]
fn killed_while_it_is_brought_up_to_date_it_goes_on_the_next_time() {
    let directory = place("schema-26.sqlite.zst");
    let path = directory.path();
    let before = views(&connect(path));
    for attempt in 0_u64.. {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        command.args(["--config", "config.toml", "evaluate"]).current_dir(path).env_remove("FITN_API_TOKEN");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(attempt * attempt / 4));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        if ended.is_some_and(|status| status.success()) {
            break;
        }
        assert_eq!(ended, None, "it was killed, or did what it was asked");
    }
    assert_eq!(views(&connect(path)), before);
}

/// What a migration did is undone by the copy that was made before it, and by nothing else.
#[test]
fn a_copy_is_made_before_and_is_the_way_back() {
    let directory = place("schema-26.sqlite.zst");
    let path = directory.path();
    let before = views(&connect(path));
    let run = |line: &str| outcome(fitn(path).args(["--config", "config.toml"]).args(line.split(' ')));
    let version = || -> i64 { connect(path).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap() };
    // No copy, no migration; whoever has one can do without.
    write_atomically(&path.join("backups"), b"precious").unwrap();
    let refused = run("evaluate").expect(1);
    assert!(refused.err.contains("n’est pas mise à jour sans une copie d’avant"), "{}", refused.err);
    assert!(refused.err.contains("FITN_UPGRADE_WITHOUT_BACKUP=1"), "{}", refused.err);
    assert_eq!(version(), 26);
    std::fs::remove_file(path.join("backups")).unwrap();
    run("evaluate").expect(0);
    let copies = || -> Vec<String> {
        let entries = std::fs::read_dir(path.join("backups")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.ends_with(".sha256")).collect()
    };
    let newest = version();
    let copy = copies().remove(0);
    assert!(copies().len() == 1 && copy.ends_with(&format!("Z-avant-schema-{newest}.sqlite")), "{copy}");
    let held: i64 = {
        #[allow(clippy::disallowed_methods, reason = "looks at what is stored from outside")]
        let copy = rusqlite::Connection::open(path.join("backups").join(&copy)).unwrap();
        assert_eq!(views(&copy), before);
        copy.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    assert_eq!(held, 26);

    // A version to come brought it up to date, after a copy of its own; this one is put back and names it.
    let later = copy.replace(&format!("schema-{newest}"), "schema-999");
    std::fs::rename(path.join("backups").join(&copy), path.join("backups").join(&later)).unwrap();
    connect(path).pragma_update(None, "user_version", 999).unwrap();
    for line in ["status", "evaluate"] {
        let refused = run(line).expect(2);
        assert!(
            refused.err.contains("vient d’une version plus récente") && refused.err.contains(&later),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("fitn restore"), "{}", refused.err);
    }
    run(&format!("restore backups/{later} --yes")).expect(0);
    assert_eq!((version(), views(&connect(path))), (newest, before.clone()));
    assert!(run("evaluate").expect(0).out.contains("0 avis nouveau ou modifié"));

    let directory = place("schema-16.sqlite.zst");
    write_atomically(&directory.path().join("backups"), b"precious").unwrap();
    let mut command = fitn(directory.path());
    outcome(command.args(["--config", "config.toml", "evaluate"]).env("FITN_UPGRADE_WITHOUT_BACKUP", "1")).expect(0);
}

/// Whoever comes first does it; the others wait, then do what they were asked.
#[test]
fn several_who_write_at_once_bring_it_up_to_date_once() {
    let directory = place("schema-26.sqlite.zst");
    let path = directory.path();
    let mut told = String::new();
    let connection = connect(path);
    let numbers: Vec<i64> = {
        let mut numbers = connection.prepare("SELECT number FROM dossiers WHERE version IS NOT NULL LIMIT 5").unwrap();
        numbers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    drop(connection);
    let children = numbers.iter().map(|number| {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        let number = number.to_string();
        command.args(["--config", "config.toml", "exclude", &number, "--reason", "essai", "--by", "Alix"]);
        command
            .current_dir(path)
            .env_remove("FITN_API_TOKEN")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for child in children.collect::<Vec<_>>() {
        let ended = child.wait_with_output().unwrap();
        told += &String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{told}");
    }
    let excluded: Vec<i64> = {
        let connection = connect(path);
        let mut excluded = connection.prepare("SELECT dossier FROM view_exclusions").unwrap();
        excluded.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert!(numbers.iter().all(|number| excluded.contains(number)), "{excluded:?}");
    assert!(!path.join("fitn.sqlite.upgrade.lock").exists());
}

#[test]
fn it_is_not_brought_up_to_date_under_a_process_of_the_version_before() {
    let directory = place("schema-16.sqlite.zst");
    let path = directory.path();
    let run = |line: &str| outcome(fitn(path).args(["--config", "config.toml"]).args(line.split(' ')));
    let version = || -> i64 { connect(path).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap() };
    for lock in ["fitn.sqlite.serve.lock", "fitn.sqlite.lock"] {
        let held = held_by_another(&path.join(lock));
        for line in ["evaluate", "exclude 5210082 --reason essai --by Alix"] {
            let refused = run(line).expect(5);
            assert!(refused.err.contains("version plus ancienne de fitn (processus 4242"), "{}", refused.err);
            assert!(refused.err.contains("systemctl restart fitn"), "{}", refused.err);
        }
        assert_eq!(version(), 16);
        drop(held);
    }
    run("evaluate").expect(0);
    assert!(version() > 16);
}

/// A lock as another process has it.
fn held_by_another(path: &Path) -> std::fs::File {
    write_atomically(path, br#"{"pid":4242,"since":"2026-11-01T06:00:00Z"}"#).unwrap();
    let file = std::fs::File::open(path).unwrap();
    file.lock().unwrap();
    file
}
