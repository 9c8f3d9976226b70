//! How the database is opened: to write, or only to be read.
//!
//! Who only reads never writes to the file, brings no table up to date, and waits for nobody. It also works where nothing can
//! be written (a read-only file system, a copy on a medium, a full disk): SQLite keeps an index of its journal beside the file and
//! cannot make one there, so the file alone is read, once it is certain that its journal is empty. A journal that holds something,
//! as a sync leaves it that found the disk full, is indexed in memory, with the file locked: nobody else may have it open then.
//!
//! Who does not own the database makes no index, even where it could: its owner could not use it.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use url::Url;

use super::place::{beside, is_own};
use super::{StoreError, connect, migrate};

/// What may be done with the database.
#[derive(Debug)]
pub(super) enum Access {
    /// The one connection that writes.
    Write(Mutex<Connection>),
    /// Reading beside whoever writes.
    Read,
    /// Reading a file that nobody writes, without its journal, which is empty.
    ReadAlone,
    /// Reading a file that nobody else has open, with its journal, and locked.
    ReadLocked,
}

impl Access {
    /// How a database that is there can be read, with the connection by which that was found out.
    pub(super) fn to_read(path: &Path) -> Result<(Self, Connection), StoreError> {
        let probe = |access: Self| {
            let connection = access.connect(path)?;
            migrate::refuse_other(&connection, path).map(|()| (access, connection))
        };
        let refused = if is_own(path) || beside(path, "-shm").exists() {
            match probe(Self::Read) {
                Err(refused) if refused.is_about_writing() => refused,
                outcome => return outcome,
            }
        } else {
            StoreError::CannotOpen { path: path.to_owned() }
        };
        if still(path).is_some() { probe(Self::ReadAlone) } else { probe(Self::ReadLocked).map_err(|_| refused) }
    }

    /// A connection to read with.
    pub(super) fn connect(&self, path: &Path) -> Result<Connection, StoreError> {
        let at = |source| StoreError::at(path, source);
        match self {
            Self::Write(_) | Self::Read => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(at),
            Self::ReadAlone => {
                let address = address(path, "immutable=1")?;
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                connect(Path::new(&address), flags).map_err(at)
            }
            // A lock that keeps others out is one that only who may write can take.
            Self::ReadLocked => {
                let address = address(path, "vfs=unix-excl")?;
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI;
                let connection = connect(Path::new(&address), flags).map_err(at)?;
                connection.busy_timeout(Duration::ZERO).map_err(at)?;
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(at)?;
                connection.pragma_update(None, "query_only", true).map_err(at)?;
                Ok(connection)
            }
        }
    }

    /// Whether a connection can be kept for the next reading. That to a file that nobody is to write would not notice that somebody
    /// did, and that to a locked file would keep everybody else away meanwhile.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self, Self::Write(_) | Self::Read)
    }

    /// Reads; a file read alone must be the same before and after, or somebody writes it after all.
    pub(super) fn watched<T, E: From<StoreError>>(
        &self,
        path: &Path,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if !matches!(self, Self::ReadAlone) {
            return read();
        }
        let before = still(path);
        let outcome = read()?;
        if before.is_some() && still(path) == before {
            Ok(outcome)
        } else {
            Err(StoreError::Busy { path: path.to_owned() }.into())
        }
    }
}

/// A connection to a finished file that nobody writes, such as a copy: nothing is made beside it.
pub(super) fn alone(path: &Path) -> Result<Connection, StoreError> {
    Access::ReadAlone.connect(path)
}

/// A file as an address with a parameter of SQLite's.
fn address(path: &Path, parameter: &str) -> Result<String, StoreError> {
    let absolute = std::path::absolute(path).ok().and_then(|path| Url::from_file_path(path).ok());
    let mut address = absolute.ok_or_else(|| StoreError::CannotOpen { path: path.to_owned() })?;
    address.set_query(Some(parameter));
    Ok(address.into())
}

/// The size and the date of a database file that holds all there is; none when its journal holds something.
fn still(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let is_empty = std::fs::metadata(beside(path, "-wal")).map_or(true, |journal| journal.len() == 0);
    let file = std::fs::metadata(path).ok()?;
    is_empty.then(|| (file.len(), file.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    #[test]
    fn a_journal_is_that_of_the_file_by_whatever_name_it_is_opened() {
        let (directory, store) = store();
        let link = directory.path().join("link.sqlite");
        std::os::unix::fs::symlink(store.path(), &link).unwrap();
        store.write::<_, StoreError>(|writer| writer.alert_settle("none")).unwrap();
        assert_eq!((still(store.path()), still(&link)), (None, None), "the journal holds something");
        let path = store.path().to_owned();
        drop(store);
        assert!(still(&path).is_some() && still(&link).is_some());
    }
}
