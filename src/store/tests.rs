mod migrations;
mod plans;
pub(super) mod views;

use std::collections::BTreeSet;

use super::*;
use crate::domain::champ::{ChampKind, ChampRow};
use crate::domain::dossier::{Applicant, Attestation, Dossier, DossierState, RemovalReason};
use crate::domain::journal::Act;
use crate::domain::programme::Programme;
use crate::domain::text::hexadecimal;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

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
fn an_unchanged_dossier_costs_no_write() {
    let (_directory, store) = store();
    let dossier = dossier(7, DossierState::EnConstruction);
    assert_eq!(upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z"), Upsert::New);
    let changes = |store: &Store| store.writer().unwrap().total_changes();
    let before = changes(&store);
    assert_eq!(upsert(&store, &dossier, 1, "2021-09-04T00:00:00Z"), Upsert::Unchanged);
    assert_eq!(changes(&store), before);
    assert_eq!(upsert(&store, &dossier, 2, "2021-09-05T00:00:00Z"), Upsert::Changed);
}

#[test]
fn a_snapshot_shows_what_was_known_and_the_earliest_version_before_that() {
    let (_directory, store) = store();
    let dossier = dossier(7, DossierState::EnConstruction);
    upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z");
    upsert(&store, &dossier, 2, "2021-09-05T00:00:00Z");
    let content = |instant: &str| {
        read(&store, |reader| {
            let entries = reader.snapshot(PROCEDURE, at(instant))?;
            reader.version(entries[0])
        })
    };
    let since = |instant: &str| read(&store, |reader| reader.snapshot(PROCEDURE, at(instant)))[0].observed_at;
    assert_eq!(since("2021-09-01T00:00:00Z"), at("2021-09-03T00:00:00Z"), "known only later");
    assert_eq!(since("2021-09-06T00:00:00Z"), at("2021-09-05T00:00:00Z"));
    assert!(content("2021-09-01T00:00:00Z").contains("\"content\":1"));
    assert!(content("2021-09-04T00:00:00Z").contains("\"content\":1"));
    assert!(content("2021-09-05T00:00:00Z").contains("\"content\":2"));
    assert!(read(&store, |reader| reader.dossier_raw(7)).unwrap().contains("\"content\":2"));
}

#[test]
fn a_dossier_that_moved_to_another_demarche_belongs_to_that_one() {
    let (_directory, store) = store();
    let other = PROCEDURE + 1;
    write(&store, |writer| writer.procedure_declare(other, Programme::Axe3V2));
    let dossier = dossier(7, DossierState::EnInstruction);
    upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z");
    let raw = format!("{{\"number\":{},\"content\":1}}", dossier.number);
    let record = DossierRecord { procedure: other, dossier: &dossier, champs: &[], raw: &raw, content_hash: [1; 32] };
    let moved = || write(&store, |writer| writer.dossier_upsert(&record, at("2021-09-04T00:00:00Z")));
    assert_eq!((moved(), moved()), (Upsert::Changed, Upsert::Unchanged));
    let line = read(&store, |reader| reader.dossier_line(7)).unwrap();
    assert_eq!((line.procedure, line.programme), (other, Programme::Axe3V2));
}

#[test]
fn a_removed_dossier_stays_known_and_comes_back() {
    let (_directory, store) = store();
    let dossier = dossier(7, DossierState::Accepte);
    upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z");
    let notice = RemovalNotice {
        number: 7,
        procedure: PROCEDURE,
        state: DossierState::Accepte,
        reason: RemovalReason::Pending,
        at: at("2021-09-04T00:00:00Z"),
    };
    assert!(write(&store, |writer| writer.dossier_remove(&notice, at("2021-09-04T01:00:00Z"))));
    assert!(!write(&store, |writer| writer.dossier_remove(&notice, at("2021-09-04T02:00:00Z"))));
    assert_eq!(read(&store, |reader| reader.dossier_line(7)).unwrap().removed, Some(RemovalReason::Pending));
    assert_eq!(read(&store, |r| r.dossiers_removed(PROCEDURE, RemovalReason::Pending)), [7]);
    assert_eq!(upsert(&store, &dossier, 1, "2021-09-06T00:00:00Z"), Upsert::Changed);
    let line = read(&store, |reader| reader.dossier_line(7)).unwrap();
    assert_eq!((line.removed, line.removed_at), (None, None));
    let removed_then = |instant: &str| {
        let removal = read(&store, |reader| reader.removal(7, at(instant)));
        removal.map(|removal| (removal.reason, removal.at.to_string()))
    };
    let since = |instant: &str| instant.to_owned();
    assert_eq!(removed_then("2021-09-03T12:00:00Z"), None);
    assert_eq!(
        removed_then("2021-09-05T00:00:00Z"),
        Some((RemovalReason::Pending, since("2021-09-04T00:00:00Z"))),
        "as DS dates it"
    );
    assert_eq!(removed_then("2021-09-07T00:00:00Z"), None);

    // Put into the bin, then erased: it is gone since it was put there.
    let binned = RemovalNotice { at: at("2021-09-08T00:00:00Z"), ..notice.clone() };
    let erased = RemovalNotice { reason: RemovalReason::Deleted, at: at("2021-09-18T00:00:00Z"), ..notice };
    assert!(write(&store, |writer| writer.dossier_remove(&binned, at("2021-09-08T01:00:00Z"))));
    assert!(write(&store, |writer| writer.dossier_remove(&erased, at("2021-09-18T01:00:00Z"))));
    assert_eq!(removed_then("2021-09-20T00:00:00Z"), Some((RemovalReason::Deleted, since("2021-09-08T00:00:00Z"))));
}

#[test]
fn a_tombstone_of_an_unknown_dossier_is_kept_with_its_number() {
    let (_directory, store) = store();
    let notice = RemovalNotice {
        number: 99,
        procedure: PROCEDURE,
        state: DossierState::Refuse,
        reason: RemovalReason::Deleted,
        at: at("2021-08-01T00:00:00Z"),
    };
    write(&store, |writer| writer.dossier_remove(&notice, at("2021-09-01T00:00:00Z")));
    let line = read(&store, |reader| reader.dossier_line(99)).unwrap();
    assert_eq!((line.removed, line.deposited_at), (Some(RemovalReason::Deleted), None));
    assert!(read(&store, |reader| reader.snapshot(PROCEDURE, at("2021-10-01T00:00:00Z"))).is_empty());
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
fn a_dossier_set_aside_is_so_since_the_first_time_until_it_is_released() {
    let (_directory, store) = store();
    let put = |tried_at: &str, reason: &str| {
        let (since, tried_at, reason) = (at(tried_at), at(tried_at), reason.to_owned());
        let entry = QuarantineEntry { dossier: 7, procedure: PROCEDURE, since, tried_at, reason };
        write(&store, |writer| writer.quarantine_put(&entry));
    };
    let kept = || {
        let entry = read(&store, |reader| reader.quarantine_of(7)).unwrap();
        (entry.since.to_string(), entry.tried_at.to_string(), entry.reason)
    };
    let (first, second) = ("2021-09-03T08:00:00Z", "2021-09-04T08:00:00Z");
    put(first, "un");
    put(second, "deux");
    assert_eq!(kept(), (first.to_owned(), second.to_owned(), "deux".to_owned()));
    assert!(write(&store, |writer| writer.quarantine_release(7)));
    put(second, "trois");
    assert_eq!(kept(), (second.to_owned(), second.to_owned(), "trois".to_owned()));
}

#[test]
fn cursors_belong_to_their_walk() {
    let (_directory, store) = store();
    let since = at("2021-09-01T00:00:00Z");
    let cursor = Cursor {
        walk: Walk::Update { since },
        watermark: Some(since),
        began_at: since,
        cursor: "abc".to_owned(),
        out_of_time: false,
    };
    write(&store, |writer| writer.cursor_keep(PROCEDURE, &cursor));
    assert_eq!(read(&store, |reader| reader.cursor_deposit(PROCEDURE)), None);
    assert_eq!(read(&store, |reader| reader.cursor_update(PROCEDURE)), Some(cursor));
    write(&store, |writer| writer.walk_finish(PROCEDURE, Walk::Update { since }, Some(since), Some(since)));
    write(&store, |writer| writer.walk_finish(PROCEDURE, Walk::Deposit, Some(at("2021-08-01T00:00:00Z")), Some(since)));
    let record = read(&store, |reader| reader.procedure(PROCEDURE)).unwrap();
    assert_eq!((record.watermark, record.full_read_at), (Some(since), Some(since)), "the watermark never goes back");
}

#[test]
fn how_a_full_sync_was_cut_is_known_until_it_is_complete_or_begins_again() {
    let (_directory, store) = store();
    let began = at("2021-09-01T00:00:00Z");
    let cut_at = || read(&store, |reader| reader.procedure(PROCEDURE)).unwrap().full_cut_at;
    let cursor =
        Cursor { walk: Walk::Deposit, watermark: None, began_at: began, cursor: "abc".to_owned(), out_of_time: false };
    write(&store, |writer| writer.cursor_keep(PROCEDURE, &cursor));
    write(&store, |writer| writer.full_sync_cut(PROCEDURE, began, false));
    assert!(read(&store, |reader| reader.cursor_deposit(PROCEDURE)).unwrap().out_of_time);
    assert_eq!(cut_at(), None);
    write(&store, |writer| writer.full_sync_cut(PROCEDURE, began, true));
    write(&store, |writer| writer.procedure_synced(PROCEDURE, began, false));
    assert_eq!(cut_at(), Some(began), "an increment says nothing of it");
    write(&store, |writer| writer.procedure_synced(PROCEDURE, began, true));
    assert_eq!(cut_at(), None);
    write(&store, |writer| writer.full_sync_cut(PROCEDURE, began, true));
    write(&store, |writer| writer.walk_remove(PROCEDURE, Walk::Deposit));
    assert_eq!(cut_at(), None);
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
            sha256: hexadecimal(&Sha256::digest(format!("{period} {revision}"))),
            content: format!("{period} {revision}").into_bytes(),
            says: format!("{period} {revision}"),
        };
        store.write(|writer| writer.export_keep(&export, now))
    };
    keep("2021-08", 0).unwrap();
    keep("2021-08", 1).unwrap();
    keep("2021-10", 0).unwrap();
    assert!(keep("2021-08", 1).is_err());
    let previous = |period: &str, revision: u32| {
        read(&store, |reader| reader.export_previous("monthly-list", period, revision, "json"))
            .map(|kept| (kept.period, kept.revision, kept.content.map(|content| String::from_utf8(content).unwrap())))
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
    let damage = "UPDATE exports SET content = (SELECT content FROM exports WHERE revision = 0) WHERE revision = 1";
    store.write::<_, StoreError>(|writer| Ok(writer.transaction.execute(damage, [])?)).unwrap();
    assert_eq!(previous("2021-09", 0), Some(("2021-08".to_owned(), 1, None)));
    let files = read(&store, |reader| reader.export_files("monthly-list", "2021-08", 1));
    assert!(!files.is_empty() && files.iter().all(|file| file.content.is_none()), "{files:?}");
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

#[test]
fn whatever_changes_marks_its_dossier() {
    let (_directory, store) = store();
    let now = at("2021-09-03T00:00:00Z");
    assert_eq!(looked_at(&store), [] as [i64; 0]);
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    upsert(&store, &dossier(8, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    assert_eq!(looked_at(&store), [7, 8]);
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    assert_eq!(looked_at(&store), [] as [i64; 0], "the same content");
    upsert(&store, &dossier(7, DossierState::Accepte), 2, "2021-09-04T00:00:00Z");
    assert_eq!(looked_at(&store), [7]);
    remove(&store, RemovalReason::Pending, "2021-09-04T00:00:00Z");
    assert_eq!(looked_at(&store), [7]);
    remove(&store, RemovalReason::Pending, "2021-09-04T00:00:00Z");
    assert_eq!(looked_at(&store), [] as [i64; 0], "known to be removed");
    upsert(&store, &dossier(7, DossierState::Accepte), 2, "2021-09-05T00:00:00Z");
    assert_eq!(looked_at(&store), [7], "returned");
    for act in [Act::Exclude, Act::Include] {
        write(&store, |writer| writer.journal_add(7, &act, "x", "y", now));
        assert_eq!(looked_at(&store), [7]);
    }
    write(&store, |writer| writer.dossier_repair(7, "{}", &[2; 32]));
    assert_eq!(looked_at(&store), [7], "put right where it stands");
    write(&store, |writer| writer.dossier_erase(7, &[], now));
    assert_eq!(looked_at(&store), [7]);
    // Judged while its facts are yet to be read, it stays in the queue.
    write(&store, |writer| writer.dirty_mark(8, Why::Content));
    assert!(!write(&store, |writer| writer.dirty_take(8)));
    assert_eq!(looked_at(&store), [8]);
}

#[test]
fn what_is_new_is_told_once_in_order() {
    let (_directory, store) = store();
    let now = at("2021-09-03T00:00:00Z");
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    upsert(&store, &dossier(7, DossierState::Accepte), 2, "2021-09-04T00:00:00Z");
    remove(&store, RemovalReason::Pending, "2021-09-04T00:00:00Z");
    remove(&store, RemovalReason::Deleted, "2021-09-04T00:00:00Z");
    upsert(&store, &dossier(7, DossierState::Accepte), 2, "2021-09-05T00:00:00Z");
    write(&store, |writer| writer.journal_add(7, &Act::Exclude, "Camille", "un essai", now));
    let told = read(&store, |reader| {
        let mut statement = reader.connection.0.prepare("SELECT what, before, after FROM view_changes ORDER BY seq")?;
        let rows = statement.query_map([], |row| {
            let column = |index| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
            Ok(format!("{} {} > {}", column(0)?, column(1)?, column(2)?))
        })?;
        rows.map(|row| row.map_err(StoreError::from)).collect::<Result<Vec<_>, _>>()
    });
    let expected = [
        "filed  > en_construction",
        "state en_construction > accepte",
        "removed  > pending",
        "removed pending > deleted",
        "returned deleted > ",
        "act  > exclude",
    ];
    assert_eq!(told, expected);
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
    connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| connection.pragma_update(None, "user_version", 3))
        .unwrap();
    let older = Store::open_to_read(&path).unwrap_err();
    assert!(matches!(older, StoreError::Older { found: 3, .. }));
    assert!(older.hint().contains("fitn evaluate"));
}

#[test]
fn what_ds_has_yet_to_complete_is_awaited_for_its_time_only() {
    let (_directory, store) = store();
    let granted = Dossier {
        treated_at: Some(at("2021-09-10T08:00:00Z")),
        attestation: Some(Attestation::NotMade),
        ..dossier(7, DossierState::Accepte)
    };
    let awaited = || read(&store, |reader| reader.dossiers_unfinished(PROCEDURE)).len();
    upsert(&store, &granted, 1, "2021-09-11T00:00:00Z");
    assert_eq!(awaited(), 1);
    assert_eq!((upsert(&store, &granted, 1, "2021-12-01T00:00:00Z"), awaited()), (Upsert::Unchanged, 0));
}

#[test]
fn who_tells_whether_the_server_answers_is_shown_and_was_received_whole() {
    let (_directory, store) = store();
    for number in 6..=10 {
        upsert(&store, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    }
    remove(&store, RemovalReason::Pending, "2021-09-04T00:00:00Z");
    let since = at("2021-09-03T00:00:00Z");
    let reason = "reçu en partie".to_owned();
    let entry = QuarantineEntry { dossier: 8, procedure: PROCEDURE, since, tried_at: since, reason };
    write(&store, |writer| writer.quarantine_put(&entry));
    let witnesses = read(&store, |reader| reader.witnesses(PROCEDURE, 6, 5));
    assert_eq!(witnesses, [10, 9], "neither the one in the bin nor the one set aside");
}

#[test]
fn dossiers_that_ds_shows_are_counted_without_those_it_removed() {
    let (_directory, store) = store();
    for number in [7, 8, 9] {
        upsert(&store, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    }
    let notice = RemovalNotice {
        number: 8,
        procedure: PROCEDURE,
        state: DossierState::EnConstruction,
        reason: RemovalReason::Deleted,
        at: at("2021-09-04T00:00:00Z"),
    };
    write(&store, |writer| writer.dossier_remove(&notice, at("2021-09-04T00:00:00Z")));
    assert_eq!(read(&store, |reader| reader.dossier_count(PROCEDURE)), 2);
    assert_eq!(read(&store, |reader| reader.dossier_count(PROCEDURE + 1)), 0);
}

#[test]
fn a_demarche_is_of_the_programme_that_was_declared_last() {
    let (_directory, store) = store();
    let programme = || read(&store, |reader| reader.procedure(PROCEDURE)).unwrap().programme;
    assert_eq!(programme(), Programme::Axe3V1Ads);
    write(&store, |writer| writer.procedure_describe(PROCEDURE, "Titre", "publiee", None));
    write(&store, |writer| writer.procedure_declare(PROCEDURE, Programme::Axe3V2));
    assert_eq!(programme(), Programme::Axe3V2);
    assert_eq!(read(&store, |reader| reader.procedure(PROCEDURE)).unwrap().title, "Titre", "the rest stays");
}

#[test]
fn a_dossier_that_ds_has_yet_to_complete_is_so_since_the_first_time() {
    let (_directory, store) = store();
    upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
    let noted = |unfinished: bool, now: &str| {
        write(&store, |writer| writer.dossier_unfinished(7, unfinished, at(now)));
        let unfinished = read(&store, |reader| reader.dossiers_unfinished(PROCEDURE));
        unfinished.first().map(|dossier| dossier.since)
    };
    let first = Some(at("2021-09-03T00:00:00Z"));
    assert_eq!(noted(true, "2021-09-03T00:00:00Z"), first);
    assert_eq!(noted(true, "2021-09-05T00:00:00Z"), first, "it changed meanwhile, and is still not complete");
    assert_eq!(noted(false, "2021-09-06T00:00:00Z"), None);
    assert_eq!(noted(true, "2021-09-07T00:00:00Z"), Some(at("2021-09-07T00:00:00Z")));
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

#[test]
fn the_delay_of_an_erasure_counts_from_the_day_a_dossier_is_gone_for_good() {
    let (_directory, store) = store();
    let dossier = dossier(7, DossierState::Accepte);
    let since = || read(&store, |reader| reader.dossiers_erasable()).first().map(|gone| gone.since);
    upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z");
    assert_eq!(since(), None);
    remove(&store, RemovalReason::Absent, "2021-09-04T00:00:00Z");
    assert_eq!(since(), Some(at("2021-09-04T00:00:00Z")));
    remove(&store, RemovalReason::Deleted, "2021-09-10T00:00:00Z");
    assert_eq!(since(), Some(at("2021-09-04T00:00:00Z")), "another reason, the same absence");
    upsert(&store, &dossier, 1, "2021-10-01T00:00:00Z");
    assert_eq!(since(), None);
    remove(&store, RemovalReason::Pending, "2021-10-02T00:00:00Z");
    assert_eq!(since(), None, "DS can restore what is in its bin");
    remove(&store, RemovalReason::Deleted, "2021-11-01T00:00:00Z");
    let gone = read(&store, |reader| reader.dossiers_erasable()).remove(0);
    assert_eq!((gone.since, gone.versions, gone.champs), (at("2021-11-01T00:00:00Z"), 1, 1));
    write(&store, |writer| writer.dossier_erase(7, &[], at("2021-12-01T00:00:00Z")));
    assert_eq!(since(), None);
}

#[test]
fn the_delay_of_an_erasure_does_not_count_the_time_in_the_bin() {
    let (_directory, store) = store();
    upsert(&store, &dossier(7, DossierState::Accepte), 1, "2021-09-03T00:00:00Z");
    remove(&store, RemovalReason::Absent, "2021-09-04T00:00:00Z");
    remove(&store, RemovalReason::Pending, "2021-09-10T00:00:00Z");
    assert_eq!(read(&store, |reader| reader.dossiers_erasable()).len(), 0, "it lay in the bin, unseen");
    remove(&store, RemovalReason::Deleted, "2021-10-10T00:00:00Z");
    let gone = read(&store, |reader| reader.dossiers_erasable()).remove(0);
    assert_eq!(gone.since, at("2021-10-10T00:00:00Z"));
}

#[test]
fn an_erased_dossier_stays_removed_and_comes_back_as_new_content() {
    let (_directory, store) = store();
    let dossier = dossier(7, DossierState::Accepte);
    upsert(&store, &dossier, 1, "2021-09-03T00:00:00Z");
    write(&store, |writer| writer.alert_raise("evaluation:grant:7", "a", "", at("2021-09-03T00:00:00Z")));
    write(&store, |writer| writer.alert_raise("evaluation:grant:77", "b", "", at("2021-09-03T00:00:00Z")));
    remove(&store, RemovalReason::Deleted, "2021-09-04T00:00:00Z");
    for dossier in [7, 77] {
        let since = at("2021-09-03T00:00:00Z");
        let reason = "reçu en partie".to_owned();
        let entry = QuarantineEntry { dossier, procedure: PROCEDURE, since, tried_at: since, reason };
        write(&store, |writer| writer.quarantine_put(&entry));
    }
    looked_at(&store);
    write(&store, |writer| writer.dossier_erase(7, &[], at("2021-10-04T00:00:00Z")));
    let aside = read(&store, |reader| reader.quarantine(None));
    assert_eq!(aside.iter().map(|entry| entry.dossier).collect::<Vec<_>>(), [77]);
    assert_eq!(looked_at(&store), [7]);
    assert!(read(&store, |reader| reader.is_rewrite_due()));
    assert_eq!(store.wipe().unwrap(), Wiped::Whole);
    assert!(!read(&store, |reader| reader.is_rewrite_due()));
    assert_eq!(read(&store, |reader| reader.dossier_raw(7)), None);
    assert_eq!(read(&store, |reader| reader.alerts()).len(), 1);
    let line = read(&store, |reader| reader.dossier_line(7)).unwrap();
    assert_eq!((line.removed, line.erased_at), (Some(RemovalReason::Deleted), Some(at("2021-10-04T00:00:00Z"))));
    remove(&store, RemovalReason::Deleted, "2021-10-05T00:00:00Z");
    assert_eq!(looked_at(&store), [] as [i64; 0], "nothing is removed again");
    // The very content that was erased: versions are numbered as before, which must not look as if nothing had happened.
    assert_eq!(upsert(&store, &dossier, 1, "2021-10-06T00:00:00Z"), Upsert::Changed);
    assert_eq!(looked_at(&store), [7]);
    let line = read(&store, |reader| reader.dossier_line(7)).unwrap();
    assert_eq!((line.removed, line.erased_at), (None, None));
}
