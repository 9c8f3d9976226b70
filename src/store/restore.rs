//! Another database in the place of the present one.
//!
//! The file that is to be restored is looked at where it lies and never written to. What is to become the database is a copy of it beside
//! the database, under the name of a trial: it is brought up to date and made ready there, and takes its place by one rename. Until then
//! the present database is as it was; whatever stops a restoration, the one or the other is in place, whole.
//!
//! Nobody has the database open meanwhile: not this program, which shares a lock ([`OpenLock`]), nor any other, which SQLite would tell
//! when the journal is put away.

mod aside;
mod erasures;
mod error;
mod losses;

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

pub use aside::Aside;
use aside::put_aside;
pub use erasures::Erasures;
pub use error::RestoreError;
use losses::Kinship;
pub use losses::{Losses, Lost};

use super::backup::{Inventory, checksum_beside, checksum_of, fault, look_at};
use super::codec::read_optional_instant;
use super::lock::OpenLock;
use super::place::{self, beside};
use super::{
    Erased, Reader, ServiceLock, Store, StoreError, SyncLock, TrialCopy, Writer, access, connect, migrate, trial,
};
use crate::domain::dossier::ProcedureNumber;
use crate::files::{directory_of, free_space, sha256_of};

/// The mark that tells the changes of one history from those of another whose numbers are the same.
const EPOCH: &str = "changes_epoch";

/// What follows the name of the database in that of the one that it replaced, before the instant.
const ASIDE: &str = ".avant-restauration-";
/// What follows the name of a database in that of a journal that holds some of it.
const JOURNALS: [&str; 2] = ["-wal", "-journal"];
/// Bytes of the journal of what is done to any copy: what is due waits, marks are put.
const ROOM_TO_SETTLE: u64 = 1 << 20;
/// Bytes of the journal that SQLite lets grow before it empties it, and as many again while it does.
const ROOM_TO_ERASE: u64 = 8 << 20;
/// How an instant is written in a name.
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// A verified copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub file: PathBuf,
    /// The version of its tables.
    pub version: usize,
    /// How many dossiers it has.
    pub dossiers: u64,
    /// The démarches that it knows.
    pub procedures: Vec<ProcedureNumber>,
    /// When its last sync ended, by DS's clock; none where none did.
    pub synced_at: Option<Timestamp>,
    /// What names the connector that it is of.
    pub server: Option<String>,
    /// The SHA-256 that lies beside it, which is that of its bytes; none where nothing lies there.
    pub sha256: Option<String>,
    /// Up to which line of the journal of erasures it has erased.
    erased_until: u64,
    inventory: Inventory,
}

/// A restoration that was begun: nobody else has the database open until it ends.
#[derive(Debug)]
pub struct Restoration {
    /// As it is named.
    database: PathBuf,
    /// As it is named where it lies.
    place: PathBuf,
    /// What is to be restored.
    pub candidate: Candidate,
    /// What the present database has and the copy has not; none where that cannot be told.
    pub losses: Option<Losses>,
    /// Whether there is a present database.
    pub is_there: bool,
    /// What tells of what was erased since.
    pub erasures: Erasures,
    _service: ServiceLock,
    _sync: SyncLock,
    _open: OpenLock,
}

impl Restoration {
    /// Begins one: looks at both, and changes nothing.
    ///
    /// # Errors
    /// [`RestoreError`]: the file is none to be restored, or the database is in use.
    pub fn begin(database: &Path, file: &Path, now: Timestamp) -> Result<Self, RestoreError> {
        let service = ServiceLock::take(database, now)?;
        let sync = SyncLock::take(database, now)?;
        let open = OpenLock::alone(database)?;
        let candidate = Candidate::examine(file, database)?;
        // By whatever name it is reached.
        let place = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        // What lies beside them tells of nothing that was done.
        trial::remove_stale(&place);
        let is_there = database.exists();
        let present = losses::present(database, &candidate);
        match present.as_ref().map(|present| present.kinship) {
            Some(Kinship::Other) => return Err(RestoreError::OtherConnector { file: file.to_owned() }),
            Some(Kinship::Begun) => {
                return Err(RestoreError::Begun { file: file.to_owned(), database: database.to_owned() });
            }
            Some(Kinship::Same | Kinship::Unknown) | None => {}
        }
        let known = present.filter(|present| present.kinship == Kinship::Same).map(|present| present.erased_until);
        let erasures = Erasures::look(database, &candidate, known)?;
        refuse_without_room(&candidate, !erasures.since().is_empty(), directory_of(&place))?;
        let losses = if is_there { losses::between(database, file) } else { Some(Losses::default()) };
        Ok(Self {
            database: database.to_owned(),
            place,
            candidate,
            losses,
            is_there,
            erasures,
            _service: service,
            _sync: sync,
            _open: open,
        })
    }

