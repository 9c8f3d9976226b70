//! What is new about dossiers, read.

use jiff::Timestamp;
use rusqlite::{Row, params};

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
        mut each: impl FnMut(Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.seq, c.at, c.dossier, c.what, c.before, c.after, s.applicant, s.departement
                 FROM view_changes c LEFT JOIN subjects s ON s.dossier = c.dossier
                 WHERE c.at >= ?1 AND (?2 IS NULL OR s.departement = ?2) ORDER BY c.at, c.seq",
            )
            .map_err(StoreError::from)?;
        let mut rows = statement.query(params![instant(since), departement]).map_err(StoreError::from)?;
        while let Some(change) = rows.read(read_change)? {
            each(change)?;
        }
        Ok(())
    }
}

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
