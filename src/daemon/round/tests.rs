//! The service through days and years, by a clock that a test moves: what it does when, whoever does it.

mod ten_years;

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;

use super::*;
use crate::daemon::Cron;
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::paris;
use crate::domain::programme::Programme;
use crate::store::{Reader, RunOutcome};

const PROCEDURE: ProcedureNumber = 61234;
const PLANS: [(Task, &str); 4] = [
    (Task::FullSync, "0 30 4 * * Sun"),
    (Task::Sync, "0 */15 6-21 * * *"),
    (Task::MonthlyList, "0 0 6 1 * *"),
    (Task::QuarterlyReport, "0 0 8 5 1,4,7,10 *"),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// DS, this machine and whoever does the errands: each with what it says.
struct Scene {
    store: Arc<Store>,
    /// This machine's clock, in milliseconds.
    machine: AtomicI64,
    /// How much DS's clock is ahead of it, in milliseconds.
    offset: AtomicI64,
    /// What DS does when it is read; none: it answers.
    ds: Mutex<Option<Setback>>,
    /// Whether documents stay provisional.
    provisional: Mutex<bool>,
    /// Errands begun since it was last asked.
    done: Mutex<Vec<String>>,
    /// Those that ended well, all of them.
    succeeded: Mutex<Vec<String>>,
    /// How long an errand takes, in milliseconds.
    lasts: AtomicI64,
}

/// Does what [`super::super::Work`] does as far as the database can tell.
struct Stand(Arc<Scene>);

impl Scene {
    fn machine(&self) -> Timestamp {
        Timestamp::from_millisecond(self.machine.load(Ordering::SeqCst)).unwrap()
    }

    fn date(&self) -> Timestamp {
        self.machine() + SignedDuration::from_millis(self.offset.load(Ordering::SeqCst))
    }

    fn read_ds(&self) -> Result<(), Setback> {
        if let Some(setback) = self.ds.lock().unwrap().clone() {
            return Err(setback);
        }
        let heard = ServerClock { date: self.date(), machine: self.machine() };
        self.store.write::<_, StoreError>(|writer| {
            writer.procedure_declare(PROCEDURE, Programme::Axe3V1Ads)?;
            writer.server_clock_put(heard)?;
            writer.procedure_synced(PROCEDURE, heard.date, false)
        })?;
        Ok(())
    }
}

impl Perform for Stand {
    async fn perform(&self, errand: Errand) -> Result<Performed, Setback> {
        let scene = &self.0;
        scene.done.lock().unwrap().push(errand.to_string());
        scene.machine.fetch_add(scene.lasts.load(Ordering::SeqCst), Ordering::SeqCst);
        scene.read_ds()?;
        match errand.ends_before() {
            Some(end) if scene.date() < end => Ok(Performed::NotYet),
            Some(_) if *scene.provisional.lock().unwrap() => Err(Setback::passing("provisoire", "patientez")),
            _ => {
                scene.succeeded.lock().unwrap().push(errand.to_string());
                Ok(Performed::Done)
            }
        }
    }
}

struct Story {
    scene: Arc<Scene>,
    plans: Vec<Plan>,
    daemon: Daemon<Stand>,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

impl Story {
    /// A new database; the service starts at an instant, and the clocks agree.
    fn begin(now: &str) -> Self {
        Self::planned(now, &PLANS)
    }

    /// The same, with tasks and their due times.
    fn planned(now: &str, plans: &[(Task, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&directory.path().join("fitn.sqlite")).unwrap());
        let scene = Arc::new(Scene {
            store,
            machine: AtomicI64::new(at(now).as_millisecond()),
            offset: AtomicI64::new(0),
            ds: Mutex::new(None),
            provisional: Mutex::new(false),
            done: Mutex::new(Vec::new()),
            succeeded: Mutex::new(Vec::new()),
            lasts: AtomicI64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let plans: Vec<Plan> = plans
            .iter()
            .map(|&(task, expression)| Plan::new(task, vec![PROCEDURE], Cron::new(expression, paris()).unwrap()))
            .collect();
        let daemon = Self::daemon(&scene, &plans);
        Self { scene, plans, daemon, runtime, _directory: directory }
    }

    fn daemon(scene: &Arc<Scene>, plans: &[Plan]) -> Daemon<Stand> {
        let shown = Arc::clone(scene);
        let clock = Clock::from_fn(move || shown.machine());
        let (store, stop) = (Arc::clone(&scene.store), CancellationToken::new());
        Daemon::new(plans.to_vec(), store, clock, Stand(Arc::clone(scene)), stop).unwrap()
    }

    /// When something is due next, as `status` tells it.
    fn next(&self) -> Option<Timestamp> {
        let now = self.scene.machine();
        let next = |plan: &Plan| {
            let read = |reader: &Reader<'_>| Ok((reader.task(plan.task.code())?, plan.moment(reader, now)?));
            let (kept, moment) = self.scene.store.read::<_, StoreError>(read).unwrap();
            plan.next(kept.as_ref(), &moment)
        };
        self.plans.iter().filter_map(next).min()
    }

    /// The process dies, and another one begins.
    fn restart(&mut self) -> &mut Self {
        self.daemon = Self::daemon(&self.scene, &self.plans);
        self
    }

    /// Both clocks go on until an instant of this machine's, with a round then; what was done.
    fn round_at(&mut self, now: &str) -> Vec<String> {
        self.scene.machine.store(at(now).as_millisecond(), Ordering::SeqCst);
        self.round()
    }

    fn round(&mut self) -> Vec<String> {
        self.runtime.block_on(self.daemon.round());
        std::mem::take(&mut *self.scene.done.lock().unwrap())
    }

    /// A round a minute from one instant of this machine's to another, both included; what was done.
    fn rounds(&mut self, from: &str, to: &str) -> Vec<String> {
        self.rounds_every(1, from, to)
    }

    /// The same, fewer.
    fn rounds_every(&mut self, minutes: i64, from: &str, to: &str) -> Vec<String> {
        let (mut now, to) = (at(from), at(to));
        let mut done = Vec::new();
        while now <= to {
            done.extend(self.round_at(&now.to_string()));
            now += SignedDuration::from_mins(minutes);
        }
        done
    }

    /// This machine's clock jumps; DS's does not.
    fn jump(&mut self, machine: &str) -> &mut Self {
        let date = self.scene.date();
        let offset = date.duration_since(at(machine)).as_millis();
        self.scene.machine.store(at(machine).as_millisecond(), Ordering::SeqCst);
        self.scene.offset.store(i64::try_from(offset).unwrap(), Ordering::SeqCst);
        self
    }

    fn ds(&mut self, setback: Option<Setback>) -> &mut Self {
        *self.scene.ds.lock().unwrap() = setback;
        self
    }

    fn alert(&self) -> Option<(String, String)> {
        let alerts = self.scene.store.read::<_, StoreError>(|reader| reader.alerts()).unwrap();
        alerts.into_iter().find(|alert| alert.key.starts_with(ALERT)).map(|alert| (alert.key, alert.message))
    }

    fn state(&self, task: Task) -> TaskState {
        self.scene.store.read::<_, StoreError>(|reader| reader.task(task.code())).unwrap().unwrap()
    }
}

fn away() -> Setback {
    Setback::passing("DS est en maintenance", "réessayez plus tard")
}

fn lists(done: &[String]) -> Vec<&str> {
    done.iter().map(String::as_str).filter(|errand| !errand.starts_with("synchronisation")).collect()
}

#[test]
fn a_first_start_syncs_at_once_and_makes_no_document_of_the_past() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    assert_eq!(story.round(), ["synchronisation"]);
    assert_eq!(story.rounds("2021-09-15T10:03:00Z", "2021-09-15T10:14:00Z"), [""; 0]);
    assert_eq!(story.round_at("2021-09-15T10:15:00Z"), ["synchronisation"]);
    assert!(lists(&story.rounds("2021-09-16T04:00:00Z", "2021-09-16T06:00:00Z")).is_empty());
}

#[test]
fn at_the_turn_of_the_month_there_is_one_list_of_the_month_just_ended() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    story.round();
    let done = story.rounds("2021-10-01T03:45:00Z", "2021-10-01T05:00:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021"]);
    let done = story.rounds("2021-10-05T05:55:00Z", "2021-10-05T06:05:00Z");
    assert_eq!(lists(&done), ["projet de rapport trimestriel, 3ᵉ trimestre 2021"]);
    assert!(lists(&story.restart().rounds("2021-10-06T03:50:00Z", "2021-10-06T04:20:00Z")).is_empty());
}

#[test]
fn after_months_of_absence_each_month_has_its_list_and_the_sync_is_made_up_once() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    story.round();
    let done = story.restart().round_at("2022-01-07T09:00:00Z");
    assert_eq!(
        done,
        [
            "synchronisation complète",
            "synchronisation",
            "liste Démat.ADS, septembre 2021",
            "liste Démat.ADS, octobre 2021",
            "liste Démat.ADS, novembre 2021",
            "liste Démat.ADS, décembre 2021",
            "projet de rapport trimestriel, 3ᵉ trimestre 2021",
            "projet de rapport trimestriel, 4ᵉ trimestre 2021",
        ]
    );
    assert_eq!(story.round_at("2022-01-07T09:01:00Z"), [""; 0]);
}

