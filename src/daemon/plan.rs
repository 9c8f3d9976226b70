//! Whether a task is due: pure.

use jiff::{SignedDuration, Timestamp};

use super::cron::Cron;
use super::task::{Errand, MakeUp, Task};
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;
use crate::store::{Reader, StoreError, TaskState};

/// The first pause after a failure, doubled each time.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// A sync that was due within this time before the first start is made up.
const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What the clocks say when it is asked what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// This machine's clock, which may be wrong.
    pub now: Timestamp,
    /// DS's clock as it was last read; none before DS has answered.
    pub heard: Option<ServerClock>,
    /// When one of the démarches that the task is about was first read to the end, by DS's clock.
    pub first_synced_at: Option<Timestamp>,
}

impl Moment {
    /// What has come for sure, by the one clock or the other.
    fn latest(&self) -> Timestamp {
        self.heard.map_or(self.now, |heard| heard.date.max(self.now))
    }
}

/// Something to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The due time.
    pub at: Timestamp,
    /// What is to be done.
    pub errand: Errand,
}

/// When a task is due.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The task.
    pub task: Task,
    /// The démarches it is about.
    procedures: Vec<ProcedureNumber>,
    cron: Cron,
}

impl Plan {
    /// A task with the démarches it is about, and its due times.
    #[must_use]
    pub fn new(task: Task, procedures: Vec<ProcedureNumber>, cron: Cron) -> Self {
        Self { task, procedures, cron }
    }

    /// What the clocks say, and since when its démarches are read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn moment(&self, reader: &Reader<'_>, now: Timestamp) -> Result<Moment, StoreError> {
        let first_synced_at = reader.first_synced_at(&self.procedures)?;
        Ok(Moment { now, heard: reader.server_clock()?, first_synced_at })
    }

    /// Up to when every due time is settled, by what is kept of the task. None when nothing is known that it could begin with.
    ///
    /// A sync begins with the first start, and begins again where the date kept is still to come: that counts as never. A
    /// document begins with the first complete reading of a démarche that it is about. Where the date kept for it is still to come by both clocks, the
    /// due times up to now were settled before it, since the oldest is always settled first.
    #[must_use]
    pub fn settled_until(&self, kept: Option<Timestamp>, moment: &Moment) -> Option<Timestamp> {
        match self.task.make_up() {
            MakeUp::Latest => {
                let look_back = if self.task == Task::Sync { FIRST_LOOK_BACK } else { SignedDuration::ZERO };
                let first = moment.now.saturating_sub(look_back).unwrap_or(moment.now);
                Some(kept.filter(|kept| *kept <= moment.now).unwrap_or(first))
            }
            MakeUp::Each => {
                let first = moment.first_synced_at?;
                Some(kept.map_or(first, |kept| kept.min(moment.latest()).max(first)))
            }
        }
    }

    /// What to do now, if anything: nothing when everything is settled, while a failure pauses, or while DS says that the
    /// period of the document is not over.
    #[must_use]
    pub fn due(&self, state: &TaskState, moment: &Moment) -> Option<Due> {
        if pauses_until(state, moment.now).is_some() {
            return None;
        }
        let at = self.open(state.done_until, moment.now)?;
        let errand = self.task.errand(self.cron.day(at));
        let is_early = errand.ends_before().is_some_and(|end| ds_says_not_yet(end, at, moment));
        (!is_early).then_some(Due { at, errand })
    }

    /// When the task will be done next, by this machine's clock, as far as can be told; none when it never will. A document that
    /// is due for this machine and not for DS comes when DS's clock says so.
    #[must_use]
    pub fn next(&self, state: Option<&TaskState>, moment: &Moment) -> Option<Timestamp> {
        let next = self.cron.next_after(moment.now);
        if let Some(until) = state.and_then(|state| pauses_until(state, moment.now)) {
            return Some(next.map_or(until, |next| next.min(until)));
        }
        let done_until = self.settled_until(state.map(|state| state.done_until), moment);
        let Some(at) = done_until.and_then(|done_until| self.open(done_until, moment.now)) else { return next };
        let over_at = self.task.errand(self.cron.day(at)).ends_before().and_then(|end| {
            let heard = moment.heard.filter(|_| ds_says_not_yet(end, at, moment))?;
            end.checked_sub(heard.offset()).ok()
        });
        Some(over_at.map_or(moment.now, |over_at| over_at.max(moment.now)))
    }

    /// The first due time after an instant.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        self.cron.next_after(instant)
    }

    /// The latest due time until an instant.
    #[must_use]
    pub fn latest(&self, until: Timestamp) -> Option<Timestamp> {
        self.cron.latest_until(until)
    }

    /// The due time to settle now.
    fn open(&self, done_until: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let first = self.cron.next_after(done_until).filter(|first| *first <= now)?;
        match self.task.make_up() {
            MakeUp::Each => Some(first),
            MakeUp::Latest => Some(self.cron.latest_until(now).map_or(first, |latest| latest.max(first))),
        }
    }
}

