//! Backups: a verified copy of the database, with what lies beside it; which ones stay; how old the last one is.
//!
//! Beside each copy lie its SHA-256, and the log of what was sent and the lines of what was erased as they were then, under its name. The contents of
//! attached files that the copies of one directory refer to lie there once, in a directory of their own.

mod rotation;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Desk, DeskError};
use crate::attachments::{AttachmentError, Contents, Shared};
use crate::delivery::SENT;
use crate::domain::backup::{CopyName, KeptCopies};
use crate::files::{directory_of, make_private_directory, write_privately};
use crate::store::{
    BackupError, ERASED, GoesOn, MadeCopy, Reader, StoreError, checksum_beside, copies_in, free_name, server_of_copy,
    stem_of,
};
use rotation::remove_unfinished_beside;

/// The mark that tells of the last copy, wherever it was put.
const MARK: &str = "backup";
/// What lies beside a database, and beside its copies.
const BESIDE: [fn(&Path) -> PathBuf; 2] = [|file| SENT.beside(file), |file| ERASED.beside(file)];
/// All that belongs to a copy, and goes with it.
const OF_A_COPY: [fn(&Path) -> PathBuf; 4] = [BESIDE[0], BESIDE[1], checksum_beside, incomplete_beside];
/// What follows the name of a copy in that of the file that says what it lacks.
const INCOMPLETE: &str = ".incomplete";
/// Where the contents are that the copies beside it refer to.
const CONTENTS: &str = "sauvegarde-pieces";

/// Where backups go, and how many stay.
#[derive(Debug, Clone)]
pub struct Backups {
    /// The directory.
    pub directory: PathBuf,
    /// How many stay.
    pub kept: KeptCopies,
}

/// A backup that was made.
#[derive(Debug)]
pub struct BackedUp {
    /// The copy of the database.
    pub copy: MadeCopy,
    /// When, by DS's clock as far as it is known.
    pub at: Timestamp,
    /// The contents of attached files.
    pub contents: Shared,
    /// The copies that were removed, since enough later ones are there.
    pub removed: Vec<PathBuf>,
}

/// The last backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When its snapshot was taken.
    pub at: Timestamp,
    /// Where it is.
    pub file: PathBuf,
}

impl Desk {
    /// Copies the database with what lies beside it: into a file, or into the directory of backups, from which the copies then go that
    /// need no longer be kept. `goes_on` is asked again and again, and ends it. All of it is one turn: another backup would remove what
    /// this one is about to refer to.
    ///
    /// # Errors
    /// [`DeskError::Backup`]: there is no copy. [`DeskError::BackupIncomplete`]: the database is copied, but not all that lies beside it.
    pub fn backup(&self, file: Option<&Path>, goes_on: GoesOn<'_>) -> Result<BackedUp, DeskError> {
        // The name by which it will be known whose the copy is. Where nothing can be written now, it has the one that it has.
        if let Err(error) = self.outbox_server() {
            tracing::debug!(error = %error, "le connecteur n’a pas pu être nommé avant la sauvegarde");
        }
        let directory = file.map_or(self.backups.directory.as_path(), directory_of);
        if file.is_none() {
            make_private_directory(directory)
                .map_err(|source| BackupError::File { file: directory.to_owned(), source })?;
        }
        let turn = self.store.backup_turn(directory, self.now()?, goes_on)?;
        let now = self.now()?;
        let target = file.map_or_else(|| self.free_name(directory, now), Path::to_owned);
        let stem = stem_of(self.store.path());
        remove_unfinished_beside(directory, |copy| {
            target.file_name().is_some_and(|name| name == copy) || CopyName::read(&stem, copy).is_some()
        });
        // What an earlier one could not remove may be the room that this one needs.
        let mut removed = if file.is_none() { self.remove_superfluous(None, now) } else { Vec::new() };
        let verified = self.store.backup(&turn, &target, goes_on)?;
        // What it refers to comes before its name: wherever this process is killed, what has the name of a backup has all of it.
        let beside = self.copy_what_lies_beside(&target, &verified.contents, goes_on);
        if matches!(beside, Err(DeskError::Attachments(AttachmentError::Stopped))) {
            remove_beside(&target);
            return Err(BackupError::Stopped.into());
        }
        if let Err(error) = &beside {
            note_incomplete(&target, error);
        }
        let copy = verified.keep().inspect_err(|_| remove_beside(&target))?;
        tracing::info!(file = %copy.file.display(), bytes = copy.bytes, "base de données sauvegardée et vérifiée");
        if file.is_none() {
            removed.extend(self.remove_superfluous(Some(&copy.file), now));
        }
        let contents = beside.map_err(|error| DeskError::BackupIncomplete {
            file: copy.file.clone(),
            reason: error.to_string(),
            hint: hint_of(&error, directory),
        })?;
        let last = LastBackup { at: now, file: std::path::absolute(&copy.file).unwrap_or_else(|_| copy.file.clone()) };
        if let Err(error) = self.note_backup(&last) {
            tracing::warn!(error = %error, "la date de la sauvegarde n’a pas pu être notée dans la base");
        }
        drop(turn);
        Ok(BackedUp { copy, at: now, contents, removed })
    }

