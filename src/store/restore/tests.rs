use std::fs;

use super::super::backup::tests::backup_while;
use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
use super::super::{Precaution, RemovalNotice, Tombstone, migrate};
use super::*;
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};

const NOW: &str = "2021-10-01T06:00:00Z";

/// A database with some dossiers, a copy of it, and two more dossiers since.
fn copied() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (directory, store) = store();
    let put = |number| upsert(&store, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    for number in 1..=3 {
        put(number);
    }
    let copy = directory.path().join("copie.sqlite");
    backup_while(&store, &copy, &|| true).unwrap();
    for number in 4..=5 {
        put(number);
    }
    let path = store.path().to_owned();
    (directory, path, copy)
}

fn count(database: &Path) -> u64 {
    read(&Store::open_to_read(database).unwrap(), |reader| reader.dossier_count(PROCEDURE))
}

#[test]
fn nobody_has_the_database_open_while_another_takes_its_place() {
    let (_directory, path, copy) = copied();
    let open = Store::open_to_read(&path).unwrap();
    let refused = Restoration::begin(&path, &copy, at(NOW)).unwrap_err();
    assert!(matches!(refused, RestoreError::Store(StoreError::InUse { .. })), "{refused}");
    drop(open);
    let restoration = Restoration::begin(&path, &copy, at(NOW)).unwrap();
    for refused in [Store::open(&path).unwrap_err(), Store::open_to_read(&path).unwrap_err()] {
        assert!(matches!(refused, StoreError::Restoring { .. }), "{refused}");
    }
    let refused = [
        ServiceLock::take(&path, at(NOW)).unwrap_err(),
        match Restoration::begin(&path, &copy, at(NOW)) {
            Err(RestoreError::Store(refused)) => refused,
            other => panic!("{other:?}"),
        },
    ];
    assert!(refused.iter().all(|refused| matches!(refused, StoreError::Restoring { .. })), "{refused:?}");
    let ready = restoration.prepare().unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let aside = restoration.end(&ready, at(NOW)).unwrap().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640, "whoever could read it still can");
    assert!(aside.to_string_lossy().ends_with("fitn.sqlite.avant-restauration-20211001T060000Z"), "{aside:?}");
    assert_eq!((count(&path), count(&aside)), (3, 5));
    drop(ready);
    assert_eq!((count(&path), count(&aside)), (3, 5), "a trial that took its place is not removed with its name");
}

#[test]
fn a_service_or_a_sync_keeps_its_database() {
    let (_directory, path, copy) = copied();
    let service = ServiceLock::take(&path, at(NOW)).unwrap();
    let refused = Restoration::begin(&path, &copy, at(NOW)).unwrap_err();
    assert!(matches!(refused, RestoreError::Store(StoreError::Served { .. })), "{refused}");
    drop(service);
    let sync = SyncLock::take(&path, at(NOW)).unwrap();
    let refused = Restoration::begin(&path, &copy, at(NOW)).unwrap_err();
    assert!(matches!(refused, RestoreError::Store(StoreError::Locked { .. })), "{refused}");
    drop(sync);
    Restoration::begin(&path, &copy, at(NOW)).unwrap();
}

#[test]
fn a_database_that_cannot_be_read_is_put_aside_with_its_journal() {
    let (directory, path, copy) = copied();
    crate::files::write_atomically(&path, b"abime").unwrap();
    crate::files::write_atomically(&beside(&path, "-wal"), b"journal").unwrap();
    let restoration = Restoration::begin(&path, &copy, at(NOW)).unwrap();
    assert_eq!(restoration.losses, None, "that cannot be told");
    let ready = restoration.prepare().unwrap();
    let aside = restoration.end(&ready, at(NOW)).unwrap().unwrap();
    assert_eq!(fs::read(&aside).unwrap(), b"abime");
    assert_eq!(fs::read(beside(&aside, "-wal")).unwrap(), b"journal");
    assert_eq!(count(&path), 3);
    drop(directory);
}

#[test]
fn the_name_that_an_interrupted_restoration_gave_is_the_one_that_stays() {
    let (directory, path, copy) = copied();
    let given = directory.path().join("fitn.sqlite.avant-restauration-20210930T060000Z");
    fs::hard_link(&path, &given).unwrap();
    let restoration = Restoration::begin(&path, &copy, at(NOW)).unwrap();
    let ready = restoration.prepare().unwrap();
    let aside = restoration.end(&ready, at(NOW)).unwrap().unwrap();
    assert_eq!(aside.file_name(), given.file_name());
    assert_eq!((count(&path), count(&given)), (3, 5));
    let names = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains(ASIDE)).count(), 1);
}

#[test]
fn where_there_is_nothing_the_copy_takes_the_place_alone() {
    let (directory, _path, copy) = copied();
    let path = directory.path().join("autre.sqlite");
    let restoration = Restoration::begin(&path, &copy, at(NOW)).unwrap();
    assert!(!restoration.is_there && restoration.losses == Some(Losses::default()));
    let ready = restoration.prepare().unwrap();
    assert_eq!(restoration.end(&ready, at(NOW)).unwrap(), None);
    assert_eq!(count(&path), 3);
}

