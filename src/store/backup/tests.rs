use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::Precaution;
use super::super::tests::{dossier, store, upsert, write};
use super::*;
use crate::domain::dossier::DossierState;

const NOW: &str = "2021-10-01T00:30:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn backup(store: &Store, file: &Path) -> Result<MadeCopy, BackupError> {
    backup_while(store, file, &|| true)
}

/// A copy from its beginning to its end.
pub(in crate::store) fn backup_while(store: &Store, file: &Path, goes_on: GoesOn<'_>) -> Result<MadeCopy, BackupError> {
    let turn = store.backup_turn(directory_of(file), now(), goes_on)?;
    store.backup(&turn, file, goes_on)?.keep()
}

/// The names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn rows(path: &Path) -> Inventory {
    Inventory::read(&super::super::access::alone(path).unwrap()).unwrap()
}

#[test]
fn a_copy_is_one_file_for_its_owner_that_holds_what_the_database_holds() {
    let (directory, store) = store();
    for number in 1..=5 {
        upsert(&store, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    }
    let file = directory.path().join("copie.sqlite");
    let made = backup(&store, &file).unwrap();
    assert_eq!((made.dossiers, made.bytes), (5, fs::metadata(&file).unwrap().len()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let live = store.access.connect(&store.path).unwrap();
    assert_eq!(Inventory::read(&live).unwrap(), rows(&file));
    let left: Vec<String> = names(directory.path()).into_iter().filter(|name| name.contains("copie")).collect();
    assert_eq!(left, ["copie.sqlite", "copie.sqlite.sha256"], "nothing else lies beside it");
    assert_eq!(checksum_of(&file).unwrap(), Some(sha256_of(&file).unwrap()));
    // It is a database like any other.
    let copy = Store::open_to_read(&file).unwrap();
    assert_eq!(copy.read::<_, StoreError>(|reader| reader.dossier_count(super::super::tests::PROCEDURE)).unwrap(), 5);
}

/// Stops the other thread, also when this one fails.
struct Stop<'a>(&'a std::sync::atomic::AtomicBool);
impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn while_somebody_writes_without_pause_the_copy_is_that_of_one_moment() {
    let (directory, store) = store();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            let writes = Store::open(store.path()).unwrap();
            writes.hurry();
            // Each transaction adds one of each: a copy of one moment has as many of the one as of the other.
            for number in 1_i64.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                upsert(&writes, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
                // Locks are not handed over: whoever waits needs a moment.
                std::thread::sleep(LOOKED);
            }
        });
        for attempt in 0..3 {
            let file = directory.path().join(format!("copie-{attempt}.sqlite"));
            let made = backup(&store, &file).unwrap();
            let copy = super::super::access::alone(&file).unwrap();
            let champs: i64 = copy.query_row("SELECT count(*) FROM champs", [], |row| row.get(0)).unwrap();
            assert_eq!(champs.unsigned_abs(), made.dossiers);
        }
    });
}

#[test]
fn what_stands_there_is_not_replaced_and_what_is_no_directory_is_told() {
    let (directory, store) = store();
    let at = |name: &str| directory.path().join(name);
    crate::files::write_atomically(&at("copie.sqlite"), b"precious").unwrap();
    std::os::unix::fs::symlink(at("nothing"), at("link.sqlite")).unwrap();
    fs::create_dir(at("place")).unwrap();
    assert!(matches!(backup(&store, &at("copie.sqlite")), Err(BackupError::Exists { .. })));
    assert!(matches!(backup(&store, &at("link.sqlite")), Err(BackupError::Exists { .. })));
    assert!(matches!(backup(&store, &at("place")), Err(BackupError::IsDirectory { .. })));
    assert!(matches!(backup(&store, &at("absent/copie.sqlite")), Err(BackupError::NoDirectory { .. })));
    assert!(matches!(backup(&store, &at("copie.sqlite/copie.sqlite")), Err(BackupError::NoDirectory { .. })));
    assert!(matches!(backup(&store, store.path()), Err(BackupError::Exists { .. })));
    assert_eq!(fs::read(at("copie.sqlite")).unwrap(), b"precious");
    assert!(names(directory.path()).iter().all(|name| !name.contains("en-cours")));
}

