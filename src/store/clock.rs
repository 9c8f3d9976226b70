//! What is known of DS's clock, and since when DS is read.

use jiff::Timestamp;

use super::codec::{instant, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::clock::ServerClock;

/// The mark that holds DS's date and the machine's at the same moment.
const SERVER_CLOCK: &str = "server_clock";
/// Puts right what is dated later than an instant, ?1: nothing can have happened in the future.
const CORRECTIONS: [&str; 11] = [
    // What was seen was seen by now at the latest; the index alone is read, unless there is something to do.
    "UPDATE dossier_versions SET observed_at = ?1 WHERE id IN (SELECT id FROM dossier_versions WHERE observed_at > ?1)",
    "UPDATE removal_events SET observed_at = ?1 WHERE id IN (SELECT id FROM removal_events WHERE observed_at > ?1)",
    "UPDATE remains SET observed_at = ?1 WHERE id IN (SELECT id FROM remains WHERE observed_at > ?1)",
    // Delays begin now, and what was tried in the future never was.
    "UPDATE dossiers SET removed_at = min(removed_at, ?1), erased_at = min(erased_at, ?1),
         unfinished_since = min(unfinished_since, ?1), asked_again_at = iif(asked_again_at > ?1, NULL, asked_again_at)
     WHERE removed_at > ?1 OR erased_at > ?1 OR unfinished_since > ?1 OR asked_again_at > ?1",
    "UPDATE quarantine SET since = min(since, ?1), tried_at = iif(tried_at > ?1, NULL, tried_at)
     WHERE since > ?1 OR tried_at > ?1",
    "UPDATE attachments SET failed_since = min(failed_since, ?1), settled_at = iif(state = 'stored', ?1, NULL)
     WHERE settled_at > ?1 OR failed_since > ?1",
    "UPDATE orphaned_contents SET orphaned_at = ?1 WHERE orphaned_at > ?1",
    // What ended in the future never did, and is done again.
    "UPDATE procedures SET synced_at = iif(synced_at > ?1, NULL, synced_at),
         full_read_at = iif(full_read_at > ?1, NULL, full_read_at), full_cut_at = iif(full_cut_at > ?1, NULL, full_cut_at),
         undated_read_at = iif(undated_read_at > ?1, NULL, undated_read_at)
     WHERE synced_at > ?1 OR full_read_at > ?1 OR full_cut_at > ?1 OR undated_read_at > ?1",
    "DELETE FROM cursors WHERE walk = 'deposit' AND began_at > ?1",
    // Only shown.
    "UPDATE alerts SET raised_at = ?1 WHERE raised_at > ?1",
    "UPDATE exports SET created_at = ?1 WHERE created_at > ?1",
];

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

    /// The date of the newest change of a dossier that DS gave: its clock said no less then. None before the first reading.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn newest_update(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.connection.query_row("SELECT max(watermark) FROM procedures", [], |row| row.get(0))?;
        read_optional_instant(newest)
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

    /// Corrects every instant of the past that is later than what DS's clock says; gives how many rows had one. The journal
    /// is not rewritten, and the tasks of the daemon are for it to look at.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn future_correct(&self, date: Timestamp) -> Result<u64, StoreError> {
        let date = instant(date);
        let mut corrected = 0;
        for sql in CORRECTIONS {
            corrected += self.transaction.prepare_cached(sql)?.execute([&date])?;
        }
        // Of a sync that runs, DS's clock tells the beginning.
        corrected += self
            .transaction
            .prepare_cached(
                "UPDATE runs SET started_at = min(started_at, ?1), finished_at = min(finished_at, ?1)
                 WHERE (started_at > ?1 OR finished_at > ?1) AND outcome <> 'running'",
            )?
            .execute([&date])?;
        self.transaction
            .prepare_cached("UPDATE runs SET started_at = ?1 WHERE outcome = 'running'")?
            .execute([&date])?;
        Ok(corrected as u64)
    }

    /// Notes that a démarche was read to the end, when that is the first time.
    pub(super) fn first_sync_note(&self, known_until: Timestamp) -> Result<(), StoreError> {
        if self.reader().first_synced_at()?.is_none() {
            self.mark_put(FIRST_SYNCED_AT, &instant(known_until))?;
        }
        Ok(())
    }
}