#[test]
fn by_whatever_name_the_database_is_reached_its_file_is_replaced() {
    let (directory, path, copy) = copied();
    let elsewhere = directory.path().join("ailleurs");
    fs::create_dir(&elsewhere).unwrap();
    let link = elsewhere.join("lien.sqlite");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let restoration = Restoration::begin(&link, &copy, at(NOW)).unwrap();
    let ready = restoration.prepare().unwrap();
    let aside = restoration.end(&ready, at(NOW)).unwrap().unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!((count(&link), count(&path)), (3, 3));
    assert_eq!(aside.parent(), path.canonicalize().unwrap().parent());
}

#[test]
fn what_was_erased_since_is_told_by_the_lines_and_by_the_database_itself() {
    let (directory, path, copy) = copied();
    let store = Store::open(&path).unwrap();
    let notice = |number| RemovalNotice {
        number,
        procedure: PROCEDURE,
        state: DossierState::EnConstruction,
        reason: RemovalReason::Deleted,
        at: at("2021-09-04T00:00:00Z"),
    };
    for number in [1, 2] {
        write(&store, |writer| writer.dossier_remove(&notice(number), at("2021-09-04T00:00:00Z")).map(drop));
    }
    let line = store.tombstones_add(&[Erased::Dossier(notice(1)), Erased::Content("a".repeat(64))], at(NOW)).unwrap();
    write(&store, |writer| {
        // As a version of before erased: without a line.
        writer.dossier_erase(2, &[], at(NOW))?;
        writer.erased_until_put(line)
    });
    drop(store);
    let erasures = Restoration::begin(&path, &copy, at(NOW)).unwrap().erasures;
    let since = erasures.since();
    let dossiers: Vec<DossierNumber> = since.iter().filter_map(Tombstone::dossier).collect();
    assert_eq!((dossiers, since.len(), erasures.latest()), (vec![1, 2], 3, line));
    // Whoever restores a later copy has the lines done already; the database tells what it erased.
    let later = directory.path().join("plus-tard.sqlite");
    backup_while(&Store::open(&path).unwrap(), &later, &|| true).unwrap();
    let since = Restoration::begin(&path, &later, at(NOW)).unwrap().erasures.since();
    assert!(since.iter().all(|line| line.number == 0), "{since:?}");
}

#[test]
fn the_room_that_is_asked_for_holds_the_work_as_well() {
    let size = 2_200_000;
    assert!((size..size * 2).contains(&room_for(size, false, false)));
    assert!(room_for(size, true, false) > 8_200_000, "that much was needed of a real one");
    assert!(room_for(size, true, true) > room_for(size, true, false) + size);
    let large = 10_000_000_000;
    assert!(room_for(large, true, false) < large * 2);
}

#[test]
fn each_restoration_begins_an_epoch_later_than_all() {
    let (_directory, store) = store();
    assert_eq!(read(&store, |reader| reader.changes_epoch()), 0);
    let begin = |present, now: &str| {
        write(&store, |writer| writer.changes_epoch_begin(present, at(now)));
        read(&store, |reader| reader.changes_epoch())
    };
    let first = begin(0, NOW);
    assert_eq!(first, at(NOW).as_second());
    assert_eq!(begin(0, NOW), first + 1, "within a second");
    assert_eq!(begin(first + 10, "2001-01-01T00:00:00Z"), first + 11, "whatever the clock says");
}

#[test]
fn what_a_copy_has_not_is_counted_whatever_the_version_of_each() {
    let (directory, path, copy) = copied();
    let store = Store::open(&path).unwrap();
    for number in [1, 2] {
        write(&store, |writer| {
            writer.journal_insert(number, &crate::domain::journal::Act::Exclude, "Camille", "essai", at(NOW)).map(drop)
        });
    }
    drop(store);
    let losses = losses::between(&path, &copy).unwrap();
    assert_eq!(losses.acts, Lost { count: 2, last: Some(at(NOW)) });
    assert_eq!((losses.dossiers.count, losses.gone.count, losses.versions.count), (2, 0, 2));
    let (acts, dossiers, versions) = (Lost::default(), Lost::default(), Lost::default());
    assert_eq!(Losses { dossiers, versions, acts, ..losses }, Losses::default());
    assert!(losses::between(&copy, &path).unwrap().are_none());
    // Of before there was an outbox, and of after this version.
    let old = directory.path().join("ancienne.sqlite");
    let mut connection = connect(&old, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    migrate::to_version(&mut connection, 5, &old).unwrap();
    drop(connection);
    assert_eq!(losses::between(&path, &old).unwrap().acts.count, 2);
    let newer = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    assert_eq!(losses::between(&path, &copy).unwrap().acts.count, 2);
    drop(directory);
}

/// A copy of a database of every version is known as one, and becomes a database of this one.
#[test]
fn a_copy_of_every_version_is_restored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    for version in (1..=migrate::newest()).filter(|version| *version != migrate::moving_version()) {
        let old = directory.path().join(format!("schema-{version}.sqlite"));
        let mut connection = connect(&old, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
        migrate::to_version(&mut connection, version, &old).unwrap();
        drop(connection);
        let restoration = Restoration::begin(&path, &old, at(NOW)).unwrap();
        assert_eq!(restoration.candidate.version, version);
        let ready = restoration.prepare().unwrap();
        drop(Store::open_with(ready.path(), Precaution::Without).unwrap());
        restoration.end(&ready, at(NOW)).unwrap();
        assert_eq!(migrate::version(&access::alone(&path).unwrap(), &path).unwrap(), migrate::newest());
    }
}
