//! One sync at a time on a database, whatever the process: an advisory lock that dies with its holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};

/// How often, and how far apart, a lock that is held is tried again.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// Process number on this machine.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
}

/// Held while a sync runs; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct SyncLock {
    _file: File,
}

impl Store {
    /// Takes the lock for a sync.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the holder when another sync runs, [`StoreError::LockFile`] when the file beside the
    /// database cannot be written.
    pub fn sync_lock(&self, now: Timestamp) -> Result<SyncLock, StoreError> {
        let path = self.lock_path();
        let failed = |source| StoreError::LockFile { path: path.clone(), source };
        let mut options = OpenOptions::new();
        // For who reads the database, and nobody else.
        options.create(true).truncate(false).read(true).write(true).mode(0o640);
        let mut file = options.open(&path).map_err(failed)?;
        // Somebody may be looking whether it is held.
        let mut tries = 0;
        let taken = loop {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(BETWEEN_TRIES);
                }
                taken => break taken,
            }
        };
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok());
                return Err(StoreError::Locked { holder });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let holder = LockHolder { pid: std::process::id(), since: now };
        let text = super::codec::json(&holder)?;
        file.set_len(0).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(SyncLock { _file: file })
    }

    /// Whether a sync runs at this moment, as far as can be told: a run without end may be that of a process that died.
    #[must_use]
    pub fn is_being_synced(&self) -> bool {
        let Ok(file) = File::open(self.lock_path()) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn lock_path(&self) -> PathBuf {
        // By whatever name the database is opened, its file is one.
        let mut name = self.path.canonicalize().unwrap_or_else(|_| self.path.clone()).into_os_string();
        name.push(".lock");
        PathBuf::from(name)
    }
}
