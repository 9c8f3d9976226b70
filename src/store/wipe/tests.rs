use std::path::Path;

use super::super::migrate;
use super::super::place::beside;
use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
use super::super::{DossierRecord, Precaution, RemovalNotice, Writer};
use super::*;
use crate::domain::champ::{ChampKind, ChampRow};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::programme::Programme;

const NOW: &str = "2021-09-03T00:00:00Z";

/// Numbers that look drawn, the same at each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn text(&mut self, word: &str, most: u64) -> String {
        word.repeat(usize::try_from(self.below(most) + 1).unwrap())
    }
}

/// A word that only what is known of a dossier has.
fn word(number: DossierNumber) -> String {
    format!("Zébuline{number:06}.")
}

/// Puts another content of a dossier, with champs and an alert that have its word.
fn put(writer: &Writer<'_>, number: DossierNumber, draw: &mut Draw) -> Result<(), StoreError> {
    let champ = |position: u64, value: String| ChampRow {
        kind: ChampKind::Champ,
        champ_id: position.to_string(),
        descriptor_id: String::new(),
        label: "Objet".to_owned(),
        type_name: "TextChamp".to_owned(),
        row_id: None,
        value: Some(value),
    };
    let champs: Vec<ChampRow> =
        (0..draw.below(25) + 5).map(|position| champ(position, draw.text(&word(number), 40))).collect();
    let hash = std::array::from_fn(|_| u8::try_from(draw.below(256)).unwrap());
    let raw = format!("{{\"number\":{number},\"text\":\"{}\"}}", draw.below(u64::MAX >> 33));
    let dossier = dossier(number, DossierState::EnInstruction);
    let record =
        DossierRecord { procedure: PROCEDURE, dossier: &dossier, champs: &champs, raw: &raw, content_hash: hash };
    writer.dossier_upsert(&record, at(NOW))?;
    let message = draw.text(&word(number), 90);
    writer.alert_raise(&format!("essai:{}:{number}", draw.below(3)), &message, "", at(NOW))
}

fn erase(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let notice = RemovalNotice {
        number,
        procedure: PROCEDURE,
        state: DossierState::EnInstruction,
        reason: RemovalReason::Deleted,
        at: at(NOW),
    };
    writer.dossier_remove(&notice, at(NOW))?;
    writer.dossier_erase(number, &[], at(NOW))
}

/// Those of the dossiers whose word can be read in the file or its journal.
fn legible(database: &Path, numbers: &[DossierNumber]) -> Vec<DossierNumber> {
    let mut bytes = std::fs::read(database).unwrap();
    bytes.extend(std::fs::read(beside(database, "-wal")).unwrap_or_default());
    let is_in = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    numbers.iter().copied().filter(|number| is_in(word(*number).as_bytes())).collect()
}

fn assert_whole(store: &Store) {
    let told = read(store, |reader| {
        Ok(reader.connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?)
    });
    assert_eq!(told, "ok");
    let broken = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(read(store, |reader| Ok(reader.connection.query_row(broken, [], |row| row.get::<_, i64>(0))?)), 0);
}

/// What the file says now: a connection that has read nothing since says what it said then.
fn pragma(store: &Store, name: &str) -> i64 {
    read(store, |reader| {
        reader.dossier_count(PROCEDURE)?;
        Ok(reader.connection.0.pragma_query_value(None, name, |row| row.get(0))?)
    })
}

#[test]
fn sqlite_is_built_so_that_its_pages_can_be_reached() {
    let (_directory, store) = store();
    assert!(reaches_pages(&store.writer().unwrap()), "the flags of .cargo/config.toml");
    assert_eq!(pragma(&store, "auto_vacuum"), INCREMENTAL);
}

#[test]
fn no_word_of_what_was_erased_is_left_and_every_word_of_the_rest() {
    for seed in 0..4 {
        let (_directory, store) = store();
        let mut draw = Draw(seed);
        for round in 0..6 {
            write(&store, |writer| {
                for _ in 0..40 {
                    let number = i64::try_from(draw.below(if round == 0 { 400 } else { 120 })).unwrap() + 1;
                    put(writer, number, &mut draw)?;
                }
                Ok(())
            });
        }
        let known: Vec<DossierNumber> = read(&store, |reader| reader.dossiers_shown(PROCEDURE));
        let (erased, kept): (Vec<_>, Vec<_>) = known.iter().copied().partition(|_| draw.below(4) == 0);
        // Another program, which does not wipe what it replaces.
        write(&store, |writer| {
            writer.transaction.0.pragma_update(None, "secure_delete", false)?;
            writer.transaction.execute("UPDATE champs SET value = substr(value, 1, 30) WHERE id % 2 = 0", [])?;
            writer.transaction.0.pragma_update(None, "secure_delete", true)?;
            Ok(())
        });
        for number in &erased {
            write(&store, |writer| erase(writer, *number));
        }
        assert!(!legible(store.path(), &erased).is_empty());
        assert_eq!(store.wipe_with(|_| {}).unwrap(), Wiped::Whole);
        assert_eq!(legible(store.path(), &erased), [] as [DossierNumber; 0], "seed {seed}");
        assert_eq!(legible(store.path(), &kept), kept);
        assert_eq!(pragma(&store, "freelist_count"), 0);
        assert_whole(&store);
    }
}

