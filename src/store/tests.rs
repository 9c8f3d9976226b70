mod about;
mod dossiers;
mod erasures;
mod migrations;
mod plans;
mod syncs;
pub(super) mod views;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use jiff::Timestamp;

use super::*;
use crate::domain::champ::{ChampKind, ChampRow};
use crate::domain::dossier::{Applicant, Attestation, Dossier, DossierState, RemovalReason};
use crate::domain::journal::Act;
use crate::domain::programme::Programme;
use crate::files::{ScratchError, Written};

pub(super) const PROCEDURE: i64 = 12;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("fitn.sqlite")).unwrap();
    write(&store, |writer| writer.procedure_declare(PROCEDURE, Programme::Axe3V1Ads));
    (directory, store)
}

pub(super) fn write<T>(store: &Store, work: impl FnOnce(&Writer<'_>) -> Result<T, StoreError>) -> T {
    store.write(work).unwrap()
}

pub(super) fn read<T>(store: &Store, work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).unwrap()
}

pub(super) fn dossier(number: i64, state: DossierState) -> Dossier {
    Dossier {
        number,
        state,
        archived: Some(false),
        deposited_at: at("2021-09-01T08:00:00Z"),
        updated_at: at("2021-09-02T08:00:00Z"),
        instructed_at: None,
        treated_at: None,
        motivation: None,
        group: None,
        applicant: Applicant::Unknown { type_name: "X".to_owned() },
        champs: Vec::new(),
        annotations: Vec::new(),
        opinions: Vec::new(),
        labels: None,
        attestation: None,
        not_given: Vec::new(),
    }
}

pub(super) fn upsert(store: &Store, dossier: &Dossier, content: u8, now: &str) -> Upsert {
    let champs = [ChampRow {
        kind: ChampKind::Champ,
        champ_id: "Q2hhbXAtMQ==".to_owned(),
        descriptor_id: "Q2hhbXAtMQ==".to_owned(),
        label: "Objet".to_owned(),
        type_name: "TextChamp".to_owned(),
        row_id: None,
        value: Some(format!("version {content}")),
    }];
    let raw = format!("{{\"number\":{},\"content\":{content}}}", dossier.number);
    let record =
        DossierRecord { procedure: PROCEDURE, dossier, champs: &champs, raw: &raw, content_hash: [content; 32] };
    write(store, |writer| writer.dossier_upsert(&record, at(now)))
}

fn remove(store: &Store, reason: RemovalReason, now: &str) {
    let notice = RemovalNotice {
        number: 7,
        procedure: PROCEDURE,
        state: DossierState::Accepte,
        reason,
        at: at("2021-01-01T00:00:00Z"),
    };
    write(store, |writer| writer.dossier_remove(&notice, at(now)));
}

/// What is marked, and as evaluation does, it is looked at and taken from the queue.
fn looked_at(store: &Store) -> Vec<i64> {
    let unread = read(store, |reader| reader.dirty_unread(100));
    write(store, |writer| {
        for number in &unread {
            writer.dirty_read(*number)?;
            assert!(writer.dirty_take(*number)?);
            assert!(!writer.dirty_take(*number)?);
        }
        Ok(())
    });
    unread
}

pub(super) fn columns(store: &Store, view: &str) -> Vec<String> {
    read(store, |reader| {
        let statement = reader.connection.0.prepare(&format!("SELECT * FROM {view}"))?;
        Ok(statement.column_names().into_iter().map(str::to_owned).collect())
    })
}

#[test]
fn the_views_have_the_promised_columns() {
    let (_directory, store) = store();
    for (view, promised) in [
        (
            "view_dossiers",
            "number procedure programme state deposited_at updated_at siret applicant code_insee departement population \
             status eligible_expenses_cents computed_cents granted_cents engaged_cents paid_cents removed_at removed_reason \
             excluded_at counted_cents",
        ),
        ("view_champs", "dossier kind champ_id descriptor_id label type row_id value"),
        ("view_verdicts", "dossier rule kind verdict explanation citation decided_by"),
        (
            "view_sync_runs",
            "id started_at finished_at trigger outcome pages dossiers_seen dossiers_changed quarantined error",
        ),
        ("view_quarantine", "dossier procedure since reason"),
        ("view_exports", "id kind period created_at sha256 path format revision withdrawn_at"),
        ("view_withdrawals", "id kind period revision at person reason files"),
        (
            "view_attachments",
            "dossier kind champ_id row_id label filename content_type byte_size checksum created_at virus_scan state sha256 \
             reason settled_at",
        ),
    ] {
        assert_eq!(columns(&store, view), promised.split_whitespace().collect::<Vec<_>>(), "{view}");
    }
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let (_directory, store) = store();
    let outcome: Result<(), StoreError> = store.write(|writer| {
        writer.run_begin("manual", at("2021-09-01T00:00:00Z"))?;
        Err(StoreError::DiskFull { path: store.path().to_owned() })
    });
    assert!(outcome.is_err());
    assert!(read(&store, |reader| reader.runs(10)).is_empty());
}

