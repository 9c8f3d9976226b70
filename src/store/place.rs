//! Where a database is: what stands beside it, and whether this account may work there.
//!
//! Whoever writes makes files beside the database: its journal, locks. Those that another account made, root above all, would be
//! closed to the owner of the database, for good and at the worst moment. So only its owner writes a database; others may read it,
//! and leave nothing behind.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::StoreError;
use crate::files::{Account, directory_of, owner_of_new_file};

/// What follows the name of the database in those of the files beside it.
const SUFFIXES: [&str; 11] = [
    "-journal",
    "-wal",
    "-shm",
    ".lock",
    ".serve.lock",
    ".upgrade.lock",
    ".backup.lock",
    ".open.lock",
    ".effacements",
    ".socket",
    ".requests",
];

/// What belongs to another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// The database itself.
    Database,
    /// The directory of a database that is not there yet.
    Directory,
    /// A file beside the database.
    Beside,
}

/// By whatever name the database is opened, its file is one; one that is not there yet has its directory.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let canonical = database.canonicalize().ok().or_else(|| {
        let directory = directory_of(database).canonicalize().ok()?;
        Some(directory.join(database.file_name()?))
    });
    let mut name: OsString = canonical.unwrap_or_else(|| database.to_owned()).into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether this account owns a database.
pub(super) fn is_own(database: &Path) -> bool {
    Account::owner_of(database) == Some(Account::own())
}

/// Whether what this account makes beside the database is its owner's all the same, as on some network shares and in some
/// containers: then nothing is closed to them.
fn makes_files_of(owner: Account, database: &Path) -> bool {
    let database = database.canonicalize();
    database.is_ok_and(|database| owner_of_new_file(directory_of(&database)) == Some(owner))
}

/// Refuses a place where this account must not write a database, before anything is made there.
pub(super) fn refuse(database: &Path) -> Result<(), StoreError> {
    refuse_other_things(database)?;
    let own = Account::own();
    let foreign = |what, path: &Path, owner| StoreError::Foreign { what, path: path.to_owned(), owner, own };
    match Account::owner_of(database) {
        Some(owner) if owner != own => {
            let is_theirs = makes_files_of(owner, database);
            return if is_theirs { Ok(()) } else { Err(foreign(Foreign::Database, database, owner)) };
        }
        Some(_) => {}
        // Root may write everywhere: what it makes in somebody's directory is closed to them. Others make only what they may.
        None => match Account::owner_of(directory_of(database)) {
            Some(owner) if own.is_root() && !owner.is_root() => {
                return Err(foreign(Foreign::Directory, directory_of(database), owner));
            }
            _ => {}
        },
    }
    for suffix in SUFFIXES {
        let path = beside(database, suffix);
        if let Some(owner) = Account::owner_of(&path).filter(|owner| *owner != own) {
            return Err(foreign(Foreign::Beside, &path, owner));
        }
    }
    Ok(())
}

/// Refuses what cannot be a database, whoever asks.
pub(super) fn refuse_other_things(database: &Path) -> Result<(), StoreError> {
    if !directory_of(database).is_dir() {
        return Err(StoreError::NoDirectory { path: database.to_owned() });
    }
    if database.is_dir() {
        return Err(StoreError::NotADatabase { path: database.to_owned() });
    }
    Ok(())
}

/// Refuses a place where this account may not write; nothing is made there.
pub(super) fn refuse_unwritable(database: &Path) -> Result<(), StoreError> {
    refuse(database)?;
    let is_there = database.exists();
    let may = |path: &Path, access| rustix::fs::access(path, access).map_err(io::Error::from);
    let directory = may(directory_of(database), Access::WRITE_OK | Access::EXEC_OK);
    let file = if is_there { may(database, Access::READ_OK | Access::WRITE_OK) } else { Ok(()) };
    match directory.and(file) {
        Ok(()) => Ok(()),
        Err(_) if is_there => Err(StoreError::ReadOnly { path: database.to_owned() }),
        Err(source) => Err(StoreError::NotCreated { path: database.to_owned(), source }),
    }
}
