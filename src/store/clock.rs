//! What is known of DS's clock, and since when DS is read.

use jiff::Timestamp;

use super::codec::{instant, read_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::clock::ServerClock;

/// The mark that holds DS's date and the machine's at the same moment.
const SERVER_CLOCK: &str = "server_clock";
/// The mark that holds when a démarche was first read to the end.
const FIRST_SYNCED_AT: &str = "first_synced_at";

impl Reader<'_> {
    /// DS's clock as it was last read; none before DS has ever answered with a usable date.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn server_clock(&self) -> Result<Option<ServerClock>, StoreError> {
        let Some(text) = self.mark(SERVER_CLOCK)? else { return Ok(None) };
        let (date, machine) =
            text.split_once(' ').ok_or_else(|| StoreError::unreadable("horloge de DS", &"un seul instant"))?;
        Ok(Some(ServerClock { date: read_instant(date)?, machine: read_instant(machine)? }))
    }

    /// What DS's clock says now, as far as can be told without asking it: this machine's, corrected by the difference last
    /// measured. For what is recorded, and shown as recorded; nothing may be concluded from it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn corrected(&self, machine_now: Timestamp) -> Result<Timestamp, StoreError> {
        Ok(self.server_clock()?.map_or(machine_now, |clock| clock.corrected(machine_now)))
    }

    /// When a démarche was first read to the end, by DS's clock: catch-up begins there. None before; none, too, when it is
    /// later than what DS's clock said last.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn first_synced_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let Some(clock) = self.server_clock()? else { return Ok(None) };
        let first = self.mark(FIRST_SYNCED_AT)?.map(|text| read_instant(&text)).transpose()?;
        Ok(first.and_then(|first| clock.past(first)))
    }
}

impl Writer<'_> {
    /// Keeps what an answer told of DS's clock, unless a later answer is known: one that is not later by either clock comes
    /// from before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn server_clock_put(&self, clock: ServerClock) -> Result<(), StoreError> {
        let is_old = |known: ServerClock| clock.date < known.date && clock.machine <= known.machine;
        if self.reader().server_clock()?.is_some_and(is_old) {
            return Ok(());
        }
        self.mark_put(SERVER_CLOCK, &format!("{} {}", instant(clock.date), instant(clock.machine)))
    }

    /// Notes that a démarche was read to the end, when that is the first time.
    pub(super) fn first_sync_note(&self, known_until: Timestamp) -> Result<(), StoreError> {
        if self.reader().first_synced_at()?.is_none() {
            self.mark_put(FIRST_SYNCED_AT, &instant(known_until))?;
        }
        Ok(())
    }
}
