//! Ten years of the service, from due instant to due instant: DS is away, the service is down, tasks fail, a sync outlasts its
//! interval, the hour changes. Each document of each period is made once, in order.
//!
//! `FITN_TESTS=all` tells more of these stories.

use fastrand::Rng;
use jiff::civil::Date;

use super::*;
use crate::domain::instant::paris_date;
use crate::domain::period::{Month, Quarter};

/// The sync is due in the hour that is not there in spring, and is there twice in autumn.
const DAILY: [(Task, &str); 6] = [
    (Task::FullSync, "0 30 4 * * Sun"),
    (Task::Sync, "0 30 2 * * *"),
    (Task::MonthlyList, "0 0 6 1 * *"),
    (Task::QuarterlyReport, "0 0 8 5 1,4,7,10 *"),
    (Task::QuarterlyFinal, "0 0 8 20 1,4,7,10 *"),
    (Task::Digest, "0 0 7 * * Mon"),
];
const BEGINS: &str = "2021-01-15T09:00:00Z";
const ENDS: &str = "2031-01-25T09:00:00Z";

fn hours(rng: &mut Rng, from: i64, to: i64) -> SignedDuration {
    SignedDuration::from_hours(rng.i64(from..to))
}

/// What fate has in store.
struct Fate {
    rng: Rng,
    /// Until when DS is away.
    away: Timestamp,
    /// Until when documents stay provisional.
    provisional: Timestamp,
}

impl Fate {
    /// Before each round: something may begin, or end.
    fn befalls(&mut self, story: &mut Story, now: Timestamp) {
        if now >= self.away && self.rng.u32(..40) == 0 {
            self.away = now + hours(&mut self.rng, 1, 20 * 24);
        }
        if now >= self.provisional && self.rng.u32(..60) == 0 {
            self.provisional = now + hours(&mut self.rng, 1, 10 * 24);
        }
        story.ds((now < self.away).then(away));
        *story.scene.provisional.lock().unwrap() = now < self.provisional;
        let lasts = if self.rng.u32(..25) == 0 { self.rng.i64(1..40) * 3_600_000 } else { 20_000 };
        story.scene.lasts.store(lasts, Ordering::SeqCst);
        if self.rng.u32(..100) == 0 {
            story.restart();
        }
    }

    /// When the service looks again: at the next due instant, or after it was down for long.
    fn next(&mut self, story: &mut Story, now: Timestamp) -> Timestamp {
        let due = story.next().filter(|due| *due > now).unwrap_or(now);
        // The heart beats once a minute, at most a minute later.
        let next = due + SignedDuration::from_secs(self.rng.i64(1..60));
        if self.rng.u32(..200) > 0 {
            return next;
        }
        let back = next + hours(&mut self.rng, 1, 70 * 24);
        story.scene.machine.store(back.as_millisecond(), Ordering::SeqCst);
        story.restart();
        back
    }
}

/// The documents of all periods that ended from the beginning of a story to its end, in order.
fn expected<P: Copy + PartialEq + std::fmt::Display>(
    previous: impl Fn(P) -> P,
    last: P,
    first: P,
    errand: impl Fn(P) -> Errand,
) -> Vec<String> {
    let mut periods: Vec<P> =
        std::iter::successors(Some(last), |period| (*period != first).then(|| previous(*period))).collect();
    periods.reverse();
    periods.into_iter().map(|period| errand(period).to_string()).collect()
}

fn ten_years(seed: u64) {
    let mut story = Story::planned(BEGINS, &DAILY);
    story.scene.store.hurry();
    let mut fate = Fate { rng: Rng::with_seed(seed), away: at(BEGINS), provisional: at(BEGINS) };
    let (mut now, end) = (at(BEGINS), at(ENDS));
    let (mut rounds, mut began) = (0, 0);
    while now < end {
        fate.befalls(&mut story, now);
        began += story.round_at(&now.to_string()).len();
        rounds += 1;
        now = story.scene.machine();
        now = fate.next(&mut story, now);
    }
    // In the end all is well, and what is left is done.
    story.ds(None);
    *story.scene.provisional.lock().unwrap() = false;
    story.scene.lasts.store(1_000, Ordering::SeqCst);
    for hour in 0..3 {
        story.round_at(&(now + SignedDuration::from_hours(hour)).to_string());
    }
    let done = std::mem::take(&mut *story.scene.succeeded.lock().unwrap());
    let (first, last) = (paris_date(at(BEGINS)), paris_date(now));
    let of = |kind: &str| -> Vec<String> { done.iter().filter(|errand| errand.starts_with(kind)).cloned().collect() };
    let lists = expected(Month::previous, Month::of(last).previous(), Month::of(first), Errand::MonthlyList);
    assert_eq!(of("liste"), lists, "seed {seed}");
    let (quarter, ended) = (Quarter::of(first), Quarter::of(last).previous());
    let drafts = expected(Quarter::previous, ended, quarter, Errand::QuarterlyReport);
    assert_eq!(of("projet"), drafts, "seed {seed}");
    // The draft of the quarter before was due before the first start; its last day is after it.
    let reports = expected(Quarter::previous, ended, quarter.previous(), Errand::QuarterlyFinal);
    assert_eq!(of("rapport"), reports, "seed {seed}");
    // One a week; one for all the weeks in which the service was down.
    let weeks = usize::try_from(at(ENDS).duration_since(at(BEGINS)).as_hours() / (7 * 24) + 1).unwrap();
    let digests = of("courriel").len();
    assert!((weeks / 2..=weeks).contains(&digests), "seed {seed} : {digests} of {weeks}");
    assert!(done.len() > 2_000, "seed {seed} : {} of {began} errands in {rounds} rounds", done.len());
    for (task, _) in DAILY {
        assert_eq!(story.state(task).attempts, 0, "seed {seed}");
    }
}

#[test]
fn in_ten_years_each_document_of_each_period_is_made_once_and_in_order() {
    let all = std::env::var("FITN_TESTS").is_ok_and(|wanted| wanted == "all");
    for seed in 0..if all { 40 } else { 1 } {
        ten_years(seed);
    }
}

#[test]
fn every_day_has_one_due_time_whatever_the_hour_does() {
    for expression in ["0 30 2 * * *", "0 0 2 * * *", "0 0 3 * * *", "0 59 2 * * *", "0 0 6 * * *"] {
        let cron = Cron::new(expression, paris()).unwrap();
        let mut due = at("2021-01-01T00:00:00Z");
        let mut day: Option<Date> = None;
        while due < at("2031-01-01T00:00:00Z") {
            due = cron.next_after(due).unwrap();
            let its = cron.day(due);
            assert!(day.is_none_or(|day| day.tomorrow().unwrap() == its), "{expression} : {its} after {day:?}");
            assert_eq!(cron.latest_until(due), Some(due), "{expression} : {its}");
            day = Some(its);
        }
    }
}
