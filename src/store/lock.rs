//! Advisory locks beside the database, which die with their holder: one sync at a time, whatever the process; one service.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::place::{self, beside};
use super::{Store, StoreError};
use crate::files::open_own;

/// How often, and how far apart, a lock that is held is tried again.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// What follows the name of the database in that of the lock of syncs.
const SYNC: &str = ".lock";
/// The same of the lock of the service.
const SERVICE: &str = ".serve.lock";
/// The same of the socket through which the service is asked.
const SOCKET: &str = ".socket";

/// The same of the lock of who brings a database up to date.
const UPGRADE: &str = ".upgrade.lock";

/// The same of the lock of who backs the database up.
const BACKUP: &str = ".backup.lock";

/// The same of the lock of whoever has the database open, all of them together, or of who puts another one in its place, alone.
const OPEN: &str = ".open.lock";

/// Where the service on a database is asked.
#[must_use]
pub fn service_socket(database: &Path) -> PathBuf {
    beside(database, SOCKET)
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// Process number on this machine.
    pub pid: u32,
    /// Since when, by this machine's clock.
    pub since: Timestamp,
}

/// Held while a sync runs; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct SyncLock {
    _file: File,
}

/// Held as long as the service lives; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct ServiceLock {
    _file: File,
}

/// Held as long as a database is open. SQLite does not notice that another file took the place of the one it has open, and would mix
/// up their journals: so nobody has it open then.
#[derive(Debug)]
pub(super) struct OpenLock {
    _file: File,
}

impl OpenLock {
    /// Takes part in having the database open. None where this account cannot: another one's database, which it only reads, or a place
    /// where nothing can be written.
    ///
    /// # Errors
    /// [`StoreError::Restoring`] while another database is put in its place.
    pub fn share(database: &Path, may_make: bool) -> Result<Option<Self>, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(may_make).create(may_make).truncate(false);
        let Ok(file) = open_own(&beside(database, OPEN), &mut options) else { return Ok(None) };
        let mut tries = 0;
        loop {
            match file.try_lock_shared() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(BETWEEN_TRIES);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Restoring { path: database.to_owned() });
                }
                // A file system that knows no locks.
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }

    /// Takes it alone.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while anybody has the database open, [`StoreError::LockFile`] when the file beside the database cannot be
    /// written.
    pub fn alone(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, OPEN);
        let failed = |source| StoreError::LockFile { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = open_own(&path, &mut options).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Held while a backup of the database is made; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct BackupLock {
    _file: File,
}

impl BackupLock {
    /// Takes the lock for a backup.
    ///
    /// # Errors
    /// [`StoreError::BackingUp`] with the holder while another process makes one, [`StoreError::LockFile`] when the file beside the
    /// database cannot be written.
    pub fn take(database: &Path, now: Timestamp) -> Result<Self, StoreError> {
        match take(database, BACKUP, now)? {
            Taken::Here(file) => Ok(Self { _file: file }),
            Taken::Elsewhere(holder) => Err(StoreError::BackingUp { path: database.to_owned(), holder }),
        }
    }
}

/// Whether a service lives on a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// It lives; who it is, when that can be told.
    Alive(Option<LockHolder>),
    /// There is none.
    Stopped,
    /// This account may not know.
    Unknown,
}

impl Service {
    /// Whether a service lives on a database.
    #[must_use]
    pub fn of(database: &Path) -> Self {
        look(database, SERVICE)
    }
}

/// Whether another process has a service or a sync on a database.
pub(super) fn others(database: &Path) -> Service {
    let is_another =
        |holder: &Option<LockHolder>| holder.as_ref().is_none_or(|holder| holder.pid != std::process::id());
    let mut found = [SERVICE, SYNC].into_iter().map(|suffix| look(database, suffix));
    found.find(|found| matches!(found, Service::Alive(holder) if is_another(holder))).unwrap_or(Service::Stopped)
}

fn look(database: &Path, suffix: &str) -> Service {
    let mut file = match open_own(&beside(database, suffix), OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Service::Stopped,
        Err(_) => return Service::Unknown,
    };
    match file.try_lock_shared() {
        Ok(()) => Service::Stopped,
        Err(TryLockError::WouldBlock) => Service::Alive(holder(&mut file)),
        Err(TryLockError::Error(_)) => Service::Unknown,
    }
}