/// A copy of a row that SQLite itself leaves: not every byte is that of a row that was deleted.
#[test]
fn what_a_row_left_behind_when_it_moved_is_wiped_too() {
    let (_directory, store) = store();
    write(&store, |writer| put(writer, 7, &mut Draw(7)));
    write(&store, |writer| erase(writer, 7));
    assert_eq!(store.wipe_with(|_| {}).unwrap(), Wiped::Whole);
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'champs'";
    let page = write(&store, |writer| {
        let root: i64 = writer.transaction.query_row(root, [], |row| row.get(0))?;
        let sql = "SELECT data FROM sqlite_dbpage WHERE pgno = ?1";
        let mut page: Vec<u8> = writer.transaction.query_row(sql, [root], |row| row.get(0))?;
        page[2000..2000 + word(7).len()].copy_from_slice(word(7).as_bytes());
        writer.transaction.execute("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1", params![root, page])?;
        Ok(root)
    });
    assert!(page > 2);
    assert_eq!(legible(store.path(), &[7]), [7]);
    assert_eq!(store.wipe_with(|_| {}).unwrap(), Wiped::Whole);
    assert_eq!(legible(store.path(), &[7]), [] as [DossierNumber; 0]);
    assert_whole(&store);
}

/// A store with as many pages as several steps take away, and look at.
fn large() -> (tempfile::TempDir, Store) {
    let (directory, store) = store();
    write(&store, |writer| {
        for number in 1..=40 {
            upsert_large(writer, number)?;
        }
        Ok(())
    });
    write(&store, |writer| (1..=25).try_for_each(|number| erase(writer, number)));
    (directory, store)
}

fn upsert_large(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let mut draw = Draw(number.unsigned_abs());
    let raw: String = (0..120_000).map(|_| char::from(b'!' + u8::try_from(draw.below(90)).unwrap())).collect();
    let dossier = dossier(number, DossierState::EnInstruction);
    let hash = [u8::try_from(number).unwrap(); 32];
    let record = DossierRecord { procedure: PROCEDURE, dossier: &dossier, champs: &[], raw: &raw, content_hash: hash };
    writer.dossier_upsert(&record, at(NOW)).map(drop)
}

#[test]
fn whoever_writes_meanwhile_passes_between_two_steps() {
    let (_directory, store) = large();
    let before = pragma(&store, "page_count");
    let mut steps = 0_u8;
    let wiped = store.wipe_with(|_| {
        steps += 1;
        write(&store, |writer| writer.alert_raise(&format!("acte:{steps}"), "", "", at(NOW)));
    });
    assert_eq!(wiped.unwrap(), Wiped::Whole);
    assert!(steps > 3, "{steps} steps");
    assert_eq!(read(&store, |reader| reader.alerts()).len(), usize::from(steps));
    assert!(pragma(&store, "page_count") < before / 2, "{before} pages before");
    assert_whole(&store);
}

#[test]
fn whoever_reads_all_the_while_keeps_the_journal_and_it_is_emptied_the_next_time() {
    let (_directory, store) = store();
    upsert(&store, &dossier(7, DossierState::EnInstruction), 1, NOW);
    read(&store, |reader| {
        reader.dossier_count(PROCEDURE)?;
        write(&store, |writer| put(writer, 8, &mut Draw(8)));
        write(&store, |writer| erase(writer, 8));
        let mut acts = 0;
        let wiped = store.wipe_with(|_| {
            acts += 1;
            write(&store, |writer| writer.alert_raise("acte", "", "", at(NOW)));
        });
        assert_eq!(wiped?, Wiped::Read);
        assert!(acts > TRIES, "it keeps nobody from writing");
        Ok(())
    });
    assert!(read(&store, |reader| reader.is_rewrite_due()));
    assert_eq!(store.wipe_with(|_| {}).unwrap(), Wiped::Whole);
    assert!(!read(&store, |reader| reader.is_rewrite_due()));
    assert_eq!(legible(store.path(), &[8]), [] as [DossierNumber; 0]);
}

#[test]
fn a_file_of_an_older_version_is_rewritten_once_and_then_shrinks_in_steps() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fitn.sqlite");
    let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    migrate::to_latest(&mut connection, &path, Precaution::Without).unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    assert_eq!(pragma(&store, "auto_vacuum"), 0);
    write(&store, |writer| {
        writer.procedure_declare(PROCEDURE, Programme::Axe3V1Ads)?;
        (1..=30).try_for_each(|number| put(writer, number, &mut Draw(3)))
    });
    for number in [7, 8] {
        write(&store, |writer| erase(writer, number));
        assert_eq!(store.wipe_with(|_| {}).unwrap(), Wiped::Whole);
        assert_eq!(legible(&path, &[number]), [] as [DossierNumber; 0]);
        assert_eq!(pragma(&store, "auto_vacuum"), INCREMENTAL);
    }
    assert_eq!(legible(&path, &[1, 30]), [1, 30]);
    assert_whole(&store);
}

#[test]
fn who_only_reads_wipes_nothing() {
    let (_directory, store) = store();
    let reader = Store::open_to_read(store.path()).unwrap();
    assert!(matches!(reader.wipe(), Err(StoreError::ReadOnly { .. })));
}
