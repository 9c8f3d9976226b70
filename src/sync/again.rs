//! What is asked for again, because increments pass over it: dossiers set aside, and those that DS completes without moving
//! any date (API facts, 3.10). Several share a question; one that does not come with the others is asked for by itself.

use jiff::{SignedDuration, Timestamp};

use super::SyncError;
use super::alone::is_about_the_dossier;
use super::page::Received;
use super::procedure::Session;
use super::removal::ask_or_mark_absent;
use crate::api::{ErrorKind, batches};
use crate::domain::dossier::DossierNumber;
use crate::store::StoreError;

/// The longest time between two tries.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// A shorter wait is none. DS dates its answers to the second: two syncs in a row may lie in one second, and the second of
/// them is to ask all the same.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// After so many dossiers it is noted that they were asked for: a sync that is cut short goes on after them.
const NOTED_AT_ONCE: usize = 32;

/// How often those that are not known to fail are asked for together: one that fails takes the others out of the answer.
const TOGETHER: usize = 2;

/// Whether it is time to ask again: at each sync at first, then ever more rarely, at least once a day. A clock set back makes
/// it time.
pub(super) fn is_due(since: Timestamp, asked_at: Timestamp, now: Timestamp) -> bool {
    now < asked_at || now.duration_since(asked_at) >= pause(since, asked_at)
}

/// How long to wait after a try: an eighth of what was waited already, once that is a minute; at most a day.
#[must_use]
pub fn pause(since: Timestamp, asked_at: Timestamp) -> SignedDuration {
    let wait = asked_at.duration_since(since) / 8;
    if wait < SHORTEST_WAIT { SignedDuration::ZERO } else { wait.min(LONGEST_WAIT) }
}

impl Session<'_> {
    /// Asks for the dossiers set aside: all of them, or those that it is time for.
    pub(super) async fn retry_quarantine(&mut self, all: bool) -> Result<(), SyncError> {
        let (procedure, now) = (self.procedure, self.engine.last_observed()?);
        let entries = self.engine.store.read::<_, StoreError>(|reader| reader.quarantine(Some(procedure)))?;
        let due = entries.into_iter().filter(|entry| all || is_due(entry.since, entry.tried_at, now));
        let due: Vec<DossierNumber> = due.map(|entry| entry.dossier).collect();
        for numbers in due.chunks(NOTED_AT_ONCE) {
            self.ask_again(numbers).await?;
        }
        Ok(())
    }

    /// Asks for the dossiers that DS has yet to complete, those that it is time for.
    pub(super) async fn ask_again_for_unfinished(&mut self) -> Result<(), SyncError> {
        let (procedure, now) = (self.procedure, self.engine.last_observed()?);
        let unfinished = self.engine.store.read::<_, StoreError>(|reader| reader.dossiers_unfinished(procedure))?;
        let due = unfinished.into_iter().filter(|dossier| is_due(dossier.since, dossier.asked_at, now));
        let due: Vec<DossierNumber> = due.map(|dossier| dossier.number).collect();
        for numbers in due.chunks(NOTED_AT_ONCE) {
            self.ask_again(numbers).await?;
            self.engine.store.write::<_, StoreError>(|writer| {
                numbers.iter().try_for_each(|number| writer.dossier_asked_again(*number, now))
            })?;
        }
        Ok(())
    }

    async fn ask_again(&mut self, numbers: &[DossierNumber]) -> Result<(), SyncError> {
        let (mut open, mut alone) = (numbers.to_vec(), Vec::new());
        for _ in 0..TOGETHER {
            let mut untold = Vec::new();
            for batch in batches(&open) {
                self.ask_together(batch, &mut alone, &mut untold).await?;
            }
            open = untold;
        }
        alone.append(&mut open);
        for number in alone {
            ask_or_mark_absent(self, number).await?;
        }
        Ok(())
    }

    /// Asks for some dossiers at once, and stores what came. The others are to be asked for alone, or were lost with them.
    async fn ask_together(
        &mut self,
        batch: &[DossierNumber],
        alone: &mut Vec<DossierNumber>,
        untold: &mut Vec<DossierNumber>,
    ) -> Result<(), SyncError> {
        if batch.len() < 2 {
            alone.extend(batch);
            return Ok(());
        }
        let mut several = match self.ask(self.engine.client.several_dossiers(batch)).await? {
            Ok(several) => several,
            Err(error) if error.kind() == ErrorKind::Outgrown || is_about_the_dossier(&error) => {
                alone.extend(batch);
                return Ok(());
            }
            Err(error) => return Err(self.api(error)),
        };
        let mut received = Vec::new();
        for number in batch {
            match several.came.remove(number) {
                Some(fetched) => {
                    received.push(Received::read_alone(self.engine.observed(fetched.clock)?, *number, fetched));
                }
                None if several.failed.contains(number) => alone.push(*number),
                None => untold.push(*number),
            }
        }
        self.keep(&received)
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
        let second = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1);
        assert!(is_due(at(0), second, second), "two syncs in one second of DS's clock");
        assert!(is_due(at(0), at(15), at(30)));
        assert!(!is_due(at(0), at(240), at(255)));
        assert!(is_due(at(0), at(240), at(270)));
        let year = 365 * 24 * 60;
        assert!(!is_due(at(0), at(year), at(year + 24 * 60 - 1)));
        assert!(is_due(at(0), at(year), at(year + 24 * 60)), "once a day at least");
        assert!(is_due(at(0), at(year), at(5)), "the clock was set back");
    }
}