#[test]
fn a_second_sync_is_told_who_holds_the_lock() {
    let (directory, store) = store();
    let since = at("2021-09-01T00:00:00Z");
    let held = store.sync_lock(since).unwrap();
    let other = Store::open(&directory.path().join("fitn.sqlite")).unwrap();
    let error = other.sync_lock(since).unwrap_err();
    assert!(matches!(&error, StoreError::Locked { holder: Some(holder) } if holder.pid == std::process::id()));
    assert!(error.to_string().contains("depuis le 01/09/2021 à 02:00"), "{error}");
    drop(held);
    assert!(other.sync_lock(since).is_ok());
}

#[test]
fn a_database_that_is_not_ours_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    std::fs::File::create(&text).and_then(|mut file| std::io::Write::write_all(&mut file, &[b'x'; 4096])).unwrap();
    assert!(matches!(Store::open(&text), Err(StoreError::NotADatabase { .. })));
    let foreign = directory.path().join("other.sqlite");
    connect(&foreign, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
        .and_then(|connection| connection.execute_batch("CREATE TABLE recipes (name TEXT)"))
        .unwrap();
    assert!(matches!(Store::open(&foreign), Err(StoreError::NotADatabase { .. })));
    let newer = directory.path().join("newer.sqlite");
    drop(Store::open(&newer).unwrap());
    connect(&newer, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| connection.pragma_update(None, "user_version", 999))
        .unwrap();
    assert!(matches!(Store::open(&newer), Err(StoreError::Newer { found: 999, .. })));
    assert!(matches!(Store::open(&directory.path().join("none/fitn.sqlite")), Err(StoreError::NoDirectory { .. })));
}

#[test]
fn lists_are_kept_once_and_found_again() {
    let (_directory, store) = store();
    let now = at("2021-10-01T04:00:00Z");
    let keep = |period: &str, revision: u32| {
        let export = NewExport {
            kind: "monthly-list".to_owned(),
            period: period.to_owned(),
            revision,
            format: "json".to_owned(),
            file_name: "liste.json".to_owned(),
            path: "exports/liste.json".to_owned(),
            says: format!("{period} {revision}"),
        };
        let content = written(format!("{period} {revision}").as_bytes());
        store.write(|writer| writer.export_keep(&export, &content, now))
    };
    keep("2021-08", 0).unwrap();
    keep("2021-08", 1).unwrap();
    keep("2021-10", 0).unwrap();
    assert!(keep("2021-08", 1).is_err());
    let previous = |period: &str, revision: u32| {
        read(&store, |reader| reader.export_previous("monthly-list", period, revision, "json")).map(|kept| {
            (kept.period, kept.revision, kept.content.map(|content| String::from_utf8(bytes(&content)).unwrap()))
        })
    };
    let kept = |period: &str, revision: u32| Some((period.to_owned(), revision, Some(format!("{period} {revision}"))));
    assert_eq!(previous("2021-08", 0), None);
    assert_eq!(previous("2021-08", 1), kept("2021-08", 0));
    assert_eq!(previous("2021-09", 0), kept("2021-08", 1));
    assert_eq!(read(&store, |reader| reader.export_latest_revision("monthly-list", "2021-08")), Some(1));
    assert_eq!(read(&store, |reader| reader.export_files("monthly-list", "2021-10", 0)).len(), 1);
    let says = |revision| read(&store, |reader| reader.export_says("monthly-list", "2021-08", revision));
    assert_eq!((says(1).as_deref(), says(2)), (Some("2021-08 1"), None));
    // What is damaged keeps its place, and is given to nobody.
    let damage = "UPDATE export_pieces SET content = (
        SELECT p.content FROM export_pieces p JOIN exports e ON e.id = p.export WHERE e.revision = 0)
        WHERE export = (SELECT id FROM exports WHERE revision = 1)";
    store.write::<_, StoreError>(|writer| Ok(writer.transaction.execute(damage, [])?)).unwrap();
    assert_eq!(previous("2021-09", 0), Some(("2021-08".to_owned(), 1, None)));
    let files = read(&store, |reader| reader.export_files("monthly-list", "2021-08", 1));
    assert_eq!(files.len(), 1);
    assert!(read(&store, |reader| reader.export_content(&files[0])).is_none());
}

/// A file with these bytes.
pub(super) fn written(bytes: &[u8]) -> Written {
    Written::by::<ScratchError>(|out| Ok(out.write_all(bytes)?)).unwrap()
}

