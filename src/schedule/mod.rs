//! What is due when: computed from cron expressions and the state in the database, made up after downtime, never doubled.
//!
//! The room does not know what the tasks do. A heartbeat comes once a minute in UTC; what is due is computed here in the
//! configured time zone, because a scheduler that freezes the offset of a zone would be an hour off after each change of
//! hour. What "missed" means depends on the task: a sync is made up once, a monthly list for each month missed.

mod heartbeat;
mod plan;

pub use heartbeat::{Heartbeat, HeartbeatError};
pub use plan::{MakeUp, Plan, PlanError};
