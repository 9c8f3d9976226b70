//! The contents of dossiers: every version ever observed, as received.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::codec::{instant, read_instant};
use super::dictionary::Packing;
use super::dirty::Why;
use super::{DossierRecord, Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// Which version of which dossier stood at an instant; its content is read when it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// The dossier.
    pub number: DossierNumber,
    /// The version.
    pub version: i64,
    /// When it was first seen; later than the instant asked for when nothing older is known and it stands in.
    pub observed_at: Timestamp,
}

impl Writer<'_> {
    pub(super) fn version_add(&self, record: &DossierRecord<'_>, now: Timestamp) -> Result<(), StoreError> {
        let number = record.dossier.number;
        self.transaction
            .prepare_cached(
                // A clock set back puts no version before the one that it follows.
                "INSERT INTO dossier_versions (dossier, observed_at, content_hash, raw) VALUES (?1,
                 max(?2, coalesce((SELECT max(observed_at) FROM dossier_versions WHERE dossier = ?1), ?2)), ?3, ?4)",
            )?
            .execute(params![
                number,
                instant(now),
                record.content_hash.as_slice(),
                self.pack(Packing::Content, number, record.raw)?
            ])?;
        let version = self.transaction.last_insert_rowid();
        self.transaction
            .prepare_cached("UPDATE dossiers SET version = ?2 WHERE number = ?1")?
            .execute([number, version])?;
        Ok(())
    }

    /// Puts a content as received in the place of the current one, which can no longer be read; whether it is the same content.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_repair(
        &self,
        number: DossierNumber,
        raw: &str,
        content_hash: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let repaired = self.transaction.execute(
            "UPDATE dossier_versions SET raw = ?2
             WHERE id = (SELECT version FROM dossiers WHERE number = ?1 AND content_hash = ?3)",
            params![number, self.pack(Packing::Content, number, raw)?, content_hash.as_slice()],
        )?;
        if repaired > 0 {
            self.dirty_mark(number, Why::Content)?;
        }
        Ok(repaired > 0)
    }
}

impl Reader<'_> {
    /// The current JSON of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_raw(&self, number: DossierNumber) -> Result<Option<String>, StoreError> {
        let frame: Option<Vec<u8>> = self
            .connection
            .prepare_cached(
                "SELECT v.raw FROM dossiers d JOIN dossier_versions v ON v.id = d.version WHERE d.number = ?1",
            )?
            .query_row([number], |row| row.get(0))
            .optional()?;
        frame.map(|frame| self.unpack(&frame)).transpose()
    }

    /// The same, where it can be read; none, too, when it is damaged.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_readable(&self, number: DossierNumber) -> Result<Option<String>, StoreError> {
        match self.dossier_raw(number) {
            Err(StoreError::Unreadable { .. }) => Ok(None),
            read => read,
        }
    }

    /// Which version of each dossier of a démarche was known at an instant; before the first observation, the earliest
    /// stands in, unless something stays of an erased version before it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn snapshot(&self, procedure: ProcedureNumber, at: Timestamp) -> Result<Vec<SnapshotEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, s.id, s.observed_at FROM dossiers d JOIN dossier_versions s ON s.id = coalesce(
                 (SELECT v.id FROM dossier_versions v WHERE v.dossier = d.number AND v.observed_at <= ?2
                  ORDER BY v.observed_at DESC, v.id DESC LIMIT 1),
                 (SELECT v.id FROM dossier_versions v WHERE v.dossier = d.number ORDER BY v.observed_at, v.id LIMIT 1))
             WHERE d.procedure = ?1 AND d.version IS NOT NULL
               AND (NOT EXISTS (SELECT 1 FROM remains r WHERE r.dossier = d.number)
                    OR EXISTS (SELECT 1 FROM dossier_versions v WHERE v.dossier = d.number AND v.observed_at <= ?2))
             ORDER BY d.number",
        )?;
        let mut rows = statement.query(params![procedure, instant(at)])?;
        let mut entries = Vec::new();
        while let Some(entry) = rows.read(|row| {
            let observed_at = read_instant(&row.get::<_, String>(2)?)?;
            Ok(SnapshotEntry { number: row.get(0)?, version: row.get(1)?, observed_at })
        })? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The versions of a dossier after another one, the next first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn versions_after(&self, entry: SnapshotEntry) -> Result<Vec<SnapshotEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, observed_at FROM dossier_versions WHERE dossier = ?1
             AND (observed_at, id) > (SELECT observed_at, id FROM dossier_versions WHERE id = ?2)
             ORDER BY observed_at, id",
        )?;
        let mut rows = statement.query([entry.number, entry.version])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let observed_at = read_instant(&row.get::<_, String>(1)?)?;
            entries.push(SnapshotEntry { number: entry.number, version: row.get(0)?, observed_at });
        }
        Ok(entries)
    }

    /// Whether a version is the one that its dossier stands in now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn version_is_current(&self, entry: SnapshotEntry) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT version IS ?2 FROM dossiers WHERE number = ?1")?;
        Ok(statement.query_row([entry.number, entry.version], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// The content of a version, as received.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged, or a failure of the database.
    pub fn version(&self, entry: SnapshotEntry) -> Result<String, StoreError> {
        let frame: Vec<u8> = self
            .connection
            .prepare_cached("SELECT raw FROM dossier_versions WHERE id = ?1")?
            .query_row([entry.version], |row| row.get(0))?;
        self.unpack(&frame)
    }
}
