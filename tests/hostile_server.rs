//! A server at its worst, for as long as it takes: pages too heavy for its proxy, dossiers broken side by side, lists that cannot be
//! read, syncs longer than they may last. Nothing is lost, nothing is held against the wrong dossier, and syncs end.

mod common;

use std::os::unix::fs::symlink;
use std::time::Duration;

use common::front::{Front, changed};
use common::mirror::{assert_store_equals_world, assert_whole_store_equals_world};
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::domain::clock::Clock;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use fitn_connector::store::Store;
use serde_json::json;

const NOW: &str = "2023-02-01T08:00:00Z";

fn at(fault: Fault, first: u64, last: u64) -> Vec<PlannedFault> {
    vec![PlannedFault { fault, requests: Requests::Range(first, last) }]
}

/// How many dossiers are stored and not removed.
fn shown(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL")
}

fn page_size(stand: &Stand) -> i64 {
    stand.number("SELECT page_size FROM procedures")
}

fn in_quarantine(stand: &Stand) -> Vec<i64> {
    let rows = stand.rows("SELECT dossier FROM view_quarantine ORDER BY dossier");
    rows.into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_page_that_a_proxy_gives_up_on_is_halved_and_the_size_is_remembered() {
    let stand = Stand::new(&[ADS]);
    stand.world_mut().access.heaviest_page = Some(13);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    assert_whole_store_equals_world(&stand);
    let remembered = page_size(&stand);
    assert!((7..=25).contains(&remembered), "{remembered}");
    // Asking for the quarantine alone reads no page, and forgets nothing.
    stand.run("quarantine retry").expect(0);
    assert_eq!(page_size(&stand), remembered);
    // Nor does a démarche that cannot even be asked for.
    stand.world_mut().discard(procedure(ADS), true);
    assert!(office.try_sync(&stand, false).unwrap().error().is_some());
    assert_eq!(page_size(&stand), remembered);
}

#[test]
fn a_server_that_is_out_of_reach_is_not_asked_for_each_demarche() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::impatient(&stand, NOW);
    let asked = |fault: Fault| {
        stand.running().plan_faults(at(fault, 1, 1_000_000));
        office.try_sync(&stand, false).unwrap().procedures.len()
    };
    for fault in [Fault::Maintenance, Fault::Gateway(502), Fault::Redirect, Fault::Expired] {
        assert_eq!(asked(fault), 1, "{fault:?}");
    }
    assert_eq!(asked(Fault::Internal), 2, "that may be of the one alone");
}

#[test]
fn dossiers_broken_side_by_side_are_set_aside_at_the_first_sync() {
    let stand = Stand::new(&[ADS]);
    let all = stand.dossiers(ADS, |_| true);
    let mut broken = all[..4].to_vec();
    for number in &broken {
        stand.world_mut().lose_applicant(*number).unwrap();
    }
    stand.run("sync").expect(3);
    broken.sort_unstable();
    assert_eq!(in_quarantine(&stand), broken);
    assert_store_equals_world(&stand);
}

/// It may lack anything, and what it lacks is not said.
#[test]
fn a_part_that_comes_with_a_fault_is_not_taken_for_whole() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = stand.dossiers(ADS, |_| true)[3];
    stand.world_mut().lose_applicant(number).unwrap();
    stand.change(|w| w.touch(number, later(0)));
    // It fails by itself; of its parts the applicant does, and one comes with a fault.
    let front = Front::before(&stand, |request, behind| {
        let answer = behind();
        let is_asked = request.contains("\"operationName\":\"DossierChamps\"");
        if !is_asked {
            return answer;
        }
        changed(&answer, |body| body["errors"] = json!([{"message": "spoilt", "path": ["dossier", "champs", 0]}]))
    });
    stand.reconfigure(&stand.running().url, &front.url);
    stand.run("sync").expect(3);
    let reason = stand.one(&format!("SELECT reason FROM view_quarantine WHERE dossier = {number}")).unwrap();
    let kept = "demandeur (gardé de la version d’avant), champs (gardé de la version d’avant)";
    assert!(reason.contains(kept), "{reason}");
}

#[test]
fn the_newest_dossiers_going_bad_together_do_not_hide_what_else_changed() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let all = stand.dossiers(ADS, |_| true);
    let (mut broken, healthy) = (all[all.len() - 4..].to_vec(), all[0]);
    for number in &broken {
        stand.world_mut().lose_applicant(*number).unwrap();
        stand.change(|w| w.touch(*number, later(1)));
    }
    stand.change(|w| w.touch(healthy, later(2)));
    stand.run("sync").expect(3);
    broken.sort_unstable();
    assert_eq!(in_quarantine(&stand), broken);
    assert_store_equals_world(&stand);
}

