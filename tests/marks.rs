//! What a sync leaves for those that follow: how far the lists were read, where a reading goes on and until when it may, since
//! when a dossier is set aside, what is asked for again.

mod common;

use std::time::Duration;

use common::mirror::{assert_store_equals_world, assert_whole_store_equals_world};
use common::office::Office;
use common::{ADS, Stand, later, procedure};
use fitn_connector::sandbox::world::{File, Value};
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use fitn_connector::store::{QuarantineEntry, StoreError};
use fitn_connector::sync::SyncError;
use jiff::{SignedDuration, Timestamp};

const NOW: &str = "2023-02-01T08:00:00Z";

/// So many hours after [`NOW`].
fn hours(hours: i64) -> String {
    (NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)).to_string()
}

/// A fault from one request to the end.
fn from(fault: Fault, first: u64) -> Vec<PlannedFault> {
    vec![PlannedFault { fault, requests: Requests::Range(first, 1_000_000) }]
}

/// How many requests the last sync made.
fn requests(stand: &Stand, office: &Office, full: bool) -> u64 {
    stand.running().plan_faults(Vec::new());
    assert!(office.try_sync(stand, full).unwrap().error().is_none());
    stand.running().requests()
}

fn marks(stand: &Stand) -> Vec<Option<String>> {
    let marks = "synced_at, full_read_at, watermark, tombstones_until, full_cut_at";
    stand.rows(&format!("SELECT {marks} FROM procedures")).remove(0)
}

/// Whoever takes a list that was cut for a whole one goes on after it, and misses what it lacks.
#[test]
fn a_list_that_is_cut_is_never_taken_for_whole() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let decided = stand.dossiers(ADS, |d| d.treated_at.is_some());
    let (binned, touched) = (decided[0], &decided[1..7]);
    stand.change(|w| w.hide_by_administration(binned, later(0), "instructeur_request"));
    let requests = requests(&stand, &office, true);
    let absent = || stand.number("SELECT count(*) FROM removal_events WHERE reason = 'absent'");
    let before = absent();
    for first in 1..=requests {
        // More changes than a page holds, further apart than what is read twice anyway.
        let hour = i64::try_from(first).unwrap();
        for (number, turn) in touched.iter().zip(0..) {
            stand.change(|w| w.touch(*number, later(6 * (60 * hour + 10 * turn))));
        }
        let full = first % 2 == 0;
        let known = marks(&stand);
        stand.running().plan_faults(from(Fault::CutList, first));
        let summary = office.at(&hours(hour)).try_sync(&stand, full).unwrap();
        let spoilt = &summary.procedures[0];
        if spoilt.error.is_some() {
            assert_eq!(marks(&stand)[0], known[0], "cut@{first}: it is not known until now");
        }
        assert_eq!(absent(), before, "cut@{first}");
        stand.running().plan_faults(Vec::new());
        office.sync(&stand);
        assert_whole_store_equals_world(&stand);
    }
}

/// Else every dossier that it lacks would be asked for by its number.
#[test]
fn a_listing_of_numbers_that_stays_cut_ends_the_sync() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let last = requests(&stand, &office, true);
    let known = marks(&stand);
    stand.running().plan_faults(from(Fault::CutList, last));
    let summary = office.at(&hours(1)).try_sync(&stand, true).unwrap();
    assert!(summary.procedures[0].error.is_some());
    assert_eq!(marks(&stand)[0], known[0], "it is not known until now");
}

