//! What is asked for again, because increments pass over it: dossiers set aside, and those that DS completes without moving
//! any date (API facts, 3.10).

use jiff::{SignedDuration, Timestamp};

use super::SyncError;
use super::procedure::Session;
use super::removal::ask_or_mark_absent;
use crate::store::StoreError;

/// The longest time between two tries.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Whether it is time to ask again: at each sync at first, then ever more rarely, at least once a day. A clock set back makes
/// it time.
pub(super) fn is_due(since: Timestamp, asked_at: Timestamp, now: Timestamp) -> bool {
    now < asked_at || now.duration_since(asked_at) >= pause(since, asked_at)
}

/// How long to wait after a try: an eighth of what was waited already.
#[must_use]
pub fn pause(since: Timestamp, asked_at: Timestamp) -> SignedDuration {
    (asked_at.duration_since(since) / 8).clamp(SignedDuration::ZERO, LONGEST_WAIT)
}

impl Session<'_> {
    /// Asks for the dossiers set aside: all of them, or those that it is time for.
    pub(super) async fn retry_quarantine(&mut self, all: bool) -> Result<(), SyncError> {
        let (procedure, now) = (self.procedure, self.engine.last_observed()?);
        let entries = self.engine.store.read::<_, StoreError>(|reader| reader.quarantine(Some(procedure)))?;
        for entry in entries.into_iter().filter(|entry| all || is_due(entry.since, entry.tried_at, now)) {
            ask_or_mark_absent(self, entry.dossier).await?;
        }
        Ok(())
    }

    /// Asks for the dossiers that DS has yet to complete, those that it is time for.
    pub(super) async fn ask_again_for_unfinished(&mut self) -> Result<(), SyncError> {
        let (procedure, now) = (self.procedure, self.engine.last_observed()?);
        let unfinished = self.engine.store.read::<_, StoreError>(|reader| reader.dossiers_unfinished(procedure))?;
        for dossier in unfinished.into_iter().filter(|dossier| is_due(dossier.since, dossier.asked_at, now)) {
            ask_or_mark_absent(self, dossier.number).await?;
            self.engine.store.write::<_, StoreError>(|writer| writer.dossier_asked_again(dossier.number, now))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    #[test]
    fn it_is_asked_for_at_once_then_ever_more_rarely() {
        assert!(is_due(at(0), at(0), at(0)), "never asked again yet");
        assert!(is_due(at(0), at(15), at(30)));
        assert!(!is_due(at(0), at(240), at(255)));
        assert!(is_due(at(0), at(240), at(270)));
        let year = 365 * 24 * 60;
        assert!(!is_due(at(0), at(year), at(year + 24 * 60 - 1)));
        assert!(is_due(at(0), at(year), at(year + 24 * 60)), "once a day at least");
        assert!(is_due(at(0), at(year), at(5)), "the clock was set back");
    }
}