fn bytes(file: &Written) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.bytes().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_large_file_is_kept_in_pieces_and_comes_out_whole() {
    let (_directory, store) = store();
    // Nothing that could be made smaller.
    let mut state = 1_u64;
    let large: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(700_000)
    .collect();
    for (format, content) in [("xlsx", large.as_slice()), ("csv", b"")] {
        let export = NewExport {
            kind: "monthly-list".to_owned(),
            period: "2021-08".to_owned(),
            revision: 0,
            format: format.to_owned(),
            file_name: format!("liste.{format}"),
            path: String::new(),
            says: String::new(),
        };
        write(&store, |writer| writer.export_keep(&export, &written(content), at("2021-10-01T04:00:00Z")));
    }
    let count =
        |sql: &str| -> i64 { read(&store, |reader| Ok(reader.connection.query_row(sql, [], |row| row.get(0))?)) };
    assert_eq!(count("SELECT count(*) FROM export_pieces"), 4);
    assert_eq!(count("SELECT max(length(content)) FROM export_pieces"), 1 << 18);
    let files = read(&store, |reader| reader.export_files("monthly-list", "2021-08", 0));
    let whole = |at: usize| read(&store, |reader| reader.export_content(&files[at])).map(|file| bytes(&file));
    assert_eq!((whole(0), whole(1)), (Some(large), Some(Vec::new())));
    // One that lacks a piece is none.
    for sql in ["DELETE FROM export_pieces WHERE piece = 1", "DELETE FROM export_pieces"] {
        store.write::<_, StoreError>(|writer| Ok(writer.transaction.execute(sql, [])?)).unwrap();
        assert_eq!(whole(0), None);
    }
}

#[test]
fn alerts_stay_until_their_cause_is_gone() {
    let (_directory, store) = store();
    let now = at("2021-09-01T00:00:00Z");
    write(&store, |writer| {
        writer.alert_raise("mapping:1", "a", "corrigez a", now)?;
        writer.alert_raise("mapping:1", "b", "corrigez b", at("2021-09-02T00:00:00Z"))?;
        writer.alert_raise("mapping:2", "c", "", now)?;
        writer.alert_raise("token", "d", "", now)?;
        writer.alerts_settle("mapping:", &["mapping:1".to_owned()])
    });
    let alerts = store.read::<_, StoreError>(|reader| reader.alerts()).unwrap();
    let keys: BTreeSet<&str> = alerts.iter().map(|alert| alert.key.as_str()).collect();
    assert_eq!(keys, BTreeSet::from(["mapping:1", "token"]));
    let Alert { message, hint, raised_at, .. } = &alerts[0];
    assert_eq!((message.as_str(), hint.as_str(), *raised_at), ("b", "corrigez b", now), "since the first time");
}

#[test]
fn who_only_reads_neither_writes_nor_waits_nor_migrates() {
    let (directory, store) = store();
    let path = directory.path().join("fitn.sqlite");
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    let reader = Store::open_to_read(&path).unwrap();
    let refused = reader.write(|writer| writer.run_begin("manual", at("2021-09-01T00:00:00Z")));
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
    let count = |store: &Store| read(store, |reader| reader.dossier_count(PROCEDURE));
    store
        .write::<_, StoreError>(|writer| {
            writer.procedure_declare(13, Programme::Axe2V4)?;
            assert_eq!(count(&reader), 1, "while somebody writes");
            Ok(())
        })
        .unwrap();
    drop(store);
    assert_eq!(count(&reader), 1);

    assert!(matches!(Store::open_to_read(&directory.path().join("none")), Err(StoreError::Missing { .. })));
    let begun = directory.path().join("begun");
    connect(&begun, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
        .and_then(|connection| connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); DROP TABLE t"))
        .unwrap();
    assert!(matches!(Store::open_to_read(&begun), Err(StoreError::Missing { .. })), "nothing was ever in it");
    connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| connection.pragma_update(None, "user_version", 3))
        .unwrap();
    let older = Store::open_to_read(&path).unwrap_err();
    assert!(matches!(older, StoreError::Older { found: 3, .. }));
    assert!(older.hint().contains("fitn evaluate"));
}

#[test]
fn an_alert_is_taken_back_by_its_whole_key() {
    let (_directory, store) = store();
    write(&store, |writer| {
        writer.alert_raise("sync:123", "a", "", at("2021-09-01T00:00:00Z"))?;
        writer.alert_raise("sync:1234", "b", "", at("2021-09-01T00:00:00Z"))?;
        writer.alert_settle("sync:123")
    });
    let alerts = read(&store, |reader| reader.alerts());
    assert_eq!(alerts.iter().map(|alert| alert.key.as_str()).collect::<Vec<_>>(), ["sync:1234"]);
}
