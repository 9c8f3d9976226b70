//! Small facts about the whole database, by name.

use rusqlite::{OptionalExtension, params};

use super::{Reader, StoreError, Writer};

impl Reader<'_> {
    /// A mark; none when it was never put.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn mark(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT value FROM marks WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    /// A text that changes whenever a dossier is stored, removed, erased or returns, or a person decides something: evaluation compares it to skip idle work.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn content_generation(&self) -> Result<String, StoreError> {
        Ok(self.connection.query_row(
            "SELECT coalesce((SELECT max(id) FROM dossier_versions), 0) || ':' ||
                    coalesce((SELECT max(id) FROM removal_events), 0) || ':' ||
                    (SELECT count(*) || '-' || coalesce(max(id), 0) FROM journal) || ':' ||
                    (SELECT count(*) FROM dossiers WHERE erased_at IS NOT NULL) || '-' ||
                    (SELECT coalesce(max(id), 0) FROM remains)",
            [],
            |row| row.get(0),
        )?)
    }
}

impl Writer<'_> {
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
