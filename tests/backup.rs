//! Backups and what comes back from them: nothing is lost, nothing that was erased comes back, and nothing is doubled.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::chance;
use common::daemon::{Beside, Daemon, journal, listening, quiet, signal};
use common::{ADS, Stand, eventually, later, procedure};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::text::hexadecimal;
use fitn_connector::files::write_atomically;
use fitn_connector::sandbox::Event;
use fitn_connector::sandbox::world::Value;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Words found nowhere else.
const MARKER: &str = "Zébuline-Quatrevingt";
/// How many random histories, and how many when nothing is left out.
const HISTORIES: (usize, usize) = (4, 60);

type Views = BTreeMap<String, Vec<Vec<Option<String>>>>;

/// The rows of every view of a database.
fn views_of(path: &Path) -> Views {
    #[allow(clippy::disallowed_methods, reason = "looks at what is stored from outside")]
    let connection = rusqlite::Connection::open(path).unwrap();
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = |view: String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let width = statement.column_count();
        let cell = |row: &rusqlite::Row<'_>, at| {
            let value: rusqlite::types::Value = row.get(at)?;
            Ok((value != rusqlite::types::Value::Null).then(|| format!("{value:?}")))
        };
        let rows = statement.query_map([], |row| (0..width).map(|at| cell(row, at)).collect()).unwrap();
        let mut rows: Vec<Vec<Option<String>>> = rows.map(Result::unwrap).collect();
        rows.sort();
        (view, rows)
    };
    names.into_iter().map(rows).collect()
}

fn views(stand: &Stand) -> Views {
    views_of(&stand.path("fitn.sqlite"))
}

/// Makes a backup; gives its name.
fn backup(stand: &Stand) -> String {
    let made = stand.run("backup --json").expect(0).json();
    made["file"].as_str().unwrap().to_owned()
}

/// A préfecture that keeps the attached files too.
fn with_contents(stand: Stand) -> Stand {
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    stand
}

/// Puts a content in the place of the n-th that is kept; gives its name.
fn put_content(stand: &Stand, n: usize, content: &[u8]) -> String {
    let sha256 = hexadecimal(&Sha256::digest(content));
    write_atomically(&stand.path("fitn-pieces").join(&sha256[..2]).join(&sha256), content).unwrap();
    let nth = format!("SELECT rowid FROM attachments WHERE sha256 IS NOT NULL ORDER BY rowid LIMIT 1 OFFSET {n}");
    stand.execute(&format!("UPDATE attachments SET sha256 = '{sha256}' WHERE rowid = ({nth})"));
    sha256
}

/// The contents that lie in a directory of them.
fn contents_in(directory: &Path) -> BTreeSet<String> {
    let Ok(shelves) = std::fs::read_dir(directory) else { return BTreeSet::new() };
    let shelves = shelves.map(|shelf| shelf.unwrap().path()).filter(|path| path.is_dir());
    shelves.flat_map(|shelf| files(&shelf, "")).collect()
}

/// The contents that a database refers to.
fn contents_of(views: &Views) -> BTreeSet<String> {
    let is_sha256 = |cell: &&str| cell.len() == 64 && cell.bytes().all(|byte| byte.is_ascii_hexdigit());
    let cells = views["view_attachments"].iter().flatten().flatten();
    let texts = cells.filter_map(|cell| cell.strip_prefix("Text(\"")?.strip_suffix("\")"));
    texts.filter(is_sha256).map(str::to_owned).collect()
}

/// The files of a directory whose names end so, in order.
fn files(directory: &Path, end: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(end));
    names.sort();
    names
}

/// In which files of a directory, and those below, a word can be read.
fn found_in(directory: &Path, word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_in(&path, word));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(word.len()).any(|window| window == word.as_bytes())
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_backup_holds_what_the_database_holds_and_the_status_tells_of_it() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    assert!(stand.run("status").expect(0).out.contains("Sauvegarde : aucune"));
    assert_eq!(stand.run("status --json").expect(0).json()["backup"], Json::Null);
    let said = stand.run("backup").expect(0);
    assert!(said.out.contains("vérifiée") && said.out.contains("dossiers"), "{}", said.out);
    let made = stand.run("backup copie.sqlite --json").expect(0).json();
    assert_eq!(made["file"], "copie.sqlite");
    assert_eq!(views_of(&stand.path("copie.sqlite")), views(&stand));
    let copies = files(&stand.path("backups"), ".sqlite");
    assert_eq!(copies.len(), 1, "a file with a name is not in the directory");
    assert_eq!(views_of(&stand.path("backups").join(&copies[0])), views(&stand));
    let told = stand.run("status --json").expect(0).json();
    assert!(told["backup"]["file"].as_str().unwrap().ends_with(&copies[0]), "what is elsewhere may go any day: {told}");
    assert!(told["backup"]["age_s"].as_i64().unwrap() >= 0, "{told}");
    // One with a name of its own, among the others.
    stand.run("backup backups/avant-travaux.sqlite").expect(0);
    let told = stand.run("status --json").expect(0).json();
    assert!(told["backup"]["file"].as_str().unwrap().ends_with("avant-travaux.sqlite"), "{told}");
    std::fs::remove_file(stand.path("backups/avant-travaux.sqlite")).unwrap();
    let told = stand.run("status --json").expect(0).json();
    assert!(told["backup"]["file"].as_str().unwrap().ends_with(&copies[0]), "{told}");
}

