//! The model: DS changes in any order, also between two requests of a sync; answers are spoilt, syncs are cut short. What
//! was stored on the way is whole; once the server is quiet, the database says what the server shows.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::common::chance;
use crate::common::mirror::{assert_broken_are_known, assert_store_equals_world, assert_whole_store_equals_world};
use crate::common::office::Office;
use crate::common::{ADS, Stand, procedure};
use fitn_connector::sandbox::{self, Event, Fault, Options, PlannedFault, Requests, World};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::sync::Notify;

/// How many stories are told, and how many when nothing is left out.
const STORIES: (usize, usize) = (48, 1_000);
const BEGINNING: &str = "2023-01-10T09:00:00.25Z";

/// Something that happens to one of the dossiers.
#[derive(Clone, Copy)]
struct Happening {
    event: Event,
    which: usize,
}

impl fmt::Debug for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.event, self.which)
    }
}

/// A sync, and what happens before some of its requests.
#[derive(Clone)]
struct Sync {
    full: bool,
    meanwhile: Vec<(u64, Happening)>,
    faults: Vec<(Fault, u64, u64)>,
    crash: Option<u64>,
    /// By how much this machine's clock is ahead of DS's.
    ahead_days: i64,
}

impl fmt::Debug for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.full { "sync --full" } else { "sync" })?;
        for (request, happening) in &self.meanwhile {
            write!(f, " [{request}: {happening:?}]")?;
        }
        for (fault, first, last) in &self.faults {
            write!(f, " [{first}-{last}: {fault:?}]")?;
        }
        if self.ahead_days != 0 {
            write!(f, " [{} days ahead]", self.ahead_days)?;
        }
        self.crash.map_or(Ok(()), |request| write!(f, " [{request}: crash]"))
    }
}

#[derive(Debug, Clone)]
enum Step {
    Happens(Happening),
    Discarded(bool),
    Syncs(Sync),
}

fn happening() -> impl Strategy<Value = Happening> {
    (prop::sample::select(Event::ALL.to_vec()), 0..40_usize).prop_map(|(event, which)| Happening { event, which })
}

fn fault() -> impl Strategy<Value = (Fault, u64, u64)> {
    let quick: Vec<Fault> =
        Fault::ALL.into_iter().map(|(_, fault)| fault).filter(|fault| *fault != Fault::Slow).collect();
    (prop::sample::select(quick), 1..30_u64, 0..8_u64).prop_map(|(fault, first, more)| (fault, first, first + more))
}

fn sync() -> impl Strategy<Value = Sync> {
    let crash = prop::option::weighted(0.2, 1..30_u64);
    let meanwhile = prop::collection::vec((1..30_u64, happening()), 0..6);
    let ahead_days = prop::sample::select(vec![0, 0, 0, 40, -40, -8_000]);
    (prop::bool::weighted(0.3), meanwhile, prop::collection::vec(fault(), 0..3), crash, ahead_days)
        .prop_map(|(full, meanwhile, faults, crash, ahead_days)| Sync { full, meanwhile, faults, crash, ahead_days })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => happening().prop_map(Step::Happens),
        1 => any::<bool>().prop_map(Step::Discarded),
        4 => sync().prop_map(Step::Syncs),
    ]
}

/// The time on DS: it passes a little with everything that happens, often less than a second.
#[derive(Clone)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING.parse::<Timestamp>().unwrap().as_millisecond())))
    }

    fn pass(&self) -> Timestamp {
        self.pass_by(300)
    }

    fn pass_by(&self, milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(self.0.fetch_add(milliseconds, Ordering::SeqCst) + milliseconds).unwrap()
    }
}

struct Story<'a> {
    stand: &'a Stand,
    time: Time,
    /// Whether something happened since the last complete full sync that increments cannot see.
    silent: bool,
}

