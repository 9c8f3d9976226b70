//! Versions of dossiers, removals and returns, what they mark and what is new about them.

use super::*;

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
