//! Every fault of the API at every request of a sync: nothing is lost, nothing is removed, and once the server is well
//! again the database is the server's. An ordinary run draws some of them.

mod common;

use common::chance;
use common::mirror::assert_whole_store_equals_world;
use common::office::Office;
use common::{ADS, Stand, later};
use fastrand::Rng;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};

const NOW: &str = "2023-02-01T08:00:00Z";
/// How many pairs of a fault and a request are drawn of each kind of sync.
const PAIRS: usize = 70;

fn at(fault: Fault, first: u64, last: u64) -> Vec<PlannedFault> {
    vec![PlannedFault { fault, requests: Requests::Range(first, last) }]
}

/// How many requests a sync makes when nothing goes wrong.
fn requests_of(stand: &Stand, office: &Office, full: bool) -> u64 {
    stand.running().plan_faults(Vec::new());
    assert!(office.try_sync(stand, full).unwrap().error().is_none());
    stand.running().requests()
}

/// A fault, its word, and the request that it spoils.
type Pair = (&'static str, Fault, u64);

/// The faults that a client meets without waiting, at each of so many requests; the slow one has its own story, below.
fn pairs(requests: u64, wanted: impl Fn(Fault) -> bool) -> Vec<Pair> {
    assert!(requests > 5, "{requests}");
    let quick = Fault::ALL.into_iter().filter(|(_, fault)| *fault != Fault::Slow && wanted(*fault));
    quick.flat_map(|(word, fault)| (1..=requests).map(move |request| (word, fault, request))).collect()
}

/// Tells what follows from each of them when nothing is left out, else from some.
fn for_some<T: Copy>(name: &str, all: &[T], usual: usize, mut tell: impl FnMut(T)) {
    chance::stories(name, 1, |seed| {
        for one in chance::some_of(all.to_vec(), usual, &mut Rng::with_seed(seed)) {
            tell(one);
        }
    });
}

/// How many dossiers are stored and not removed.
fn shown(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL")
}

#[test]
fn a_first_sync_survives_every_fault_at_every_request() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let all = pairs(requests_of(&stand, &office, false), |_| true);
    drop(office);
    for_some("first-sync", &all, PAIRS, |(word, fault, request)| {
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
    });
}

#[test]
fn a_full_sync_that_fails_removes_nothing_and_the_next_increment_is_exact() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    requests_of(&stand, &office, false);
    let all = pairs(requests_of(&stand, &office, true), |_| true);
    let before = shown(&stand);
    let mut minutes = 0;
    for_some("full-sync", &all, PAIRS, |(word, fault, request)| {
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
        assert_whole_store_equals_world(&stand);
    });
}

#[test]
fn an_increment_that_fails_leaves_to_the_next_one_all_that_changed() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    requests_of(&stand, &office, false);
    let dossiers = stand.dossiers(ADS, |_| true);
    let mut minutes = 0;
    // Something that the API shows changes in every dossier, so that a page passed over is missed.
    let mut everything_changes = || {
        minutes += 1;
        for number in &dossiers {
            let archived = stand.world().dossier(*number).unwrap().archived;
            stand.change(|w| w.archive(*number, !archived, later(minutes)));
        }
    };
    everything_changes();
    // Those that invent a type or a state, or poison for good, are for the full reads above.
    let passing = |fault: Fault| ![Fault::UnknownType, Fault::UnknownState, Fault::Poison].contains(&fault);
    let all = pairs(requests_of(&stand, &office, false), passing);
    for_some("increment", &all, PAIRS, |(word, fault, request)| {
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
    });
}

#[test]
fn a_server_that_keeps_silent_is_given_up_at_every_request() {
    let stand = Stand::small(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let requests = requests_of(&stand, &office, false);
    drop(office);
    for_some("silence", &(1..=requests).collect::<Vec<_>>(), 4, |request| {
        stand.forget_the_database();
        // Only where silence is meant: a slow machine answers, too, after a while.
        stand.reconfigure("timeout_s = 30", "timeout_s = 1");
        let office = Office::impatient(&stand, NOW);
        // For two requests, then for one.
        stand.running().plan_faults(at(Fault::Slow, request, request + request % 2));
        let spoilt = office.try_sync(&stand, false).unwrap();
        drop(office);
        stand.reconfigure("timeout_s = 1", "timeout_s = 30");
        let office = Office::impatient(&stand, NOW);
        // Whoever waits for the answer gets it, and asks nothing more.
        let given_up = spoilt.error().is_some() || stand.running().requests() > requests;
        assert!(given_up, "slow@{request}");
        stand.running().plan_faults(Vec::new());
        let summary = office.try_sync(&stand, false).unwrap();
        assert!(summary.error().is_none(), "slow@{request}: {:?} after {:?}", summary.error(), spoilt.error());
        assert_eq!(summary.in_quarantine, 0, "slow@{request}");
        assert_whole_store_equals_world(&stand);
    });
}
