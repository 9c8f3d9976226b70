//! The state of scheduled tasks: what is settled, so that what was missed is made up once and nothing is done twice.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::codec::{instant, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};

/// What is known of a scheduled task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskState {
    /// Every due time up to this instant is settled.
    pub done_until: Timestamp,
    /// Failed attempts at the due time that is open.
    pub attempts: u32,
    /// Last start.
    pub last_started_at: Option<Timestamp>,
    /// Last end.
    pub last_finished_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

impl Reader<'_> {
    /// The state of a task; none when it was never seen.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn task(&self, name: &str) -> Result<Option<TaskState>, StoreError> {
        let row = self
            .connection
            .prepare_cached(
                "SELECT done_until, attempts, last_started_at, last_finished_at, last_error FROM tasks WHERE name = ?1",
            )?
            .query_row([name], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        row.map(|(done_until, attempts, started, finished, last_error)| {
            Ok(TaskState {
                done_until: read_instant(&done_until)?,
                attempts,
                last_started_at: read_optional_instant(started)?,
                last_finished_at: read_optional_instant(finished)?,
                last_error,
            })
        })
        .transpose()
    }
}

impl Writer<'_> {
    /// Puts the state of a task.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn task_put(&self, name: &str, state: &TaskState) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO tasks (name, done_until, attempts, last_started_at, last_finished_at, last_error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (name) DO UPDATE SET done_until = excluded.done_until, attempts = excluded.attempts,
                 last_started_at = excluded.last_started_at, last_finished_at = excluded.last_finished_at,
                 last_error = excluded.last_error",
            )?
            .execute(params![
                name,
                instant(state.done_until),
                state.attempts,
                state.last_started_at.map(instant),
                state.last_finished_at.map(instant),
                state.last_error
            ])?;
        Ok(())
    }
}
