//! All SQL: one file a resource, methods named resource first (`dossier_upsert`, `run_finish`).
//!
//! One [`Store`] a process. Writes go through [`Store::write`], one `IMMEDIATE` transaction each, on the one writing
//! connection; reads through [`Store::read`], each on a snapshot of its own that never blocks a writer nor waits for one, on one of
//! a few connections kept for that. Who
//! only shows what is stored opens it by [`Store::open_to_read`], and touches nothing.
//! The room knows rows and values of the trade; it neither speaks HTTP nor interprets a champ.

mod about;
mod access;
mod alert;
mod attachment;
mod backup;
mod champ;
mod change;
mod clock;
mod codec;
mod commentary;
mod dictionary;
mod dirty;
mod dossier;
mod erasure;
mod error;
mod export;
mod hold;
mod idle;
mod journal;
mod judgement;
mod line;
mod listing;
mod lock;
mod mark;
mod migrate;
mod missing;
mod neighbour;
mod news;
mod once;
mod orphan;
mod outbox;
mod page;
mod place;
mod procedure;
mod quarantine;
mod removal;
mod restore;
mod right;
mod run;
mod scratch;
mod search;
mod size;
mod sql;
mod subject;
mod task;
mod told;
mod tombstone;
mod trial;
mod unfinished;
mod version;
mod wipe;
mod withdrawal;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

pub use about::{Held, HeldCounts, HeldText};
use access::Access;
pub use alert::{Alert, AlertRow, NewAlert};
pub use attachment::{AttachmentCounts, AttachmentRecord, StaleAttachments};
pub use backup::{
    BackupError, BackupTurn, GoesOn, Look, MadeCopy, VerifiedCopy, checksum_beside, copies_in, free_name, look_at_copy,
    server_of_copy, stem_of,
};
use dictionary::Dictionaries;
pub use dictionary::Packing;
pub use dirty::Why;
pub use dossier::{DossierRecord, DossiersOfState, Upsert};
pub use erasure::{ErasableDossier, Remains};
pub use error::StoreError;
pub use export::{ExportFile, KeptExport, NewExport};
pub use hold::Hold;
use idle::Idle;
pub use judgement::{Judgement, Said};
pub use line::DossierLine;
pub use listing::{DossierFilter, ProgrammeTally};
use lock::OpenLock;
pub use lock::{LockHolder, Service, ServiceLock, SyncLock, service_socket};
pub use missing::OpenDossier;
pub use news::Change;
use once::Met;
pub use outbox::{Message, MessageKey, NewMessage, Progress, Via};
pub use place::Foreign;
pub use procedure::{Cursor, ProcedureFailure, ProcedureRecord, Walk};
pub use quarantine::QuarantineEntry;
pub use removal::RemovalNotice;
pub use restore::{Aside, Candidate, Erasures, Losses, Lost, Restoration, RestoreError};
pub use right::Credit;
pub use run::{RunCounters, RunOutcome, RunRecord};
pub use scratch::Scratch;
pub use search::Search;
use sql::Sql;
pub use subject::SubjectSource;
pub use task::TaskState;
pub use told::Told;
pub use tombstone::{ERASED, Erased, Tombstone};
pub use trial::TrialCopy;
pub use version::SnapshotEntry;
pub use wipe::Wiped;
pub use withdrawal::{KeptFile, Withdrawal};

use crate::files::PRIVATE_FILE_MODE;

/// The size of the pages of a new database, in bytes.
const PAGE_SIZE: u32 = 8192;

/// How long a write waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The database of one préfecture.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// Closed before the one that writes, which empties the journal when it is the last.
    idle: Idle,
    access: Access,
    dictionaries: Dictionaries,
    /// Let go last.
    _open: Option<OpenLock>,
}

/// What is done before the tables of an older version are brought up to date.
#[derive(Debug, Clone, Copy)]
pub enum Precaution<'a> {
    /// A copy of the database is made in a directory; without it the tables stay as they are.
    Copy {
        /// The directory, made where it is not there.
        directory: &'a Path,
        /// Names the copy.
        now: Timestamp,
    },
    /// Nothing.
    Without,
}

/// A snapshot to read from.
pub struct Reader<'a> {
    connection: Sql<'a>,
    dictionaries: &'a Dictionaries,
}

/// A transaction to write in; reads see what it wrote.
pub struct Writer<'a> {
    transaction: Sql<'a>,
    dictionaries: &'a Dictionaries,
    met: Met,
}

/// An empty file for a new database, for its owner alone: what it will hold concerns persons, and who can open it can keep others
/// from writing. `SQLite` gives what it makes beside it the same rights. `options` tell what may stand there already.
fn create(options: &mut OpenOptions, path: &Path) -> Result<(), StoreError> {
    let created = options.append(true).mode(PRIVATE_FILE_MODE).open(path);
    created.map(|_| ()).map_err(|source| StoreError::NotCreated { path: path.to_owned(), source })
}

impl Store {
    /// Writes no longer wait for the disk: for stories that write very often.
    #[cfg(test)]
    pub(crate) fn hurry(&self) {
        let Access::Write(connection) = &self.access else { return };
        connection.lock().unwrap().pragma_update(None, "synchronous", "OFF").unwrap();
    }