#[test]
fn enough_copies_stay_and_what_is_not_ours_is_left_alone() {
    let stand = Stand::small(&[ADS]);
    stand.run("sync").expect(0);
    stand.reconfigure("[exports]", "[backup]\nkeep_daily = 2\nkeep_monthly = 2\n\n[exports]");
    let directory = stand.path("backups");
    let first = stand.path("premiere.sqlite");
    std::fs::rename(stand.path(&backup(&stand)), &first).unwrap();
    for day in ["20200101", "20200102", "20200131", "20200215", "20200216"] {
        std::fs::copy(&first, directory.join(format!("fitn-{day}T013000Z.sqlite"))).unwrap();
    }
    // Of another connector, damaged, of a day to come, and not of a backup at all.
    let other = directory.join("fitn-20200103T013000Z.sqlite");
    std::fs::copy(&first, &other).unwrap();
    #[allow(clippy::disallowed_methods, reason = "a hand from outside")]
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection.execute("UPDATE marks SET value = 'un autre' WHERE name = 'outbox_server'", []).unwrap();
    drop(connection);
    for name in ["fitn-20200104T013000Z.sqlite", "notes.txt", "fitn-copie.sqlite"] {
        write_atomically(&directory.join(name), b"precious").unwrap();
    }
    std::fs::copy(&first, directory.join("fitn-20990101T000000Z.sqlite")).unwrap();
    let made = stand.run("backup --json").expect(0).json();
    let removed: Vec<&str> = made["removed"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert_eq!(removed.len(), 4, "{removed:?}");
    let left = files(&directory, "");
    for name in [
        "fitn-20200103T013000Z.sqlite",
        "fitn-20200104T013000Z.sqlite",
        "fitn-20200216T013000Z.sqlite",
        "fitn-20990101T000000Z.sqlite",
        "fitn-copie.sqlite",
        "notes.txt",
    ] {
        assert!(left.contains(&name.to_owned()), "{name}: {left:?}");
    }
    assert!(stand.path(made["file"].as_str().unwrap()).exists());
}

#[test]
fn the_service_makes_it_when_it_is_due_and_tells_when_it_cannot() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    quiet(&stand);
    let due = "INSERT OR REPLACE INTO tasks (name, done_until) VALUES ('backup', '2021-01-01T00:00:00Z')";
    stand.execute(due);
    // What stands there keeps the directory from being made.
    write_atomically(&stand.path("backups"), b"precious").unwrap();
    let daemon = listening(&stand);
    eventually("the failure is told", || {
        stand.run("status --json").json()["alerts"].to_string().contains("task:backup")
    });
    let told = stand.run("status").expect(1);
    assert!(
        told.out.contains("sauvegarde : ") && told.out.contains("en échec") && told.out.contains("[backup]"),
        "{}",
        told.out
    );
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    assert_eq!(std::fs::read(stand.path("backups")).unwrap(), b"precious");
    std::fs::remove_file(stand.path("backups")).unwrap();
    stand.execute("DELETE FROM tasks WHERE name = 'backup'");
    stand.execute(due);
    let daemon = listening(&stand);
    eventually("the backup is made", || !files(&stand.path("backups"), ".sqlite").is_empty());
    // By hand as well, while the service lives: once its own has ended.
    eventually("one is made by hand", || stand.run("backup copie.sqlite").code == 0);
    eventually("the alert is gone", || {
        !stand.run("status --json").json()["alerts"].to_string().contains("task:backup")
    });
    assert!(journal(&stand).contains("base de données sauvegardée et vérifiée"));
    // And nothing takes the place of its database.
    let refused = stand.run("restore copie.sqlite --yes").expect(5);
    assert!(refused.err.contains("systemctl stop fitn"), "{}", refused.err);
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_place_that_cannot_take_it_is_told_and_nothing_is_left_there() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let before = views(&stand);
    std::fs::create_dir(stand.path("place")).unwrap();
    write_atomically(&stand.path("notes.txt"), b"precious").unwrap();
    for (name, said) in [
        ("notes.txt", "existe déjà"),
        ("place", "est un répertoire"),
        ("absent/copie.sqlite", "n’existe pas"),
        ("notes.txt/copie.sqlite", "n’existe pas"),
        ("fitn.sqlite", "existe déjà"),
        ("place/zz/", "est un répertoire"),
        ("-", "ne désigne pas un fichier"),
    ] {
        let refused = stand.run(&format!("backup {name}")).expect(2);
        assert!(refused.err.contains(said) && refused.err.contains("conseil : "), "{name}: {}", refused.err);
    }
    // Blocks of 512 bytes: to the program, a file that may grow no more is a disk that is full.
    let line = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --config config.toml backup place/copie.sqlite";
    let mut command = Command::new("sh");
    command.args(["-c", line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let output = command.env_remove("FITN_API_TOKEN").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("la sauvegarde ") && said.contains("conseil : "), "{said}");
    assert_eq!(files(&stand.path("place"), ""), [] as [&str; 0]);
    assert_eq!(std::fs::read(stand.path("notes.txt")).unwrap(), b"precious");
    assert_eq!(views(&stand), before);
}

#[test]
fn attached_files_come_back_with_the_database() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    stand.run("sync").expect(0);
    let stored = stand.number("SELECT count(DISTINCT sha256) FROM view_attachments WHERE sha256 IS NOT NULL");
    assert!(stored > 3, "{stored}");
    let made = stand.run("backup --json").expect(0).json();
    assert_eq!(made["contents"]["given"].as_i64(), Some(stored), "{made}");
    let again = stand.run("backup --json").expect(0).json();
    assert_eq!((again["contents"]["given"].as_i64(), again["contents"]["known"].as_i64()), (Some(0), Some(stored)));
    let before = views(&stand);
    // The disk of the server is lost, but for the configuration and the backups.
    for name in ["fitn.sqlite", "fitn.sqlite.envois", "fitn-pieces"] {
        let path = stand.path(name);
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }
    let said = stand.run(&format!("restore {} --yes", made["file"].as_str().unwrap())).expect(0);
    assert!(said.out.contains(&format!("{stored} contenus remis")), "{}", said.out);
    assert_eq!(views(&stand), before);
    assert!(stand.path("fitn.sqlite.envois").exists(), "what names the connector lies beside it again");
    stand.run("sync").expect(0);
    let again = "SELECT count(DISTINCT sha256) FROM view_attachments WHERE sha256 IS NOT NULL";
    assert_eq!(stand.number(again), stored);
    // A disk that takes the database and not these: DS has them.
    std::fs::remove_dir_all(stand.path("fitn-pieces")).unwrap();
    write_atomically(&stand.path("fitn-pieces"), b"precious").unwrap();
    let said = stand.run(&format!("restore {} --yes", made["file"].as_str().unwrap())).expect(0);
    assert!(said.out.contains("redemandées à DS"), "{}", said.out);
    std::fs::remove_file(stand.path("fitn-pieces")).unwrap();
    std::fs::create_dir(stand.path("fitn-pieces")).unwrap();
    // One that was altered on the backup's disk is not what its name says.
    let shelf = std::fs::read_dir(stand.path("backups/sauvegarde-pieces")).unwrap().next().unwrap().unwrap().path();
    let content = std::fs::read_dir(shelf).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_dir_all(stand.path("fitn-pieces")).unwrap();
    write_atomically(&content, b"altered").unwrap();
    let said = stand.run(&format!("restore {} --yes", made["file"].as_str().unwrap())).expect(0);
    assert!(said.out.contains("1 contenu absent de la sauvegarde"), "{}", said.out);
}

#[test]
fn an_erased_person_does_not_come_back() {
    let stand = Stand::new(&[ADS]);
    let number = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    stand.change(|world| world.rename_applicant(number, MARKER));
    let label = stand.label(ADS, "feedback");
    stand.change(|world| world.answer(number, &label, Some(Value::Text(MARKER.to_owned())), later(0)));
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.run("sync").expect(0);
    stand.run(&format!("decide {number} --rule ADS-01 --verdict to_review --reason {MARKER} --by {MARKER}")).expect(0);
    let old = backup(&stand);
    stand.change(|world| world.delete(number, later(1)));
    stand.run("sync").expect(0);
    stand.run("purge").expect(0);
    assert_eq!(found_in(stand.directory(), MARKER), [stand.path(&old)], "the backup of before alone has it");
    let erased = |stand: &Stand| stand.one("SELECT group_concat(dossier) FROM view_erasures");
    let late = backup(&stand);
    let kept = stand.rows(&format!("SELECT * FROM view_dossiers WHERE number = {number}"));

    let said = stand.run(&format!("restore {old} --yes")).expect(0);
    assert!(said.out.contains("1 dossier effacé depuis la sauvegarde"), "{}", said.out);
    assert_eq!(found_in(stand.directory(), MARKER), [stand.path(&old)], "{}", said.out);
    assert_eq!(erased(&stand), Some(number.to_string()));
    stand.run("evaluate").expect(0);
    assert_eq!(stand.rows(&format!("SELECT * FROM view_dossiers WHERE number = {number}")), kept);
    stand.run("sync --full").expect(0);
    assert_eq!(erased(&stand), Some(number.to_string()));

    // The server is lost, and the older of two backups is what is restored: what lies beside the later one tells.
    for name in files(stand.directory(), "").iter().filter(|name| name.starts_with("fitn")) {
        std::fs::remove_file(stand.path(name)).unwrap();
    }
    stand.run(&format!("restore {old} --yes")).expect(0);
    assert_eq!(
        (found_in(stand.directory(), MARKER), erased(&stand)),
        (vec![stand.path(&old)], Some(number.to_string()))
    );
    // Even where that is lost too, the database in place tells of what it erased.
    std::fs::remove_file(stand.path("fitn.sqlite.effacements")).unwrap();
    std::fs::remove_file(stand.path(&format!("{late}.effacements"))).unwrap();
    stand.run(&format!("restore {old} --yes")).expect(0);
    assert_eq!(
        (found_in(stand.directory(), MARKER), erased(&stand)),
        (vec![stand.path(&old)], Some(number.to_string()))
    );
}

