//! What goes from the directory of backups once a new one is there. Whoever calls has the turn: nobody else adds to the directory.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::Desk;
use super::{BESIDE, contents_in, remove_beside};
use crate::attachments::AttachmentError;
use crate::domain::backup::{CopyName, superfluous};
use crate::files::remove_unfinished;
use crate::store::{StoreError, copies_in, look_at_copy, stem_of};

impl Desk {
    /// Removes the copies of this connector that need no longer be kept, and the contents that none refers to any more. What cannot be
    /// removed stays for the next time.
    pub(super) fn remove_superfluous(&self, made: &Path) -> Vec<PathBuf> {
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
            } else if fs::remove_file(&file).is_ok() {
                remove_beside(&file);
                removed.push(file);
            }
        }
        remove_unnamed(made, directory, &stem);
        // Also where no copy went: a killed process may have gone no further, or have left those of a copy that never got its name.
        if let Err(error) = self.remove_contents(directory) {
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
    for beside in BESIDE {
        let suffix = beside(Path::new(""));
        remove_unfinished(directory, |name| copy_of(&suffix, name).is_some_and(&is_copy));
    }
}

/// Removes what a killed process left for a copy that never got its name, once the copy just made has the same lines.
fn remove_unnamed(made: &Path, directory: &Path, stem: &str) {
    let is_unnamed = |copy: &str| CopyName::read(stem, copy).is_some() && !directory.join(copy).exists();
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
