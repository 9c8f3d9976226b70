//! Another database in the place of the present one.
//!
//! The file that is to be restored is looked at where it lies and never written to. What is to become the database is a copy of it beside
//! the database, under the name of a trial: it is brought up to date and made ready there, and takes its place by one rename. Until then
//! the present database is as it was; whatever stops a restoration, the one or the other is in place, whole.
//!
//! Nobody has the database open meanwhile: not this program, which shares a lock ([`OpenLock`]), nor any other, which SQLite would tell
//! when the journal is put away.

mod error;
mod losses;

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub use error::RestoreError;
pub use losses::{Losses, Lost};

use super::backup::{Inventory, fault, look_at};
use super::codec::read_optional_instant;
use super::lock::OpenLock;
use super::place::{self, beside};
use super::{
    Erased, Reader, ServiceLock, Store, StoreError, SyncLock, Tombstone, Tombstones, TrialCopy, Writer, access,
    connect, migrate,
};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::files::directory_of;

/// The mark that tells the changes of one history from those of another whose numbers are the same.
const EPOCH: &str = "changes_epoch";

/// What follows the name of the database in that of the one that it replaced, before the instant.
const ASIDE: &str = ".avant-restauration-";
/// What follows the name of a database in that of a journal that holds some of it.
const JOURNALS: [&str; 2] = ["-wal", "-journal"];
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
    /// What lies beside the copy, or another one of its directory, and is to lie beside the database, where nothing does.
    tombstones: Option<PathBuf>,
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
        let is_there = database.exists();
        let losses = if is_there { losses::between(database, file) } else { Some(Losses::default()) };
        let beside_database = Tombstones::beside(database);
        let tombstones =
            if beside_database.exists() { None } else { tombstones_near(file, candidate.server.as_deref()) };
        Ok(Self {
            database: database.to_owned(),
            // By whatever name it is reached.
            place: database.canonicalize().unwrap_or_else(|_| database.to_owned()),
            candidate,
            losses,
            is_there,
            tombstones,
            _service: service,
            _sync: sync,
            _open: open,
        })
    }

    /// What names the connector of the present database.
    #[must_use]
    pub fn present_server(&self) -> Option<String> {
        look_at(&connect(&self.database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?).ok()?.server
    }

    /// The copy, to be made ready beside the database; its tables are brought up to date.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn prepare(&self) -> Result<TrialCopy, RestoreError> {
        let trial = Store::trial_copy_of(&self.place, &self.candidate.file)?;
        // It may have changed since it was looked at, or on its way.
        let connection = access::alone(trial.path())?;
        let read = Inventory::read(&connection).and_then(|inventory| Ok((inventory, fault(&connection)?)));
        let (inventory, fault) = read.map_err(|source| StoreError::at(trial.path(), source))?;
        match self.candidate.inventory.difference(&inventory).or(fault) {
            Some(problem) => Err(RestoreError::Unsound { file: self.candidate.file.clone(), problem }),
            None => Ok(trial),
        }
    }

    /// What was erased after the copy was made, and is to be erased from it.
    ///
    /// # Errors
    /// A failure of the copy.
    pub fn erased_since(&self, restored: &Store) -> Result<Vec<Tombstone>, StoreError> {
        let known = restored.read::<_, StoreError>(|reader| reader.erased_until())?;
        let (lines, _) = match &self.tombstones {
            Some(file) => Tombstones::read_file(file),
            None => Tombstones::read(&self.database),
        };
        let mut since: Vec<Tombstone> = lines.into_iter().filter(|line| line.number > known).collect();
        // A database of before the lines knows what it erased; it goes without a number.
        let noted: Vec<DossierNumber> = since.iter().filter_map(Tombstone::dossier).collect();
        let untold = losses::erased(&self.database).into_iter().filter(|notice| !noted.contains(&notice.number));
        since.extend(untold.map(|notice| Tombstone { number: 0, erased: Erased::Dossier(notice) }));
        Ok(since)
    }

    /// Puts the copy that was made ready in the place of the database, which stays beside under a name that is given back; none where there
    /// was none.
    ///
    /// # Errors
    /// [`RestoreError`]; the present database is then in its place.
    pub fn end(self, ready: &TrialCopy, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
        let failed = |source| RestoreError::File { file: self.database.clone(), source };
        if let Some(file) = &self.tombstones {
            let content = fs::read(file).map_err(failed)?;
            crate::files::write_privately(&Tombstones::beside(&self.database), &content).map_err(failed)?;
        }
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
            inventory,
        })
    }
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

