//! Contents that no file refers to any more: erased from the disk once their delay is over, or at once with a dossier that
//! is erased.
//!
//! The note of a content outlives its file on the disk: whatever stops an erasure, the next one ends it. What is on the disk
//! with neither a row nor a note (an older version noted nothing, a database was restored, a download was killed before its
//! row) gets its note from the first purge that sees it, and has the whole delay from there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{AttachmentError, Attachments};
use crate::store::{Erased, StoreError};

/// So many contents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bulk {
    /// How many.
    pub count: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// Contents on the disk whose file left its dossier. Those that go with an erased dossier are not counted: the dossier is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Those whose delay is over.
    pub due: Bulk,
    /// Since when nothing refers to the first of these.
    pub due_since: Option<Timestamp>,
    /// Those that wait for the end of their delay.
    pub waiting: Bulk,
    /// When the first of these is due.
    pub next_due: Option<Timestamp>,
}

/// Contents that nothing refers to, with the instant since when; none: due at once.
type Unreferenced = BTreeMap<String, Option<Timestamp>>;

impl Bulk {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// When a content is due that nothing refers to since an instant.
fn due_at(since: Timestamp, erase_after: SignedDuration) -> Timestamp {
    since.checked_add(erase_after).unwrap_or(Timestamp::MAX)
}

fn chosen(found: &Unreferenced, is_due: impl Fn(Option<Timestamp>) -> bool) -> Vec<&str> {
    found.iter().filter(|(_, since)| is_due(**since)).map(|(sha256, _)| sha256.as_str()).collect()
}

impl Attachments {
    /// The contents that [`Attachments::erase_due`] would erase now, and those that wait.
    ///
    /// # Errors
    /// The database, or a directory that is not there or cannot be read.
    pub fn orphans(&self, erase_after: SignedDuration) -> Result<Orphans, AttachmentError> {
        self.told(&self.unreferenced()?, erase_after, self.over_until()?)
    }

    /// Erases from the disk the contents that nothing refers to for longer than a delay, and what a killed process left
    /// half-written. Gives the former, with those that wait.
    ///
    /// The caller holds the lock of the sync: nothing arrives meanwhile.
    ///
    /// # Errors
    /// The database, or a disk that refuses: what is left goes next time.
    pub fn erase_due(&self, erase_after: SignedDuration) -> Result<Orphans, AttachmentError> {
        if self.is_trial {
            return Ok(Orphans::default());
        }
        self.contents.clear_unfinished()?;
        let (found, until) = (self.unreferenced()?, self.over_until()?);
        if found.is_empty() {
            return Ok(Orphans::default());
        }
        self.store.write::<_, StoreError>(|writer| {
            found.iter().try_for_each(|(sha256, since)| writer.orphan_note(sha256, *since))
        })?;
        let told = self.told(&found, erase_after, until)?;
        let is_due = |since: Option<Timestamp>| since.is_none_or(|since| due_at(since, erase_after) <= until);
        self.erase(&chosen(&found, is_due))?;
        Ok(told)
    }

    /// Erases from the disk what is left of erased dossiers; gives how many contents. As [`Attachments::erase_due`] otherwise.
    ///
    /// # Errors
    /// The database, or a disk that refuses.
    pub fn erase_at_once(&self) -> Result<u64, AttachmentError> {
        if self.is_trial || !self.store.read::<_, StoreError>(|reader| reader.has_contents_to_erase())? {
            return Ok(0);
        }
        let found = self.unreferenced()?;
        self.erase(&chosen(&found, |since| since.is_none()))
    }

    /// What DS's clock said last, or this machine's says if that is earlier: a delay is over when it is over by both.
    fn over_until(&self) -> Result<Timestamp, StoreError> {
        let clock = self.store.read::<_, StoreError>(|reader| reader.server_clock())?;
        Ok(clock.map_or(Timestamp::MIN, |clock| clock.date.min(self.clock.now())))
    }

    /// What is noted, and what is seen on the disk with neither a row nor a note: since now.
    fn unreferenced(&self) -> Result<Unreferenced, AttachmentError> {
        let now = self.now()?;
        let (known, mut found) =
            self.store.read::<_, StoreError>(|reader| Ok((reader.attachment_contents()?, reader.orphans()?)))?;
        let directory = self.contents.directory();
        if !found.is_empty() && !directory.is_dir() {
            // A disk that is not mounted must not pass for an erasure.
            return Err(AttachmentError::DirectoryLost { directory: directory.to_owned(), known: found.len() });
        }
        for sha256 in self.contents.names()? {
            if !known.contains_key(&sha256) {
                found.entry(sha256).or_insert(Some(now));
            }
        }
        Ok(found)
    }

    fn told(
        &self,
        found: &Unreferenced,
        erase_after: SignedDuration,
        until: Timestamp,
    ) -> Result<Orphans, AttachmentError> {
        let mut told = Orphans::default();
        for (sha256, since) in found {
            let (Some(since), Some(bytes)) = (*since, self.contents.size(sha256)?) else { continue };
            let due_at = due_at(since, erase_after);
            let (bulk, first, at) = if due_at <= until {
                (&mut told.due, &mut told.due_since, since)
            } else {
                (&mut told.waiting, &mut told.next_due, due_at)
            };
            bulk.add(bytes);
            *first = Some(first.map_or(at, |other| other.min(at)));
        }
        Ok(told)
    }

    /// The notes go last, so that an erasure that is cut is done again.
    fn erase(&self, due: &[&str]) -> Result<u64, AttachmentError> {
        if due.is_empty() {
            return Ok(0);
        }
        // A copy of the database that is restored would bring them back.
        let noted: Vec<Erased> = due.iter().map(|sha256| Erased::Content((*sha256).to_owned())).collect();
        let line = self.store.tombstones_add(&noted, self.now()?)?;
        let mut erased = 0;
        for sha256 in due {
            erased += u64::from(self.contents.remove(sha256)?);
        }
        self.store.write::<_, StoreError>(|writer| {
            due.iter().try_for_each(|sha256| writer.orphan_remove(sha256))?;
            writer.erased_until_put(line)
        })?;
        Ok(erased)
    }
}
