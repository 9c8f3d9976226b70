//! The file of a copy under way: under a name of its own until it counts, and removed if it never does.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::BackupError;
use crate::files::{PRIVATE_FILE_MODE, directory_of};
use crate::store::StoreError;

/// How the name of a copy under way ends.
const UNDER_WAY: &str = ".copie-en-cours";
/// What SQLite may have made beside it.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];
/// Hexadecimal digits of what tells copies from each other.
const DIGITS: usize = 16;

pub(super) struct ScratchCopy {
    path: PathBuf,
}

/// What the names of the copies of a database begin with while they are under way.
fn prefix(database: &Path) -> String {
    format!(".{}.", database.file_name().unwrap_or_default().to_string_lossy())
}

/// Removes what killed processes left of copies of this database. The caller is the only one who makes one.
pub(super) fn clear(directory: &Path, database: &Path) {
    let prefix = prefix(database);
    let is_left = |name: &str| {
        let Some(rest) = name.strip_prefix(&prefix) else { return false };
        let Some((number, rest)) = rest.split_at_checked(DIGITS) else { return false };
        let is_number = number.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_number && rest.strip_prefix(UNDER_WAY).is_some_and(|beside| BESIDE.contains(&beside))
    };
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_left) && fs::remove_file(entry.path()).is_ok() {
            tracing::info!(copy = %entry.path().display(), "copie d’une sauvegarde interrompue effacée");
        }
    }
}

impl ScratchCopy {
    /// An empty file, for its owner alone from the first moment.
    pub fn begin(file: &Path, database: &Path) -> Result<Self, BackupError> {
        let path = directory_of(file).join(format!("{}{:0DIGITS$x}{UNDER_WAY}", prefix(database), fastrand::u64(..)));
        match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(source) => Err(BackupError::File { file: file.to_owned(), source }),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As SQLite takes it.
    pub fn name(&self) -> Result<&str, BackupError> {
        let refused = || BackupError::File { file: self.path.clone(), source: io::ErrorKind::InvalidFilename.into() };
        self.path.to_str().ok_or_else(refused)
    }

    /// Begins again.
    pub fn empty(&self) -> Result<(), BackupError> {
        let failed = |source| BackupError::File { file: self.path.clone(), source };
        self.remove_beside();
        OpenOptions::new().write(true).truncate(true).open(&self.path).map(|_| ()).map_err(failed)
    }

    /// Puts it on the disk for good, and gives it its name, which nothing has yet; its size in bytes.
    pub fn keep(self, file: &Path) -> Result<u64, BackupError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { file: file.to_owned() },
            _ => BackupError::File { file: file.to_owned(), source },
        };
        let copy = File::open(&self.path).map_err(failed)?;
        copy.sync_all().map_err(failed)?;
        let bytes = copy.metadata().map_err(failed)?.len();
        match renameat_with(CWD, &self.path, CWD, file, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // Some file systems know only how to replace.
            Err(Errno::INVAL | Errno::NOSYS) if fs::symlink_metadata(file).is_err() => {
                fs::rename(&self.path, file).map_err(failed)?;
            }
            Err(Errno::INVAL | Errno::NOSYS) => return Err(BackupError::Exists { file: file.to_owned() }),
            Err(error) => return Err(failed(error.into())),
        }
        // The name outlives a power cut once the directory is on the disk. Some directories cannot be asked for that.
        let _ = File::open(directory_of(file)).and_then(|directory| directory.sync_all());
        Ok(bytes)
    }

    /// Whose fault it is that SQLite could not copy: it only reads the database.
    pub fn blame(file: &Path, database: &Path, error: rusqlite::Error) -> BackupError {
        let is_of_the_copy = |error: &StoreError| {
            matches!(
                error,
                StoreError::DiskFull { .. }
                    | StoreError::ReadOnly { .. }
                    | StoreError::CannotOpen { .. }
                    | StoreError::DiskFailure { .. }
            )
        };
        match StoreError::at(database, error) {
            StoreError::DiskFull { .. } => {
                BackupError::File { file: file.to_owned(), source: io::ErrorKind::StorageFull.into() }
            }
            error if is_of_the_copy(&error) => BackupError::File { file: file.to_owned(), source: Errno::IO.into() },
            error => error.into(),
        }
    }

    fn remove_beside(&self) {
        for suffix in BESIDE.iter().filter(|suffix| !suffix.is_empty()) {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            // What was never there needs no removal.
            let _ = fs::remove_file(name);
        }
    }
}

impl Drop for ScratchCopy {
    fn drop(&mut self) {
        self.remove_beside();
        // One that was kept has another name.
        let _ = fs::remove_file(&self.path);
    }
}
