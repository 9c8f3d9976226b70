//! Whether what is known of DS is as fresh as the schedule promises.

use jiff::{SignedDuration, Timestamp};

use super::plan::Plan;
use super::task::Task;
use crate::store::TaskState;

/// The due sync that did not succeed, where what is known is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Nothing was ever read to the end.
    NeverRead,
    /// A sync was due then, and none has succeeded since.
    Since(Timestamp),
}

impl Stale {
    /// Since when; none where nothing was ever read.
    #[must_use]
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::NeverRead => None,
            Self::Since(due) => Some(due),
        }
    }
}

/// Whether a démarche that was read to the end at some time is stale: counted from the first sync that was due since then, and
/// beyond a delay. What was read in the future was never read.
#[must_use]
pub fn staleness(plans: &[Plan], synced_at: Option<Timestamp>, now: Timestamp, delay: SignedDuration) -> Option<Stale> {
    let Some(synced_at) = synced_at.filter(|synced_at| *synced_at <= now) else { return Some(Stale::NeverRead) };
    let syncs = plans.iter().filter(|plan| matches!(plan.task, Task::Sync | Task::FullSync));
    let due = syncs.filter_map(|plan| plan.next_after(synced_at)).min()?;
    (now.duration_since(due) >= delay).then_some(Stale::Since(due))
}

/// Whether a task fails in a way that somebody should know of: time will not mend it, or has not for longer than a delay.
#[must_use]
pub fn is_failing(plan: &Plan, state: &TaskState, now: Timestamp, delay: SignedDuration) -> bool {
    let waits_since = plan.next_after(state.done_until);
    state.attempts > 0 && (state.needs_person || waits_since.is_some_and(|due| now.duration_since(due) >= delay))
}

#[cfg(test)]
mod tests {
    use super::super::cron::Cron;
    use super::*;
    use crate::domain::instant::paris;

    const DELAY: SignedDuration = SignedDuration::from_hours(6);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn plans() -> Vec<Plan> {
        let plan = |task, expression| Plan::new(task, Vec::new(), Cron::new(expression, paris()).unwrap());
        vec![
            plan(Task::FullSync, "0 30 4 * * Sun"),
            plan(Task::Sync, "0 */15 6-21 * * *"),
            plan(Task::MonthlyList, "0 0 0 * * *"),
        ]
    }

    #[test]
    fn stale_is_counted_from_the_first_due_sync_that_did_not_succeed() {
        // The last sync of a Friday evening; the next one is due on Saturday at six.
        let synced = Some(at("2021-09-03T19:45:02Z"));
        let stale = |now| staleness(&plans(), synced, at(now), DELAY);
        assert_eq!(stale("2021-09-03T19:46:00Z"), None);
        assert_eq!(stale("2021-09-04T09:59:59Z"), None);
        assert_eq!(stale("2021-09-04T10:00:00Z"), Some(Stale::Since(at("2021-09-04T04:00:00Z"))));
        // On Sunday the full sync comes first.
        let synced = Some(at("2021-09-04T19:45:02Z"));
        assert_eq!(
            staleness(&plans(), synced, at("2021-09-05T08:30:00Z"), DELAY),
            Some(Stale::Since(at("2021-09-05T02:30:00Z")))
        );
    }

    #[test]
    fn never_or_in_the_future_is_never() {
        let now = at("2021-09-03T19:46:00Z");
        assert_eq!(staleness(&plans(), None, now, DELAY), Some(Stale::NeverRead));
        assert_eq!(staleness(&plans(), Some(at("2021-10-13T00:00:00Z")), now, DELAY), Some(Stale::NeverRead));
    }

    #[test]
    fn a_failure_that_time_may_mend_is_one_after_the_delay() {
        let list = Plan::new(Task::MonthlyList, Vec::new(), Cron::new("0 0 6 1 * *", paris()).unwrap());
        let mut state = TaskState::settled_until(at("2021-09-01T04:00:00Z"));
        let failing = |state: &TaskState, now| is_failing(&list, state, at(now), DELAY);
        assert!(!failing(&state, "2021-10-02T00:00:00Z"), "late, and nothing says that it fails");
        state.attempts = 2;
        assert!(!failing(&state, "2021-10-01T09:59:59Z"));
        assert!(failing(&state, "2021-10-01T10:00:00Z"));
        state.needs_person = true;
        assert!(failing(&state, "2021-10-01T04:01:00Z"));
    }
}