#[test]
fn what_is_no_sound_backup_is_refused_and_nothing_is_touched() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let good = stand.path(&backup(&stand));
    let before = (views(&stand), files(stand.directory(), ""));
    // Blocks of 512 bytes: to the program, a file that may grow no more is a disk that is full.
    let line = format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" --config config.toml restore {} --yes", good.display());
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let output = command.env_remove("FITN_API_TOKEN").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("est comme elle était") && said.contains("disque de la base"), "{said}");
    assert!(!said.contains("reprise se fait là"), "{said}");
    let put = |name: &str, change: &dyn Fn(&rusqlite::Connection)| {
        let path = stand.path("backups").join(name);
        std::fs::copy(&good, &path).unwrap();
        #[allow(clippy::disallowed_methods, reason = "a hand from outside")]
        change(&rusqlite::Connection::open(&path).unwrap());
    };
    let run = |connection: &rusqlite::Connection, sql: &str| connection.execute_batch(sql).unwrap();
    put("newer.sqlite", &|copy| run(copy, "PRAGMA user_version = 999"));
    put("other.sqlite", &|copy| run(copy, "UPDATE marks SET value = 'un autre' WHERE name = 'outbox_server'"));
    put("orphans.sqlite", &|copy| run(copy, "PRAGMA foreign_keys = OFF; DELETE FROM procedures"));
    put("fewer.sqlite", &|copy| run(copy, "PRAGMA foreign_keys = OFF; DROP TABLE journal"));
    let bytes = std::fs::read(&good).unwrap();
    let write = |name: &str, bytes: &[u8]| write_atomically(&stand.path("backups").join(name), bytes).unwrap();
    write("torn.sqlite", &bytes[..bytes.len() / 2]);
    let mut altered = bytes.clone();
    let middle = altered.len() / 2;
    altered[middle..middle + 8192].fill(0xA5);
    write("altered.sqlite", &altered);
    write("empty.sqlite", b"");
    write("text.sqlite", b"bonjour");
    write("unfinished.sqlite", &bytes);
    write("unfinished.sqlite-wal", b"un journal");
    #[allow(clippy::disallowed_methods, reason = "a hand from outside")]
    run(
        &rusqlite::Connection::open(stand.path("backups/foreign.sqlite")).unwrap(),
        "CREATE TABLE a (b); PRAGMA user_version = 3",
    );
    for (name, code, said) in [
        ("backups/newer.sqlite", 2, "vient d’une version plus récente de fitn (schéma 999"),
        ("backups/other.sqlite", 2, "est la sauvegarde d’un autre connecteur"),
        ("backups/orphans.sqlite", 1, "est abîmé"),
        ("backups/fewer.sqlite", 2, "n’est pas une sauvegarde de fitn"),
        ("backups/torn.sqlite", 1, "abîmé"),
        ("backups/altered.sqlite", 1, "abîmé"),
        ("backups/empty.sqlite", 2, "n’est pas une sauvegarde de fitn"),
        ("backups/text.sqlite", 2, "n’est pas une sauvegarde de fitn"),
        ("backups/unfinished.sqlite", 2, "n’est pas une copie achevée"),
        ("backups/foreign.sqlite", 2, "n’est pas une sauvegarde de fitn"),
        ("backups/absent.sqlite", 2, "il n’existe pas"),
        ("backups", 2, "n’est pas un fichier"),
        ("fitn.sqlite", 2, "est la base en place"),
    ] {
        let refused = stand.run(&format!("restore {name} --yes")).expect(code);
        assert!(refused.err.contains(said) && refused.err.contains("conseil : "), "{name}: {}", refused.err);
    }
    // Nobody is there to say yes.
    let refused = stand.run(&format!("restore {}", good.display())).expect(2);
    assert!(refused.err.contains("--yes") && refused.out.contains("vérifiée"), "{}{}", refused.out, refused.err);
    // Somebody has it open.
    #[allow(clippy::disallowed_methods, reason = "another program")]
    let open = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
    open.execute_batch("BEGIN; SELECT count(*) FROM dossiers").unwrap();
    let _: i64 = open.query_row("SELECT count(*) FROM dossiers", [], |row| row.get(0)).unwrap();
    let refused = stand.run(&format!("restore {} --yes", good.display())).expect(5);
    assert!(refused.err.contains("est ouverte par une autre commande ou un autre programme"), "{}", refused.err);
    open.execute_batch("COMMIT").unwrap();
    drop(open);
    let locks = |name: &String| !name.contains(".lock") && !name.ends_with("-wal") && !name.ends_with("-shm");
    let now: Vec<String> = files(stand.directory(), "").into_iter().filter(locks).collect();
    let then: Vec<String> = before.1.into_iter().filter(locks).collect();
    assert_eq!((views(&stand), now), (before.0, then));
}

