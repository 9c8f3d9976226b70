//! A copy of the database to try something on, thrown away afterwards.
//!
//! Whoever tries something holds a lock beside the copy. The system releases it when the process dies: a copy whose lock can
//! be taken was left by a process that was killed, and is removed by the next one that comes by.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::lock::OpenLock;
use super::{Store, StoreError, connect, create, place};
use crate::files::{directory_of, open_own, open_plain};

/// What follows the name of the database in that of a copy, before its number.
const MARK: &str = ".essai-";
/// What follows the name of a copy in that of its lock. Not the copy itself: closing a file drops the locks that `SQLite` has
/// on it.
const HELD: &str = ".held";
/// What follows the name of a copy in those of its files, the lock last.
const SUFFIXES: [&str; 8] = ["", "-journal", "-wal", "-shm", ".lock", ".open.lock", ".effacements", HELD];

/// A copy beside the database; its files are removed when it is dropped.
#[derive(Debug)]
pub struct TrialCopy {
    path: PathBuf,
    _held: File,
}

impl Store {
    /// Copies a database; one that does not exist yet gives a path where nothing is.
    ///
    /// # Errors
    /// A database that cannot be read, a directory that cannot be written.
    pub fn trial_copy(path: &Path) -> Result<TrialCopy, StoreError> {
        place::refuse(path)?;
        let _open = if path.exists() { OpenLock::share(path, true)? } else { None };
        remove_stale(path);
        let copy = TrialCopy::claim(path)?;
        if path.exists() {
            // The copy holds what the database holds: nobody else may read it.
            create(OpenOptions::new().create_new(true), &copy.path)?;
            let connection =
                connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|source| StoreError::at(path, source))?;
            connection
                .execute("VACUUM INTO ?1", [copy.path.to_string_lossy()])
                .map_err(|source| StoreError::at(path, source))?;
        }
        Ok(copy)
    }

    /// A copy, byte for byte, of a file that nobody writes: to be put in the place of the database, which need not be there.
    ///
    /// # Errors
    /// A file that cannot be read, a directory that cannot be written.
    pub(super) fn trial_copy_of(path: &Path, file: &Path) -> Result<TrialCopy, StoreError> {
        place::refuse(path)?;
        remove_stale(path);
        let copy = TrialCopy::claim(path)?;
        create(OpenOptions::new().create_new(true), &copy.path)?;
        let failed = |source| StoreError::NotCreated { path: copy.path.clone(), source };
        let mut from = open_plain(file).map_err(failed)?;
        let mut to = OpenOptions::new().write(true).open(&copy.path).map_err(failed)?;
        io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(failed)?;
        Ok(copy)
    }

    /// Removes the copies of this database that killed processes left.
    pub fn remove_stale_trials(&self) {
        remove_stale(&self.path);
    }
}

impl TrialCopy {
    /// Where the copy is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The first name that nobody holds: in containers, two processes may well have the same number.
    fn claim(database: &Path) -> Result<Self, StoreError> {
        let mut number = std::process::id();
        loop {
            let path = beside(database, &format!("{MARK}{number}"));
            match hold(&path) {
                Ok(Some(held)) => return Ok(Self { path, _held: held }),
                Ok(None) => number = number.wrapping_add(1),
                Err(source) => return Err(StoreError::NotCreated { path, source }),
            }
        }
    }
}

impl Drop for TrialCopy {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the copies beside a database that no living process holds. One that cannot be removed stays for the next time.
pub(super) fn remove_stale(database: &Path) {
    for copy in copies(database) {
        if let Ok(Some(_held)) = hold(&copy) {
            tracing::info!(copy = %copy.display(), "copie d’un essai interrompu effacée");
            remove(&copy);
        }
    }
}

/// Takes the lock of a copy; none when a process holds it.
fn hold(copy: &Path) -> io::Result<Option<File>> {
    let path = beside(copy, HELD);
    loop {
        let file = open_own(&path, OpenOptions::new().create(true).truncate(false).write(true))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever held it before may have removed it meanwhile: such a lock keeps nobody away.
        let inode = file.metadata()?.ino();
        if fs::metadata(&path).is_ok_and(|there| there.ino() == inode) {
            return Ok(Some(file));
        }
    }
}

fn remove(copy: &Path) {
    for suffix in SUFFIXES {
        // What was never there needs no removal.
        let _ = fs::remove_file(beside(copy, suffix));
    }
}

/// The copies of which a file is there.
fn copies(database: &Path) -> BTreeSet<PathBuf> {
    let directory = directory_of(database);
    let prefix = beside(Path::new(database.file_name().unwrap_or_default()), MARK);
    let (Ok(entries), Some(prefix)) = (fs::read_dir(directory), prefix.to_str()) else { return BTreeSet::new() };
    let number = |name: &str| {
        let rest = name.strip_prefix(prefix)?;
        let (number, suffix) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        (!number.is_empty() && SUFFIXES.contains(&suffix)).then(|| number.to_owned())
    };
    entries
        .flatten()
        .filter_map(|entry| number(entry.file_name().to_str()?))
        .map(|number| beside(database, &format!("{MARK}{number}")))
        .collect()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.contains(MARK)).collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_is_removed_with_its_lock_and_no_two_have_a_name() {
        let (directory, store) = store();
        let (one, two) = (Store::trial_copy(store.path()).unwrap(), Store::trial_copy(store.path()).unwrap());
        assert_ne!(one.path(), two.path());
        store.remove_stale_trials();
        assert!(Store::open(one.path()).is_ok() && Store::open(two.path()).is_ok());
        drop((one, two));
        assert_eq!(names(directory.path()), [] as [String; 0]);
    }

    #[test]
    fn a_copy_that_nobody_holds_is_removed_and_nothing_else() {
        let (directory, store) = store();
        let path = |name: &str| directory.path().join(name);
        let put = |name: &str| fs::copy(store.path(), path(name)).map(drop).unwrap();
        let foreign = ["fitn.sqlite.essai-", "fitn.sqlite.essai-7.bak", "fitn.sqlite.essai-a", "other.sqlite.essai-7"];
        // As a process of an older version leaves it, as one of this version does, and one that lives.
        let ours =
            ["fitn.sqlite.essai-7", "fitn.sqlite.essai-7-wal", "fitn.sqlite.essai-8.held", "fitn.sqlite.essai-9"];
        for name in foreign.iter().chain(&ours) {
            put(name);
        }
        let held = hold(&path("fitn.sqlite.essai-9")).unwrap().unwrap();
        drop(Store::open(store.path()).unwrap());
        let left = [&foreign[..2], &["fitn.sqlite.essai-9", "fitn.sqlite.essai-9.held"], &foreign[2..]].concat();
        assert_eq!(names(directory.path()), left);
        drop(held);
        store.remove_stale_trials();
        assert_eq!(names(directory.path()), foreign);
    }
}
