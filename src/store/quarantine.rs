//! Dossiers set aside: received in part or not at all, and why.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::codec::{instant, read_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// A dossier set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// Its number.
    pub dossier: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Since when.
    pub since: Timestamp,
    /// When it was last asked for.
    pub tried_at: Timestamp,
    /// Why, in French.
    pub reason: String,
}

impl Writer<'_> {
    /// Sets a dossier aside, or refreshes the reason; the date of the first time stays.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine_put(&self, entry: &QuarantineEntry) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO quarantine (dossier, procedure, since, reason, tried_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (dossier) DO UPDATE SET procedure = excluded.procedure, reason = excluded.reason,
                 tried_at = excluded.tried_at",
            )?
            .execute(params![
                entry.dossier,
                entry.procedure,
                instant(entry.since),
                entry.reason,
                instant(entry.tried_at)
            ])?;
        Ok(())
    }

    /// Takes a dossier out of quarantine; whether it was there.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine_release(&self, dossier: DossierNumber) -> Result<bool, StoreError> {
        let released =
            self.transaction.prepare_cached("DELETE FROM quarantine WHERE dossier = ?1")?.execute([dossier])?;
        Ok(released > 0)
    }
}

const COLUMNS: &str = "dossier, procedure, since, reason, coalesce(tried_at, since)";

fn read_entry(row: &Row<'_>) -> Result<QuarantineEntry, StoreError> {
    Ok(QuarantineEntry {
        dossier: row.get(0)?,
        procedure: row.get(1)?,
        since: read_instant(&row.get::<_, String>(2)?)?,
        reason: row.get(3)?,
        tried_at: read_instant(&row.get::<_, String>(4)?)?,
    })
}

impl Reader<'_> {
    /// The dossiers set aside, by number; of one démarche or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine(&self, procedure: Option<ProcedureNumber>) -> Result<Vec<QuarantineEntry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE ?1 IS NULL OR procedure = ?1 ORDER BY dossier");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([procedure])?;
        let mut entries = Vec::new();
        while let Some(entry) = rows.read(read_entry)? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Why a dossier is set aside; none when it is not.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine_of(&self, dossier: DossierNumber) -> Result<Option<QuarantineEntry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE dossier = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([dossier])?;
        rows.read(read_entry)
    }
}
