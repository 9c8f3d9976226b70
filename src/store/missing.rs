//! What is still to be done about dossiers: those alone are read.

use jiff::Timestamp;
use rusqlite::Row;

use super::codec::read_instant;
use super::judgement::read_missing;
use super::{Reader, StoreError};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::verdict::Missing;

/// What is still to be done about a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDossier {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Who asks.
    pub applicant: Option<String>,
    /// Where the applicant lies.
    pub departement: Option<String>,
    /// Last change that DS dates: what is missing has been so since then at least as long as the rules are those of today.
    pub updated_at: Timestamp,
    /// What the rules need, rule by rule; none: what is stored of it is damaged.
    pub missing: Option<Vec<Missing>>,
}

impl Reader<'_> {
    /// Calls `each` with the dossiers of which the rules need something and that somebody may still do something about: shown by DS,
    /// neither refused nor closed without action, not set aside; by number.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn dossiers_lacking<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(OpenDossier) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT d.number, d.procedure, s.applicant, s.departement, d.updated_at, w.text
                 FROM evaluations e INDEXED BY evaluations_lacking
                 CROSS JOIN dossiers d ON d.number = e.dossier CROSS JOIN subjects s ON s.dossier = e.dossier
                 LEFT JOIN sentences w ON w.id = e.missing
                 WHERE e.missing IS NOT NULL AND d.removed_at IS NULL AND d.state NOT IN ('refuse', 'sans_suite')
                   AND e.dossier NOT IN (SELECT dossier FROM view_exclusions)
                 ORDER BY e.dossier",
            )
            .map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        let open = |row: &Row<'_>| {
            let missing = row.get::<_, Option<String>>(5)?.and_then(|text| read_missing(Some(text)).ok());
            Ok(OpenDossier { missing, ..read_open(row)? })
        };
        while let Some(dossier) = rows.read(open)? {
            each(dossier)?;
        }
        Ok(())
    }

    /// The dossiers of a démarche that DS shows as being instructed, but for those set aside; by number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_instructed(&self, procedure: ProcedureNumber) -> Result<Vec<OpenDossier>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, d.procedure, s.applicant, s.departement, d.updated_at
             FROM dossiers d INDEXED BY dossiers_instructed JOIN subjects s ON s.dossier = d.number
             WHERE d.procedure = ?1 AND d.state = 'en_instruction' AND d.removed_at IS NULL
               AND d.number NOT IN (SELECT dossier FROM view_exclusions)
             ORDER BY d.number",
        )?;
        let mut rows = statement.query([procedure])?;
        let mut dossiers = Vec::new();
        while let Some(dossier) = rows.read(read_open)? {
            dossiers.push(dossier);
        }
        Ok(dossiers)
    }
}

/// `number, procedure, applicant, departement, updated_at`; nothing is missing.
fn read_open(row: &Row<'_>) -> Result<OpenDossier, StoreError> {
    Ok(OpenDossier {
        number: row.get(0)?,
        procedure: row.get(1)?,
        applicant: row.get(2)?,
        departement: row.get(3)?,
        updated_at: read_instant(&row.get::<_, String>(4)?)?,
        missing: Some(Vec::new()),
    })
}
