//! Contents that no file refers to any more, until they are erased from the disk.
//!
//! A content has a note or is referred to, never both: the note comes in the transaction in which the last row goes, and
//! goes in the one in which a row comes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;

use super::codec::{instant, read_optional_instant};
use super::{Reader, StoreError, Writer};

impl Writer<'_> {
    /// Notes since when nothing refers to a content, unless a file does or that is noted already; without an instant, it is
    /// to be erased at once.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn orphan_note(&self, sha256: &str, since: Option<Timestamp>) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO orphaned_contents (sha256, orphaned_at)
                 SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM attachments WHERE sha256 = ?1)
                 ON CONFLICT (sha256) DO NOTHING",
            )?
            .execute(params![sha256, since.map(instant)])?;
        Ok(())
    }

    /// Removes a note: the content is gone from the disk, or a file refers to it again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn orphan_remove(&self, sha256: &str) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM orphaned_contents WHERE sha256 = ?1")?.execute([sha256])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The contents noted, by their SHA-256, with the instant since when nothing refers to them; none: to be erased at once.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn orphans(&self) -> Result<BTreeMap<String, Option<Timestamp>>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT sha256, orphaned_at FROM orphaned_contents")?;
        let mut rows = statement.query([])?;
        let mut orphans = BTreeMap::new();
        while let Some(row) = rows.next()? {
            orphans.insert(row.get(0)?, read_optional_instant(row.get(1)?)?);
        }
        Ok(orphans)
    }

    /// Whether contents of erased dossiers are still to be erased from the disk.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn has_contents_to_erase(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM orphaned_contents WHERE orphaned_at IS NULL)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}