#[test]
fn bytes_that_are_no_longer_those_of_the_backup_are_refused() {
    let stand = Stand::small(&[ADS]);
    stand.run("sync").expect(0);
    let before = views(&stand);
    let copy = backup(&stand);
    stand.run("backup copie.sqlite").expect(0);
    let check = |name: &str| {
        let path = stand.path(name);
        let mut command = Command::new("sha256sum");
        command.args(["-c", "--strict", "--quiet"]).arg(path.file_name().unwrap()).current_dir(path.parent().unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    for name in [&copy, "copie.sqlite"] {
        assert!(check(&format!("{name}.sha256")), "{name}");
    }
    assert!(stand.run(&format!("restore {copy}")).expect(2).out.contains(", vérifiée : "));
    // One letter of a word in the middle of a value: SQLite sees nothing of it.
    let path = stand.path(&copy);
    let good = std::fs::read(&path).unwrap();
    let word = stand.one("SELECT value FROM view_champs WHERE length(value) > 12 ORDER BY dossier LIMIT 1").unwrap();
    let at = good.windows(word.len()).position(|window| window == word.as_bytes()).unwrap();
    let mut altered = good.clone();
    altered[at] ^= 1;
    write_atomically(&path, &altered).unwrap();
    let refused = stand.run(&format!("restore {copy} --yes")).expect(1);
    assert!(refused.err.contains("ses octets ne sont plus ceux de la sauvegarde"), "{}", refused.err);
    assert!(!check(&format!("{copy}.sha256")));
    // What lies beside says nothing.
    let checksum = stand.path(&format!("{copy}.sha256"));
    write_atomically(&path, &good).unwrap();
    write_atomically(&checksum, b"bonjour").unwrap();
    let refused = stand.run(&format!("restore {copy} --yes")).expect(1);
    assert!(refused.err.contains("sha256sum") && refused.err.contains("conseil : "), "{}", refused.err);
    assert_eq!(views(&stand), before);
    // Nothing lies there: that is told.
    std::fs::remove_file(&checksum).unwrap();
    let said = stand.run(&format!("restore {copy} --yes")).expect(0).out;
    assert!(said.contains("aucun fichier « .sha256 »") && said.contains("mais sans son"), "{said}");
}

/// A dossier that DS no longer has does not come back with a sync.
#[test]
fn what_would_be_lost_names_dossiers_and_their_history() {
    let stand = Stand::small(&[ADS]);
    stand.run("sync").expect(0);
    stand.run("backup copie.sqlite").expect(0);
    let like = stand.dossiers(ADS, |dossier| dossier.is_visible())[0];
    let [_, gone] = [1, 2].map(|minute| stand.world_mut().add_copy(like, later(minute)).unwrap());
    stand.run("sync").expect(0);
    stand.change(|world| world.delete(gone, later(3)));
    stand.run("sync").expect(0);
    let said = stand.run("restore copie.sqlite --yes").expect(0).out;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "2 dossiers inconnus de la sauvegarde",
        "1 de ces dossiers n’est plus montré par DS",
        "2 versions de dossiers",
        "1 dossier que DS ne montre plus n’est que dans la base d’avant",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_backup_that_lacks_something_is_no_last_one_and_takes_no_more_room_each_time() {
    let stand = with_contents(Stand::small(&[ADS]));
    stand.reconfigure("[exports]", "[backup]\nkeep_daily = 1\nkeep_monthly = 1\n\n[exports]");
    stand.run("sync").expect(0);
    let first = stand.path(&backup(&stand));
    let place = stand.path("backups");
    for day in ["20200101", "20200102"] {
        std::fs::copy(&first, place.join(format!("fitn-{day}T013000Z.sqlite"))).unwrap();
    }
    std::fs::remove_file(&first).unwrap();
    stand.execute("DELETE FROM marks WHERE name = 'backup'");
    // What stands where the contents go keeps them from being written.
    std::fs::remove_dir_all(place.join("sauvegarde-pieces")).unwrap();
    write_atomically(&place.join("sauvegarde-pieces"), b"precious").unwrap();
    let copies = || -> Vec<String> {
        let all = files(&place, ".sqlite").into_iter();
        all.filter(|name| !name.contains("-2020")).collect()
    };
    let mut made = Vec::new();
    for _ in 0..3 {
        let refused = stand.run("backup").expect(1);
        assert!(refused.err.contains("section [backup]"), "{}", refused.err);
        assert_eq!(copies().len(), 1, "the one of before makes room for it");
        assert!(place.join(format!("{}.incomplete", copies()[0])).exists());
        assert!(!made.contains(&copies()));
        made.push(copies());
        // The others went as far as the last complete one allows, before there had to be room.
        assert_eq!(files(&place, ".sqlite")[0], "fitn-20200102T013000Z.sqlite");
        let told = stand.run("status --json").json();
        assert!(told["backup"]["file"].as_str().unwrap().ends_with("fitn-20200102T013000Z.sqlite"), "{told}");
        std::thread::sleep(Duration::from_millis(1100));
    }
    std::fs::remove_file(place.join("sauvegarde-pieces")).unwrap();
    let last = backup(&stand);
    assert_eq!(files(&place, ".sqlite"), [last.rsplit('/').next().unwrap()]);
    assert_eq!(files(&place, ".incomplete"), [] as [&str; 0]);
    assert!(stand.run("status").expect(0).out.contains(last.rsplit('/').next().unwrap()));
}

#[test]
fn the_database_that_was_replaced_is_named_until_the_rotation_takes_it() {
    let stand = Stand::small(&[ADS]);
    stand.reconfigure("[exports]", "[backup]\nkeep_daily = 1\n\n[exports]");
    stand.run("sync").expect(0);
    stand.run("backup copie.sqlite").expect(0);
    stand.run("restore copie.sqlite --yes").expect(0);
    let asides = || -> Vec<String> {
        files(stand.directory(), "").into_iter().filter(|name| name.contains(".avant-restauration-")).collect()
    };
    let aside = asides().remove(0);
    let told = stand.run("status").expect(0).out;
    assert!(told.contains("Base remplacée : ") && told.contains(&aside), "{told}");
    assert!(stand.run("status --json").expect(0).json()["asides"][0]["file"].as_str().unwrap().ends_with(&aside));
    write_atomically(&stand.path("fitn.sqlite.avant-restauration-notes.txt"), b"precious").unwrap();
    eventually("a later day has a backup", || {
        stand.run("backup").expect(0);
        asides() == ["fitn.sqlite.avant-restauration-notes.txt"]
    });
    assert!(!stand.run("status").expect(0).out.contains("Base remplacée"));
}

/// Who was erased comes back with a copy of before, unless something tells; where nothing does, that is said.
#[test]
fn what_should_tell_of_erasures_and_does_not_is_never_passed_over() {
    let stand = Stand::small(&[ADS]);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.run("sync").expect(0);
    let old = backup(&stand);
    let number = stand.dossiers(ADS, |dossier| dossier.is_visible())[0];
    stand.change(|world| world.delete(number, later(1)));
    stand.run("sync").expect(0);
    stand.run("purge").expect(0);
    let before = views(&stand);
    let beside = stand.path("fitn.sqlite.effacements");
    let good = std::fs::read(&beside).unwrap();
    let line = format!("restore {old} --yes");
    for damaged in [&[0xFF, 0x00, 0x0A, 0x41][..], b"bonjour\n", &[&good[..], b"une ligne\n"].concat()] {
        write_atomically(&beside, damaged).unwrap();
        let refused = stand.run(&line).expect(1);
        let told = refused.err.contains("devrait dire ce qui a été effacé") && refused.err.contains("conseil : ");
        assert!(told, "{}", refused.err);
    }
    std::fs::remove_file(&beside).unwrap();
    std::fs::create_dir(&beside).unwrap();
    assert!(stand.run(&line).expect(1).err.contains("ce n’est pas un fichier"));
    std::fs::remove_dir(&beside).unwrap();
    // One that lies beside the copy is asked as well.
    let near = stand.path(&format!("{old}.effacements"));
    write_atomically(&near, b"bonjour\n").unwrap();
    assert!(stand.run(&line).expect(1).err.contains("devrait dire ce qui a été effacé"));
    std::fs::remove_file(&near).unwrap();
    assert_eq!(views(&stand), before);
    // Nothing is there: the database in place tells what it can, and where there is none, nobody does.
    let said = stand.run(&line).expect(0).out;
    assert!(said.contains("la base en place dit quels") && said.contains("1 dossier effacé"), "{said}");
    for name in files(stand.directory(), "").iter().filter(|name| name.starts_with("fitn.sqlite")) {
        std::fs::remove_file(stand.path(name)).unwrap();
    }
    let said = stand.run(&line).expect(0).out;
    assert!(said.contains("aucun journal des effacements"), "{said}");
}

/// Each file that is at hand may be of another day, or have gone through other hands: what one of them tells is known, and what none may
/// tell is told.
#[test]
fn what_any_file_at_hand_tells_of_erasures_is_done_again() {
    let stand = Stand::small(&[ADS]);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.run("sync").expect(0);
    let first = backup(&stand);
    let gone = stand.dossiers(ADS, |dossier| dossier.is_visible());
    let erase = |at: usize, minute: i64| {
        stand.change(|world| world.delete(gone[at], later(minute)));
        stand.run("sync").expect(0);
        stand.run("purge").expect(0);
    };
    erase(0, 1);
    let second = stand.path(&format!("{}.effacements", backup(&stand)));
    erase(1, 2);
    let beside = stand.path("fitn.sqlite.effacements");
    let all = std::fs::read_to_string(&beside).unwrap();
    let (head, lines) = all.split_once('\n').unwrap();
    assert_eq!(lines.lines().count(), 2, "{all}");
    let name = head.rsplit(' ').next().unwrap();
    // A new server: what is beside the place, what is beside the second copy, then what is said and how many are erased again.
    let of_second = std::fs::read_to_string(&second).unwrap();
    let told = |here: Option<&str>, near: Option<&str>| {
        for name in files(stand.directory(), "").iter().filter(|name| name.starts_with("fitn.sqlite")) {
            std::fs::remove_file(stand.path(name)).unwrap();
        }
        for (path, text) in [(&beside, here), (&second, near)] {
            let _ = std::fs::remove_file(path);
            if let Some(text) = text {
                write_atomically(path, text.as_bytes()).unwrap();
            }
        }
        stand.run(&format!("restore {first} --yes"))
    };
    let erased = || stand.number("SELECT count(*) FROM view_erasures");
    let of_windows = all.replace('\n', "\r\n");
    let only_second = format!("{head}\n{}\n", lines.lines().nth(1).unwrap());
    let head_alone = format!("{head}\n");
    for (here, near, words, how_many) in [
        (Some(all.as_str()), Some(of_second.as_str()), None, 2),
        (Some(&of_windows), None, None, 2),
        (Some(&only_second), Some(&of_second), Some("est plus ancien que"), 2),
        (Some(&only_second), None, Some("a perdu des lignes"), 1),
        (Some(&head_alone), Some(&of_second), Some("est plus ancien que"), 1),
        (None, Some(&all), Some("manque à côté de la base"), 2),
        (None, None, Some("aucun journal des effacements"), 0),
    ] {
        let said = told(here, near).expect(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(erased(), how_many, "{here:?} {near:?} {said}");
        let is_said = said.matches("journal des effacements").count();
        // Before the question, and at the end.
        assert_eq!(is_said, if words.is_some() { 2 } else { 0 }, "{here:?} {near:?} {said}");
        assert!(words.is_none_or(|words| said.contains(words)), "{words:?} {said}");
        if how_many == 2 {
            let left = std::fs::read_to_string(&beside).unwrap().replace('\r', "");
            assert_eq!(left, all, "what is known now lies beside the base");
        }
    }
    // The next one has a number that none had.
    told(Some(&head_alone), None).expect(0);
    assert_eq!(
        stand.one("SELECT value FROM marks WHERE name = 'erasures'").as_deref(),
        Some("1"),
        "as the second copy knows"
    );
    let refused = told(Some(&all.replace(name, "0123456789abcdef")), None).expect(2).err;
    assert!(refused.contains("d’un autre connecteur") && refused.contains(".effacements"), "{refused}");
    let refused = told(Some(&lines.replacen("1 ", "18446744073709551615 ", 1)), None).expect(1).err;
    assert!(refused.contains("sa ligne 1 n’est pas de fitn"), "{refused}");
    // Begun anew before the restoration: it has no name yet, and knows of nothing.
    told(None, None).expect(0);
    stand.forget_the_database();
    stand.run("sync").expect(0);
    let refused = stand.run(&format!("restore {first} --yes")).expect(2).err;
    assert!(refused.contains("commencée à neuf") && refused.contains("d’un autre connecteur"), "{refused}");
}

/// A pipe would be waited for, with the turn held.
#[test]
fn what_has_the_name_of_a_copy_and_is_no_file_is_left_alone() {
    let stand = Stand::small(&[ADS]);
    stand.run("sync").expect(0);
    backup(&stand);
    let pipe = stand.path("backups/fitn-20200303T013000Z.sqlite");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    backup(&stand);
    stand.run("status").expect(0);
    assert!(pipe.exists());
}

#[test]
fn what_would_be_lost_is_told_and_what_was_in_place_stays_beside() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let copy = backup(&stand);
    let then = views(&stand);
    let number = stand.dossiers(ADS, |dossier| dossier.is_visible())[0];
    stand.run(&format!("exclude {number} --reason essai --by Camille")).expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    stand.run("sync").expect(0);
    let now = views(&stand);
    let epoch = |stand: &Stand| stand.run("status --json").json()["changes_epoch"].as_i64().unwrap();
    assert_eq!(epoch(&stand), 0);
    let said = stand.run(&format!("restore {copy} --yes")).expect(0).out;
    for words in ["1 acte d’agent", "fichiers de documents arrêtés", "1 passage de synchronisation", "base restaurée"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(views(&stand), then);
    let aside = files(stand.directory(), "").into_iter().find(|name| name.contains(".avant-restauration-")).unwrap();
    assert!(said.contains(&aside), "{said}");
    assert_eq!(views_of(&stand.path(&aside)), now);
    let first = epoch(&stand);
    let told = stand.run("status --json").expect(0).json();
    assert!(first > 0 && told["restored"]["from"].as_str().unwrap().contains("backups/fitn-"), "{told}");
    // What stays beside is a backup as any other; each restoration begins another epoch.
    stand.run(&format!("restore {aside} --yes")).expect(0);
    assert_eq!(views(&stand), now);
    assert!(epoch(&stand) > first);
    stand.run("evaluate").expect(0);
}

#[test]
fn after_any_history_what_is_restored_is_what_was_backed_up() {
    chance::stories("drill", chance::rounds(HISTORIES.0, HISTORIES.1), |seed| {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let stand = Stand::small(&[ADS]);
        let stand = if rng.bool() { with_contents(stand) } else { stand };
        stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
        stand.run("sync").expect(0);
        let mut kept: Option<(String, Views)> = None;
        let mut lines_then = 0;
        // The dossiers that were erased, as they are told beside the database, in the words of the views.
        let lines = |stand: &Stand| -> Vec<String> {
            let text = std::fs::read_to_string(stand.path("fitn.sqlite.effacements")).unwrap_or_default();
            let words = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
            words
                .filter(|words| words.get(2) == Some(&"dossier"))
                .map(|words| format!("Integer({})", words[3]))
                .collect()
        };
        for minute in 1..=rng.i64(5..9) {
            for _ in 0..rng.usize(1..4) {
                let event = Event::ALL[rng.usize(..Event::ALL.len())];
                if !event.breaks() {
                    stand.world_mut().happen(procedure(ADS), event, rng.usize(..), later(minute));
                }
            }
            let number = *stand
                .query("SELECT number FROM view_dossiers WHERE removed_at IS NULL", |row| row.get::<_, i64>(0))
                .first()
                .unwrap();
            match rng.u8(..6) {
                0 => drop(stand.run(&format!("exclude {number} --reason essai --by Camille"))),
                1 => drop(
                    stand.run(&format!("decide {number} --rule ADS-01 --verdict to_review --reason vu --by Camille")),
                ),
                2 => drop(stand.run(&format!("export monthly --month 2021-{:02}", rng.u8(7..12)))),
                3 => drop(stand.run("sync --full")),
                4 => drop(stand.run("purge")),
                _ => drop(stand.run("sync")),
            }
            if kept.is_none() && (minute == 4 || rng.u8(..4) == 0) {
                kept = Some((backup(&stand), views(&stand)));
                lines_then = lines(&stand).len();
            }
        }
        let (copy, then) = kept.unwrap();
        // The server may be lost as well, but for the configuration and the backup.
        if rng.u8(..3) == 0 {
            for name in files(stand.directory(), "").iter().filter(|name| name.starts_with("fitn")) {
                let path = stand.path(name);
                if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
            }
        }
        stand.run(&format!("restore {copy} --yes")).expect(0);
        // One that came back since is erased again as well: the next sync brings it.
        let since: Vec<String> = lines(&stand).split_off(lines_then).into_iter().collect();
        // But for those that were erased since, and for what others are judged without them, everything is as it was.
        let about = |row: &Vec<Option<String>>| row.iter().flatten().any(|cell| since.contains(cell));
        let judged = ["view_credits", "view_alerts", "view_verdicts", "view_dossiers", "view_changes"];
        let is_of_the_whole = |view: &String| judged.contains(&view.as_str());
        let others = |views: Views| -> Views {
            let rows = views.into_iter().filter(|(view, _)| since.is_empty() || !is_of_the_whole(view));
            rows.map(|(view, rows)| (view, rows.into_iter().filter(|row| !about(row)).collect())).collect()
        };
        let then_known: Vec<String> = then["view_champs"].iter().filter_map(|row| row[0].clone()).collect();
        assert_eq!(others(views(&stand)), others(then));
        let known = |cell: &&String| then_known.contains(*cell);
        let gone = views(&stand)["view_erasures"].concat();
        for cell in since.iter().filter(known) {
            assert!(gone.contains(&Some(cell.clone())), "{cell}: {gone:?}");
        }
        let referred_to = contents_of(&views(&stand));
        assert!(referred_to.is_subset(&contents_in(&stand.path("fitn-pieces"))), "each content is there again");
        // And it goes on from there.
        stand.run("sync --full").expect(0);
        stand.run("evaluate").expect(0);
    });
}

#[test]
fn killed_at_any_moment_the_one_or_the_other_is_in_place() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let copy = backup(&stand);
    let then = views(&stand);
    let number = stand.dossiers(ADS, |dossier| dossier.is_visible())[0];
    stand.run(&format!("exclude {number} --reason essai --by Camille")).expect(0);
    let now = views(&stand);
    assert_ne!(then, now);
    let mut is_killed = true;
    for attempt in 0_u64.. {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        command.args(["--config", "config.toml", "restore", &copy, "--yes"]).current_dir(stand.directory());
        command.env_remove("FITN_API_TOKEN").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + attempt * 12));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
        }
        is_killed &= child.wait().unwrap().code().is_none();
        let found = views(&stand);
        assert!(found == then || found == now, "attempt {attempt}");
        if !is_killed {
            assert_eq!(found, then);
            break;
        }
        if found == then {
            // It was in place already: once more from the other.
            stand.run(&format!("exclude {number} --reason essai --by Camille")).expect(0);
            assert_eq!(views(&stand)["view_exclusions"].len(), now["view_exclusions"].len());
            break;
        }
    }
    stand.run("sync").expect(0);
    assert_eq!(files(stand.directory(), "").iter().filter(|name| name.contains(".essai-")).count(), 0);
}