impl ServiceLock {
    /// Takes the lock for a service, before anything is done to the database.
    ///
    /// # Errors
    /// [`StoreError::Served`] with the holder when a service lives on the database, [`StoreError::LockFile`] when the file
    /// beside the database cannot be written, [`StoreError::NoDirectory`] when its directory is not there,
    /// [`StoreError::Foreign`] when another account owns something there.
    pub fn take(database: &Path, now: Timestamp) -> Result<Self, StoreError> {
        place::refuse(database)?;
        match take(database, SERVICE, now)? {
            Taken::Here(file) => Ok(Self { _file: file }),
            // Who puts another database in its place holds this one too.
            Taken::Elsewhere(holder) => Err(match OpenLock::share(database, false) {
                Err(restoring) => restoring,
                Ok(_) => StoreError::Served { path: database.to_owned(), holder },
            }),
        }
    }
}

/// Held while a database is brought up to date; released by [`Upgrade::end`], when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct Upgrade {
    path: PathBuf,
    _file: File,
}

impl Upgrade {
    /// Waits until no other process brings the database up to date.
    ///
    /// # Errors
    /// [`StoreError::LockFile`] when the file beside the database cannot be written.
    pub fn begin(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, UPGRADE);
        let failed = |source| StoreError::LockFile { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = open_own(&path, &mut options).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                tracing::info!("un autre processus met la base de données à jour : attente de sa fin");
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        Ok(Self { path, _file: file })
    }

    /// The database is up to date: there is nothing to wait for any more. Who waited already sees that when its turn comes.
    pub fn end(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl SyncLock {
    /// Takes the lock for a sync.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the holder when another sync runs, [`StoreError::LockFile`] when the file beside the
    /// database cannot be written.
    pub(super) fn take(database: &Path, now: Timestamp) -> Result<Self, StoreError> {
        match take(database, SYNC, now)? {
            Taken::Here(file) => Ok(Self { _file: file }),
            Taken::Elsewhere(holder) => Err(StoreError::Locked { holder }),
        }
    }
}

impl Store {
    /// Takes the lock for a sync.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the holder when another sync runs, [`StoreError::LockFile`] when the file beside the
    /// database cannot be written.
    pub fn sync_lock(&self, now: Timestamp) -> Result<SyncLock, StoreError> {
        SyncLock::take(&self.path, now)
    }

    /// Whether a sync may run at this moment: a run without end may be that of a process that died. Where this account may not
    /// know, one may.
    #[must_use]
    pub fn may_be_synced(&self) -> bool {
        match open_own(&beside(&self.path, SYNC), OpenOptions::new().read(true)) {
            Ok(file) => file.try_lock_shared().is_err(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

enum Taken {
    Here(File),
    Elsewhere(Option<LockHolder>),
}

fn take(database: &Path, suffix: &str, now: Timestamp) -> Result<Taken, StoreError> {
    let path = beside(database, suffix);
    let failed = |source| StoreError::LockFile { path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    let mut file = open_own(&path, &mut options).map_err(failed)?;
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
        Err(TryLockError::WouldBlock) => return Ok(Taken::Elsewhere(holder(&mut file))),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let text = super::codec::json(&LockHolder { pid: std::process::id(), since: now })?;
    file.set_len(0).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    Ok(Taken::Here(file))
}

fn holder(file: &mut File) -> Option<LockHolder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_service_lives_on_a_database_and_its_lock_dies_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let now: Timestamp = "2021-09-01T06:00:00Z".parse().unwrap();
        assert_eq!(Service::of(&database), Service::Stopped);
        let lock = ServiceLock::take(&database, now).unwrap();
        let first = LockHolder { pid: std::process::id(), since: now };
        assert_eq!(Service::of(&database), Service::Alive(Some(first.clone())));
        std::fs::File::create(&database).unwrap();
        let link = directory.path().join("link.sqlite");
        std::os::unix::fs::symlink(&database, &link).unwrap();
        for name in [&database, &link] {
            let Err(StoreError::Served { holder, .. }) = ServiceLock::take(name, now) else { panic!("{name:?}") };
            assert_eq!(holder.as_ref(), Some(&first));
        }
        let file = directory.path().join("fitn.sqlite.serve.lock");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(lock);
        assert_eq!(Service::of(&link), Service::Stopped);
        ServiceLock::take(&link, now).unwrap();
    }
    #[test]
    fn a_lock_that_an_older_version_let_everybody_read_is_closed_to_them() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("fitn.sqlite")).unwrap();
        let file: PathBuf = directory.path().join("fitn.sqlite.lock");
        File::create(&file).unwrap().set_permissions(Permissions::from_mode(0o644)).unwrap();
        let held = store.sync_lock("2021-09-01T06:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(store.may_be_synced());
        drop(held);
        assert!(!store.may_be_synced());
    }
}
