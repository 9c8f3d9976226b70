//! What goes from the directory of backups once a new one is there. Whoever calls has the turn: nobody else adds to the directory.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::Desk;
use super::{BESIDE, OF_A_COPY, contents_in, incomplete_beside, is_complete, remove_beside};
use crate::attachments::AttachmentError;
use crate::domain::backup::{CopyName, superfluous};
use crate::files::remove_unfinished;
use crate::store::{Aside, StoreError, checksum_beside, copies_in, look_at_copy, stem_of};

impl Desk {
    /// Removes the copies of this connector that need no longer be kept, and the contents that none refers to any more: once one was
    /// made, and before, as far as the last complete one allows. One that is not complete stays until the next one is there. What cannot
    /// be removed stays for the next time.
    pub(super) fn remove_superfluous(&self, made: Option<&Path>, now: Timestamp) -> Vec<PathBuf> {
        let (directory, stem) = (&self.backups.directory, stem_of(self.store.path()));
        let Ok(Some(own)) = self.store.read::<_, StoreError>(|reader| reader.outbox_server()) else {
            return Vec::new();
        };
        let place = |copy: &CopyName| directory.join(copy.to_string());
        let is_own = |copy: &CopyName| {
            look_at_copy(&place(copy)).is_some_and(|look| look.server.as_deref() == Some(own.as_str()))
        };
        let (complete, incomplete): (Vec<CopyName>, Vec<CopyName>) =
            copies_in(directory, &stem).into_iter().partition(|copy| is_complete(&place(copy)));
        let name = made.and_then(Path::file_name).and_then(|name| CopyName::read(&stem, name.to_str()?));
        let last_complete = match &name {
            Some(name) if complete.contains(name) => Some(name),
            _ => complete.iter().rev().find(|copy| copy.at <= now && is_own(copy)),
        };
        let mut gone = last_complete.map_or_else(Vec::new, |last| superfluous(last, &complete, self.backups.kept));
        let latest = name.as_ref().or(last_complete);
        gone.extend(incomplete.iter().filter(|copy| latest.is_some_and(|latest| *copy < latest)));
        let mut removed = Vec::new();
        for copy in gone {
            let file = place(copy);
            if !is_own(copy) {
                // Once for each backup that is made.
                if made.is_none() {
                    continue;
                }
                tracing::warn!(file = %file.display(), "sauvegarde d’un autre connecteur, ou illisible : laissée en place");
            } else if fs::remove_file(&file).is_ok() {
                remove_beside(&file);
                removed.push(file);
            }
        }
        if let Some(made) = made {
            removed.extend(self.remove_asides(&complete, now));
            remove_unnamed(made, directory, &stem);
        } else if removed.is_empty() {
            return removed;
        }
        // Also where no copy went: a killed process may have gone no further, or have left those of a copy that never got its name.
        if let Err(error) = self.remove_contents(directory) {
            tracing::warn!(error = %error, "des pièces jointes sauvegardées ne sont plus utiles, et n’ont pas pu être effacées");
        }
        removed
    }

    /// Removes the databases that restorations replaced, each once enough days have a complete backup that is later: nothing goes for
    /// its age alone.
    fn remove_asides(&self, complete: &[CopyName], now: Timestamp) -> Vec<PathBuf> {
        let days_after = |at: Timestamp| {
            let later = complete.iter().filter(|copy| copy.at > at && copy.at <= now);
            later.map(CopyName::day).collect::<BTreeSet<_>>().len()
        };
        let mut asides = Aside::all_of(self.store.path());
        asides.retain(|aside| days_after(aside.at) >= self.backups.kept.daily.max(1) && aside.remove().is_ok());
        asides.into_iter().map(|aside| aside.file).collect()
    }

    /// Removes the contents that no copy refers to: none where a copy cannot be read.
    fn remove_contents(&self, directory: &Path) -> Result<(), AttachmentError> {
        let contents = contents_in(directory);
        let is_that_of_the_database =
            contents.directory().canonicalize().ok() == self.attachments.contents().directory().canonicalize().ok();
        if is_that_of_the_database || !contents.directory().is_dir() {
            return Ok(());
        }
        let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
        let mut wanted = BTreeSet::new();
        for file in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
            match look_at_copy(&file) {
                Some(look) => wanted.extend(look.contents),
                None if file.extension().is_some_and(|extension| extension == "sqlite") => return Ok(()),
                // Whoever made a copy by hand may have named it otherwise; this is none.
                None => {}
            }
        }
        contents.retain(&wanted).map(|_| ())
    }
}

/// The name of the copy beside which a file of this name lies, if it is one of those.
fn copy_of<'a>(suffix: &Path, name: &'a str) -> Option<&'a str> {
    name.strip_suffix(suffix.to_str()?)
}

/// Removes what a killed process left half written beside copies of these names. The caller has the turn.
pub(super) fn remove_unfinished_beside(directory: &Path, is_copy: impl Fn(&str) -> bool) {
    for beside in OF_A_COPY {
        let suffix = beside(Path::new(""));
        remove_unfinished(directory, |name| copy_of(&suffix, name).is_some_and(&is_copy));
    }
}

/// Removes what a killed process left for a copy that never got its name, once the copy just made has the same lines.
fn remove_unnamed(made: &Path, directory: &Path, stem: &str) {
    let is_unnamed = |copy: &str| CopyName::read(stem, copy).is_some() && !directory.join(copy).exists();
    // Its SHA-256, and what it lacked, are of no use to anybody.
    let suffixes = [checksum_beside(Path::new("")), incomplete_beside(Path::new(""))];
    for left in fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = left.file_name().and_then(OsStr::to_str);
        let copy = name.and_then(|name| suffixes.iter().find_map(|suffix| copy_of(suffix, name)));
        if copy.is_some_and(is_unnamed) {
            let _ = fs::remove_file(&left);
        }
    }
    for beside in BESIDE {
        let suffix = beside(Path::new(""));
        let (Ok(known), Ok(entries)) = (fs::read(beside(made)), fs::read_dir(directory)) else { continue };
        for left in entries.flatten().map(|entry| entry.path()) {
            let name = left.file_name().and_then(OsStr::to_str);
            let copy = name.and_then(|name| copy_of(&suffix, name));
            if copy.is_some_and(is_unnamed) && fs::read(&left).is_ok_and(|lines| known.starts_with(&lines)) {
                // One that cannot be removed stays for the next time.
                let _ = fs::remove_file(&left);
            }
        }
    }
}
