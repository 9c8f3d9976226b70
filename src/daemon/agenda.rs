//! What the service will do next, and whether it fails at something: what `fitn status` tells of it.

use jiff::{SignedDuration, Timestamp};

use super::freshness::is_failing;
use super::plan::Plan;
use super::task::Task;
use crate::domain::clock::ServerClock;
use crate::store::{Store, StoreError, TaskState};

/// What a service that lives does next.
#[derive(Debug, Default)]
pub struct Agenda {
    /// In order of time.
    pub next: Vec<NextTask>,
    /// The tasks that fail in a way that somebody should know of; all of them while the service is held.
    pub failing: Vec<Task>,
}

/// A task to come.
#[derive(Debug)]
pub struct NextTask {
    /// The task.
    pub task: Task,
    /// By DS's clock, as far as can be told.
    pub at: Timestamp,
    /// What is kept of it; none before its first time.
    pub state: Option<TaskState>,
}

impl Agenda {
    /// What is due when, by this machine's clock; failures of a kind that time may mend count after a delay. A service that is held
    /// fails, and announces nothing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn read(store: &Store, plans: &[Plan], now: Timestamp, delay: SignedDuration) -> Result<Self, StoreError> {
        store.read(|reader| {
            let (heard, is_held) = (reader.server_clock()?, reader.hold()?.is_some());
            let mut agenda = Self::default();
            for plan in plans {
                let (kept, moment) = (reader.task(plan.task.code())?, plan.moment(reader, now)?);
                if is_held || kept.as_ref().is_some_and(|kept| is_failing(plan, kept, now, delay)) {
                    agenda.failing.push(plan.task);
                }
                let at = plan.next(kept.as_ref(), &moment).filter(|_| !is_held);
                agenda.next.extend(at.map(|at| NextTask { task: plan.task, at: told_by_ds(at, heard), state: kept }));
            }
            agenda.next.sort_by_key(|next| (next.at, next.task));
            Ok(agenda)
        })
    }
}

/// An instant to come of this machine's clock, as DS's clock will say it: of a machine that is far ahead, its own would tell
/// nobody anything.
fn told_by_ds(at: Timestamp, heard: Option<ServerClock>) -> Timestamp {
    heard.filter(ServerClock::is_off).map_or(at, |clock| clock.corrected(at))
}