    /// Opens the database, creates it when it is not there, and brings its tables up to date without any precaution: one that can be
    /// made again, or of which there is a copy.
    ///
    /// # Errors
    /// As [`Store::open_with`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Precaution::Without)
    }

    /// The same with a precaution.
    ///
    /// # Errors
    /// A database of a newer version, one that an older version still works on, a file that is no database, one that cannot be
    /// written or is another account's, one of an older version of which no copy can be made: see [`StoreError`].
    pub fn open_with(path: &Path, precaution: Precaution<'_>) -> Result<Self, StoreError> {
        let at = |source| StoreError::at(path, source);
        place::refuse(path)?;
        let open = OpenLock::share(path, true)?;
        let existed = path.exists();
        if !existed {
            // Another process may be making it just now.
            create(OpenOptions::new().create(true), path)?;
        }
        let mut connection =
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).map_err(at)?;
        if existed {
            migrate::refuse_newer(&connection, path)?;
            migrate::refuse_under_older(&connection, path)?;
        }
        // Of a new file: wide rows fill larger pages better.
        connection.pragma_update(None, "page_size", PAGE_SIZE).map_err(at)?;
        // A new file can shrink in steps; of another one, that is so once it was rewritten.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(at)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(at)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(at)?;
        // What is deleted leaves no bytes behind.
        connection.pragma_update(None, "secure_delete", true).map_err(at)?;
        migrate::to_latest(&mut connection, path, precaution)?;
        trial::remove_stale(path);
        Ok(Self::with(path, Access::Write(Mutex::new(connection)), open))
    }

    fn with(path: &Path, access: Access, open: Option<OpenLock>) -> Self {
        let path = path.to_owned();
        Self { path, idle: Idle::default(), access, dictionaries: Dictionaries::default(), _open: open }
    }

    /// Opens a database that must already be there.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was ever synced, else as [`Store::open_with`].
    pub fn open_existing(path: &Path, precaution: Precaution<'_>) -> Result<Self, StoreError> {
        if path.exists() {
            Self::open_with(path, precaution)
        } else {
            Err(StoreError::Missing { path: path.to_owned() })
        }
    }

    /// Opens a database that must already be there, only to read it: every write is refused, and nothing is brought up to date.
    ///
    /// # Errors
    /// As [`Store::open_existing`]; [`StoreError::Older`] when its tables are not those of this version.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        place::refuse_other_things(path)?;
        let open = OpenLock::share(path, false)?;
        let (access, connection) = Access::to_read(path)?;
        let store = Self::with(path, access, open);
        store.put_back(connection);
        Ok(store)
    }

    /// Opens a database that must already be there; only to read it where nothing can be written now, on a full disk for one.
    ///
    /// # Errors
    /// As [`Store::open_existing`], then as [`Store::open_to_read`].
    pub fn open_as_far_as_possible(path: &Path, precaution: Precaution<'_>) -> Result<Self, StoreError> {
        match Self::open_existing(path, precaution) {
            Err(error) if error.is_about_writing() => Self::open_to_read(path).map_err(|_| error),
            outcome => outcome,
        }
    }

    /// Whether this account may write a database there, or begin one; nothing is touched.
    ///
    /// # Errors
    /// Why it may not: see [`StoreError`].
    pub fn refuse_unwritable(path: &Path) -> Result<(), StoreError> {
        place::refuse_unwritable(path)
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a write as one transaction: all of it or nothing.
    ///
    /// # Errors
    /// What the closure returns, or the database's own failure.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        let at = |source| StoreError::at(&self.path, source);
        let mut connection = self.writer()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(at)?;
        let outcome = work(&Writer::new(&transaction, &self.dictionaries))?;
        transaction.commit().map_err(at)?;
        Ok(outcome)
    }

    /// Reads from one snapshot, beside whoever else reads or writes.
    ///
    /// # Errors
    /// What the closure returns, or the database's own failure.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let at = |source| StoreError::at(&self.path, source);
        let connection = match self.idle.take() {
            Some(connection) => connection,
            None => self.access.connect(&self.path)?,
        };
        let snapshot = connection.unchecked_transaction().map_err(at)?;
        let reader = Reader { connection: Sql(&snapshot), dictionaries: &self.dictionaries };
        let outcome = self.access.watched(&self.path, || work(&reader))?;
        snapshot.finish().map_err(at)?;
        self.put_back(connection);
        Ok(outcome)
    }

    fn put_back(&self, connection: Connection) {
        if self.access.is_lasting() {
            self.idle.put(connection);
        }
    }

    /// A panic while writing rolled its transaction back, so the connection is good to use again.
    fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        match &self.access {
            Access::Write(connection) => Ok(connection.lock().unwrap_or_else(PoisonError::into_inner)),
            Access::Read | Access::ReadAlone | Access::ReadLocked => {
                Err(StoreError::ReadOnly { path: self.path.clone() })
            }
        }
    }
}

impl<'a> Writer<'a> {
    fn new(transaction: &'a Connection, dictionaries: &'a Dictionaries) -> Self {
        Self { transaction: Sql(transaction), dictionaries, met: Met::default() }
    }

    /// Reads inside the transaction.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: self.transaction, dictionaries: self.dictionaries }
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    #[allow(clippy::disallowed_methods, reason = "the one place where the database is opened")]
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    sql::keep_statements(&connection);
    Ok(connection)
}

#[cfg(test)]
mod tests;
