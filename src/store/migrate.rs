//! The numbered migrations of `migrations/`, applied in order; the version is SQLite's `user_version`.

mod moving;

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::backup::Inventory;
use super::sql::naming;
use super::{Precaution, Service, StoreError, backup, lock, search};

const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_asked_again.sql"),
    include_str!("../../migrations/0003_attachments.sql"),
    include_str!("../../migrations/0004_journal.sql"),
    include_str!("../../migrations/0005_purge.sql"),
    include_str!("../../migrations/0006_attachment_failures.sql"),
    include_str!("../../migrations/0007_marks_of_reading.sql"),
    include_str!("../../migrations/0008_orphaned_contents.sql"),
    include_str!("../../migrations/0009_exclusions.sql"),
    include_str!("../../migrations/0010_clock.sql"),
    include_str!("../../migrations/0011_withdrawals.sql"),
    include_str!("../../migrations/0012_task_failures.sql"),
    include_str!("../../migrations/0013_removal_dates.sql"),
    include_str!("../../migrations/0014_documents.sql"),
    include_str!("../../migrations/0015_first_sync.sql"),
    include_str!("../../migrations/0016_undated_runs.sql"),
    include_str!("../../migrations/0017_core.sql"),
    include_str!("../../migrations/0018_store.sql"),
    SEARCH,
    include_str!("../../migrations/0020_acts.sql"),
    include_str!("../../migrations/0021_lacking.sql"),
    include_str!("../../migrations/0022_alerts.sql"),
    include_str!("../../migrations/0023_dates.sql"),
    include_str!("../../migrations/0024_outbox.sql"),
    include_str!("../../migrations/0025_told.sql"),
    include_str!("../../migrations/0026_counts.sql"),
    include_str!("../../migrations/0027_stuck.sql"),
    include_str!("../../migrations/0028_pieces.sql"),
    SMALLER,
    include_str!("../../migrations/0030_moved.sql"),
    include_str!("../../migrations/0031_comment.sql"),
];

/// Its rows are made of texts that SQL cannot fold.
const SEARCH: &str = include_str!("../../migrations/0019_desk.sql");

/// What follows it, some dossiers at a time, is too much for one transaction.
const SMALLER: &str = include_str!("../../migrations/0029_smaller.sql");

static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(STEPS.iter().map(|sql| step(sql)).collect()));

fn step(sql: &'static str) -> M<'static> {
    if sql == SEARCH { M::up_with_hook(sql, |transaction| Ok(search::fill(transaction)?)) } else { M::up(sql) }
}

pub(super) fn version(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| StoreError::at(path, source))?;
    Ok(found as usize)
}

/// Refuses a database of any other version, for who only reads.
pub(super) fn refuse_other(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    refuse_newer(connection, path)?;
    let found = version(connection, path)?;
    if found == 0 {
        // Begun on a full disk, and never more than an empty file.
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    if found < STEPS.len() {
        return Err(StoreError::Older { path: path.to_owned(), found, known: STEPS.len() });
    }
    Ok(())
}

/// Refuses a database of a newer version before anything is written to it.
pub(super) fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    if found > STEPS.len() {
        return Err(StoreError::Newer { path: path.to_owned(), copy: None, found, known: STEPS.len() });
    }
    if found == 0 {
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|source| StoreError::at(path, source))?;
        if tables > 0 {
            return Err(StoreError::NotADatabase { path: path.to_owned() });
        }
    }
    Ok(())
}

/// Refuses to touch the tables under a process of an older version, which knows nothing of what is to be marked in the new ones.
pub(super) fn refuse_under_older(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    if found == 0 || found >= STEPS.len() {
        return Ok(());
    }
    match lock::others(path) {
        Service::Alive(holder) => Err(StoreError::HeldByOlder { path: path.to_owned(), holder }),
        Service::Stopped | Service::Unknown => Ok(()),
    }
}

/// Applies what is missing, each migration in a transaction of its own, or in several where it moves all rows.
/// Before that comes what is asked for: what a migration does to the rows of years is undone by nothing but a copy.
pub(super) fn to_latest(
    connection: &mut Connection,
    path: &Path,
    precaution: Precaution<'_>,
) -> Result<(), StoreError> {
    if version(connection, path)? < STEPS.len() {
        // One process at a time; what another one did meanwhile need not be done.
        let turn = lock::Upgrade::begin(path)?;
        refuse_newer(connection, path)?;
        let found = version(connection, path)?;
        if found < STEPS.len() {
            if let Precaution::Copy { directory, now } = precaution
                && found > 0
            {
                let copied = backup::before_upgrade(path, directory, (found, STEPS.len()), now);
                copied
                    .map_err(|reason| StoreError::NoCopyBefore { path: path.to_owned(), reason: Box::new(reason) })?;
            }
            to_version(connection, STEPS.len(), path)?;
        }
        turn.end();
    }
    connection.pragma_update(None, "foreign_keys", true).map_err(|source| StoreError::at(path, source))
}

/// The same up to a version. Meanwhile rows may refer to a table that is being made anew.
pub(super) fn to_version(connection: &mut Connection, version: usize, path: &Path) -> Result<(), StoreError> {
    let at = |source| StoreError::at(path, source);
    connection.pragma_update(None, "foreign_keys", false).map_err(at)?;
    let (known, moving) = (self::version(connection, path)?, moving_version());
    if known <= moving && version > moving {
        apply(connection, moving, path)?;
        moving::move_all(connection, path)?;
    }
    apply(connection, version, path)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(at)
}

/// What a database of a version is made of.
pub(super) fn tables_of(version: usize, path: &Path) -> Result<Inventory, StoreError> {
    let at = |source| StoreError::at(path, source);
    let mut empty = super::connect(Path::new(":memory:"), OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(at)?;
    empty.pragma_update(None, "foreign_keys", false).map_err(at)?;
    // Rows are moved by a step that is not one of the migrations: there is none.
    apply(&mut empty, version, path)?;
    Inventory::read(&empty).map_err(at)
}

fn apply(connection: &mut Connection, version: usize, path: &Path) -> Result<(), StoreError> {
    MIGRATIONS.to_version(connection, version).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { query, err } => StoreError::at(path, naming(err, &query)),
        other => StoreError::unreadable("version du schéma", &other),
    })
}

/// The version at which rows are moved: what follows needs that all of them were.
pub(super) fn moving_version() -> usize {
    STEPS.iter().take_while(|sql| **sql != SMALLER).count() + 1
}

/// The version of a database that is up to date.
pub(super) fn newest() -> usize {
    STEPS.len()
}
