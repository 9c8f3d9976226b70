//! What DS erased is erased here, after a delay, but for what may be kept.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError};
use crate::attachments::Orphans;
use crate::domain::erasure::Keep;
use crate::store::{ErasableDossier, Erased, RemovalNotice, StoreError, Wiped};

/// The alert about an erasure that failed.
const ALERT: &str = "purge";

const NO_ROOM: &str = "des octets de dossiers effacés restent dans le fichier de la base : il doit être réécrit une fois, et le \
                       disque n’en a pas la place";
const MAKE_ROOM: &str = "libérez deux fois la taille de ce fichier, puis lancez « fitn purge »";

/// How long what DS erased is kept here, and what stays afterwards.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Counted from when a dossier is known to be gone for good, or a file to have left its dossier.
    pub erase_after: SignedDuration,
    /// What stays.
    pub keep: Keep,
}

/// What is erased, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purge {
    /// The dossiers whose delay is over, those gone first first.
    pub due: Vec<ErasableDossier>,
    /// How many others are gone for good and wait for the end of their delay.
    pub waiting: u64,
    /// When the first of these is due.
    pub next_due: Option<Timestamp>,
    /// The contents of files that left their dossier: those whose delay is over, and those that wait.
    pub contents: Orphans,
    /// What keeps bytes of what was erased in the file of the database: they go at the next purge that can.
    pub left_in_file: Option<LeftInFile>,
    /// Contents of attached files that were to be erased are still on the disk, which refuses: they go at the next purge that
    /// can.
    pub left_on_disk: bool,
}

/// Why bytes of what was erased are still in the file of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftInFile {
    /// An erasure was stopped before they were wiped.
    Stopped,
    /// Somebody read the database all the while.
    Read,
    /// The file must be rewritten once, and the disk has no room for that.
    NoRoom,
}

impl Desk {
    /// Erases what is due, or only tells it. Nothing is erased that DS shows or has in its bin.
    ///
    /// # Errors
    /// The database, or a sync that is running.
    pub fn purge(&self, dry_run: bool) -> Result<Purge, DeskError> {
        if dry_run {
            let contents = self.attachments.orphans(self.retention.erase_after)?;
            return Ok(Purge { contents, ..self.erasable()? });
        }
        let _held = self.store.sync_lock(self.now()?)?;
        self.refresh(false)?;
        self.erase()
    }

    /// The same after a full sync, whose lock is held; gives how many dossiers were erased. A failure does not undo the sync:
    /// it is an alert, and the next full sync tries again.
    pub(super) fn purge_after_sync(&self) -> Result<u64, DeskError> {
        match self.erase() {
            Ok(purge) => Ok(purge.due.len() as u64),
            Err(error) => {
                tracing::error!(error = %error, "les données à effacer ne l’ont pas toutes été");
                let message = format!("l’effacement des dossiers supprimés de DS a échoué : {error}");
                let now = self.now()?;
                self.store.write::<_, StoreError>(|writer| writer.alert_raise(ALERT, &message, &error.hint(), now))?;
                Ok(0)
            }
        }
    }

    fn erasable(&self) -> Result<Purge, DeskError> {
        let (clock, gone, left_in_file, left_on_disk) = self.store.read::<_, StoreError>(|reader| {
            let (gone, left_in_file) = (reader.dossiers_erasable()?, reader.is_rewrite_due()?);
            Ok((reader.server_clock()?, gone, left_in_file, reader.has_contents_to_erase()?))
        })?;
        // A delay is over when both clocks say so: what is erased does not come back when one of them is set right.
        let machine = self.clock.now();
        let is_over = |due_at: Timestamp| clock.is_some_and(|clock| due_at <= clock.date.min(machine));
        let due_at =
            |dossier: &ErasableDossier| dossier.since.checked_add(self.retention.erase_after).unwrap_or(Timestamp::MAX);
        let (due, waiting): (Vec<_>, Vec<_>) = gone.into_iter().partition(|dossier| is_over(due_at(dossier)));
        Ok(Purge {
            next_due: waiting.first().map(due_at),
            waiting: waiting.len() as u64,
            contents: Orphans::default(),
            due,
            left_in_file: left_in_file.then_some(LeftInFile::Stopped),
            left_on_disk,
        })
    }

    /// Notes the dossiers that are about to be erased beside the database: a copy of it that is restored would bring them back. Gives the
    /// number of the last line.
    fn note_erasures(&self, due: &[ErasableDossier]) -> Result<u64, StoreError> {
        let now = self.now()?;
        let noted = self.store.read::<_, StoreError>(|reader| {
            let notice = |dossier: &ErasableDossier| {
                let ErasableDossier { number, procedure, reason, since, .. } = *dossier;
                let line = reader
                    .dossier_line(number)?
                    .ok_or_else(|| StoreError::unreadable("dossier à effacer", &"il n’est plus là"))?;
                let (state, at) = (line.state, line.removed_at.unwrap_or(since));
                Ok(Erased::Dossier(RemovalNotice { number, procedure, state, reason, at }))
            };
            due.iter().map(notice).collect::<Result<Vec<_>, StoreError>>()
        })?;
        self.store.tombstones_add(&noted, now)
    }

    fn erase(&self) -> Result<Purge, DeskError> {
        self.store.remove_stale_trials();
        let mut purge = self.erasable()?;
        if !purge.due.is_empty() {
            let last = self.note_erasures(&purge.due)?;
            for (line, dossier) in (last + 1 - purge.due.len() as u64..).zip(&purge.due) {
                let now = self.now()?;
                // What a person did up to then is in what stays.
                self.store.write::<_, DeskError>(|writer| {
                    let remains = self.evaluator.remains(&writer.reader(), dossier, &self.retention.keep)?;
                    writer.dossier_erase(dossier.number, &remains, now)?;
                    Ok(writer.erased_until_put(line)?)
                })?;
                tracing::info!(dossier = dossier.number, procedure = dossier.procedure, "données effacées");
            }
            self.refresh(false)?;
            purge.left_in_file = Some(LeftInFile::Stopped);
        }
        let contents = self.erase_contents_due()?;
        purge.left_on_disk = contents.is_none();
        purge.contents = contents.unwrap_or_default();
        if purge.left_in_file.is_some() {
            purge.left_in_file = match tokio::task::block_in_place(|| self.store.wipe())? {
                Wiped::Whole => None,
                Wiped::Read => Some(LeftInFile::Read),
                Wiped::NoRoom => Some(LeftInFile::NoRoom),
            };
        }
        let now = self.now()?;
        self.store.write::<_, StoreError>(|writer| match purge.left_in_file {
            Some(LeftInFile::NoRoom) => writer.alert_raise(ALERT, NO_ROOM, MAKE_ROOM, now),
            _ => writer.alert_settle(ALERT),
        })?;
        Ok(purge)
    }
}
