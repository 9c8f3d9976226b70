//! One backup at a time, from its first byte until the copies that it makes superfluous are gone.
//!
//! Of one database: whoever comes second is told, and tries later. Into one directory: several databases may be backed up there, and what
//! their copies refer to lies there once, until none refers to it any more. Whoever comes second waits.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::{BackupError, GoesOn};
use crate::files::open_own;
use crate::store::lock::BackupLock;

/// The lock of a directory while a backup goes there.
const LOCK: &str = ".sauvegarde.lock";
/// How often it is looked whether the directory is free.
const LOOKED: Duration = Duration::from_millis(50);

/// Held as long as a backup is made; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct BackupTurn {
    _database: BackupLock,
    _directory: Option<DirectoryLock>,
}

impl BackupTurn {
    pub(in crate::store) fn take(
        database: &Path,
        directory: &Path,
        now: Timestamp,
        goes_on: GoesOn<'_>,
    ) -> Result<Self, BackupError> {
        let database = BackupLock::take(database, now)?;
        Ok(Self { _database: database, _directory: DirectoryLock::take(directory, goes_on)? })
    }
}

/// The file is removed with it: nothing else than backups lies in the directory once they are made.
#[derive(Debug)]
struct DirectoryLock {
    path: PathBuf,
    _file: File,
}

impl DirectoryLock {
    /// None where there can be no lock: a directory that cannot be written refuses the copy itself, and some file systems know none.
    fn take(directory: &Path, goes_on: GoesOn<'_>) -> Result<Option<Self>, BackupError> {
        let path = directory.join(LOCK);
        let mut waits = false;
        loop {
            let mut options = OpenOptions::new();
            let Ok(file) = open_own(&path, options.create(true).truncate(false).write(true)) else { return Ok(None) };
            match file.try_lock() {
                // Whoever held it before may have removed it meanwhile: such a lock keeps nobody away.
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { path, _file: file })),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if !waits {
                        tracing::info!(directory = %directory.display(), "un autre connecteur y fait une sauvegarde : attente de sa fin");
                        waits = true;
                    }
                    if !goes_on() {
                        return Err(BackupError::Stopped);
                    }
                    std::thread::sleep(LOOKED);
                }
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // One that cannot be removed keeps nobody away once this process has ended.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(file), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (file.dev(), file.ino()) == (there.dev(), there.ino())
}
