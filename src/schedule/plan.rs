//! The due times of one task.

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::store::TaskState;

/// How many missed due times are looked for at most: two years of monthly lists, and a bound for any other task.
const LOOK_BACK: usize = 24;

/// The first pause after a failure, doubled each time.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// What becomes of due times that were missed while nobody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeUp {
    /// The latest one stands for all.
    Latest,
    /// Each is made up, oldest first: every one has a result of its own.
    Each,
}

/// A cron expression that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("« {expression} » n’est pas une expression cron à six champs : {reason}")]
pub struct PlanError {
    expression: String,
    reason: String,
}

/// When a task is due.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names the task in the database.
    pub name: &'static str,
    /// What becomes of missed due times.
    pub make_up: MakeUp,
    cron: Cron,
    zone: TimeZone,
}

impl Plan {
    /// A plan from a six-field cron expression (seconds first) in a time zone.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(name: &'static str, expression: &str, zone: TimeZone, make_up: MakeUp) -> Result<Self, PlanError> {
        let cron = CronParser::builder()
            .seconds(Seconds::Required)
            .build()
            .parse(expression)
            .map_err(|error| PlanError { expression: expression.to_owned(), reason: error.to_string() })?;
        Ok(Self { name, make_up, cron, zone })
    }

    /// The first due time after an instant; none when there is none.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let zoned = instant.to_zoned(self.zone.clone());
        self.cron.find_next_occurrence(&zoned, false).ok().map(|next| next.timestamp())
    }

    /// The due time to settle now, if any: none when everything is settled, or while a failure pauses.
    #[must_use]
    pub fn due(&self, state: &TaskState, now: Timestamp) -> Option<Timestamp> {
        if state.attempts > 0
            && let Some(failed_at) = state.last_finished_at
            && now < failed_at.saturating_add(pause(state.attempts)).unwrap_or(now)
        {
            return None;
        }
        let mut due = None;
        let mut from = state.done_until;
        for _ in 0..LOOK_BACK {
            let Some(next) = self.next_after(from).filter(|next| *next <= now) else { return due };
            due = Some(next);
            if self.make_up == MakeUp::Each {
                return due;
            }
            from = next;
        }
        // Far behind: the latest due time before now is all that matters.
        self.latest_before(now).or(due)
    }

    fn latest_before(&self, now: Timestamp) -> Option<Timestamp> {
        let zoned = now.to_zoned(self.zone.clone());
        self.cron.find_previous_occurrence(&zoned, true).ok().map(|latest| latest.timestamp())
    }
}

/// How long to wait after a number of failures in a row.
fn pause(attempts: u32) -> SignedDuration {
    FIRST_PAUSE
        .checked_mul(1 << attempts.saturating_sub(1).min(10))
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::instant::paris;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn settled(until: &str) -> TaskState {
        TaskState {
            done_until: at(until),
            attempts: 0,
            last_started_at: None,
            last_finished_at: None,
            last_error: None,
        }
    }

    fn plan(expression: &str, make_up: MakeUp) -> Plan {
        Plan::new("task", expression, paris(), make_up).unwrap()
    }

    #[test]
    fn a_due_time_follows_the_hour_in_paris_through_both_changes() {
        let daily = plan("0 0 6 * * *", MakeUp::Latest);
        assert_eq!(daily.next_after(at("2021-03-27T12:00:00Z")), Some(at("2021-03-28T04:00:00Z")));
        assert_eq!(daily.next_after(at("2021-10-30T12:00:00Z")), Some(at("2021-10-31T05:00:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_up_once() {
        let sync = plan("0 */15 * * * *", MakeUp::Latest);
        let mut state = settled("2021-09-01T00:00:00Z");
        assert_eq!(sync.due(&state, at("2021-09-20T10:20:00Z")), Some(at("2021-09-20T10:15:00Z")));
        state.done_until = at("2021-09-20T10:15:00Z");
        assert_eq!(sync.due(&state, at("2021-09-20T10:29:59Z")), None);
        assert_eq!(sync.due(&state, at("2021-09-20T10:30:00Z")), Some(at("2021-09-20T10:30:00Z")));
    }

    #[test]
    fn every_missed_month_has_its_list() {
        let list = plan("0 0 6 1 * *", MakeUp::Each);
        let mut state = settled("2021-08-15T00:00:00Z");
        let now = at("2021-11-02T00:00:00Z");
        let mut settled_months = Vec::new();
        while let Some(due) = list.due(&state, now) {
            settled_months.push(due.to_string());
            state.done_until = due;
        }
        assert_eq!(settled_months, ["2021-09-01T04:00:00Z", "2021-10-01T04:00:00Z", "2021-11-01T05:00:00Z"]);
    }

    #[test]
    fn a_failure_pauses_longer_each_time() {
        let sync = plan("0 */15 * * * *", MakeUp::Latest);
        let mut state = settled("2021-09-01T10:00:00Z");
        state.attempts = 3;
        state.last_finished_at = Some(at("2021-09-01T10:15:00Z"));
        assert_eq!(sync.due(&state, at("2021-09-01T10:18:59Z")), None);
        assert_eq!(sync.due(&state, at("2021-09-01T10:19:00Z")), Some(at("2021-09-01T10:15:00Z")));
        assert_eq!(pause(1), SignedDuration::from_mins(1));
        assert_eq!(pause(40), LONGEST_PAUSE);
    }

    #[test]
    fn five_fields_are_refused() {
        assert!(Plan::new("task", "*/15 * * * *", paris(), MakeUp::Latest).is_err());
    }
}
