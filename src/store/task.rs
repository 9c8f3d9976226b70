//! The state of scheduled tasks: what is settled, so that what was missed is made up once and nothing is done twice.

use jiff::Timestamp;
use rusqlite::params;

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
    /// Whether somebody must mend what made it fail.
    pub needs_person: bool,
}

impl TaskState {
    /// A task of which nothing is known but up to when it is settled.
    #[must_use]
    pub fn settled_until(done_until: Timestamp) -> Self {
        Self {
            done_until,
            attempts: 0,
            last_started_at: None,
            last_finished_at: None,
            last_error: None,
            needs_person: false,
        }
    }
}

impl Reader<'_> {
    /// The state of a task; none when it was never seen.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn task(&self, name: &str) -> Result<Option<TaskState>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT done_until, attempts, last_started_at, last_finished_at, last_error, needs_person
             FROM tasks WHERE name = ?1",
        )?;
        let mut rows = statement.query([name])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(TaskState {
            done_until: read_instant(&row.get::<_, String>(0)?)?,
            attempts: row.get(1)?,
            last_started_at: read_optional_instant(row.get(2)?)?,
            last_finished_at: read_optional_instant(row.get(3)?)?,
            last_error: row.get(4)?,
            needs_person: row.get(5)?,
        }))
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
                "INSERT INTO tasks
                 (name, done_until, attempts, last_started_at, last_finished_at, last_error, needs_person)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (name) DO UPDATE SET done_until = excluded.done_until, attempts = excluded.attempts,
                 last_started_at = excluded.last_started_at, last_finished_at = excluded.last_finished_at,
                 last_error = excluded.last_error, needs_person = excluded.needs_person",
            )?
            .execute(params![
                name,
                instant(state.done_until),
                state.attempts,
                state.last_started_at.map(instant),
                state.last_finished_at.map(instant),
                state.last_error,
                state.needs_person
            ])?;
        Ok(())
    }
}