#[test]
fn a_failure_raises_an_alert_pauses_longer_each_time_and_is_forgotten_once_it_succeeds() {
    let mut story = Story::begin("2021-09-15T10:00:00Z");
    story.ds(Some(away()));
    // Ten, then 1, 2, 4, 8 and 16 minutes later; those due meanwhile pause with it.
    let mut tries = Vec::new();
    for minute in 0..60 {
        let now = at("2021-09-15T10:00:00Z") + SignedDuration::from_mins(minute);
        if !story.round_at(&now.to_string()).is_empty() {
            tries.push(minute);
        }
    }
    assert_eq!(tries, [0, 1, 3, 7, 15, 31]);
    let (key, message) = story.alert().unwrap();
    assert_eq!(
        (key.as_str(), message.as_str()),
        ("task:sync", "synchronisation : 6 essais en échec, le dernier : DS est en maintenance")
    );
    assert!(!story.state(Task::Sync).needs_person);
    story.ds(None);
    assert_eq!(story.restart().round_at("2021-09-15T11:03:00Z"), ["synchronisation"], "after 32 minutes");
    assert_eq!(story.alert(), None);
    let state = story.state(Task::Sync);
    assert_eq!((state.attempts, state.last_error), (0, None));
}

#[test]
fn the_alert_of_a_task_is_dated_by_ds() {
    let mut story = Story::begin("2021-09-25T10:02:00Z");
    story.round();
    story.jump("2021-11-04T10:02:10Z").round();
    story.ds(Some(away())).round_at("2021-11-04T10:15:00Z");
    let alerts = story.scene.store.read::<_, StoreError>(|reader| reader.alerts()).unwrap();
    let raised: Vec<_> = alerts.iter().map(|alert| (alert.key.as_str(), alert.raised_at)).collect();
    assert_eq!(raised, [("task:sync", at("2021-09-25T10:14:50Z"))]);
}

