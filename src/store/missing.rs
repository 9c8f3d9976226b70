//! What the rules still need of dossiers, read for all of them.

use jiff::Timestamp;

use super::codec::{read_instant, read_json};
use super::{Reader, StoreError};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber};
use crate::domain::verdict::Missing;

/// What is still to be done about a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDossier {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Where it stands.
    pub state: DossierState,
    /// Who asks.
    pub applicant: Option<String>,
    /// Where the applicant lies.
    pub departement: Option<String>,
    /// Last change that DS dates: what is missing has been so since then at least as long as the rules are those of today.
    pub updated_at: Timestamp,
    /// What the rules need, rule by rule; empty when they need nothing.
    pub missing: Vec<Missing>,
}

impl Reader<'_> {
    /// Calls `each` with the dossiers that somebody may still have to do something about: shown by DS, neither refused nor closed
    /// without action, not set aside; by number, of a département or of all.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn open_dossiers<E: From<StoreError>>(
        &self,
        departement: Option<&str>,
        mut each: impl FnMut(OpenDossier) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT d.number, d.procedure, d.state, s.applicant, s.departement, d.updated_at, e.missing
                 FROM dossiers d JOIN subjects s ON s.dossier = d.number JOIN evaluations e ON e.dossier = d.number
                 WHERE d.removed_at IS NULL AND d.state NOT IN ('refuse', 'sans_suite')
                   AND (?1 IS NULL OR s.departement = ?1)
                   AND d.number NOT IN (SELECT dossier FROM view_exclusions)
                 ORDER BY d.number",
            )
            .map_err(StoreError::from)?;
        let mut rows = statement.query([departement]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let read = || -> Result<OpenDossier, StoreError> {
                Ok(OpenDossier {
                    number: row.get(0)?,
                    procedure: row.get(1)?,
                    state: DossierState::from(row.get::<_, String>(2)?),
                    applicant: row.get(3)?,
                    departement: row.get(4)?,
                    updated_at: read_instant(&row.get::<_, String>(5)?)?,
                    missing: read_json("pièces manquantes", &row.get::<_, String>(6)?)?,
                })
            };
            each(read()?)?;
        }
        Ok(())
    }
}
