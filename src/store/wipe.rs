//! No byte of what was erased stays in the file or its journal.
//!
//! SQLite makes zero of what is deleted (`secure_delete`), but not of the copy that stays in the unused part of a page when rows move
//! from there to another one. So every page is looked at, and its unused part wiped. The file is made shorter by the pages that nothing
//! is on, and its journal is emptied. All of that goes in short steps, on a connection of its own, with a pause as long as each:
//! whoever writes meanwhile passes between two.
//!
//! A file that was made before it could shrink in steps, or by a SQLite whose pages cannot be reached (`sqlite_dbpage`, see
//! `.cargo/config.toml`), is rewritten whole, as long as the disk has room for it: once, or each time.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use super::erasure::REWRITE_DUE;
use super::page::{blank, is_of_a_tree, noted_at};
use super::sql::Sql;
use super::{Store, StoreError, connect};
use crate::files::{directory_of, free_space};

/// How many pages a step takes away, or looks at: some milliseconds.
const STEP: usize = 256;
/// How often it is tried to empty the journal, and how long each time whoever reads is waited for.
const TRIES: u32 = 20;
const WAIT: Duration = Duration::from_millis(50);
/// What `PRAGMA auto_vacuum` says of a file that shrinks in steps.
const INCREMENTAL: i64 = 2;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiped {
    /// Nothing of what was erased is left.
    Whole,
    /// Somebody read all the while: the journal may still hold some of it.
    Read,
    /// The file must be rewritten once, and the disk has no room for that.
    NoRoom,
}

impl Store {
    /// Wipes the bytes of what was erased from the file and its journal. What is left is noted, and to be done again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn wipe(&self) -> Result<Wiped, StoreError> {
        self.wipe_with(std::thread::sleep)
    }

    pub(super) fn wipe_with(&self, pause: impl FnMut(Duration)) -> Result<Wiped, StoreError> {
        drop(self.writer()?);
        let at = |source| StoreError::at(&self.path, source);
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(at)?;
        let mut wiping = Wiping { connection, pause };
        if !wiping.goes_in_steps().map_err(at)? {
            if !has_room(&self.path) {
                return Ok(Wiped::NoRoom);
            }
            match wiping.rewrite().map_err(at) {
                Err(error) if error.is_of_the_disk() => return Ok(Wiped::NoRoom),
                outcome => outcome?,
            }
        }
        if !wiping.in_steps().map_err(at)? {
            return Ok(Wiped::Read);
        }
        self.write(|writer| writer.mark_put(REWRITE_DUE, ""))?;
        Ok(Wiped::Whole)
    }
}

/// Takes all pages that nothing is on from the file, and empties its journal: nobody else has it open. A file that cannot shrink in steps
/// is rewritten, where the disk has room for that.
pub(super) fn shorten_all(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if number("auto_vacuum")? == INCREMENTAL {
        while number("freelist_count")? > 0 {
            let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            shorten(Sql(&transaction))?;
            transaction.commit()?;
        }
    } else if number("freelist_count")? > 0 && has_room(path) {
        connection.execute_batch("VACUUM")?;
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Whether the disk has room for the file once more, and for its journal, which is as long then.
fn has_room(path: &Path) -> bool {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let free = free_space(directory_of(path)).ok().flatten();
    free.is_none_or(|free| free >= size.saturating_mul(2))
}

struct Wiping<F> {
    connection: Connection,
    pause: F,
}

impl<F: FnMut(Duration)> Wiping<F> {
    fn goes_in_steps(&self) -> rusqlite::Result<bool> {
        self.connection.pragma_update(None, "secure_delete", true)?;
        Ok(self.number("auto_vacuum")? == INCREMENTAL && reaches_pages(&self.connection))
    }

    /// Rewrites the whole file; from then on it shrinks in steps.
    fn rewrite(&self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
        self.connection.execute_batch("VACUUM")
    }

    /// Whether the journal, too, could be emptied.
    fn in_steps(&mut self) -> rusqlite::Result<bool> {
        while self.number("freelist_count")? > 0 {
            self.step(shorten)?;
        }
        let page_size = usize::try_from(self.number("page_size")?).unwrap_or_default();
        let mut next = 3;
        while reaches_pages(&self.connection) && next <= usize::try_from(self.number("page_count")?).unwrap_or_default()
        {
            self.step(|transaction| wipe_pages(transaction, next, page_size))?;
            next += STEP;
        }
        self.empty_journal()
    }

    fn step(&mut self, work: impl FnOnce(Sql<'_>) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
        let began = Instant::now();
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        work(Sql(&transaction))?;
        transaction.commit()?;
        (self.pause)(began.elapsed());
        Ok(())
    }

    /// Whoever reads what is in the journal keeps it from being emptied, and whoever waits for them keeps others from writing: so it
    /// is never waited for long.
    fn empty_journal(&mut self) -> rusqlite::Result<bool> {
        // Most of the work, which keeps nobody away.
        self.checkpoint("PASSIVE")?;
        self.connection.busy_timeout(WAIT)?;
        for _ in 0..TRIES {
            if self.checkpoint("TRUNCATE")? {
                return Ok(true);
            }
            (self.pause)(WAIT);
        }
        Ok(false)
    }

    fn checkpoint(&self, mode: &str) -> rusqlite::Result<bool> {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        self.connection.query_row(&sql, [], |row| row.get::<_, bool>(0)).map(|is_busy| !is_busy)
    }

    fn number(&self, pragma: &str) -> rusqlite::Result<i64> {
        self.connection.pragma_query_value(None, pragma, |row| row.get(0))
    }
}

/// Whether SQLite was built so that its pages can be reached.
pub(super) fn reaches_pages(connection: &Connection) -> bool {
    connection.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1").is_ok()
}

/// Takes pages that nothing is on from the file: one a row of the answer.
fn shorten(sql: Sql<'_>) -> rusqlite::Result<()> {
    let mut statement = sql.prepare_cached(&format!("PRAGMA incremental_vacuum({STEP})"))?;
    let mut freed = statement.query([])?;
    while freed.next()?.is_some() {}
    Ok(())
}

/// Wipes what is not in use of some pages, those of trees.
fn wipe_pages(sql: Sql<'_>, first: usize, page_size: usize) -> rusqlite::Result<()> {
    let mut read = sql.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut read = |number: usize| {
        let page = read.query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| row.get::<_, Vec<u8>>(0));
        page.optional()
    };
    let mut map: Option<(usize, Vec<u8>)> = None;
    for number in first..first + STEP {
        let Some((map_number, place)) = noted_at(number, page_size) else { continue };
        let known = map.take().filter(|(known, _)| *known == map_number);
        let (_, kinds) = match known {
            Some(known) => map.insert(known),
            None => map.insert((map_number, read(map_number)?.unwrap_or_default())),
        };
        if !kinds.get(place).is_some_and(|kind| is_of_a_tree(*kind)) {
            continue;
        }
        let Some(mut page) = read(number)? else { return Ok(()) };
        if blank(&mut page) {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            sql.execute("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1", params![number, page])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
