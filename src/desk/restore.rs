//! A backup put in the place of the database: what was erased since is erased again, what was sent counts as sent, and what was due waits.
//!
//! All of that is done to a copy beside the database, which then takes its place: see [`Restoration`].

mod sent;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::backup::contents_in;
use super::{Access, Desk, DeskError, Settings};
pub use sent::SentSince;

use crate::attachments::{AttachmentError, Shared};
use crate::delivery::{SENT, Seen};
use crate::domain::clock::Clock;
use crate::domain::dossier::DossierNumber;
use crate::files::{directory_of, remove_unfinished};
use crate::store::{ERASED, Erased, Reader, Restoration, RestoreError, StoreError, Tombstone};

/// The mark that tells of the last restoration.
const MARK: &str = "restored";

/// A restoration that was begun, and nothing is changed yet.
#[derive(Debug)]
pub struct BegunRestoration {
    /// Of the database.
    pub restoration: Restoration,
    /// What tells of what was sent since.
    pub sent: SentSince,
}

/// A restoration that ended.
#[derive(Debug)]
pub struct Restored {
    /// Where the database is that was in place; none where there was none.
    pub aside: Option<PathBuf>,
    /// What was done to the copy.
    pub made_ready: MadeReady,
}

/// What was done to a copy before it took its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MadeReady {
    /// How many dossiers were erased again.
    pub erased: u64,
    /// How many messages went since, as the log of what was sent knows.
    pub sent: u64,
    /// How many were due, and wait for a person.
    pub held: u64,
    /// The contents of attached files.
    pub contents: Shared,
    /// Why no more of them could be brought back, in French: DS has what is missing.
    pub refused: Option<String>,
}

/// The last restoration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRestoration {
    /// When.
    pub at: Timestamp,
    /// The backup that was restored.
    pub from: PathBuf,
}

/// Looks at a backup and at the database whose place it is to take; nothing is changed.
///
/// # Errors
/// [`DeskError::Restore`].
pub fn begin_restoration(database: &Path, file: &Path, clock: &Clock) -> Result<BegunRestoration, DeskError> {
    let restoration = Restoration::begin(database, file, clock.now())?;
    let sent = SentSince::look(&restoration, database)?;
    Ok(BegunRestoration { restoration, sent })
}

/// Puts the backup in the place of the database.
///
/// # Errors
/// [`DeskError`]: the database is then as it was.
pub fn restore(
    begun: BegunRestoration,
    database: &Path,
    settings: Settings,
    clock: &Clock,
    goes_on: &dyn Fn() -> bool,
) -> Result<Restored, DeskError> {
    let BegunRestoration { restoration, sent } = begun;
    let file = restoration.candidate.file.clone();
    let beside = [SENT.beside(database), ERASED.beside(database)];
    // One that was interrupted may have left a part of them: nobody else writes them by rename.
    remove_unfinished(directory_of(database), |name| {
        beside.iter().any(|path| path.file_name().is_some_and(|known| known == name))
    });
    let is_told = sent.untold().is_none();
    let seen = sent.gather(&restoration, database, clock.now());
    let ready = restoration.prepare()?;
    // The file that is restored is the copy of before.
    let desk = Desk::open(ready.path(), Access::Existing, Settings { without_copy: true, ..settings }, clock)?;
    let now = desk.now()?;
    let made_ready = desk.make_ready(&restoration, (&seen, is_told), now, goes_on);
    drop(desk);
    let made_ready = made_ready.map_err(|error| match error {
        // Its hint is that of a restore: those of other errors of the disk speak of syncs.
        DeskError::Store(error) if error.is_of_the_disk() => RestoreError::Store(error).into(),
        other => other,
    })?;
    let aside = restoration.end(&ready, now)?;
    tracing::info!(from = %file.display(), "base de données restaurée");
    Ok(Restored { aside, made_ready })
}

impl Desk {
    fn make_ready(
        &self,
        restoration: &Restoration,
        (seen, is_told): (&HashMap<String, Seen>, bool),
        now: Timestamp,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<MadeReady, DeskError> {
        let since = restoration.erasures.since();
        let erased = self.erase_again(&since, now)?;
        // No later line has a number that another one had.
        self.store.write::<_, StoreError>(|writer| writer.erased_until_put(restoration.erasures.latest()))?;
        if erased > 0 {
            // What others go by is of it too, until they are judged without it.
            self.refresh(false)?;
        }
        let brought = self.bring_back_contents(&restoration.candidate.file, &since, goes_on);
        let (contents, refused) = match brought {
            // A database without them is better than none.
            Err(DeskError::Attachments(error @ (AttachmentError::Disk { .. } | AttachmentError::DiskLow { .. }))) => {
                (Shared::default(), Some(error.to_string()))
            }
            brought => (brought?, None),
        };
        let (sent, held) = self.settle_outbox(seen, is_told, now)?;
        let last = LastRestoration { at: now, from: restoration.candidate.file.clone() };
        let last = serde_json::to_string(&last).map_err(|error| StoreError::unreadable("restauration", &error))?;
        self.store.write::<_, StoreError>(|writer| {
            writer.changes_epoch_begin(restoration.present_epoch(), now)?;
            writer.mark_put(MARK, &last)
        })?;
        if erased > 0 {
            // No byte of it stays in the file.
            self.store.wipe()?;
        }
        Ok(MadeReady { erased, sent, held, contents, refused })
    }

    /// Erases the dossiers that were erased after the copy was made; how many.
    fn erase_again(&self, since: &[Tombstone], now: Timestamp) -> Result<u64, DeskError> {
        let noted: BTreeSet<DossierNumber> = since.iter().filter_map(Tombstone::dossier).collect();
        self.store.write::<_, StoreError>(|writer| {
            for tombstone in since {
                if let Erased::Dossier(notice) = &tombstone.erased
                    && writer.reader().dossier_line(notice.number)?.is_some()
                {
                    writer.dossier_remove(notice, now)?;
                }
            }
            Ok(())
        })?;
        let erasable = self.store.read::<_, StoreError>(|reader| reader.dossiers_erasable())?;
        let mut erased = 0;
        for dossier in erasable.iter().filter(|dossier| noted.contains(&dossier.number)) {
            self.store.write::<_, DeskError>(|writer| {
                let remains = self.evaluator.remains(&writer.reader(), dossier, &self.retention.keep)?;
                Ok(writer.dossier_erase(dossier.number, &remains, now)?)
            })?;
            erased += 1;
        }
        Ok(erased)
    }

    /// Brings the contents back that the restored database refers to, but for those that were erased since.
    fn bring_back_contents(
        &self,
        file: &Path,
        since: &[Tombstone],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Shared, DeskError> {
        let erased: BTreeSet<&str> = since
            .iter()
            .filter_map(|tombstone| match &tombstone.erased {
                Erased::Content(sha256) => Some(sha256.as_str()),
                Erased::Dossier(_) => None,
            })
            .collect();
        let known = self.store.read::<_, StoreError>(|reader| reader.attachment_contents())?;
        let wanted: Vec<String> = known.into_keys().filter(|sha256| !erased.contains(sha256.as_str())).collect();
        let kept = contents_in(directory_of(file));
        Ok(kept.share(self.attachments.contents(), &wanted, goes_on)?)
    }

    /// The last restoration; none where there was none.
    pub(super) fn last_restoration(reader: &Reader<'_>) -> Result<Option<LastRestoration>, StoreError> {
        Ok(reader.mark(MARK)?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}