#[test]
fn tombstones_count_as_read_only_when_each_of_them_was() {
    for fault in [Fault::NullNode, Fault::CutList] {
        let stand = Stand::small(&[ADS]);
        let office = Office::impatient(&stand, NOW).sync_first(&stand);
        let [erased, touched, ..] = stand.dossiers(ADS, |_| true)[..] else { panic!("two dossiers") };
        let until = || stand.one("SELECT tombstones_until FROM procedures");
        let before = until();
        // Long before the dossier that changed last, further than lists of tombstones are read again.
        stand.change(|w| w.delete(erased, later(24 * 60)));
        stand.change(|w| w.touch(touched, later(60 * 24 * 60)));
        // The form with the newest, the page; then the lists of removed dossiers.
        stand.running().plan_faults(from(fault, 3));
        let summary = office.try_sync(&stand, false).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        assert!(summary.procedures[0].removals_unread.is_some(), "{fault:?}: it is told");
        assert_eq!(until(), before, "{fault:?}");
        stand.running().plan_faults(Vec::new());
        office.sync(&stand);
        assert_whole_store_equals_world(&stand);
        assert_ne!(until(), before, "{fault:?}");
    }
}

#[test]
fn a_tombstone_dated_long_before_is_read_by_a_full_sync() {
    let stand = Stand::small(&[ADS]);
    let [erased, touched, ..] = stand.dossiers(ADS, |_| true)[..] else { panic!("two dossiers") };
    stand.change(|w| w.touch(touched, later(0)));
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    stand.change(|w| w.delete(erased, later(-60 * 24 * 60)));
    let reason = || stand.one(&format!("SELECT removed_reason FROM view_dossiers WHERE number = {erased}"));
    office.at(&hours(1)).sync(&stand);
    assert_eq!(reason(), None, "an increment looks thirty days back");
    assert!(office.at(&hours(2)).try_sync(&stand, true).unwrap().error().is_none());
    assert_eq!(reason().as_deref(), Some("deleted"));
    assert_whole_store_equals_world(&stand);
}

/// What was read before the interruption may have changed since without moving a date: after some days it is read again.
#[test]
fn a_first_reading_is_taken_up_again_for_eight_days() {
    let stand = Stand::small(&[ADS]);
    let all = stand.dossiers(ADS, |_| true).len() as u64;
    for (name, waited, goes_on) in
        [("Aussitôt", 1, true), ("En retard", 8 * 24 - 1, true), ("Trop tard", 8 * 24, false)]
    {
        stand.forget_the_database();
        let office = Office::impatient(&stand, NOW);
        // The form with the newest, three pages.
        stand.running().plan_faults(from(Fault::Maintenance, 5));
        assert!(office.try_sync(&stand, false).unwrap().error().is_some());
        let read = stand.number("SELECT min(number) FROM view_dossiers WHERE siret IS NOT NULL");
        stand.change(|w| w.rename_applicant(read, name));
        stand.running().plan_faults(Vec::new());
        let summary = office.at(&hours(waited)).try_sync(&stand, false).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        assert_eq!(summary.totals().seen < all, goes_on, "{name}: {:?}", summary.totals());
        let applicant = stand.one(&format!("SELECT applicant FROM view_dossiers WHERE number = {read}"));
        assert_eq!(applicant.as_deref() != Some(name), goes_on, "{name}");
        office.try_sync(&stand, true).unwrap();
        assert_whole_store_equals_world(&stand);
    }
}

/// Whoever asks for everything gets it as it is now, not as it was before something failed.
#[test]
fn a_full_sync_that_failed_begins_again() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    stand.running().plan_faults(from(Fault::Maintenance, 4));
    assert!(office.try_sync(&stand, true).unwrap().error().is_some());
    assert_eq!(stand.number("SELECT count(*) FROM cursors WHERE walk = 'deposit'"), 1, "it had begun to read");
    stand.running().plan_faults(Vec::new());
    let read = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.rename_applicant(read, "Autre nom"));
    assert!(office.at(&hours(1)).try_sync(&stand, true).unwrap().error().is_none());
    assert_whole_store_equals_world(&stand);
}