#[test]
fn one_copy_is_made_at_a_time_and_what_a_killed_one_left_is_cleared() {
    let (directory, store) = store();
    let at = |name: &str| directory.path().join(name);
    let left = [".fitn.sqlite.0123456789abcdef.copie-en-cours", ".fitn.sqlite.0123456789abcdef.copie-en-cours-journal"];
    let foreign = [
        ".fitn.sqlite.0123456789abcde.copie-en-cours",
        ".autre.sqlite.0123456789abcdef.copie-en-cours",
        ".fitn.sqlite.0123456789abcdef.copie-en-cours.bak",
    ];
    for name in left.iter().chain(&foreign) {
        crate::files::write_atomically(&at(name), b"").unwrap();
    }
    let turn = store.backup_turn(directory.path(), now(), &|| true).unwrap();
    let refused = backup(&store, &at("copie.sqlite")).unwrap_err();
    assert!(matches!(refused, BackupError::Store(StoreError::BackingUp { .. })) && refused.is_passing(), "{refused}");
    drop(turn);
    backup(&store, &at("copie.sqlite")).unwrap();
    let names = names(directory.path());
    assert!(left.iter().all(|name| !names.contains(&(*name).to_owned())), "{names:?}");
    assert!(foreign.iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
}

#[test]
fn a_directory_is_for_one_backup_at_a_time_whatever_the_database() {
    let ((_one, first), (_other, second)) = (store(), store());
    let place = tempfile::tempdir().unwrap();
    let turn = first.backup_turn(place.path(), now(), &|| true).unwrap();
    let asked = Cell::new(0);
    let stopped = second.backup_turn(place.path(), now(), &|| {
        asked.set(asked.get() + 1);
        asked.get() < 3
    });
    assert!(matches!(stopped, Err(BackupError::Stopped)) && asked.get() == 3, "{stopped:?}");
    drop(turn);
    drop(second.backup_turn(place.path(), now(), &|| true).unwrap());
    assert_eq!(names(place.path()), [] as [String; 0]);
}

#[test]
fn what_is_stopped_leaves_nothing() {
    let (directory, store) = store();
    write(&store, |writer| {
        // Enough that whoever waits is asked.
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
             INSERT INTO marks (name, value) SELECT 'n' || i, hex(randomblob(20)) FROM n";
        Ok(writer.transaction.execute(sql, [])?)
    });
    let asked = Cell::new(0);
    let stopped = backup_while(&store, &directory.path().join("copie.sqlite"), &|| {
        asked.set(asked.get() + 1);
        false
    });
    // A machine that copies all of it before it asks for the first time has nothing to stop.
    assert!(matches!(stopped, Err(BackupError::Stopped)) || (asked.get() == 0 && stopped.is_ok()), "{stopped:?}");
    assert!(names(directory.path()).iter().all(|name| !name.contains("en-cours")));
}

#[test]
fn a_copy_that_differs_or_is_damaged_does_not_count() {
    let (directory, store) = store();
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    let file = directory.path().join("copie.sqlite");
    backup(&store, &file).unwrap();
    let here = rows(&file);
    assert_eq!(here.difference(&here), None);
    let change = |sql: &str| {
        let connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        (here.difference(&rows(&file)), fault(&connection).unwrap())
    };
    let (difference, fault) = change("DELETE FROM dossiers");
    assert_eq!(difference.unwrap(), "table « dossiers » : 0 lignes au lieu de 1");
    assert!(fault.unwrap().contains("renvoie à une ligne"), "its versions refer to it");
    assert!(change("DROP VIEW view_alerts").0.unwrap().starts_with("ses tables"));
    assert!(change("PRAGMA user_version = 3").0.unwrap().starts_with("schéma 3"));
}

#[test]
fn a_disk_that_is_too_small_is_told_before_anything_is_written() {
    let error = BackupError::NoRoom { directory: "/srv/sauvegardes".into(), needed: 3 << 30, free: 1 << 20 };
    let said =
        "le disque de /srv/sauvegardes n’a pas la place d’une sauvegarde : il faut 3\u{202f}072 Mio, il en reste 1";
    assert_eq!(error.to_string(), said);
    assert!(!error.is_passing() && !error.is_usage() && error.hint().contains("libérez"));
}

#[test]
fn a_database_of_before_is_copied_before_its_tables_change() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    let backups = directory.path().join("backups");
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    let before = migrate::newest() - 1;
    migrate::to_version(&mut connection, before, &path).unwrap();
    drop(connection);
    // What stands there keeps the directory from being made.
    crate::files::write_atomically(&backups, b"").unwrap();
    let precaution = Precaution::Copy { directory: &backups, now: now() };
    let refused = Store::open_with(&path, precaution).unwrap_err();
    assert!(matches!(refused, StoreError::NoCopyBefore { .. }) && refused.hint().contains("[backup]"), "{refused}");
    let version = |path: &Path| migrate::version(&super::super::access::alone(path).unwrap(), path).unwrap();
    assert_eq!(version(&path), before);
    fs::remove_file(&backups).unwrap();
    drop(Store::open_with(&path, precaution).unwrap());
    let name = format!("fitn-20211001T003000Z-avant-schema-{}.sqlite", migrate::newest());
    assert_eq!(names(&backups), [name.clone(), format!("{name}.sha256")]);
    assert_eq!((version(&backups.join(name)), version(&path)), (before, migrate::newest()));
    // Nothing is to be done the next time, nor for a new database.
    drop(Store::open_with(&path, precaution).unwrap());
    drop(Store::open_with(&directory.path().join("new.sqlite"), precaution).unwrap());
    assert_eq!(names(&backups).len(), 2);
}