    /// The copy, to be made ready beside the database; its tables are brought up to date.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn prepare(&self) -> Result<TrialCopy, RestoreError> {
        let trial = Store::trial_copy_of(&self.place, &self.candidate.file)?;
        // It may have changed since it was looked at, or on its way.
        compare(trial.path(), self.candidate.sha256.as_deref(), &self.candidate.file)?;
        let connection = access::alone(trial.path())?;
        let read = Inventory::read(&connection).and_then(|inventory| Ok((inventory, fault(&connection)?)));
        let (inventory, fault) = read.map_err(|source| StoreError::at(trial.path(), source))?;
        match self.candidate.inventory.difference(&inventory).or(fault) {
            Some(problem) => Err(RestoreError::Unsound { file: self.candidate.file.clone(), problem }),
            None => Ok(trial),
        }
    }

    /// The Message-IDs of what the present database knows to have been sent, as far as it can be read.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        losses::sent(&self.database)
    }

    /// The same of the copy.
    #[must_use]
    pub fn sent_of_copy(&self) -> Vec<String> {
        losses::sent(&self.candidate.file)
    }

    /// Puts the copy that was made ready in the place of the database, which stays beside under a name that is given back; none where there
    /// was none.
    ///
    /// # Errors
    /// [`RestoreError`]; the present database is then in its place.
    pub fn end(self, ready: &TrialCopy, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
        let failed = |source| RestoreError::File { file: self.database.clone(), source };
        self.erasures.at_hand().unite(self.candidate.server.as_deref()).map_err(failed)?;
        if let Ok(present) = fs::metadata(&self.place) {
            // Whoever could read the one can read the other; the group can be given only by who is of it.
            let _ = chown(ready.path(), None, Some(present.gid()));
            fs::set_permissions(ready.path(), present.permissions()).map_err(failed)?;
        }
        File::open(ready.path()).and_then(|file| file.sync_all()).map_err(failed)?;
        if fs::metadata(beside(ready.path(), "-wal")).is_ok_and(|journal| journal.len() > 0) {
            return Err(StoreError::InUse { path: ready.path().to_owned() }.into());
        }
        let place = &self.place;
        let aside = if self.is_there { Some(put_aside(place, now)?) } else { None };
        if let Err(error) = fs::rename(ready.path(), place) {
            // It is one more name of what is still in place, unless its journal went with it.
            let _ = aside.filter(|(_, held)| held.is_some()).map(|(path, _held)| fs::remove_file(path));
            return Err(failed(error));
        }
        // The name outlives a power cut once the directory is on the disk. Some directories cannot be asked for that.
        let _ = File::open(directory_of(place)).and_then(|directory| directory.sync_all());
        Ok(aside.map(|(path, _held)| path))
    }
}

impl Candidate {
    /// Looks at a file.
    fn examine(file: &Path, database: &Path) -> Result<Self, RestoreError> {
        let at = |source| RestoreError::from(StoreError::at(file, source));
        let found = fs::metadata(file).map_err(|source| RestoreError::File { file: file.to_owned(), source })?;
        if !found.is_file() {
            return Err(RestoreError::NoFile { file: file.to_owned() });
        }
        if is_same(file, database) {
            return Err(RestoreError::Itself { file: file.to_owned() });
        }
        for suffix in JOURNALS {
            if fs::metadata(beside(file, suffix)).is_ok_and(|journal| journal.len() > 0) {
                return Err(RestoreError::Unfinished { file: file.to_owned() });
            }
        }
        let sha256 =
            checksum_of(file).map_err(|source| RestoreError::Checksum { file: checksum_beside(file), source })?;
        let connection = access::alone(file)?;
        match migrate::refuse_newer(&connection, file) {
            Err(StoreError::Newer { found, known, .. }) => {
                return Err(RestoreError::Newer { file: file.to_owned(), found, known });
            }
            Err(StoreError::NotADatabase { .. }) => return Err(RestoreError::Foreign { file: file.to_owned() }),
            outcome => outcome?,
        }
        let version = migrate::version(&connection, file)?;
        let expected = migrate::tables_of(version, file)?;
        let inventory = Inventory::read(&connection).map_err(at)?;
        if version == 0 || !inventory.has_tables(&expected) {
            return Err(RestoreError::Foreign { file: file.to_owned() });
        }
        // SQLite cannot tell that a value was altered.
        compare(file, sha256.as_deref(), file)?;
        if let Some(problem) = fault(&connection).map_err(at)? {
            return Err(RestoreError::Unsound { file: file.to_owned(), problem });
        }
        let looked = look_at(&connection).map_err(at)?;
        let (procedures, synced_at) = procedures(&connection).map_err(at)?;
        Ok(Self {
            file: file.to_owned(),
            version,
            dossiers: looked.dossiers,
            procedures,
            synced_at: read_optional_instant(synced_at)?,
            server: looked.server,
            sha256,
            erased_until: losses::mark_of(&connection).unwrap_or_default(),
            inventory,
        })
    }
}