/// Whether DS answered since the due time, and said that the period is not over: this machine is ahead.
fn ds_says_not_yet(end: Timestamp, due: Timestamp, moment: &Moment) -> bool {
    moment.heard.is_some_and(|heard| heard.date < end && (due..=moment.now).contains(&heard.machine))
}

/// When the pause after a failure ends; none when there is none. A failure that is still to come counts as never.
fn pauses_until(state: &TaskState, now: Timestamp) -> Option<Timestamp> {
    let failed_at = state.last_finished_at.filter(|failed_at| state.attempts > 0 && *failed_at <= now)?;
    let until = failed_at.saturating_add(pause(state.attempts)).unwrap_or(now);
    (now < until).then_some(until)
}

/// How long to wait after a number of failures in a row.
fn pause(attempts: u32) -> SignedDuration {
    FIRST_PAUSE
        .checked_mul(1 << attempts.saturating_sub(1).min(10))
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::instant::paris;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn settled(until: &str) -> TaskState {
        TaskState::settled_until(at(until))
    }

    fn plan(task: Task, expression: &str) -> Plan {
        Plan::new(task, Vec::new(), Cron::new(expression, paris()).unwrap())
    }

    fn sync() -> Plan {
        plan(Task::Sync, "0 */15 * * * *")
    }

    fn list() -> Plan {
        plan(Task::MonthlyList, "0 0 6 1 * *")
    }

    /// Both clocks say the same; DS is read since 2021.
    fn moment(now: &str) -> Moment {
        let now = at(now);
        Moment {
            now,
            heard: Some(ServerClock { date: now, machine: now }),
            first_synced_at: Some(at("2021-01-02T09:00:00Z")),
        }
    }

    #[test]
    fn a_sync_that_was_missed_is_made_up_once() {
        let mut state = settled("2021-09-01T00:00:00Z");
        let due = |state: &TaskState, now| sync().due(state, &moment(now)).map(|due| due.at);
        assert_eq!(due(&state, "2021-09-20T10:20:00Z"), Some(at("2021-09-20T10:15:00Z")));
        state.done_until = at("2021-09-20T10:15:00Z");
        assert_eq!(due(&state, "2021-09-20T10:29:59Z"), None);
        assert_eq!(due(&state, "2021-09-20T10:30:00Z"), Some(at("2021-09-20T10:30:00Z")));
    }

    #[test]
    fn every_missed_month_has_its_list_of_the_month_before() {
        let mut state = settled("2021-08-15T00:00:00Z");
        let mut lists = Vec::new();
        while let Some(due) = list().due(&state, &moment("2021-11-02T00:00:00Z")) {
            lists.push(format!("{} {}", due.at, due.errand));
            state.done_until = due.at;
        }
        assert_eq!(
            lists,
            [
                "2021-09-01T04:00:00Z liste Démat.ADS, août 2021",
                "2021-10-01T04:00:00Z liste Démat.ADS, septembre 2021",
                "2021-11-01T05:00:00Z liste Démat.ADS, octobre 2021",
            ]
        );
    }

    #[test]
    fn the_month_just_ended_is_that_of_the_schedule_s_time_zone() {
        let noumea = Cron::new("0 0 6 1 * *", TimeZone::get("Pacific/Noumea").unwrap()).unwrap();
        let list = Plan::new(Task::MonthlyList, Vec::new(), noumea);
        let state = settled("2021-09-15T00:00:00Z");
        // The first of October there is still September in Paris: DS is asked, then waited for.
        let mut moment = moment("2021-09-30T19:00:00Z");
        assert_eq!(list.due(&state, &moment), None, "DS says that September is not over");
        moment.heard = Some(ServerClock { date: at("2021-09-30T18:00:00Z"), machine: at("2021-09-30T18:00:00Z") });
        let due = list.due(&state, &moment).unwrap();
        assert_eq!(due.errand.to_string(), "liste Démat.ADS, septembre 2021", "DS has not been asked since");
    }

    #[test]
    fn a_failure_pauses_longer_each_time() {
        let mut state = settled("2021-09-01T10:00:00Z");
        state.attempts = 3;
        state.last_finished_at = Some(at("2021-09-01T10:15:00Z"));
        assert_eq!(sync().due(&state, &moment("2021-09-01T10:18:59Z")), None);
        assert_eq!(sync().next(Some(&state), &moment("2021-09-01T10:18:59Z")), Some(at("2021-09-01T10:19:00Z")));
        let due = sync().due(&state, &moment("2021-09-01T10:19:00Z"));
        assert_eq!(due.map(|due| due.at), Some(at("2021-09-01T10:15:00Z")));
        assert_eq!(pause(1), SignedDuration::from_mins(1));
        assert_eq!(pause(2), SignedDuration::from_mins(2));
        assert_eq!(pause(40), LONGEST_PAUSE);
    }

    #[test]
    fn a_pause_that_began_in_the_future_is_none() {
        let mut state = settled("2021-09-01T10:00:00Z");
        state.attempts = 7;
        state.last_finished_at = Some(at("2021-10-10T10:15:00Z"));
        assert!(sync().due(&state, &moment("2021-09-01T10:15:00Z")).is_some());
    }

    #[test]
    fn before_ds_is_read_no_document_is_due() {
        let unheard = Moment { heard: None, first_synced_at: None, ..moment("2021-10-02T00:00:00Z") };
        assert_eq!(list().settled_until(None, &unheard), None);
        assert_eq!(list().settled_until(Some(at("2021-08-01T04:00:00Z")), &unheard), None);
        let first = sync().settled_until(None, &unheard);
        assert_eq!(first, Some(at("2021-10-01T00:00:00Z")), "a sync of the last day is made up");
        let full = plan(Task::FullSync, "0 30 4 * * Sun").settled_until(None, &unheard);
        assert_eq!(full, Some(unheard.now), "the first sync is full by itself");
    }

    #[test]
    fn documents_are_made_up_from_the_first_reading_of_ds_on() {
        let moment = Moment { first_synced_at: Some(at("2021-10-01T03:00:00Z")), ..moment("2021-10-02T00:00:00Z") };
        for kept in [None, Some(at("2000-01-01T00:00:00Z")), Some(at("2021-08-01T04:00:00Z"))] {
            assert_eq!(list().settled_until(kept, &moment), moment.first_synced_at, "{kept:?}");
        }
        let later = Some(at("2021-10-01T04:00:00Z"));
        assert_eq!(list().settled_until(later, &moment), later);
    }

    #[test]
    fn what_is_settled_in_the_future_counts_as_never_for_syncs_and_until_now_for_documents() {
        let future = Some(at("2021-11-29T10:00:00Z"));
        let moment = moment("2021-10-20T10:00:00Z");
        assert_eq!(sync().settled_until(future, &moment), Some(at("2021-10-19T10:00:00Z")));
        assert_eq!(list().settled_until(future, &moment), Some(moment.now));
        // A machine set back to 2000 forgets no list that DS's date has seen settled.
        let back = Moment { now: at("2000-01-01T00:00:00Z"), ..moment };
        let kept = Some(at("2021-10-01T04:00:00Z"));
        assert_eq!(list().settled_until(kept, &back), kept);
        assert_eq!(sync().settled_until(kept, &back), Some(at("1999-12-31T00:00:00Z")));
    }

    #[test]
    fn what_comes_next_is_the_document_of_ds_s_month_and_not_of_a_machine_that_is_ahead() {
        let state = settled("2021-10-15T00:00:00Z");
        let heard = ServerClock { date: at("2021-10-20T10:01:00Z"), machine: at("2021-11-29T10:00:00Z") };
        let ahead = Moment { heard: Some(heard), ..moment("2021-11-29T10:00:00Z") };
        let next = list().next(Some(&state), &ahead).unwrap();
        assert_eq!(next, at("2021-12-10T22:59:00Z"), "by the machine’s clock");
        assert_eq!(heard.corrected(next), at("2021-10-31T23:00:00Z"), "the end of October, by DS’s");
        let unheard = Moment { heard: Some(ServerClock { machine: heard.date, ..heard }), ..ahead };
        assert_eq!(list().next(Some(&state), &unheard), Some(ahead.now), "DS is asked at once");
        let early = list().next(Some(&settled("2021-10-01T04:00:00Z")), &moment("2021-10-20T10:00:00Z"));
        assert_eq!(early, Some(at("2021-11-01T05:00:00Z")));
    }

    #[test]
    fn a_document_waits_for_ds_s_date_and_asks_for_it_once() {
        let state = settled("2021-10-15T00:00:00Z");
        let heard = |date: &str, machine: &str| Some(ServerClock { date: at(date), machine: at(machine) });
        let ahead = |heard| Moment { heard, ..moment("2021-11-29T10:00:00Z") };
        let due = |heard| list().due(&state, &ahead(heard)).map(|due| due.errand.to_string());
        let october = Some("liste Démat.ADS, octobre 2021".to_owned());
        assert_eq!(due(heard("2021-10-20T10:00:00Z", "2021-10-20T10:00:00Z")), october, "not heard since it is due");
        assert_eq!(due(heard("2021-10-20T10:01:00Z", "2021-11-29T10:00:00Z")), None, "heard: October is not over");
        assert_eq!(due(heard("2021-10-31T22:59:59Z", "2021-11-29T10:00:00Z")), None);
        assert_eq!(due(heard("2021-10-31T23:00:00Z", "2021-11-29T10:00:00Z")), october, "heard: it is over");
        // Heard while the machine was further ahead than now: that says nothing of since when it was heard.
        assert_eq!(due(heard("2021-10-20T10:01:00Z", "2022-03-01T00:00:00Z")), october);
    }
}