/// The same of a full sync whose time was over once it had read every dossier.
#[test]
fn a_full_sync_cut_after_its_walk_is_taken_up_again_for_eight_days() {
    let stand = Stand::small(&[ADS]);
    let all = stand.dossiers(ADS, |_| true).len() as u64;
    let renamed = stand.dossiers(ADS, |_| true)[0];
    for (name, waited, goes_on) in [("Presque trop tard", 8 * 24 - 1, true), ("Trop tard", 8 * 24, false)] {
        stand.forget_the_database();
        let office = Office::hurried(&stand, NOW, Duration::from_mins(1)).sync_first(&stand);
        let end = requests(&stand, &office, true);
        let pass = office.passing(Duration::from_mins(1));
        stand.running().plan_faults(Vec::new());
        stand.running().before_requests(move |request, _| {
            if request == end {
                pass();
            }
        });
        // Something is left to ask for.
        let lost = stand.dossiers(ADS, |_| true)[5];
        stand.change(|w| w.expire(lost, later(0)));
        let summary = office.try_sync(&stand, true).unwrap();
        assert!(matches!(summary.error(), Some(SyncError::OutOfTime { .. })), "{:?}", summary.error());
        assert!(marks(&stand)[4].is_some());
        stand.running().before_requests(|_, _| {});
        stand.change(|w| w.restore(lost, later(1)));
        stand.change(|w| w.rename_applicant(renamed, name));
        let summary = office.at(&hours(waited)).try_sync(&stand, true).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        assert_eq!(summary.totals().seen < all, goes_on, "{name}: {:?}", summary.totals());
        let applicant = stand.one(&format!("SELECT applicant FROM view_dossiers WHERE number = {renamed}"));
        assert_eq!(applicant.as_deref() != Some(name), goes_on, "{name}");
        assert_eq!(marks(&stand)[4], None, "it is over");
    }
}

#[test]
fn a_dossier_set_aside_for_long_is_asked_for_rarely_by_increments_and_at_once_by_a_person() {
    let stand = Stand::small(&[ADS]);
    let lost = stand.dossiers(ADS, |_| true)[3];
    let applicant = stand.world().dossier(lost).unwrap().applicant.clone();
    stand.change(|w| w.lose_applicant(lost));
    let office = Office::impatient(&stand, NOW);
    let aside = || {
        let rows = stand.rows(&format!("SELECT since, tried_at FROM quarantine WHERE dossier = {lost}"));
        rows.into_iter().next().map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap()))
    };
    for tried in [0, 24, 48] {
        assert!(office.at(&hours(tried)).try_sync(&stand, false).unwrap().error().is_none());
        assert_eq!(aside(), Some((NOW.to_owned(), hours(tried))), "since the first time, whenever it is tried");
    }
    // It is whole again, and no date says so.
    stand.change(|w| w.edit(lost, |dossier| dossier.applicant = applicant));
    // An eighth of two days is six hours.
    assert!(office.at(&hours(53)).try_sync(&stand, false).unwrap().error().is_none());
    assert_eq!(aside(), Some((NOW.to_owned(), hours(48))), "not yet");
    assert_eq!(office.retry_quarantine(&stand).in_quarantine, 0);
    assert_eq!(aside(), None);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn a_full_sync_asks_for_all_that_is_set_aside() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    // Withheld long ago, and gone since: no list shows it.
    let (since, tried_at) = (hours(-48).parse().unwrap(), NOW.parse().unwrap());
    let entry =
        QuarantineEntry {
            dossier: 7, procedure: procedure(ADS), since, tried_at, reason: "l’API a échoué".to_owned()
        };
    office.desk.store.write::<_, StoreError>(|writer| writer.quarantine_put(&entry)).unwrap();
    let aside = || stand.number("SELECT count(*) FROM view_quarantine");
    office.at(&hours(1)).sync(&stand);
    assert_eq!(aside(), 1, "not yet");
    assert!(office.try_sync(&stand, true).unwrap().error().is_none());
    assert_eq!(aside(), 0);
}

