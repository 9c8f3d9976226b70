//! What people say of a period, for the documents about it.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::codec::instant;
use super::{Reader, StoreError, Writer};

impl Writer<'_> {
    /// Keeps what is said of a period, in the place of what was said before; an empty text takes it back.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn commentary_put(&self, kind: &str, period: &str, text: &str, now: Timestamp) -> Result<(), StoreError> {
        if text.is_empty() {
            let sql = "DELETE FROM commentaries WHERE kind = ?1 AND period = ?2";
            self.transaction.execute(sql, [kind, period])?;
        } else {
            self.transaction.execute(
                "INSERT INTO commentaries (kind, period, text, given_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (kind, period) DO UPDATE SET text = excluded.text, given_at = excluded.given_at",
                params![kind, period, text, instant(now)],
            )?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// What is said of a period in a kind of document; none where nothing is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn commentary(&self, kind: &str, period: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT text FROM commentaries WHERE kind = ?1 AND period = ?2";
        Ok(self.connection.query_row(sql, [kind, period], |row| row.get(0)).optional()?)
    }
}
