//! Every fault of the API at every request of a sync: nothing is lost, nothing is removed, and once the server is well
//! again the database is the server's.

mod common;

use std::time::{Duration, Instant};

use common::mirror::assert_whole_store_equals_world;
use common::office::Office;
use common::{ADS, Stand, later};
use fitn_connector::sandbox::{Fault, Place, PlannedFault};

const NOW: &str = "2023-02-01T08:00:00Z";

fn at(fault: Fault, first: u64, last: u64) -> Vec<PlannedFault> {
    vec![PlannedFault { fault, place: Place::Range(first, last) }]
}

/// How many requests a sync makes when nothing goes wrong.
fn requests_of(stand: &Stand, office: &Office, full: bool) -> u64 {
    stand.running().plan_faults(Vec::new());
    assert!(office.try_sync(stand, full).unwrap().error().is_none());
    stand.running().requests()
}

/// The faults that a client meets without waiting; the slow one has its own story, below.
fn quick() -> impl Iterator<Item = (&'static str, Fault)> {
    Fault::ALL.into_iter().filter(|(_, fault)| *fault != Fault::Slow)
}

/// How many dossiers are stored and not removed.
fn shown(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL")
}

#[test]
fn a_first_sync_survives_every_fault_at_every_request() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let requests = requests_of(&stand, &office, false);
    assert!(requests > 5, "{requests}");
    drop(office);
    for (word, fault) in quick() {
        for request in 1..=requests {
            stand.forget_the_database();
            let office = Office::impatient(&stand, NOW);
            // Once, then for long enough to outlast the tries of one question.
            let last = if request % 2 == 0 { request } else { request + 6 };
            stand.running().plan_faults(at(fault, request, last));
            let spoilt = office.try_sync(&stand, false).unwrap();
            assert_eq!(stand.rows("PRAGMA foreign_key_check").len(), 0, "{word}@{request}");
            stand.running().plan_faults(Vec::new());
            stand.world_mut().heal_all(later(0));
            let summary = office.try_sync(&stand, true).unwrap();
            assert!(summary.error().is_none(), "{word}@{request}: {:?} after {:?}", summary.error(), spoilt.error());
            assert_eq!(summary.in_quarantine, 0, "{word}@{request}");
            assert_whole_store_equals_world(&stand);
        }
    }
}

#[test]
fn a_full_sync_that_fails_removes_nothing_and_the_next_increment_is_exact() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    requests_of(&stand, &office, false);
    let requests = requests_of(&stand, &office, true);
    let before = shown(&stand);
    let mut minutes = 0;
    for (word, fault) in quick() {
        for request in 1..=requests {
            stand.running().plan_faults(at(fault, request, request + 6));
            office.try_sync(&stand, true).unwrap();
            assert_eq!(shown(&stand), before, "{word}@{request}");
            stand.running().plan_faults(Vec::new());
            // The faults that invent a type or a state move no date: only a full read sees that they are gone.
            let invents = [Fault::UnknownType, Fault::UnknownState].contains(&fault);
            minutes += 1;
            stand.world_mut().heal_all(later(minutes));
            let one = stand.dossiers(ADS, |_| true)[0];
            stand.change(|w| w.touch(one, later(minutes)));
            let summary = office.try_sync(&stand, invents).unwrap();
            assert!(summary.error().is_none(), "{word}@{request}: {:?}", summary.error());
            assert_eq!(summary.in_quarantine, 0, "{word}@{request}");
        }
        assert_whole_store_equals_world(&stand);
    }
}

#[test]
fn an_increment_that_fails_leaves_to_the_next_one_all_that_changed() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    requests_of(&stand, &office, false);
    let all = stand.dossiers(ADS, |_| true);
    let mut minutes = 0;
    // Something that the API shows changes in every dossier, so that a page passed over is missed.
    let mut everything_changes = || {
        minutes += 1;
        for number in &all {
            let archived = stand.world().dossier(*number).unwrap().archived;
            stand.change(|w| w.archive(*number, !archived, later(minutes)));
        }
    };
    everything_changes();
    let requests = requests_of(&stand, &office, false);
    assert!(requests > 5, "{requests}");
    // Those that invent a type or a state, or poison for good, are for the full reads above.
    let passing = |fault: Fault| ![Fault::UnknownType, Fault::UnknownState, Fault::Poison].contains(&fault);
    for (word, fault) in quick().filter(|(_, fault)| passing(*fault)) {
        for request in 1..=requests {
            everything_changes();
            let last = if request % 2 == 0 { request } else { request + 6 };
            stand.running().plan_faults(at(fault, request, last));
            let spoilt = office.try_sync(&stand, false).unwrap();
            stand.running().plan_faults(Vec::new());
            if spoilt.error().is_none() && spoilt.in_quarantine == 0 {
                assert_whole_store_equals_world(&stand);
            }
            let summary = office.try_sync(&stand, false).unwrap();
            assert!(summary.error().is_none(), "{word}@{request}: {:?}", summary.error());
            assert_eq!(summary.in_quarantine, 0, "{word}@{request}");
            assert_whole_store_equals_world(&stand);
        }
    }
}

#[test]
fn a_server_that_keeps_silent_is_given_up_in_time_at_every_request() {
    let stand = Stand::small(&[ADS]);
    stand.reconfigure("timeout_s = 30", "timeout_s = 1");
    let office = Office::impatient(&stand, NOW);
    let requests = requests_of(&stand, &office, false);
    drop(office);
    for request in 1..=requests {
        stand.forget_the_database();
        let office = Office::impatient(&stand, NOW);
        // For two requests, then for one.
        stand.running().plan_faults(at(Fault::Slow, request, request + request % 2));
        let begun = Instant::now();
        let spoilt = office.try_sync(&stand, false).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "slow@{request}");
        stand.running().plan_faults(Vec::new());
        let summary = office.try_sync(&stand, false).unwrap();
        assert!(summary.error().is_none(), "slow@{request}: {:?} after {:?}", summary.error(), spoilt.error());
        assert_eq!(summary.in_quarantine, 0, "slow@{request}");
        assert_whole_store_equals_world(&stand);
    }
}
