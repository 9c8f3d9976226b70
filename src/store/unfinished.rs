//! Dossiers that DS has yet to complete without moving any date.

use jiff::Timestamp;
use rusqlite::params;

use super::codec::{instant, read_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// A dossier that DS has yet to complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfinishedDossier {
    /// Its number.
    pub number: DossierNumber,
    /// Since when that is known.
    pub since: Timestamp,
    /// When it was last asked for again for that; `since` when it never was.
    pub asked_at: Timestamp,
}

impl Writer<'_> {
    /// Notes whether DS has yet to complete a dossier; the date of the first time stays.
    pub(super) fn dossier_unfinished(
        &self,
        number: DossierNumber,
        unfinished: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = if unfinished {
            "UPDATE dossiers SET unfinished_since = coalesce(unfinished_since, ?2) WHERE number = ?1"
        } else {
            "UPDATE dossiers SET unfinished_since = NULL, asked_again_at = NULL
             WHERE number = ?1 AND unfinished_since IS NOT NULL AND ?2 IS NOT NULL"
        };
        self.transaction.prepare_cached(sql)?.execute(params![number, instant(now)])?;
        Ok(())
    }

    /// Notes that a dossier was asked for again, whatever came of it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_asked_again(&self, number: DossierNumber, now: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE dossiers SET asked_again_at = ?2 WHERE number = ?1 AND unfinished_since IS NOT NULL",
            )?
            .execute(params![number, instant(now)])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The dossiers of a démarche that DS shows and has yet to complete, by number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_unfinished(&self, procedure: ProcedureNumber) -> Result<Vec<UnfinishedDossier>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, unfinished_since, coalesce(asked_again_at, unfinished_since)
             FROM dossiers INDEXED BY dossiers_unfinished
             WHERE procedure = ?1 AND unfinished_since IS NOT NULL AND removed_at IS NULL ORDER BY number",
        )?;
        let rows = statement
            .query_map([procedure], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
        rows.map(|row| {
            let (number, since, asked_at) = row?;
            Ok(UnfinishedDossier { number, since: read_instant(&since)?, asked_at: read_instant(&asked_at)? })
        })
        .collect()
    }
}
