//! What is new about dossiers, read.

use jiff::Timestamp;
use rusqlite::{Params, Row, params};

use super::codec::{instant, read_instant};
use super::{Reader, StoreError};
use crate::domain::dossier::DossierNumber;

/// Something that changed, as in `view_changes`, with whose dossier it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In the order in which it was noticed.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The dossier.
    pub dossier: DossierNumber,
    /// `filed`, `state`, `amount`, `status`, `verdict`, `removed`, `returned` or `act`.
    pub what: String,
    /// What was so before.
    pub before: Option<String>,
    /// What is so now.
    pub after: Option<String>,
    /// Who asks.
    pub applicant: Option<String>,
    /// Where the applicant lies.
    pub departement: Option<String>,
}

impl Reader<'_> {
    /// Calls `each` with what changed since an instant, by date; of the dossiers of a département, or of all.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn changes_since<E: From<StoreError>>(
        &self,
        since: Timestamp,
        departement: Option<&str>,
        each: impl FnMut(Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("{SELECT} WHERE c.at >= ?1 AND (?2 IS NULL OR s.departement = ?2) ORDER BY c.at, c.seq");
        self.changes(&sql, params![instant(since), departement], each)
    }

    /// Calls `each` with what was noticed after one change and up to another, in that order; of the dossiers of a département, or of
    /// all.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn changes_between<E: From<StoreError>>(
        &self,
        (after, last): (i64, i64),
        departement: Option<&str>,
        each: impl FnMut(Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql =
            format!("{SELECT} WHERE c.seq > ?1 AND c.seq <= ?2 AND (?3 IS NULL OR s.departement = ?3) ORDER BY c.seq");
        self.changes(&sql, params![after, last, departement], each)
    }

    /// The number of the change noticed last, at all or before an instant; 0: none yet.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn change_latest(&self, before: Option<Timestamp>) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM changes WHERE ?1 IS NULL OR at < ?1";
        Ok(self.connection.query_row(sql, [before.map(instant)], |row| row.get(0))?)
    }

    fn changes<E: From<StoreError>>(
        &self,
        sql: &str,
        wanted: impl Params,
        mut each: impl FnMut(Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare_cached(sql).map_err(StoreError::from)?;
        let mut rows = statement.query(wanted).map_err(StoreError::from)?;
        while let Some(change) = rows.read(read_change)? {
            each(change)?;
        }
        Ok(())
    }
}

const SELECT: &str = "SELECT c.seq, c.at, c.dossier, c.what, c.before, c.after, s.applicant, s.departement
     FROM view_changes c LEFT JOIN subjects s ON s.dossier = c.dossier";

fn read_change(row: &Row<'_>) -> Result<Change, StoreError> {
    Ok(Change {
        seq: row.get(0)?,
        at: read_instant(&row.get::<_, String>(1)?)?,
        dossier: row.get(2)?,
        what: row.get(3)?,
        before: row.get(4)?,
        after: row.get(5)?,
        applicant: row.get(6)?,
        departement: row.get(7)?,
    })
}
