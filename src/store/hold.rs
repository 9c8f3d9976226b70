//! What keeps the service from asking anything: kept here so that whoever asks how it goes can be told.
//!
//! A hold lasts until somebody has synced, or the service is started again: it lifts what it finds at its start.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::codec::{json, read_json};
use super::{Reader, StoreError, Writer};

/// The mark that holds it.
const MARK: &str = "hold";

/// Why the service asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when, by DS's clock as far as can be told.
    pub since: Timestamp,
    /// The latest run then: a later one by a person lifts it.
    pub run: i64,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French.
    pub hint: String,
}

impl Reader<'_> {
    /// What holds the service; none when nothing does, or somebody has synced since.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold(&self) -> Result<Option<Hold>, StoreError> {
        let Some(text) = self.mark(MARK)? else { return Ok(None) };
        let hold: Hold = read_json("suspension du service", &text)?;
        Ok(if self.run_by_a_person_since(hold.run)? { None } else { Some(hold) })
    }
}

impl Writer<'_> {
    /// Keeps what holds the service.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_put(&self, hold: &Hold) -> Result<(), StoreError> {
        self.mark_put(MARK, &json(hold)?)
    }

    /// Nothing holds the service any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_lift(&self) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM marks WHERE name = ?1", [MARK])?;
        Ok(())
    }
}
