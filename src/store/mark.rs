//! Small facts about the whole database, by name.

use std::collections::BTreeMap;

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

    /// The marks whose names begin with a prefix, by name.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn marks(&self, prefix: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT name, value FROM marks WHERE substr(name, 1, length(?1)) = ?1")?;
        let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
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

    /// Takes a mark away.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn mark_remove(&self, name: &str) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM marks WHERE name = ?1", [name])?;
        Ok(())
    }
}
