//! A copy of the database in one file, verified before it counts.
//!
//! SQLite writes the copy (`VACUUM INTO`) under a scratch name in the directory where it is to be. It is then compared with the very
//! snapshot that it was made of: the same tables, as many rows in each, the same statements; its pages and its references are sound. Only
//! then is it on the disk for good, and given its name, once what it refers to is there too: whatever has that name was verified.
//!
//! Nobody is kept from writing meanwhile. A reading that begins together with the copy has the snapshot of the copy if nobody wrote
//! between the two, which SQLite tells (`data_version`); else the copy begins again. Where somebody writes all the time, they wait for
//! that beginning, some milliseconds.

mod checksum;
mod error;
mod inventory;
mod scratch;
mod turn;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

pub use checksum::checksum_beside;
pub(super) use checksum::read as checksum_of;
pub use error::BackupError;
pub(super) use inventory::{Inventory, fault};
use scratch::ScratchCopy;
pub use turn::BackupTurn;

use super::outbox::SERVER;
use super::{Store, StoreError, connect, migrate};
use crate::domain::backup::CopyName;
use crate::files::{directory_of, free_space, make_private_directory, sha256_of};

/// How often a copy begins again because somebody wrote at that very moment, and the pause before, longer each time.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(5);
/// From which try on nobody writes at that moment.
const HELD_FROM: u32 = 6;
/// How often whoever waits for the copy is asked whether to go on.
const ASKED: Duration = Duration::from_millis(100);
/// How often it is looked whether the copy has begun.
const LOOKED: Duration = Duration::from_micros(500);

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeCopy {
    /// Where it is.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many dossiers are in it.
    pub dossiers: u64,
    /// The SHA-256 of the contents of attached files that it refers to, in hexadecimal.
    pub contents: Vec<String>,
}

/// A copy that was verified, and has no name yet: it is gone once this is dropped, unless it is kept.
pub struct VerifiedCopy {
    scratch: ScratchCopy,
    file: PathBuf,
    dossiers: u64,
    /// The SHA-256 of the contents of attached files that it refers to, in hexadecimal.
    pub contents: Vec<String>,
}

impl VerifiedCopy {
    /// Puts it on the disk for good, with its SHA-256 beside it, and gives it its name.
    ///
    /// # Errors
    /// [`BackupError`]; nothing is left of the copy then.
    pub fn keep(self) -> Result<MadeCopy, BackupError> {
        let Self { scratch, file, dossiers, contents } = self;
        let failed = |source| BackupError::File { file: file.clone(), source };
        sha256_of(scratch.path()).and_then(|sha256| checksum::write(&file, &sha256)).map_err(failed)?;
        let bytes = scratch.keep(&file).inspect_err(|_| {
            // It is of no use without the copy.
            let _ = std::fs::remove_file(checksum_beside(&file));
        })?;
        Ok(MadeCopy { file, bytes, dossiers, contents })
    }
}

/// Goes on or stops; asked again and again by what lasts.
pub type GoesOn<'a> = &'a dyn Fn() -> bool;

impl Store {
    /// Takes the turn to back the database up into a directory. `goes_on` is asked again and again, and ends the waiting for another
    /// database that is backed up into the same one.
    ///
    /// # Errors
    /// [`StoreError::BackingUp`] while another process backs this database up.
    pub fn backup_turn(
        &self,
        directory: &Path,
        now: Timestamp,
        goes_on: GoesOn<'_>,
    ) -> Result<BackupTurn, BackupError> {
        BackupTurn::take(&self.path, directory, now, goes_on)
    }

    /// Copies the database for a new file, which is there once the copy is kept. `goes_on` is asked again and again, and ends it.
    ///
    /// # Errors
    /// [`BackupError`]; nothing is left of the copy then.
    pub fn backup(&self, _turn: &BackupTurn, file: &Path, goes_on: GoesOn<'_>) -> Result<VerifiedCopy, BackupError> {
        copy(&self.path, file, || self.access.connect(&self.path), goes_on)
    }
}