#[test]
fn killed_while_it_copies_nothing_counts_and_the_next_one_clears_up() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let spawn = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        command.args(["--config", "config.toml", "backup"]).current_dir(stand.directory());
        command.env_remove("FITN_API_TOKEN").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let then = views(&stand);
    for attempt in 0..8 {
        let mut child = spawn();
        std::thread::sleep(Duration::from_millis(2 + attempt * 9));
        let _ = child.kill();
        child.wait().unwrap();
        for name in files(&stand.path("backups"), ".sqlite") {
            assert_eq!(views_of(&stand.path("backups").join(&name)), then, "whatever has its name is whole");
        }
    }
    // Two at once, in whatever order: each is told or done, and nothing is lost.
    let children = [spawn(), spawn()];
    for mut child in children {
        let code = child.wait().unwrap().code();
        assert!([Some(0), Some(5)].contains(&code), "{code:?}");
    }
    let made = backup(&stand);
    assert_eq!(views_of(&stand.path(&made)), then);
    assert_eq!(files(&stand.path("backups"), "en-cours"), [] as [&str; 0]);
}

/// A backup that was stopped while it brings a content that takes a moment, as `kill -STOP` stops it; and that content.
fn stopped_amid_the_contents(stand: &Stand) -> (Beside, String) {
    let heavy = put_content(stand, 1, &vec![0; 12 << 20]);
    let kept = stand.path("backups/sauvegarde-pieces");
    for attempt in 0.. {
        let backup = Beside::run(stand, &format!("attempt-{attempt}"), "backup --json");
        eventually("contents are brought", || kept.exists());
        signal(backup.pid(), "STOP");
        if !contents_in(&kept).contains(&heavy) {
            return (backup, heavy);
        }
        // It was faster than this test: once more.
        signal(backup.pid(), "CONT");
        backup.ended().expect(0);
        std::fs::remove_dir_all(stand.path("backups")).unwrap();
    }
    unreachable!()
}

