//! Kept documents that were taken back. What was kept stays in the database; it no longer stands for its period.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;

use super::codec::{instant, json};
use super::{Reader, StoreError, Writer};

/// A document taken back by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal<'a> {
    /// `monthly-list`, `quarterly-report`…
    pub kind: &'a str,
    /// `2021-09`, `2021-Q3`…
    pub period: &'a str,
    /// Of its period.
    pub revision: u32,
    /// Who.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A file of a kept document, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// `csv`, `xlsx`, `json`, `html`.
    pub format: String,
    /// Where it was written.
    pub path: String,
    /// Hexadecimal SHA-256 of its bytes.
    pub sha256: String,
}

impl Writer<'_> {
    /// Takes a document back; gives its files.
    ///
    /// # Errors
    /// A failure of the database; a document is taken back once.
    pub fn export_withdraw(&self, withdrawal: &Withdrawal<'_>, now: Timestamp) -> Result<Vec<KeptFile>, StoreError> {
        let Withdrawal { kind, period, revision, by, reason } = *withdrawal;
        let files = self.reader().kept_files(kind, period, revision)?;
        let digests: BTreeMap<&str, &str> =
            files.iter().map(|file| (file.format.as_str(), file.sha256.as_str())).collect();
        self.transaction.execute(
            "INSERT INTO withdrawals (kind, period, revision, at, person, reason, files) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![kind, period, revision, instant(now), by, reason, json(&digests)?],
        )?;
        Ok(files)
    }
}

impl Reader<'_> {
    /// Whether the revision of a document was taken back.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_is_withdrawn(&self, kind: &str, period: &str, revision: u32) -> Result<bool, StoreError> {
        let known = "SELECT EXISTS (SELECT 1 FROM withdrawals WHERE kind = ?1 AND period = ?2 AND revision = ?3)";
        Ok(self.connection.query_row(known, params![kind, period, revision], |row| row.get(0))?)
    }

    /// The files of a period's revision, and where they were written.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn kept_files(&self, kind: &str, period: &str, revision: u32) -> Result<Vec<KeptFile>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT format, path, sha256 FROM exports WHERE kind = ?1 AND period = ?2 AND revision = ?3 ORDER BY id",
        )?;
        let rows = statement.query_map(params![kind, period, revision], |row| {
            Ok(KeptFile { format: row.get(0)?, path: row.get(1)?, sha256: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
