//! Backups: a verified copy of the database, with what lies beside it; which ones stay; how old the last one is.
//!
//! Beside each copy lie the log of what was sent and the lines of what was erased as they were then, under its name. The contents of attached files that the copies of one
//! directory refer to lie there once, in a directory of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Desk, DeskError};
use crate::attachments::{AttachmentError, Contents, Shared};
use crate::delivery::SendLog;
use crate::domain::backup::{CopyName, KeptCopies, superfluous};
use crate::files::{directory_of, make_private_directory, write_privately};
use crate::store::{
    BackupError, GoesOn, MadeCopy, Reader, StoreError, Tombstones, copies_in, free_name, look_at_copy, stem_of,
};

/// The mark that tells of the last backup, wherever it was put.
const MARK: &str = "backup";
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
    /// need no longer be kept. `goes_on` is asked again and again, and ends it.
    ///
    /// # Errors
    /// [`DeskError::Backup`]: there is no copy. [`DeskError::BackupIncomplete`]: the database is copied, but not all that lies beside it.
    pub fn backup(&self, file: Option<&Path>, goes_on: GoesOn<'_>) -> Result<BackedUp, DeskError> {
        let now = self.now()?;
        // The name by which it will be known whose the copy is. Where nothing can be written now, it has the one that it has.
        if let Err(error) = self.outbox_server() {
            tracing::debug!(error = %error, "le connecteur n’a pas pu être nommé avant la sauvegarde");
        }
        let copy = match file {
            Some(file) => self.store.backup(file, now, goes_on)?,
            None => self.back_up_into_the_directory(now, goes_on)?,
        };
        tracing::info!(file = %copy.file.display(), bytes = copy.bytes, "base de données sauvegardée et vérifiée");
        let last = LastBackup { at: now, file: std::path::absolute(&copy.file).unwrap_or_else(|_| copy.file.clone()) };
        if let Err(error) = self.note_backup(&last) {
            tracing::warn!(error = %error, "la date de la sauvegarde n’a pas pu être notée dans la base");
        }
        let incomplete = |error: &DeskError| DeskError::BackupIncomplete {
            file: copy.file.clone(),
            reason: error.to_string(),
            hint: error.hint(),
        };
        let contents = self.copy_what_lies_beside(&copy, goes_on).map_err(|error| incomplete(&error))?;
        let removed = if file.is_none() { self.remove_superfluous(&copy.file) } else { Vec::new() };
        Ok(BackedUp { copy, at: now, contents, removed })
    }

    fn back_up_into_the_directory(&self, now: Timestamp, goes_on: GoesOn<'_>) -> Result<MadeCopy, DeskError> {
        let (directory, stem) = (&self.backups.directory, stem_of(self.store.path()));
        make_private_directory(directory).map_err(|source| BackupError::File { file: directory.clone(), source })?;
        loop {
            let name = free_name(&copies_in(directory, &stem), CopyName::new(&stem, now, None));
            match self.store.backup(&directory.join(name.to_string()), now, goes_on) {
                // Another process took the name just now.
                Err(BackupError::Exists { .. }) if copies_in(directory, &stem).contains(&name) => {}
                outcome => return Ok(outcome?),
            }
        }
    }

    fn note_backup(&self, last: &LastBackup) -> Result<(), StoreError> {
        let text =
            serde_json::to_string(last).map_err(|error| StoreError::unreadable("dernière sauvegarde", &error))?;
        self.store.write(|writer| writer.mark_put(MARK, &text))
    }

    fn copy_what_lies_beside(&self, copy: &MadeCopy, goes_on: GoesOn<'_>) -> Result<Shared, DeskError> {
        for beside in [SendLog::beside, Tombstones::beside] {
            copy_beside(&beside(self.store.path()), &beside(&copy.file))?;
        }
        let kept = contents_in(directory_of(&copy.file));
        Ok(self.attachments.contents().share(&kept, &copy.contents, goes_on)?)
    }

    /// Removes the copies of this connector that need no longer be kept, and the contents that none refers to any more. What cannot be
    /// removed stays for the next time.
    fn remove_superfluous(&self, made: &Path) -> Vec<PathBuf> {
        let (directory, stem) = (&self.backups.directory, stem_of(self.store.path()));
        let name = made.file_name().and_then(|name| CopyName::read(&stem, name.to_str()?));
        let Some(name) = name else { return Vec::new() };
        let Ok(Some(own)) = self.store.read::<_, StoreError>(|reader| reader.outbox_server()) else {
            return Vec::new();
        };
        let mut removed = Vec::new();
        for copy in superfluous(&name, &copies_in(directory, &stem), self.backups.kept) {
            let file = directory.join(copy.to_string());
            let is_own = look_at_copy(&file).is_some_and(|look| look.server.as_deref() == Some(own.as_str()));
            if !is_own {
                tracing::warn!(file = %file.display(), "sauvegarde d’un autre connecteur, ou illisible : laissée en place");
            } else if std::fs::remove_file(&file).is_ok() {
                // What lies beside it is of no use without it.
                for beside in [SendLog::beside(&file), Tombstones::beside(&file)] {
                    let _ = std::fs::remove_file(beside);
                }
                removed.push(file);
            }
        }
        if !removed.is_empty()
            && let Err(error) = self.remove_contents(directory)
        {
            tracing::warn!(error = %error, "des pièces jointes sauvegardées ne sont plus utiles, et n’ont pas pu être effacées");
        }
        removed
    }

    /// Removes the contents that no copy refers to: none where a copy cannot be read.
    fn remove_contents(&self, directory: &Path) -> Result<(), AttachmentError> {
        let contents = contents_in(directory);
        let is_that_of_the_database =
            contents.directory().canonicalize().ok() == self.attachments.contents().directory().canonicalize().ok();
        if is_that_of_the_database || !contents.directory().is_dir() {
            return Ok(());
        }
        let Ok(entries) = std::fs::read_dir(directory) else { return Ok(()) };
        let mut wanted = BTreeSet::new();
        for entry in entries.flatten() {
            let file = entry.path();
            if file.extension().is_some_and(|extension| extension == "sqlite") {
                let Some(look) = look_at_copy(&file) else { return Ok(()) };
                wanted.extend(look.contents);
            }
        }
        contents.retain(&wanted).map(|_| ())
    }

    /// The last backup: in the directory of backups, or wherever it was put and still is; what is dated in the future was misdated. None
    /// where there is none, or where this account may not know.
    pub(super) fn last_backup(&self, reader: &Reader<'_>) -> Result<Option<LastBackup>, StoreError> {
        let now = reader.corrected(self.clock.now())?;
        let noted = reader.mark(MARK)?.and_then(|text| serde_json::from_str::<LastBackup>(&text).ok());
        let directory = &self.backups.directory;
        let copies = copies_in(directory, &stem_of(self.store.path()));
        let latest = copies.iter().rev().find(|copy| copy.at <= now);
        let latest = latest.map(|copy| LastBackup { at: copy.at, file: directory.join(copy.to_string()) });
        let noted = noted.filter(|noted| noted.at <= now && noted.file.exists());
        Ok(match (noted, latest) {
            (Some(noted), Some(latest)) if latest.at.as_second() > noted.at.as_second() => Some(latest),
            (noted, latest) => noted.or(latest),
        })
    }
}

/// The contents that the copies of a directory refer to.
pub(super) fn contents_in(directory: &Path) -> Contents {
    Contents::new(directory.join(CONTENTS))
}

/// Copies a small file, where it is there.
pub(super) fn copy_beside(from: &Path, to: &Path) -> Result<(), DeskError> {
    let failed = |source| DeskError::from(BackupError::File { file: to.to_owned(), source });
    match std::fs::read(from) {
        Ok(content) => write_privately(to, &content).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}