#[test]
fn two_dossiers_are_not_several() {
    let stand = Stand::new(&[GUICHET]);
    let all = stand.dossiers(GUICHET, |_| true);
    let (broken, hidden) = all.split_at(2);
    for number in hidden {
        stand.change(|w| w.expire(*number, later(0)));
    }
    for number in broken {
        stand.world_mut().lose_applicant(*number).unwrap();
    }
    stand.run("sync").expect(3);
    assert_eq!(in_quarantine(&stand).len(), 2);
}

#[test]
fn a_server_that_fails_for_every_dossier_at_the_first_sync_sets_none_aside() {
    let stand = Stand::new(&[GUICHET]);
    for number in stand.dossiers(GUICHET, |_| true) {
        stand.world_mut().lose_applicant(number).unwrap();
    }
    let run = stand.run("sync").expect(5);
    assert!(run.err.contains("aucun n’est mis en quarantaine"), "{}", run.err);
    assert!(in_quarantine(&stand).is_empty());
}

#[test]
fn what_a_page_lacks_for_once_makes_no_version() {
    let stand = Stand::new(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let versions = || stand.number("SELECT count(*) FROM dossier_versions");
    let before = versions();
    stand.running().plan_faults(at(Fault::HalfNode, 1, 1_000));
    let summary = office.try_sync(&stand, true).unwrap();
    assert!(summary.error().is_none(), "{:?}", summary.error());
    assert_eq!((summary.in_quarantine, versions()), (0, before));
}

#[test]
fn a_bin_that_cannot_be_read_to_its_end_is_told_and_stops_nothing_else() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let vanished = stand.dossiers(ADS, |_| true)[1];
    // Both lists are asked for at once, then one in every size of page, twice in each; the request at which it begins is found by trying, in pages of one
    // dossier, which failures no longer change.
    stand.reconfigure("page_size = 4", "page_size = 1");
    let office = {
        drop(office);
        Office::impatient(&stand, NOW)
    };
    stand.running().plan_faults(Vec::new());
    office.try_sync(&stand, true).unwrap();
    let requests = stand.running().requests();
    let fails_from = (1..=requests).find(|first| {
        stand.running().plan_faults(at(Fault::Internal, *first, first + 14));
        office.try_sync(&stand, true).unwrap();
        stand
            .one("SELECT message FROM alerts WHERE key LIKE 'removals:%'")
            .is_some_and(|text| text.contains("HTTP 500"))
    });
    let fails_from = fails_from.expect("a list of removals fails");
    // One dossier less to read before.
    stand.change(|w| w.expire(vanished, later(3)));
    stand.running().plan_faults(at(Fault::Internal, fails_from - 1, fails_from + 13));
    let summary = office.at("2023-02-01T09:00:00Z").try_sync(&stand, true).unwrap();
    assert!(summary.error().is_none(), "{:?}", summary.error());
    assert_eq!(stand.one("SELECT synced_at FROM procedures").as_deref(), Some("2023-02-01T09:00:00Z"));
    let removed = format!("SELECT removed_reason FROM view_dossiers WHERE number = {vanished}");
    assert_eq!(stand.one(&removed).as_deref(), Some("absent"), "the sweep goes on");
    stand.running().plan_faults(Vec::new());
    let alerts = || stand.rows("SELECT key FROM alerts WHERE key LIKE 'removals:%'").len();
    office.retry_quarantine(&stand);
    assert_eq!(alerts(), 1, "a look at the quarantine reads no list");
    office.sync(&stand);
    assert_eq!(alerts(), 0);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn a_tombstone_is_not_missed_because_the_list_failed_while_the_dossiers_came() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let [erased, touched] = stand.dossiers(ADS, |_| true)[..2] else { panic!("two dossiers") };
    // Erased a day after the last sync; two months later another changes, and the list of tombstones fails.
    stand.change(|w| w.delete(erased, later(24 * 60)));
    stand.change(|w| w.touch(touched, later(60 * 24 * 60)));
    stand.running().plan_faults(Vec::new());
    let watermark = || stand.one("SELECT watermark FROM procedures");
    let before = watermark();
    // The form with the newest, the page; from then on nothing.
    stand.running().plan_faults(at(Fault::Maintenance, 3, 1_000_000));
    let summary = office.try_sync(&stand, false).unwrap();
    assert!(summary.error().is_some());
    assert_ne!(watermark(), before, "the dossiers were read");
    stand.running().plan_faults(Vec::new());
    office.sync(&stand);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn a_full_sync_longer_than_a_run_may_last_is_complete_after_some_runs() {
    let stand = Stand::small(&[ADS]);
    stand.reconfigure("page_size = 4", "page_size = 1");
    drop(Office::impatient(&stand, NOW).sync_first(&stand));
    let limit = Duration::from_hours(1);
    let office = Office::hurried(&stand, NOW, limit);
    let renamed = stand.dossiers(ADS, |dossier| dossier.applicant.is_some())[0];
    stand.world_mut().rename_applicant(renamed, "Nouveau nom").unwrap();
    let full = || stand.one("SELECT full_read_at FROM procedures");
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs < 20, "it begins again and again");
        stand.running().plan_faults(Vec::new());
        // One request of each run lasts as long as the run may.
        let pass = office.passing(limit);
        stand.running().before_requests(move |request, _| {
            if request == 8 {
                pass();
            }
        });
        let summary = office.try_sync(&stand, true).unwrap();
        match summary.error() {
            None => break,
            Some(error) => assert!(error.to_string().contains("la durée maximale d’une exécution"), "{error}"),
        }
    }
    assert!(runs > 2, "{runs}");
    assert!(full().is_some());
    stand.running().before_requests(|_, _| {});
    assert_whole_store_equals_world(&stand);
}