impl Story<'_> {
    fn happen(&mut self, happening: Happening) {
        let at = self.time.pass();
        if self.stand.world_mut().happen(procedure(ADS), happening.event, happening.which, at).is_some() {
            self.silent |= happening.event.is_silent();
        }
    }

    /// Syncs with everything that comes between; whether it was complete and nothing happened meanwhile.
    fn sync(&mut self, sync: &Sync) {
        let now = self.time.pass_by(7_000);
        let office = Office::impatient(self.stand, &now.to_string());
        office.machine_at(&(now + SignedDuration::from_hours(24 * sync.ahead_days)).to_string());
        let faults = sync.faults.iter();
        let faults =
            faults.map(|(fault, first, last)| PlannedFault { fault: *fault, requests: Requests::Range(*first, *last) });
        self.stand.running().plan_faults(faults.collect());
        let crashed = Arc::new(Notify::new());
        let (time, meanwhile, crash) = (self.time.clone(), sync.meanwhile.clone(), sync.crash);
        let tell = Arc::clone(&crashed);
        self.stand.running().before_requests(move |request, world: &mut World| {
            for (_, happening) in meanwhile.iter().filter(|(at, _)| *at == request) {
                world.happen(procedure(ADS), happening.event, happening.which, time.pass());
            }
            if crash == Some(request) {
                tell.notify_one();
            }
        });
        let outcome = self.stand.block_on(async {
            tokio::select! {
                biased;
                () = crashed.notified() => None,
                outcome = office.syncing(sync.full) => Some(outcome.unwrap()),
            }
        });
        self.stand.running().before_requests(|_, _| {});
        self.stand.running().plan_faults(Vec::new());
        let disturbed = !sync.faults.is_empty() || !sync.meanwhile.is_empty();
        // What was invented by a fault moves no date either.
        self.silent |= disturbed;
        let complete = outcome.is_some_and(|summary| summary.error().is_none());
        if complete && !disturbed {
            self.silent &= !sync.full;
            if !self.silent {
                assert_store_equals_world(self.stand);
            }
        }
        assert_eq!(self.stand.rows("PRAGMA foreign_key_check").len(), 0);
    }

    fn sync_quietly(&mut self, full: bool) {
        let office = Office::impatient(self.stand, &self.time.pass_by(7_000).to_string());
        let summary = office.try_sync(self.stand, full).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        assert!(summary.is_conclusive());
        // Whatever this machine's clock said meanwhile, nothing was seen later than now, by DS's.
        let latest = self.stand.one("SELECT max(observed_at) FROM dossier_versions").unwrap();
        let synced_at = self.stand.one("SELECT max(synced_at) FROM procedures").unwrap();
        assert!(latest <= synced_at, "{latest} {synced_at}");
    }
}

fn tell(stand: &Stand, seed: u64, steps: &[Step]) {
    stand.forget_the_database();
    *stand.world_mut() = sandbox::generate(&Options { dossiers: 24, seed, ..Options::default() });
    stand.take_the_token();
    let mut story = Story { stand, time: Time::new(), silent: true };
    for step in steps {
        match step {
            Step::Happens(happening) => story.happen(*happening),
            Step::Discarded(discarded) => stand.world_mut().discard(procedure(ADS), *discarded),
            Step::Syncs(sync) => story.sync(sync),
        }
    }
    // The server is quiet, though some dossiers cannot be read: all the others are exact, those are known.
    stand.world_mut().discard(procedure(ADS), false);
    story.sync_quietly(true);
    assert_store_equals_world(stand);
    assert_broken_are_known(stand);
    // Well again: everything is exact.
    stand.world_mut().heal_all(story.time.pass());
    story.sync_quietly(true);
    assert_whole_store_equals_world(stand);
    // And an increment sees all that moves a date.
    for (which, event) in Event::ALL.into_iter().enumerate().filter(|(_, event)| !event.is_silent()) {
        let at = story.time.pass();
        stand.world_mut().happen(procedure(ADS), event, which, at);
    }
    story.sync_quietly(false);
    assert_whole_store_equals_world(stand);
}

/// A mirror in which something does not show proves nothing of it.
#[test]
fn everything_that_happens_shows_in_the_mirror_until_it_is_read() {
    let stand = Stand::small(&[ADS]);
    let mut story = Story { stand: &stand, time: Time::new(), silent: true };
    story.sync_quietly(true);
    assert_whole_store_equals_world(&stand);
    for (first, event) in Event::ALL.into_iter().enumerate().filter(|(_, event)| !event.breaks()) {
        let at = story.time.pass();
        let happens = |which| stand.world_mut().happen(procedure(ADS), event, which, at).is_some();
        // Another dossier each time: what is late goes unseen behind what has just changed.
        assert!((first..first + 40).any(happens), "{event}");
        let unseen = catch_unwind(AssertUnwindSafe(|| assert_store_equals_world(&stand)));
        assert!(unseen.is_err(), "{event}");
        story.sync_quietly(event.is_silent());
        assert_whole_store_equals_world(&stand);
    }
}

#[test]
fn whatever_happens_the_store_is_the_server_s_once_it_is_quiet() {
    let stand = Stand::small(&[ADS]);
    let stories = (0..1_000_u64, prop::collection::vec(step(), 0..14));
    chance::stories("model", chance::rounds(STORIES.0, STORIES.1), |seed| {
        // One story a seed; one that fails is told again and again, ever shorter.
        let config = Config { cases: 1, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let outcome = runner.run(&stories, |(world, steps)| {
            tell(&stand, world, &steps);
            Ok(())
        });
        outcome.unwrap();
    });
}
