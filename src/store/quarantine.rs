//! Dossiers set aside: received in part or not at all, and why.

use jiff::Timestamp;
use rusqlite::params;

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

impl Reader<'_> {
    /// The dossiers set aside, by number; of one démarche or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine(&self, procedure: Option<ProcedureNumber>) -> Result<Vec<QuarantineEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT dossier, procedure, since, reason, coalesce(tried_at, since) FROM quarantine
             WHERE ?1 IS NULL OR procedure = ?1 ORDER BY dossier",
        )?;
        let rows = statement.query_map([procedure], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get::<_, String>(4)?))
        })?;
        rows.map(|row| {
            let (dossier, procedure, since, reason, tried_at) = row?;
            let (since, tried_at) = (read_instant(&since)?, read_instant(&tried_at)?);
            Ok(QuarantineEntry { dossier, procedure, since, tried_at, reason })
        })
        .collect()
    }
}
