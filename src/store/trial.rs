//! A copy of the database to try something on, thrown away afterwards.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::{Store, StoreError, connect};

/// A copy beside the database; its files are removed when it is dropped.
#[derive(Debug)]
pub struct TrialCopy {
    path: PathBuf,
}

impl Store {
    /// Copies a database; one that does not exist yet gives a path where nothing is.
    ///
    /// # Errors
    /// A database that cannot be read, a directory that cannot be written.
    pub fn trial_copy(path: &Path) -> Result<TrialCopy, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".essai-{}", std::process::id()));
        let copy = TrialCopy { path: PathBuf::from(name) };
        copy.remove();
        if path.exists() {
            // The copy holds what the database holds: nobody else may read it.
            std::fs::OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&copy.path)
                .map_err(|_| StoreError::CannotOpen { path: copy.path.clone() })?;
            let connection =
                connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|source| StoreError::at(path, source))?;
            connection
                .execute("VACUUM INTO ?1", [copy.path.to_string_lossy()])
                .map_err(|source| StoreError::at(path, source))?;
        }
        Ok(copy)
    }
}

impl TrialCopy {
    /// Where the copy is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut file = self.path.as_os_str().to_owned();
            file.push(suffix);
            // What was never there needs no removal.
            let _ = std::fs::remove_file(PathBuf::from(file));
        }
    }
}

impl Drop for TrialCopy {
    fn drop(&mut self) {
        self.remove();
    }
}