#[test]
fn a_backup_is_one_turn_until_all_that_it_refers_to_is_there() {
    let stand = with_contents(Stand::small(&[ADS]));
    stand.run("sync").expect(0);
    let (first, heavy) = stopped_amid_the_contents(&stand);
    assert_eq!(files(&stand.path("backups"), ".sqlite"), [] as [&str; 0], "it has its name once all of it is there");
    for line in ["backup", "backup ailleurs.sqlite"] {
        let refused = stand.run(line).expect(5);
        let told = format!("est déjà en cours (processus {}", first.pid());
        assert!(refused.err.contains(&told) && refused.err.contains("conseil : attendez"), "{}", refused.err);
    }
    assert!(!stand.path("ailleurs.sqlite").exists());
    signal(first.pid(), "CONT");
    let made = first.ended().expect(0).json();
    let found = contents_in(&stand.path("backups/sauvegarde-pieces"));
    assert!(found.contains(&heavy));
    assert_eq!(found, contents_of(&views_of(&stand.path(made["file"].as_str().unwrap()))));
    stand.run("backup").expect(0);
}

#[test]
fn two_databases_that_are_backed_up_into_one_directory_wait_for_each_other() {
    let (one, other) = (with_contents(Stand::small(&[ADS])), with_contents(Stand::small(&[ADS])));
    let place = one.path("backups");
    let section =
        format!("[backup]\ndirectory = \"{}\"\nkeep_daily = 1\nkeep_monthly = 1\n\n[exports]", place.display());
    other.reconfigure("[exports]", &section);
    for stand in [&one, &other] {
        stand.run("sync").expect(0);
    }
    // Something that the other one has too many of: its next backup removes some, and the contents that none refers to.
    let first = PathBuf::from(backup(&other));
    for day in ["20200101", "20200102"] {
        std::fs::copy(&first, place.join(format!("fitn-{day}T013000Z.sqlite"))).unwrap();
    }
    let aside = one.path("aside");
    std::fs::rename(&place, &aside).unwrap();
    // The first content by its name comes first: nobody else has it.
    let light = (0..u32::MAX).map(u32::to_be_bytes).find(|content| Sha256::digest(content)[0] == 0).unwrap();
    let light = put_content(&one, 0, &light);
    let (stopped, heavy) = stopped_amid_the_contents(&one);
    for name in files(&aside, ".sqlite") {
        std::fs::rename(aside.join(&name), place.join(&name)).unwrap();
    }
    let waiting = Beside::run(&other, "waiting", "backup --json");
    // Without a turn it would be over by then.
    std::thread::sleep(Duration::from_secs(2));
    signal(stopped.pid(), "CONT");
    let mine = stopped.ended().expect(0).json();
    let theirs = waiting.ended().expect(0).json();
    assert!(!theirs["removed"].as_array().unwrap().is_empty(), "{theirs}");
    let found = contents_in(&place.join("sauvegarde-pieces"));
    assert!(found.contains(&light) && found.contains(&heavy), "{found:?}");
    let of_mine = contents_of(&views_of(&one.path(mine["file"].as_str().unwrap())));
    assert!(of_mine.is_subset(&found), "{of_mine:?} {found:?}");
    assert!(contents_of(&views_of(Path::new(theirs["file"].as_str().unwrap()))).is_subset(&found));
    assert_eq!(files(&place, ".lock"), [] as [&str; 0]);
}