/// Copies a database whose tables are about to be brought up to date, into a directory that is made where it is not there. None where such
/// a copy is there already, and the tables are half way: they are never left so but by an interruption.
pub(super) fn before_upgrade(
    database: &Path,
    directory: &Path,
    (found, wanted): (usize, usize),
    now: Timestamp,
) -> Result<Option<MadeCopy>, BackupError> {
    make_private_directory(directory).map_err(|source| BackupError::File { file: directory.to_owned(), source })?;
    let _turn = BackupTurn::take(database, directory, now, &|| true)?;
    let stem = stem_of(database);
    let known = copies_in(directory, &stem);
    if found == migrate::moving_version() && known.iter().any(|copy| copy.before_schema == Some(wanted)) {
        return Ok(None);
    }
    let name = free_name(&known, CopyName::new(&stem, now, Some(wanted)));
    tracing::info!(from = found, to = wanted, "copie de la base avant la mise à jour de ses tables");
    let reader =
        || connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|source| StoreError::at(database, source));
    copy(database, &directory.join(name.to_string()), reader, &|| true)?.keep().map(Some)
}

/// What the names of the copies of a database begin with.
#[must_use]
pub fn stem_of(database: &Path) -> String {
    database.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The copies of a database in a directory, in the order of their instants; none where it cannot be looked at.
#[must_use]
pub fn copies_in(directory: &Path, stem: &str) -> Vec<CopyName> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut copies: Vec<CopyName> =
        entries.flatten().filter_map(|entry| CopyName::read(stem, entry.file_name().to_str()?)).collect();
    copies.sort();
    copies
}

/// The first name of that second that no copy has.
#[must_use]
pub fn free_name(known: &[CopyName], mut wanted: CopyName) -> CopyName {
    while known.contains(&wanted) {
        wanted = wanted.next();
    }
    wanted
}

/// What a copy says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What names the connector that it is of, when it has a name.
    pub server: Option<String>,
    /// How many dossiers it has.
    pub dossiers: u64,
    /// The SHA-256 of the contents of attached files that it refers to, in hexadecimal.
    pub contents: Vec<String>,
}

/// What names the connector that a copy is of, when it has a name and can be read.
#[must_use]
pub fn server_of_copy(file: &Path) -> Option<String> {
    server(&opened(file)?).ok()?
}

/// What a copy says of itself; none where it cannot be read.
#[must_use]
pub fn look_at_copy(file: &Path) -> Option<Look> {
    look_at(&opened(file)?).ok()
}

/// What has the name of a copy may be anything: a pipe would be waited for.
fn opened(file: &Path) -> Option<Connection> {
    if file.is_file() { super::access::alone(file).ok() } else { None }
}

pub(super) fn look_at(connection: &Connection) -> rusqlite::Result<Look> {
    Ok(Look { server: server(connection)?, dossiers: dossiers(connection)?, contents: contents(connection)? })
}

fn copy(
    database: &Path,
    file: &Path,
    reader: impl Fn() -> Result<Connection, StoreError>,
    goes_on: GoesOn<'_>,
) -> Result<VerifiedCopy, BackupError> {
    refuse_target(file)?;
    let directory = directory_of(file);
    scratch::clear(directory, database);
    let witness = reader()?;
    refuse_without_room(&witness, database, directory)?;
    let scratch = ScratchCopy::begin(file, database)?;
    let inventory = snapshot((database, file), &witness, reader, &scratch, goes_on)?;
    let connection = super::access::alone(scratch.path())?;
    let checked = attended(connection, goes_on, |copy| {
        let verified = Inventory::read(copy)?;
        Ok((verified, fault(copy)?, look_at(copy)?))
    });
    let (found, fault, Look { dossiers, contents, .. }) =
        checked?.map_err(|source| StoreError::at(scratch.path(), source))?;
    let problem = inventory.difference(&found).or(fault);
    if let Some(problem) = problem {
        return Err(BackupError::Unsound { file: file.to_owned(), problem });
    }
    Ok(VerifiedCopy { scratch, file: file.to_owned(), dossiers, contents })
}