    /// A name that no copy in the directory of backups has.
    fn free_name(&self, directory: &Path, now: Timestamp) -> PathBuf {
        let stem = stem_of(self.store.path());
        directory.join(free_name(&copies_in(directory, &stem), CopyName::new(&stem, now, None)).to_string())
    }

    fn note_backup(&self, last: &LastBackup) -> Result<(), StoreError> {
        let text =
            serde_json::to_string(last).map_err(|error| StoreError::unreadable("dernière sauvegarde", &error))?;
        self.store.write(|writer| writer.mark_put(MARK, &text))
    }

    fn copy_what_lies_beside(
        &self,
        file: &Path,
        contents: &[String],
        goes_on: GoesOn<'_>,
    ) -> Result<Shared, DeskError> {
        for beside in BESIDE {
            copy_beside(&beside(self.store.path()), &beside(file))?;
        }
        let kept = contents_in(directory_of(file));
        Ok(self.attachments.contents().share(&kept, contents, goes_on)?)
    }

    /// The last copy that was made, wherever it was put and still is; what is dated in the future was misdated.
    fn last_copy(&self, reader: &Reader<'_>) -> Result<Option<LastBackup>, StoreError> {
        let now = reader.corrected(self.clock.now())?;
        let noted = reader.mark(MARK)?.and_then(|text| serde_json::from_str::<LastBackup>(&text).ok());
        Ok(noted.filter(|noted| noted.at <= now && noted.file.exists() && is_complete(&noted.file)))
    }

    /// Whether there is a copy, be it one that a person put elsewhere.
    pub(super) fn has_copy(&self, reader: &Reader<'_>) -> Result<bool, StoreError> {
        Ok(self.last_copy(reader)?.is_some() || self.last_backup(reader)?.is_some())
    }

    /// The last backup in the directory of backups; what is dated in the future was misdated. None where there is none, or where this
    /// account may not know. A copy that a person put elsewhere is theirs to remove, and counts for none.
    pub(super) fn last_backup(&self, reader: &Reader<'_>) -> Result<Option<LastBackup>, StoreError> {
        let now = reader.corrected(self.clock.now())?;
        let directory = &self.backups.directory;
        let place = std::path::absolute(directory).unwrap_or_else(|_| directory.clone());
        let noted = self.last_copy(reader)?.filter(|noted| directory_of(&noted.file) == place);
        let copies = copies_in(directory, &stem_of(self.store.path()));
        let own = reader.outbox_server()?;
        // Several connectors may have one directory.
        let is_of_another =
            |file: &Path| server_of_copy(file).is_some_and(|of| own.as_ref().is_some_and(|own| *own != of));
        let is_later = |copy: &CopyName| {
            copy.at <= now && noted.as_ref().is_none_or(|noted| copy.at.as_second() > noted.at.as_second())
        };
        let counts = |copy: &CopyName| {
            let file = directory.join(copy.to_string());
            is_later(copy) && is_complete(&file) && !is_of_another(&file)
        };
        let latest = copies.iter().rev().find(|copy| counts(copy));
        let latest = latest.map(|copy| LastBackup { at: copy.at, file: directory.join(copy.to_string()) });
        Ok(latest.or(noted))
    }
}

/// Where it is said what a copy lacks.
fn incomplete_beside(file: &Path) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(INCOMPLETE);
    PathBuf::from(name)
}

/// Whether nothing says that a copy lacks something.
fn is_complete(file: &Path) -> bool {
    !incomplete_beside(file).exists()
}

/// Says what a copy lacks, before it has its name: it is better than none, and is not the last backup.
fn note_incomplete(file: &Path, error: &DeskError) {
    let text = format!("sauvegarde incomplète : {error}\n");
    if let Err(error) = write_privately(&incomplete_beside(file), text.as_bytes()) {
        tracing::warn!(error = %error, "ce qui manque à la sauvegarde n’a pas pu être noté à côté d’elle");
    }
}

/// What to do about a backup that is not complete, in French: it may be the disk of the backups that refuses, or what is backed up.
fn hint_of(error: &DeskError, backups: &Path) -> String {
    match error {
        DeskError::Attachments(AttachmentError::Disk { directory, .. } | AttachmentError::DiskLow { directory, .. })
            if directory.starts_with(backups) =>
        {
            "faites de la place sur le disque des sauvegardes, ou changez-en (clé « directory » de la section [backup]), puis relancez ; \
             la copie de la base reste d’ici là, et ne compte pas pour une sauvegarde"
                .to_owned()
        }
        _ => error.hint(),
    }
}

/// Removes what lies beside a copy: it is of no use without it. What was never there needs no removal.
fn remove_beside(file: &Path) {
    for beside in OF_A_COPY {
        let _ = std::fs::remove_file(beside(file));
    }
}

/// The contents that the copies of a directory refer to.
pub(super) fn contents_in(directory: &Path) -> Contents {
    Contents::new(directory.join(CONTENTS))
}

/// Copies a small file, where it is there.
fn copy_beside(from: &Path, to: &Path) -> Result<(), DeskError> {
    let failed = |source| DeskError::from(BackupError::File { file: to.to_owned(), source });
    match std::fs::read(from) {
        Ok(content) => write_privately(to, &content).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}