#[test]
fn a_demarche_that_fills_while_it_is_first_read_is_read_again_where_it_changed() {
    let stand = Stand::small(&[ADS]);
    let all = stand.dossiers(ADS, |_| true);
    for number in &all {
        stand.change(|w| w.expire(*number, later(0)));
    }
    let office = Office::impatient(&stand, NOW);
    stand.running().plan_faults(at(Fault::Maintenance, 4, 1_000_000));
    let numbers = all.clone();
    stand.running().before_requests(move |request, world| {
        // After the newest was asked for, and there was none.
        if request == 2 {
            for number in &numbers {
                world.restore(*number, later(1)).unwrap();
            }
        }
    });
    assert!(office.try_sync(&stand, false).unwrap().error().is_some());
    let known = shown(&stand);
    assert!(known > 0 && known < i64::try_from(all.len()).unwrap(), "{known}");
    stand.running().before_requests(|_, _| {});
    stand.running().plan_faults(Vec::new());
    let read = stand.number("SELECT min(number) FROM view_dossiers WHERE removed_at IS NULL");
    stand.change(|w| w.touch(read, later(2)));
    office.sync(&stand);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn the_quarantine_asked_for_alone_says_nothing_of_what_lies_in_the_bin() {
    let stand = Stand::new(&[ADS]);
    let lost = stand.dossiers(ADS, |dossier| dossier.pending_since().is_none())[2];
    stand.change(|w| w.lose_applicant(lost));
    stand.run("sync").expect(3);
    stand.change(|w| w.hide_by_administration(lost, later(1), "instructeur_request"));
    stand.run("quarantine retry").expect(3);
    let removed = format!("SELECT removed_reason FROM view_dossiers WHERE number = {lost}");
    assert_eq!(stand.one(&removed), None);
    stand.run("sync").expect(0);
    assert_eq!(stand.one(&removed).as_deref(), Some("pending"));
    assert_eq!(stand.number(&format!("SELECT count(*) FROM removal_events WHERE dossier = {lost}")), 1);
}

#[test]
fn an_alert_about_a_sync_that_failed_outlives_a_look_at_the_quarantine() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.running().plan_faults(at(Fault::Expired, 1, 1_000));
    stand.run("sync").expect(4);
    stand.running().plan_faults(Vec::new());
    stand.run("quarantine retry").expect(0);
    assert_eq!(stand.rows("SELECT key FROM alerts WHERE key LIKE 'sync:%'").len(), 1);
    stand.run("sync").expect(0);
    assert_eq!(stand.rows("SELECT key FROM alerts WHERE key LIKE 'sync:%'").len(), 0);
}

#[test]
fn a_database_opened_by_two_names_has_one_writer() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    symlink(stand.path("fitn.sqlite"), stand.path("lien.sqlite")).unwrap();
    let store = Store::open(&stand.path("lien.sqlite")).unwrap();
    let held = store.sync_lock(Clock::system().now()).unwrap();
    let refused = stand.run("sync").expect(5);
    assert!(refused.err.contains("synchronisation est en cours"), "{}", refused.err);
    drop(held);
    stand.run("sync").expect(0);
}

#[test]
fn a_state_that_is_not_known_is_told_until_it_is_gone() {
    let stand = Stand::new(&[ADS]);
    stand.running().plan_faults(at(Fault::UnknownState, 1, 1_000));
    stand.run("sync").expect(0);
    let alert = || stand.one("SELECT message FROM alerts WHERE key LIKE 'evaluation:state:%'");
    assert!(alert().is_some_and(|text| text.contains("que cette version ne connaît pas (« bientot_")), "{:?}", alert());
    stand.running().plan_faults(Vec::new());
    stand.run("sync --full").expect(0);
    assert_eq!(alert(), None);
}