fn refuse_target(file: &Path) -> Result<(), BackupError> {
    use io::ErrorKind::{NotADirectory, NotFound};
    let name = file.as_os_str().as_encoded_bytes();
    if name.ends_with(b"/") {
        return Err(BackupError::IsDirectory { file: file.to_owned() });
    }
    if name == b"-" {
        return Err(BackupError::NotAName { file: file.to_owned() });
    }
    let failed = |source| BackupError::File { file: file.to_owned(), source };
    let directory = directory_of(file);
    match std::fs::metadata(directory) {
        Ok(found) if found.is_dir() => {}
        Err(error) if !matches!(error.kind(), NotFound | NotADirectory) => return Err(failed(error)),
        _ => return Err(BackupError::NoDirectory { directory: directory.to_owned() }),
    }
    match std::fs::symlink_metadata(file) {
        Ok(found) if found.is_dir() => Err(BackupError::IsDirectory { file: file.to_owned() }),
        Ok(_) => Err(BackupError::Exists { file: file.to_owned() }),
        Err(error) if error.kind() == NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// A copy that cannot fit is not begun: it would take the last bytes of a disk on which the sync writes too.
fn refuse_without_room(source: &Connection, database: &Path, directory: &Path) -> Result<(), BackupError> {
    let number = |pragma: &str| {
        let read = source.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        read.map(i64::unsigned_abs).map_err(|source| StoreError::at(database, source))
    };
    let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
    let needed = pages.saturating_mul(number("page_size")?);
    match free_space(directory) {
        Ok(Some(free)) if free < needed => Err(BackupError::NoRoom { directory: directory.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// Copies the database, and says what its snapshot holds.
fn snapshot(
    (database, file): (&Path, &Path),
    witness: &Connection,
    reader: impl Fn() -> Result<Connection, StoreError>,
    scratch: &ScratchCopy,
    goes_on: GoesOn<'_>,
) -> Result<Inventory, BackupError> {
    let at = |source| StoreError::at(database, source);
    let target = scratch.name()?;
    for attempt in 1..=TRIES {
        let source = reader()?;
        let held = if attempt >= HELD_FROM { hold(database)? } else { None };
        let before = data_version(witness).map_err(at)?;
        let begun = Begun { scratch: scratch.path(), witness, before };
        let outcome = attended_from(source, held, goes_on, &begun, |source| {
            source.execute("VACUUM INTO ?1", [target]).map(|_| ())
        })?;
        match outcome {
            Attended::Ended(Some(snapshot)) => {
                let inventory = Inventory::read(witness).map_err(at)?;
                snapshot.finish().map_err(at)?;
                return Ok(inventory);
            }
            Attended::Ended(None) | Attended::Disturbed => {}
            Attended::Failed(error) => return Err(ScratchCopy::blame(file, database, error)),
        }
        scratch.empty()?;
        std::thread::sleep(PAUSE * attempt);
    }
    Err(BackupError::Restless { database: database.to_owned() })
}

/// Tells commits of others from each other, as one connection sees them.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// What to look at once the copy has begun.
struct Begun<'a> {
    scratch: &'a Path,
    witness: &'a Connection,
    before: i64,
}

impl<'a> Begun<'a> {
    /// SQLite writes to the copy only once it has its snapshot.
    fn is_under_way(&self) -> bool {
        std::fs::metadata(self.scratch).is_ok_and(|scratch| scratch.len() > 0)
    }

    /// A reading of the same snapshot; none when somebody wrote since before the copy began.
    fn snapshot(&self) -> rusqlite::Result<Option<rusqlite::Transaction<'a>>> {
        let snapshot = self.witness.unchecked_transaction()?;
        // The first reading is what takes the snapshot.
        self.witness.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok((data_version(self.witness)? == self.before).then_some(snapshot))
    }
}

/// How a copying ended.
enum Attended<'a> {
    /// With the reading of its snapshot, unless somebody wrote at its beginning.
    Ended(Option<rusqlite::Transaction<'a>>),
    /// It was ended, because somebody wrote at its beginning.
    Disturbed,
    Failed(rusqlite::Error),
}

/// Keeps others from writing until it is dropped; none where this account cannot.
fn hold(database: &Path) -> Result<Option<Connection>, StoreError> {
    let Ok(connection) = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE) else { return Ok(None) };
    match connection.execute_batch("BEGIN IMMEDIATE").map_err(|source| StoreError::at(database, source)) {
        Ok(()) => Ok(Some(connection)),
        Err(error) if error.is_about_writing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies on a thread of its own; takes the snapshot as soon as the copy has begun, and lets go of whoever is held.
fn attended_from<'a>(
    source: Connection,
    held: Option<Connection>,
    goes_on: GoesOn<'_>,
    begun: &Begun<'a>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send,
) -> Result<Attended<'a>, BackupError> {
    let interrupt = source.get_interrupt_handle();
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Nobody waits for it any more when this fails.
            let _ = sender.send(work(&source));
        });
        let mut ended = None;
        while ended.is_none() && !begun.is_under_way() {
            match receiver.recv_timeout(LOOKED) {
                Ok(outcome) => ended = Some(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(BackupError::Stopped),
            }
        }
        let taken = begun.snapshot();
        drop(held);
        let mut is_stopped = false;
        if !matches!(taken, Ok(Some(_))) {
            interrupt.interrupt();
        }
        let outcome = loop {
            if let Some(outcome) = ended.take() {
                break outcome;
            }
            match receiver.recv_timeout(ASKED) {
                Ok(outcome) => ended = Some(outcome),
                Err(RecvTimeoutError::Timeout) => {
                    if !goes_on() {
                        is_stopped = true;
                        interrupt.interrupt();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(BackupError::Stopped),
            }
        };
        match (taken, outcome) {
            (_, Err(_)) if is_stopped => Err(BackupError::Stopped),
            (Ok(snapshot), Ok(())) => Ok(Attended::Ended(snapshot)),
            (Ok(None), Err(error)) if is_interruption(&error) => Ok(Attended::Disturbed),
            (Ok(_), Err(error)) | (Err(error), _) => Ok(Attended::Failed(error)),
        }
    })
}

/// Works with a connection on a thread of its own.
fn attended<T: Send>(
    connection: Connection,
    goes_on: GoesOn<'_>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send,
) -> Result<rusqlite::Result<T>, BackupError> {
    let interrupt = connection.get_interrupt_handle();
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Nobody waits for it any more when this fails.
            let _ = sender.send(work(&connection));
        });
        let mut is_stopped = false;
        loop {
            match receiver.recv_timeout(ASKED) {
                Ok(Err(_)) if is_stopped => return Err(BackupError::Stopped),
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Timeout) if goes_on() => {}
                Err(RecvTimeoutError::Timeout) => {
                    is_stopped = true;
                    interrupt.interrupt();
                }
                Err(RecvTimeoutError::Disconnected) => return Err(BackupError::Stopped),
            }
        }
    })
}

fn is_interruption(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}

/// Whether a table is there: copies of old versions have fewer.
fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    connection.query_row(sql, [name], |row| row.get(0))
}

fn server(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if !has_table(connection, "marks")? {
        return Ok(None);
    }
    connection.query_row("SELECT value FROM marks WHERE name = ?1", [SERVER], |row| row.get(0)).optional()
}

fn dossiers(connection: &Connection) -> rusqlite::Result<u64> {
    let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0).map(i64::unsigned_abs);
    connection.query_row("SELECT count(*) FROM dossiers", [], count)
}

fn contents(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    if !has_table(connection, "attachments")? {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT sha256 FROM attachments WHERE sha256 IS NOT NULL ORDER BY sha256";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

#[cfg(test)]
pub(in crate::store) mod tests;