/// The lines that lie beside a copy of a connector, or beside another one in its directory, whichever know most.
fn tombstones_near(file: &Path, server: Option<&str>) -> Option<PathBuf> {
    let own = Tombstones::beside(file);
    let latest = |path: &PathBuf| {
        let (lines, of) = Tombstones::read_file(path);
        let is_own = *path == own || (of.is_some() && of.as_deref() == server);
        lines.last().map(|line| line.number).filter(|_| is_own)
    };
    let entries = fs::read_dir(directory_of(file)).ok()?;
    let found = entries.flatten().map(|entry| entry.path()).filter(|path| Tombstones::is_one(path));
    found.filter_map(|path| Some((latest(&path)?, path))).max().map(|(_, path)| path)
}

/// Gives the present database one more name, under which it stays, and keeps everybody from it until what is given back is dropped.
fn put_aside(place: &Path, now: Timestamp) -> Result<(PathBuf, Option<Connection>), RestoreError> {
    let held = match closed(place) {
        Ok(held) => Some(held),
        Err(StoreError::Busy { .. }) => return Err(StoreError::InUse { path: place.to_owned() }.into()),
        // It cannot be read at all: whatever its journal holds goes with it.
        Err(error) => {
            tracing::warn!(error = %error, "la base en place ne peut pas être lue : elle est mise de côté telle quelle");
            None
        }
    };
    let failed = |source| RestoreError::File { file: place.to_owned(), source };
    // A restoration that was interrupted may have given it that name already.
    let aside = if let Some(aside) = named_already(place) {
        aside
    } else {
        let aside = free_name(place, now);
        fs::hard_link(place, &aside).map_err(failed)?;
        aside
    };
    if held.is_none() {
        for suffix in JOURNALS {
            let journal = beside(place, suffix);
            if journal.exists() {
                let mut kept = aside.clone().into_os_string();
                kept.push(suffix);
                fs::rename(&journal, PathBuf::from(kept)).map_err(failed)?;
            }
        }
        // The index of a journal that is there no more.
        let _ = fs::remove_file(beside(place, "-shm"));
    }
    Ok((aside, held))
}

/// Writes what the journal holds into the file, and puts it away; nobody can open the database until the connection is dropped.
fn closed(place: &Path) -> Result<Connection, StoreError> {
    let at = |source| StoreError::at(place, source);
    let connection = connect(place, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(at)?;
    connection.busy_timeout(std::time::Duration::from_secs(2)).map_err(at)?;
    // Of a file that cannot be read, the journal may be all that is left.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(at)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0)).map_err(at)?;
    if mode != "delete" {
        return Err(StoreError::Busy { path: place.to_owned() });
    }
    connection.execute_batch("BEGIN EXCLUSIVE").map_err(at)?;
    Ok(connection)
}

/// The name under which the present database is beside already.
fn named_already(place: &Path) -> Option<PathBuf> {
    let mut prefix = place.file_name()?.to_owned();
    prefix.push(ASIDE);
    let prefix = prefix.to_str()?.to_owned();
    let entries = fs::read_dir(directory_of(place)).ok()?;
    // A journal that went aside is not replaced by another one.
    let have_both = |path: &Path| JOURNALS.iter().any(|of| beside(path, of).exists() && beside(place, of).exists());
    let is_one = |path: &PathBuf| {
        let is_named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
        is_named && is_same(path, place) && !have_both(path)
    };
    entries.flatten().map(|entry| entry.path()).find(is_one)
}

fn free_name(place: &Path, now: Timestamp) -> PathBuf {
    let name = format!("{ASIDE}{}", now.strftime(INSTANT));
    let numbered = |number: u32| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let mut path = place.to_owned().into_os_string();
        path.push(format!("{name}{number}"));
        PathBuf::from(path)
    };
    let mut number = 1;
    while fs::symlink_metadata(numbered(number)).is_ok() {
        number += 1;
    }
    numbered(number)
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