#[test]
fn a_dossier_that_ds_removed_is_no_longer_set_aside_though_nobody_would_ask_for_it_yet() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let number = stand.dossiers(ADS, |_| true)[0];
    let (since, tried_at) = (hours(-48).parse().unwrap(), NOW.parse().unwrap());
    let reason = "reçu en partie".to_owned();
    let entry = QuarantineEntry { dossier: number, procedure: procedure(ADS), since, tried_at, reason };
    office.desk.store.write::<_, StoreError>(|writer| writer.quarantine_put(&entry)).unwrap();
    stand.change(|w| w.delete(number, later(1)));
    office.at(&hours(1)).sync(&stand);
    assert_eq!(stand.number("SELECT count(*) FROM view_quarantine"), 0);
}

/// The files of a dossier.
fn scanned(stand: &Stand, number: i64, scan: &'static str) {
    stand.change(|w| w.change_files(number, |file: &mut File| file.virus_scan = scan));
}

#[test]
fn a_virus_scan_that_ends_is_seen_though_no_date_moves() {
    let stand = Stand::small(&[ADS]);
    let has_files = |value: &Value| matches!(value, Value::Files(files) if !files.is_empty());
    let number = stand.dossiers(ADS, |d| d.answers.values().any(|answer| has_files(&answer.value)))[0];
    scanned(&stand, number, "pending");
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let scans = || {
        let rows = stand.rows(&format!("SELECT DISTINCT virus_scan FROM view_attachments WHERE dossier = {number}"));
        rows.into_iter().map(|row| row[0].clone().unwrap()).collect::<Vec<_>>()
    };
    let awaited =
        || stand.number(&format!("SELECT unfinished_since IS NOT NULL FROM dossiers WHERE number = {number}"));
    assert_eq!((scans(), awaited()), (vec!["pending".to_owned()], 1));
    scanned(&stand, number, "safe");
    office.at(&hours(1)).sync(&stand);
    assert_eq!((scans(), awaited()), (vec!["safe".to_owned()], 0));
    assert_store_equals_world(&stand);
}

/// The drawing on a map is not asked for: that it changed shows in the date of the dossier, and in nothing else.
#[test]
fn a_map_drawn_anew_is_a_version_that_differs_by_its_date_alone() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let number = stand.dossiers(ADS, |_| true)[0];
    let map = "Périmètre du service instructeur";
    stand.change(|w| w.answer(number, map, Some(Value::Present), later(0)));
    office.sync(&stand);
    let known = || {
        let of = |sql: &str| stand.rows(&format!("{sql} = {number}"));
        let champs = of("SELECT champ_id, type, row_id, value FROM view_champs WHERE dossier");
        let facts = of("SELECT siret, status, computed_cents, eligible_expenses_cents FROM view_dossiers WHERE number");
        let verdicts = of("SELECT rule, verdict, explanation FROM view_verdicts WHERE dossier");
        (champs, facts, verdicts)
    };
    let versions = || stand.number(&format!("SELECT count(*) FROM dossier_versions WHERE dossier = {number}"));
    let (before, known_versions) = (known(), versions());
    stand.change(|w| w.answer(number, map, Some(Value::Present), later(5)));
    office.sync(&stand);
    assert_eq!((known() == before, versions()), (true, known_versions + 1));
    assert_store_equals_world(&stand);
}

