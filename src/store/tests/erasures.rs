//! When a dossier is to be erased, and what is left of it.

use super::*;

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