#[test]
fn a_provisional_list_settles_no_month() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    story.round();
    *story.scene.provisional.lock().unwrap() = true;
    let done = story.rounds("2021-10-01T04:00:00Z", "2021-10-01T04:01:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021"; 2]);
    assert_eq!(story.alert().unwrap().0, "task:monthly_list");
    *story.scene.provisional.lock().unwrap() = false;
    assert_eq!(lists(&story.round_at("2021-10-01T04:10:00Z")), ["liste Démat.ADS, septembre 2021"]);
    assert_eq!(story.alert(), None);
    assert!(lists(&story.round_at("2021-10-02T04:10:00Z")).is_empty());
}

#[test]
fn a_list_that_fails_is_made_before_those_after_it() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    story.round();
    *story.scene.provisional.lock().unwrap() = true;
    assert_eq!(lists(&story.round_at("2021-11-02T12:00:00Z"))[..1], ["liste Démat.ADS, septembre 2021"]);
    *story.scene.provisional.lock().unwrap() = false;
    let done = story.round_at("2021-11-02T12:01:00Z");
    assert_eq!(lists(&done)[..2], ["liste Démat.ADS, septembre 2021", "liste Démat.ADS, octobre 2021"]);
}

#[test]
fn a_clock_forty_days_ahead_for_a_moment_makes_no_document_and_delays_nothing() {
    let mut story = Story::begin("2021-09-25T10:02:00Z");
    story.round();
    story.jump("2021-11-04T10:02:10Z");
    let done = story.round();
    assert!(done.contains(&"synchronisation".to_owned()), "the sync goes on: {done:?}");
    let kept = [Task::MonthlyList, Task::QuarterlyReport].map(|task| story.state(task));
    assert!(kept.iter().all(|state| state.attempts == 0 && state.done_until <= at("2021-09-25T10:02:00Z")), "{kept:?}");
    assert_eq!(story.alert(), None, "to wait is no failure");
    story.jump("2021-09-25T10:02:15Z");
    assert_eq!(story.round_at("2021-09-25T10:03:00Z"), ["synchronisation"], "the last one counts as never");
    assert_eq!(story.round_at("2021-09-25T10:15:00Z"), ["synchronisation"]);
    let done = story.rounds("2021-10-01T03:55:00Z", "2021-10-01T04:20:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021"]);
}