#[test]
fn a_form_that_changes_alone_has_the_facts_read_again() {
    let stand = Stand::small(&[ADS]);
    let (old, new) = (stand.label(ADS, "granted_amount"), "Somme finalement attribuée (€)");
    stand.reconfigure(&old, new);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let known = || stand.number("SELECT count(granted_cents) FROM view_dossiers WHERE removed_at IS NULL");
    assert_eq!(known(), 0, "the form has no such question");
    // Those received before bear the old label, and are known by the question that it was.
    let store = &office.desk.store;
    let record = store.read::<_, StoreError>(|reader| reader.procedure(procedure(ADS))).unwrap().unwrap();
    let mut form = store.read::<_, StoreError>(|reader| reader.procedure_form(procedure(ADS))).unwrap().unwrap();
    let question = form.annotations.iter_mut().find(|question| question.label == old).unwrap();
    new.clone_into(&mut question.label);
    store
        .write::<_, StoreError>(|writer| {
            writer.procedure_describe(record.number, &record.title, &record.state, Some(&form))
        })
        .unwrap();
    let refreshed = office.desk.evaluator.refresh(later(0), false).unwrap();
    let all = stand.number("SELECT count(*) FROM dossiers WHERE version IS NOT NULL");
    assert_eq!(i64::try_from(refreshed.read_again).unwrap(), all);
    let question = stand.world().procedure(procedure(ADS)).unwrap().field("granted_amount").unwrap().stable_id;
    let granted = stand.dossiers(ADS, |dossier| dossier.answers.contains_key(&question)).len();
    assert_eq!(known(), i64::try_from(granted).unwrap());
    assert_eq!(office.desk.evaluator.differences().unwrap().changed, 0);
}

#[test]
fn a_sync_that_finds_the_form_changed_reads_the_facts_of_the_dossiers_known_before() {
    let stand = Stand::small(&[ADS]);
    let (old, new) = (stand.label(ADS, "granted_amount"), "Somme finalement attribuée (€)");
    stand.reconfigure(&old, new);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    assert!(stand.world_mut().relabel(procedure(ADS), &old, new));
    office.sync(&stand);
    let known_before = format!("label = '{old}' AND value IS NOT NULL");
    let known_before =
        format!("FROM view_dossiers WHERE number IN (SELECT dossier FROM view_champs WHERE {known_before})");
    let before = stand.number(&format!("SELECT count(*) {known_before}"));
    assert!(before > 3, "increments read few dossiers");
    assert_eq!(stand.number(&format!("SELECT count(granted_cents) {known_before}")), before);
}

#[test]
fn a_demarche_that_is_renamed_or_closed_is_known_as_such() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let store = &office.desk.store;
    let known = || store.read::<_, StoreError>(|reader| reader.procedure(procedure(ADS))).unwrap().unwrap();
    let now = known();
    let form = store.read::<_, StoreError>(|reader| reader.procedure_form(now.number)).unwrap();
    for (title, state) in [("Ancien titre", now.state.as_str()), (now.title.as_str(), "brouillon")] {
        store
            .write::<_, StoreError>(|writer| writer.procedure_describe(now.number, title, state, form.as_ref()))
            .unwrap();
        office.sync(&stand);
        assert_eq!((known().title, known().state), (now.title.clone(), now.state.clone()));
    }
}

/// DS came back from a backup.
#[test]
fn a_newest_change_that_lies_before_what_was_read_is_followed() {
    let stand = Stand::small(&[ADS]);
    let [ahead, changed, ..] = stand.dossiers(ADS, |_| true)[..] else { panic!("two dossiers") };
    stand.change(|w| w.touch(ahead, later(1_000)));
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    stand.change(|w| w.touch(ahead, later(99)));
    stand.change(|w| w.touch(changed, later(100)));
    office.at(&hours(1)).sync(&stand);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn what_changes_while_an_increment_is_read_is_read_with_it() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let all = stand.dossiers(ADS, |_| true);
    let (first, meanwhile) = (all[0], all[1..7].to_vec());
    stand.change(|w| w.touch(first, later(0)));
    stand.running().plan_faults(Vec::new());
    // The form with the newest, then pages of four.
    stand.running().before_requests(move |request, world| {
        for (number, minute) in meanwhile.iter().zip(1..).filter(|_| request == 2) {
            world.touch(*number, later(minute)).unwrap();
        }
    });
    office.at(&hours(1)).sync(&stand);
    stand.running().before_requests(|_, _| {});
    assert_whole_store_equals_world(&stand);
}
