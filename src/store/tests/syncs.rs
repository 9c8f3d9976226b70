//! What is kept between two syncs: how far each walk got, what is set aside, what is still awaited.

use super::*;

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
