//! A dossier in one line, as in `view_dossiers`.

use jiff::Timestamp;
use rusqlite::Row;

use super::codec::read_optional_instant;
use super::{Reader, StoreError};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber, RemovalReason};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;

/// A dossier in one line, as in `view_dossiers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierLine {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Its programme.
    pub programme: Programme,
    /// Where it stands.
    pub state: DossierState,
    /// First deposit; none for a dossier known by its tombstone only.
    pub deposited_at: Option<Timestamp>,
    /// Last change that DS dates.
    pub updated_at: Option<Timestamp>,
    /// The applicant's SIRET; this and what follows is none before the dossier was evaluated.
    pub siret: Option<String>,
    /// The applicant's name.
    pub applicant: Option<String>,
    /// INSEE code of the applicant's commune.
    pub code_insee: Option<String>,
    /// The applicant's département.
    pub departement: Option<String>,
    /// The applicant's population.
    pub population: Option<i64>,
    /// What the verdicts add up to.
    pub status: Option<Status>,
    /// The expenses that count.
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule.
    pub computed: Option<Cents>,
    /// The amount granted.
    pub granted: Option<Cents>,
    /// The amount engaged.
    pub engaged: Option<Cents>,
    /// The amount paid.
    pub paid: Option<Cents>,
    /// When DS stopped showing it.
    pub removed_at: Option<Timestamp>,
    /// Why.
    pub removed: Option<RemovalReason>,
    /// When a person set it aside, out of lists and sums.
    pub excluded_at: Option<Timestamp>,
    /// What sums take of it.
    pub counted: Option<Cents>,
    /// When its content was erased here; none: it was not.
    pub erased_at: Option<Timestamp>,
}

pub(super) const LINE: &str =
    "SELECT number, procedure, programme, state, deposited_at, updated_at, siret, applicant, code_insee,
    departement, population, status, eligible_expenses_cents, computed_cents, granted_cents, engaged_cents, paid_cents,
    removed_at, removed_reason, excluded_at, counted_cents,
    (SELECT erased_at FROM view_erasures WHERE view_erasures.dossier = view_dossiers.number) FROM view_dossiers";

pub(super) fn read_line(row: &Row<'_>) -> Result<DossierLine, StoreError> {
    let programme: String = row.get(2)?;
    let status: Option<String> = row.get(11)?;
    let reason: Option<String> = row.get(18)?;
    let cents = |column: usize| row.get::<_, Option<i64>>(column).map(|cents| cents.map(Cents::from));
    Ok(DossierLine {
        number: row.get(0)?,
        procedure: row.get(1)?,
        programme: programme.parse().map_err(|error| StoreError::unreadable("programme", &error))?,
        state: DossierState::from(row.get::<_, String>(3)?),
        deposited_at: read_optional_instant(row.get(4)?)?,
        updated_at: read_optional_instant(row.get(5)?)?,
        siret: row.get(6)?,
        applicant: row.get(7)?,
        code_insee: row.get(8)?,
        departement: row.get(9)?,
        population: row.get(10)?,
        status: status
            .map(|code| code.parse().map_err(|code: String| StoreError::unreadable("statut", &code)))
            .transpose()?,
        eligible_expenses: cents(12)?,
        computed: cents(13)?,
        granted: cents(14)?,
        engaged: cents(15)?,
        paid: cents(16)?,
        removed_at: read_optional_instant(row.get(17)?)?,
        removed: reason.as_deref().and_then(RemovalReason::from_code),
        excluded_at: read_optional_instant(row.get(19)?)?,
        counted: cents(20)?,
        erased_at: read_optional_instant(row.get(21)?)?,
    })
}

impl Reader<'_> {
    /// A dossier in one line.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_line(&self, number: DossierNumber) -> Result<Option<DossierLine>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{LINE} WHERE number = ?1"))?;
        let mut rows = statement.query([number])?;
        rows.next()?.map(read_line).transpose()
    }

    /// Calls `each` with every dossier known, by number, optionally of one démarche.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn dossier_lines<E: From<StoreError>>(
        &self,
        procedure: Option<ProcedureNumber>,
        mut each: impl FnMut(DossierLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{LINE} WHERE ?1 IS NULL OR procedure = ?1 ORDER BY number"))
            .map_err(StoreError::from)?;
        let mut rows = statement.query([procedure]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            each(read_line(row)?)?;
        }
        Ok(())
    }
}