#[test]
fn while_the_clock_is_ahead_a_document_asks_ds_once_and_waits_for_its_date() {
    let mut story = Story::begin("2021-09-25T10:02:00Z");
    story.round();
    story.jump("2021-11-04T10:02:10Z");
    let done = story.rounds("2021-11-04T10:03:00Z", "2021-11-04T12:00:00Z");
    assert_eq!(lists(&done).len(), 0, "the sync before them has asked already: {done:?}");
    assert_eq!(done.len(), 2 + 8, "both syncs made up, and one a quarter of an hour: {done:?}");
    // Forty days behind this machine, September ends for DS too.
    let done = story.rounds_every(5, "2021-11-09T22:50:00Z", "2021-11-10T06:00:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021", "projet de rapport trimestriel, 3ᵉ trimestre 2021"]);
}

#[test]
fn a_first_start_in_2000_makes_up_one_sync_and_no_list() {
    let mut story = Story::begin("2021-09-25T10:02:00Z");
    story.jump("2000-01-01T00:00:30Z");
    assert_eq!(story.round(), ["synchronisation"]);
    assert_eq!(story.round_at("2000-01-01T00:02:00Z"), [""; 0]);
    let done = story.jump("2021-09-25T10:03:00Z").round();
    assert_eq!(done, ["synchronisation complète", "synchronisation"]);
    assert_eq!(story.round_at("2021-09-25T10:04:00Z"), [""; 0]);
    let done = story.rounds("2021-10-01T03:55:00Z", "2021-10-01T04:20:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021"]);
}

#[test]
fn before_ds_has_answered_nothing_is_concluded() {
    let mut story = Story::begin("2021-09-25T10:02:00Z");
    story.ds(Some(away()));
    let done = story.rounds_every(15, "2021-09-30T22:00:00Z", "2021-10-05T07:00:00Z");
    assert!(lists(&done).is_empty() && !done.is_empty(), "{done:?}");
    story.ds(None);
    let done = story.rounds("2021-10-05T07:01:00Z", "2021-10-05T09:00:00Z");
    assert!(lists(&done).is_empty(), "what ended before the first reading of DS is for people to ask for: {done:?}");
}

#[test]
fn a_clock_set_back_under_the_service_does_nothing_twice() {
    let mut story = Story::begin("2021-09-15T10:02:00Z");
    story.round();
    let done = story.rounds("2021-10-01T03:55:00Z", "2021-10-01T04:05:00Z");
    assert_eq!(lists(&done), ["liste Démat.ADS, septembre 2021"]);
    let done = story.jump("2000-01-01T00:00:30Z").rounds_every(15, "2000-01-01T00:15:00Z", "2000-01-03T00:00:00Z");
    assert!(lists(&done).is_empty(), "{:?}", lists(&done));
    assert!(done.len() > 60, "it goes on syncing by the clock that it has: {}", done.len());
    let done = story.jump("2021-10-03T04:00:00Z").rounds("2021-10-03T04:00:00Z", "2021-10-03T04:20:00Z");
    assert!(lists(&done).is_empty(), "{done:?}");
    assert_eq!(done, ["synchronisation complète", "synchronisation", "synchronisation"], "at six, and a quarter past");
}