/// Of one that got nothing, nothing stays: not even by what others are judged.
#[test]
fn the_siret_of_an_erased_applicant_does_not_come_back_either() {
    let stand = Stand::new(&[ADS]);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.run("sync").expect(0);
    let alone = "SELECT siret FROM view_dossiers WHERE siret IS NOT NULL GROUP BY siret HAVING count(*) = 1";
    let sql = format!(
        "SELECT number, siret FROM view_dossiers WHERE state <> 'accepte' AND removed_at IS NULL AND siret IN ({alone}) ORDER BY number"
    );
    let (number, siret) = stand.query(&sql, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).remove(0);
    let old = backup(&stand);
    stand.change(|world| world.delete(number, later(1)));
    stand.run("sync").expect(0);
    stand.run("purge").expect(0);
    let found = || found_in(stand.directory(), &siret);
    assert_eq!(found(), [stand.path(&old)], "the backup of before alone has it");
    stand.run(&format!("restore {old} --yes")).expect(0);
    assert_eq!(found(), [stand.path(&old)]);
    let known = format!("SELECT count(*) FROM neighbours WHERE dossier = {number} AND siret IS NOT NULL");
    assert_eq!(stand.number(&known), 0);
}

/// What an erased dossier was is gone; what DS shows under its number afterwards is what DS shows, and no more.
#[test]
fn a_dossier_that_ds_shows_again_after_it_was_erased_is_a_new_one() {
    let stand = Stand::new(&[ADS]);
    let number = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|world| world.rename_applicant(number, MARKER));
    stand.run("sync").expect(0);
    stand.run(&format!("decide {number} --rule ADS-01 --verdict to_review --reason {MARKER} --by {MARKER}")).expect(0);
    let old = backup(&stand);
    // DS hides it long enough for what is kept of it to be erased, then shows it again.
    stand.change(|world| world.rename_applicant(number, "Commune revenue"));
    stand.change(|world| world.expire(number, later(1)));
    stand.run("sync --full").expect(0);
    stand.run("purge").expect(0);
    stand.change(|world| world.restore(number, later(10)));
    stand.run(&format!("restore {old} --yes")).expect(0);
    let erased = format!("SELECT count(*) FROM view_erasures WHERE dossier = {number}");
    assert_eq!(stand.number(&erased), 1, "it is not what the backup has of it");
    for round in 0..2 {
        stand.run("sync").expect(0);
        stand.run("sync --full").expect(0);
        stand.run("evaluate").expect(0);
        let shown = format!("SELECT applicant FROM view_dossiers WHERE number = {number} AND removed_at IS NULL");
        assert_eq!(stand.one(&shown).as_deref(), Some("Commune revenue"), "round {round}");
        assert_eq!(found_in(stand.directory(), MARKER), [stand.path(&old)], "round {round}: the backup alone has it");
        let page = stand.run(&format!("dossier {number}")).expect(0).out;
        assert!(page.contains("Commune revenue") && !page.starts_with(&format!("Dossier {number} — effacé")), "{page}");
        // Once more, from the same backup: it is erased again, and what DS shows of it is read again.
        if round == 0 {
            stand.run(&format!("restore {old} --yes")).expect(0);
        }
    }
}

#[test]
fn the_check_says_whether_a_backup_can_be_made_and_when_the_last_one_was() {
    let stand = Stand::new(&[ADS]);
    let line = |code| {
        let out = stand.run("check").expect(code).out;
        let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
        words[words.find("sauvegardes ").unwrap() - "✓ ".len()..words.find("pièces jointes").unwrap()].to_owned()
    };
    assert!(line(0).starts_with("✓ sauvegardes backups : aucune encore"), "{}", line(0));
    stand.run("sync").expect(0);
    assert!(line(0).starts_with("✓ sauvegardes backups : aucune encore"), "{}", line(0));
    let made = backup(&stand);
    assert!(line(0).starts_with("✓ sauvegardes backups : la dernière est celle du "), "{}", line(0));
    // Late by more than a day.
    let old = made.split_once('-').unwrap().0.to_owned() + "-20220101T013000Z.sqlite";
    std::fs::rename(stand.path(&made), stand.path(&old)).unwrap();
    stand.execute("DELETE FROM marks WHERE name = 'backup'");
    let late = line(1);
    assert!(late.starts_with("✗ sauvegardes la dernière sauvegarde est celle du ") && late.contains("2022"), "{late}");
    assert!(late.contains("→ « fitn backup » en fait une tout de suite"), "{late}");
    // What stands there is no directory.
    std::fs::remove_dir_all(stand.path("backups")).unwrap();
    write_atomically(&stand.path("backups"), b"precious").unwrap();
    let refused = line(2);
    assert!(refused.starts_with("✗ sauvegardes backups : ") && refused.contains("[backup] directory"), "{refused}");
}

