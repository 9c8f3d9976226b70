//! The service: what is due when, done once, tried again after a pause, and told when it fails.
//!
//! Tasks are values ([`Task`]); an [`Errand`] is a task with its period. [`Plan::due`] says what is to be done now, from what
//! the database keeps of the task and from a [`Moment`]: it is pure. [`Daemon`] does what is due, records how it went and
//! raises the alert of a task that fails; it knows neither DS nor documents, only somebody who performs errands: [`Work`] in
//! the program, a stand-in in tests.
//!
//! Two clocks take part. This machine's serves schedules and pauses, and may be wrong: an instant of the past that is still to
//! come counts as never. Whether a month or quarter is over, DS's date alone says ([`crate::domain::clock::ServerClock`]); a
//! document whose period is not over by it is not due, however far ahead this machine is. Documents are made up one by one, from
//! the first complete reading of a démarche they are about on, and never from before; a sync is made up once.
//!
//! What errands are done with are the [`Means`] of the moment, which [`Reload`] replaces when the configuration is read again.
//! People ask through the [`Control`] socket; a sync that they ask for is the one that is under way, if there is one ([`Syncs`]).
//!
//! No clock that is set delays a beat by more than a minute: see [`Heartbeat`].

mod agenda;
mod control;
mod cron;
mod freshness;
mod heartbeat;
mod means;
mod plan;
mod pulse;
mod reload;
mod round;
mod setback;
mod syncs;
pub mod systemd;
mod task;
mod watch;
mod work;

pub use agenda::{Agenda, NextTask};
pub use control::{Control, Talk};
pub use cron::{Cron, CronError};
pub use freshness::{Stale, is_failing, staleness};
pub use heartbeat::Heartbeat;
pub use means::{Means, Present, Reach};
pub use plan::{Due, Moment, Plan};
pub use pulse::Pulse;
pub use reload::Reload;
pub use round::{Daemon, Perform, Performed};
pub use setback::{Remedy, Setback};
pub use syncs::{Ended, Glimpse, News, Ongoing, Syncs, Turn};
pub use task::{Errand, MakeUp, Task};
pub use watch::{TOKEN_NOTICE, Watch, late_backup};
pub use work::{Sending, Work};

pub use crate::store::{ServiceLock, TaskState};
