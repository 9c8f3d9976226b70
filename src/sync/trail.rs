//! The cursors that a reading met: it goes on to places where it has not been, or it stops.

use std::collections::HashSet;

use super::SyncError;
use crate::api::Cursor;
use crate::domain::dossier::ProcedureNumber;

/// Where a reading has been. A server that leads back, or on without saying where, would be read for ever.
#[derive(Debug, Default)]
pub(super) struct Trail(HashSet<Cursor>);

impl Trail {
    /// Of a reading that begins after a cursor, or at the beginning.
    pub fn after(cursor: Option<&Cursor>) -> Self {
        Self(cursor.cloned().into_iter().collect())
    }

    /// Takes note of where a page ended, more following it.
    ///
    /// # Errors
    /// [`SyncError::Stuck`].
    pub fn go_on(&mut self, procedure: ProcedureNumber, end: Option<&Cursor>) -> Result<(), SyncError> {
        match end {
            Some(end) if self.0.insert(end.clone()) => Ok(()),
            _ => Err(SyncError::Stuck { procedure }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_led_round_in_a_circle_stops() {
        let cursor = |text: &str| Cursor::new(text);
        let mut trail = Trail::after(cursor("a").as_ref());
        let mut goes_on = |text: &str| trail.go_on(1, cursor(text).as_ref()).is_ok();
        assert!(goes_on("b") && goes_on("c"));
        assert!(!goes_on("a") && !goes_on("b") && !goes_on(""));
    }
}