/// The calls by which a disk changes, and how many of each are passed over in an ordinary run: some are made very often.
const CALLS: [(&str, usize); 13] = [
    ("?rename", 1),
    ("?renameat2", 1),
    ("?link", 1),
    ("?linkat", 5),
    ("?mkdir", 7),
    ("?mkdirat", 7),
    ("?unlink", 9),
    ("?unlinkat", 9),
    ("fsync", 5),
    ("fdatasync", 7),
    ("ftruncate", 5),
    ("pwrite64", 150),
    ("openat", 150),
];

/// Whether a program can be killed at a call of its own.
fn may_trace() -> bool {
    let traced = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).status();
    let is_so = traced.is_ok_and(|status| status.success());
    if !is_so {
        let told =
            "NOT TESTED: what is killed at each call to the disk; this account may not trace a program (strace)\n";
        std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
    }
    is_so
}

/// Runs the program, which is killed when it is about to make a call for the n-th time; its exit code where it made fewer.
fn killed_at(stand: &Stand, line: &str, call: &str, n: usize) -> Option<i32> {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=KILL:when={n}")]);
    command.arg(assert_cmd::cargo::cargo_bin!("fitn")).args(["--config", "config.toml"]).args(line.split(' '));
    command.current_dir(stand.directory()).env_remove("FITN_API_TOKEN").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().code()
}

/// Does something for each call to the disk, until there is no such call any more.
fn at_each_call(mut kill: impl FnMut(&str, usize) -> bool) {
    for (call, step) in CALLS {
        let step = if chance::everything() { 1 } else { step };
        let mut n = chance::draw().usize(1..=step);
        while kill(call, n) {
            n += step;
        }
    }
}

/// Copies a directory with all that is in it.
fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_restoration_that_is_killed_at_any_call_leaves_the_one_or_the_other_and_is_done_again() {
    if !may_trace() {
        return;
    }
    let stand = with_contents(Stand::small(&[ADS]));
    stand.run("sync").expect(0);
    let copy = backup(&stand);
    let then = views(&stand);
    let contents = contents_of(&then);
    let number = stand.dossiers(ADS, |dossier| dossier.is_visible())[0];
    stand.run(&format!("exclude {number} --reason essai --by Camille")).expect(0);
    let now = views(&stand);
    // The contents are lost, and what lies beside the database: the restoration has to bring them back.
    let saved = stand.path("saved");
    std::fs::create_dir(&saved).unwrap();
    std::fs::copy(stand.path("fitn.sqlite"), saved.join("fitn.sqlite")).unwrap();
    let line = format!("restore {copy} --yes");
    at_each_call(|call, n| {
        for name in files(stand.directory(), "").iter().filter(|name| name.contains("fitn.sqlite")) {
            std::fs::remove_file(stand.path(name)).unwrap();
        }
        let _ = std::fs::remove_dir_all(stand.path("fitn-pieces"));
        std::fs::copy(saved.join("fitn.sqlite"), stand.path("fitn.sqlite")).unwrap();
        let code = killed_at(&stand, &line, call, n);
        let found = views(&stand);
        assert!(found == then || found == now, "{call} {n}");
        let asides = || -> Vec<String> {
            files(stand.directory(), "").into_iter().filter(|name| name.contains(".avant-restauration-")).collect()
        };
        if found == then {
            assert_eq!(asides().len(), 1, "{call} {n}");
            assert_eq!(views_of(&stand.path(&asides()[0])), now, "{call} {n}: what was there stays beside");
        }
        if let Some(code) = code {
            assert_eq!((code, &found), (0, &then), "{call} {n}");
            return false;
        }
        stand.run(&line).expect(0);
        assert_eq!(views(&stand), then, "{call} {n}");
        assert_eq!(asides().len(), 1 + usize::from(found == then), "{call} {n}: {:?}", asides());
        assert_eq!(contents_in(&stand.path("fitn-pieces")), contents, "{call} {n}");
        let left = files(stand.directory(), "");
        let is_left = |name: &&String| name.contains(".essai-") || name.contains(".partial");
        assert_eq!(left.iter().find(is_left), None, "{call} {n}");
        true
    });
}

#[test]
fn a_backup_that_is_killed_at_any_call_leaves_whole_ones_and_the_next_one_clears_up() {
    if !may_trace() {
        return;
    }
    let stand = with_contents(Stand::small(&[ADS]));
    stand.reconfigure("[exports]", "[backup]\nkeep_daily = 1\nkeep_monthly = 1\n\n[exports]");
    stand.run("sync").expect(0);
    // Copies of long ago, with a content that nothing else has.
    let kept = stand.one("SELECT sha256 FROM attachments WHERE sha256 IS NOT NULL ORDER BY rowid LIMIT 1").unwrap();
    let gone = put_content(&stand, 0, b"de longtemps");
    let first = stand.path(&backup(&stand));
    stand.execute(&format!("UPDATE attachments SET sha256 = '{kept}' WHERE sha256 = '{gone}'"));
    let place = stand.path("backups");
    for (end, day) in
        ["", ".envois", ".sha256"].into_iter().flat_map(|end| ["20200101", "20200102"].map(|day| (end, day)))
    {
        let from = format!("{}{end}", first.display());
        std::fs::copy(from, place.join(format!("fitn-{day}T013000Z.sqlite{end}"))).unwrap();
    }
    for end in ["", ".envois", ".sha256"] {
        std::fs::remove_file(format!("{}{end}", first.display())).unwrap();
    }
    let then = views(&stand);
    let saved = stand.path("saved");
    copy_all(&place, &saved);
    at_each_call(|call, n| {
        std::fs::remove_dir_all(&place).unwrap();
        copy_all(&saved, &place);
        let code = killed_at(&stand, "backup", call, n);
        let found = contents_in(&place.join("sauvegarde-pieces"));
        for name in files(&place, ".sqlite") {
            let views = views_of(&place.join(&name));
            assert!(contents_of(&views).is_subset(&found), "{call} {n} {name}");
            assert!(name.starts_with("fitn-2020") || views == then, "{call} {n} {name}");
            for end in ["envois", "sha256"] {
                assert!(place.join(format!("{name}.{end}")).exists(), "{call} {n} {name}");
            }
        }
        assert!(code.is_none_or(|code| code == 0), "{call} {n}");
        stand.run("backup").expect(0);
        let names = files(&place, "");
        let copies = files(&place, ".sqlite");
        assert!(!copies.iter().any(|name| name.starts_with("fitn-2020")), "{call} {n}: {copies:?}");
        let beside = copies.iter().flat_map(|copy| [copy.clone(), format!("{copy}.envois"), format!("{copy}.sha256")]);
        let expected: BTreeSet<String> = beside.chain(["sauvegarde-pieces".to_owned()]).collect();
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), expected, "{call} {n}");
        assert_eq!(contents_in(&place.join("sauvegarde-pieces")), contents_of(&then), "{call} {n}");
        code.is_none()
    });
}

#[test]
fn a_service_that_starts_finds_the_restored_database() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let copy = backup(&stand);
    stand.run(&format!("restore {copy} --yes")).expect(0);
    quiet(&stand);
    let daemon: Daemon = listening(&stand);
    stand.run("sync").expect(0);
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}
