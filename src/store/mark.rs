//! Small facts about the whole database, by name.

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{Reader, StoreError, Writer};
use crate::domain::text::hexadecimal;

/// The mark that counts the contents that were put right where they stand.
const REPAIRS: &str = "repairs";

impl Reader<'_> {
    /// A mark; none when it was never put.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn mark(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT value FROM marks WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    /// Names the dossiers as they stand (version, content, démarche, removal, erasure) the journal and the contents
    /// put right: evaluation compares it to skip idle work. Two states that differ never have the same name, whatever was deleted in between: every dossier is in it,
    /// and the journal numbers its entries without ever using a number again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn content_generation(&self) -> Result<String, StoreError> {
        let mut digest = Sha256::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT number || ' ' || procedure || ' ' || coalesce(version, '') || ' ' || coalesce(removed_reason, '') || ' ' ||
             coalesce(hex(content_hash), '') || ' ' || coalesce(erased_at, '') FROM dossiers ORDER BY number",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            digest.update(row.get_ref(0)?.as_bytes().unwrap_or_default());
            digest.update("\n");
        }
        let journal: String =
            self.connection
                .query_row("SELECT count(*) || ' ' || coalesce(max(id), 0) FROM journal", [], |row| row.get(0))?;
        digest.update(journal);
        digest.update(self.mark(REPAIRS)?.unwrap_or_default());
        Ok(hexadecimal(&digest.finalize()))
    }
}

impl Writer<'_> {
    /// Notes that a content was put right.
    pub(super) fn repair_note(&self) -> Result<(), StoreError> {
        let before: u64 = self.reader().mark(REPAIRS)?.and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        self.mark_put(REPAIRS, &format!(" {}", before + 1))
    }

    /// Puts a mark.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn mark_put(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.transaction.execute(
            "INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }
}
