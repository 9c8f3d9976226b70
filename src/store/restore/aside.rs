//! The database that another one replaces: it stays beside under a name that says when, until it is no longer needed.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::super::{StoreError, connect};
use super::{ASIDE, INSTANT, JOURNALS, RestoreError, beside, is_same};
use crate::files::directory_of;

/// What SQLite leaves beside a database that somebody looks at.
const SHARED: &str = "-shm";

/// A database that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aside {
    /// When.
    pub at: Timestamp,
    /// Where it is.
    pub file: PathBuf,
}

impl Aside {
    /// Those of a database, the oldest first; none where its directory cannot be looked at.
    #[must_use]
    pub fn all_of(database: &Path) -> Vec<Self> {
        let place = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let Some(name) = place.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
        let prefix = format!("{name}{ASIDE}");
        let Ok(entries) = fs::read_dir(directory_of(&place)) else { return Vec::new() };
        let aside = |entry: fs::DirEntry| {
            let at = instant_of(entry.file_name().to_str()?.strip_prefix(&prefix)?)?;
            Some(Self { at, file: entry.path() })
        };
        let mut all: Vec<Self> = entries.flatten().filter_map(aside).collect();
        all.sort();
        all
    }

    /// Removes it, with what SQLite left beside it.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn remove(&self) -> std::io::Result<()> {
        for suffix in JOURNALS.into_iter().chain([SHARED]) {
            let mut name = self.file.clone().into_os_string();
            name.push(suffix);
            // What was never there needs no removal.
            let _ = fs::remove_file(PathBuf::from(name));
        }
        fs::remove_file(&self.file)
    }
}

/// The instant that ends a name, before the number that it may have; none for what lies beside such a file.
fn instant_of(rest: &str) -> Option<Timestamp> {
    let (instant, number) = rest.split_at_checked("20210901T000000Z".len())?;
    if !number.is_empty() {
        number.strip_prefix('-')?.parse::<u32>().ok()?;
    }
    Some(DateTime::strptime(INSTANT, instant).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Gives the present database one more name, under which it stays, and keeps everybody from it until what is given back is dropped.
pub(super) fn put_aside(place: &Path, now: Timestamp) -> Result<(PathBuf, Option<Connection>), RestoreError> {
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