/// What cannot fit is not begun, and nobody is asked whether to.
fn refuse_without_room(candidate: &Candidate, is_to_erase: bool, directory: &Path) -> Result<(), RestoreError> {
    let size = fs::metadata(&candidate.file).map_or(0, |found| found.len());
    let needed = room_for(size, is_to_erase, candidate.version < migrate::newest());
    match free_space(directory) {
        Ok(Some(free)) if free < needed => Err(RestoreError::NoRoom { directory: directory.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// How many bytes a restoration takes at most while it works: the copy, and the journal of what is done to it. What is erased is judged
/// anew around it and then wiped from its pages; tables that are brought up to date are written once more, and their journal is as long.
fn room_for(size: u64, is_to_erase: bool, is_to_upgrade: bool) -> u64 {
    let erasing = if is_to_erase { size / 2 + ROOM_TO_ERASE } else { 0 };
    let upgrading = if is_to_upgrade { size * 2 } else { 0 };
    size + ROOM_TO_SETTLE + erasing + upgrading
}

/// Whether the bytes of a file are those of a backup.
fn compare(bytes: &Path, sha256: Option<&str>, backup: &Path) -> Result<(), RestoreError> {
    let Some(sha256) = sha256 else { return Ok(()) };
    let found = sha256_of(bytes).map_err(|source| RestoreError::File { file: bytes.to_owned(), source })?;
    if found == sha256 {
        return Ok(());
    }
    let problem = "ses octets ne sont plus ceux de la sauvegarde, d’après l’empreinte à côté (.sha256)".to_owned();
    Err(RestoreError::Unsound { file: backup.to_owned(), problem })
}

fn procedures(connection: &Connection) -> rusqlite::Result<(Vec<ProcedureNumber>, Option<String>)> {
    let mut statement = connection.prepare("SELECT number FROM procedures ORDER BY number")?;
    let numbers = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let synced_at = connection.query_row("SELECT max(finished_at) FROM runs", [], |row| row.get(0))?;
    Ok((numbers, synced_at))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    place(one).is_some_and(|one| place(other) == Some(one))
}

impl Reader<'_> {
    /// Tells the changes of one history from those of another: it grows whenever a copy is restored, whose changes get numbers that others
    /// had before. 0 before the first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn changes_epoch(&self) -> Result<i64, StoreError> {
        let text = self.mark(EPOCH)?;
        text.map_or(Ok(0), |text| {
            text.parse().map_err(|_| StoreError::unreadable("époque des changements", &"ce n’est pas un nombre"))
        })
    }
}

impl Writer<'_> {
    /// Begins another epoch, later than any that is known: those of both databases, and all that began before now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn changes_epoch_begin(&self, present: i64, now: Timestamp) -> Result<(), StoreError> {
        let known = self.reader().changes_epoch()?.max(present);
        self.mark_put(EPOCH, &now.as_second().max(known + 1).to_string())
    }
}

impl Restoration {
    /// The epoch of the present database; 0 where it cannot be told.
    #[must_use]
    pub fn present_epoch(&self) -> i64 {
        let read = || {
            let connection = connect(&self.database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
            let sql = "SELECT value FROM marks WHERE name = ?1";
            let text: String = connection.query_row(sql, [EPOCH], |row| row.get(0)).ok()?;
            text.parse().ok()
        };
        if place::is_own(&self.database) { read().unwrap_or(0) } else { 0 }
    }
}

#[cfg(test)]
mod tests;