#[test]
fn what_must_not_be_asked_again_waits_for_somebody() {
    let mut story = Story::begin("2021-09-15T10:00:00Z");
    let locked = Setback { remedy: Remedy::PersonFirst, ..Setback::for_a_person("le mandataire refuse", "api.proxy") };
    story.ds(Some(locked.clone()));
    assert_eq!(story.round(), ["synchronisation"]);
    assert_eq!(story.rounds_every(15, "2021-09-15T10:15:00Z", "2021-09-16T10:00:00Z"), [""; 0]);
    assert!(story.alert().is_some() && story.state(Task::Sync).needs_person);
    let kept = |story: &Story| story.scene.store.read::<_, StoreError>(|reader| reader.hold()).unwrap();
    let hold = kept(&story).unwrap();
    assert_eq!(
        (hold.since, hold.message.as_str(), hold.hint.as_str()),
        (at("2021-09-15T10:00:00Z"), "le mandataire refuse", "api.proxy"),
        "whoever asks can be told"
    );
    // A restart asks once more; so does a sync that somebody ran and that was not refused too; the service's own runs do not count.
    story.restart();
    assert_eq!(kept(&story), None, "the restart lifts it");
    assert_eq!(story.round_at("2021-09-16T10:01:00Z"), ["synchronisation"]);
    assert!(kept(&story).is_some());
    let run = |trigger| {
        let database = &story.scene.store;
        let now = at("2021-09-16T10:02:00Z");
        let run = database.write::<_, StoreError>(|writer| writer.run_begin(trigger, now)).unwrap();
        move |store: &Store, outcome: RunOutcome| {
            store.write::<_, StoreError>(|writer| writer.run_finish(run, outcome, None, now)).unwrap();
        }
    };
    run("schedule")(&story.scene.store, RunOutcome::Done);
    run("manual")(&story.scene.store, RunOutcome::Failed);
    let end = run("manual");
    assert_eq!(story.round_at("2021-09-16T12:00:00Z"), [""; 0], "it has not ended");
    assert!(kept(&story).is_some());
    end(&story.scene.store, RunOutcome::Done);
    assert_eq!(kept(&story), None, "it is lifted before the service looks");
    story.ds(None);
    assert_eq!(story.round_at("2021-09-16T12:01:00Z"), ["synchronisation"]);
    assert_eq!(story.alert(), None);
}

struct Panicking;

impl Perform for Panicking {
    async fn perform(&self, _: Errand) -> Result<Performed, Setback> {
        panic!("a fault of the program")
    }
}

#[test]
fn a_panic_is_a_failure_like_any_other() {
    let story = Story::begin("2021-09-15T10:00:00Z");
    let Daemon { plans, store, clock, stop, .. } = Story::daemon(&story.scene, &story.plans);
    let mut daemon = Daemon::new(plans, store, clock, Panicking, stop).unwrap();
    story.runtime.block_on(daemon.round());
    assert!(story.alert().unwrap().1.contains("erreur interne"));
    assert!(story.state(Task::Sync).needs_person);
}

#[test]
fn a_task_that_is_planned_no_more_loses_its_alert() {
    let mut story = Story::begin("2021-09-15T10:00:00Z");
    story.ds(Some(away())).round();
    assert!(story.alert().is_some());
    let Daemon { plans, store, clock, performer, stop, .. } = Story::daemon(&story.scene, &story.plans);
    assert!(story.alert().is_some());
    let others = plans.into_iter().filter(|plan| plan.task != Task::Sync).collect();
    Daemon::new(others, store, clock, performer, stop).unwrap();
    assert_eq!(story.alert(), None);
}

#[test]
fn a_stop_is_no_failure() {
    let mut story = Story::begin("2021-09-15T10:00:00Z");
    story.ds(Some(away()));
    story.daemon.stop.cancel();
    assert_eq!(story.round(), [""; 0]);
    assert_eq!(story.alert(), None);
}
