//! Facts: what the mapping read of each dossier. All of it can be read again from the stored content.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::codec::{cents, hashes, json, read_hashes, read_json};
use super::dictionary::Packing;
use super::removal::read_removal;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;

/// From what the facts of a dossier are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectSource {
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Its current content; none when it was never received, or is erased.
    pub content_hash: Option<Vec<u8>>,
    /// What its facts were read from; none when they never were.
    pub fingerprint: Option<String>,
}

impl Writer<'_> {
    /// Puts what the mapping read of a dossier; `fingerprint` names the content and mapping it was read with.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn subject_put(&self, subject: &Subject, fingerprint: &str, now: Timestamp) -> Result<(), StoreError> {
        let amount = |name| cents(subject.facts.amount(name));
        let applicant = &subject.applicant;
        self.changes_of_amounts(subject, now)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO subjects (dossier, fingerprint, subject, siret, applicant, code_insee, departement,
                 population, granted_cents, engaged_cents, paid_cents)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (dossier) DO UPDATE SET fingerprint = excluded.fingerprint, subject = excluded.subject,
                 siret = excluded.siret, applicant = excluded.applicant, code_insee = excluded.code_insee,
                 departement = excluded.departement, population = excluded.population,
                 granted_cents = excluded.granted_cents, engaged_cents = excluded.engaged_cents,
                 paid_cents = excluded.paid_cents",
            )?
            .execute(params![
                subject.number,
                hashes(fingerprint),
                self.pack(Packing::Facts, subject.number, &json(subject)?)?,
                applicant.siret.as_ref().map(Siret::as_str),
                applicant.name,
                applicant.code_insee,
                applicant.departement,
                applicant.population,
                amount(FactName::GrantedAmount)?,
                amount(FactName::EngagedAmount)?,
                amount(FactName::PaidAmount)?,
            ])?;
        self.search_put(subject)
    }

    /// Nothing is new of a dossier that is read for the first time: it was filed.
    fn changes_of_amounts(&self, subject: &Subject, now: Timestamp) -> Result<(), StoreError> {
        let columns = [
            ("granted_cents", FactName::GrantedAmount),
            ("engaged_cents", FactName::EngagedAmount),
            ("paid_cents", FactName::PaidAmount),
        ];
        let known: Option<[Option<i64>; 3]> = self
            .transaction
            .prepare_cached("SELECT granted_cents, engaged_cents, paid_cents FROM subjects WHERE dossier = ?1")?
            .query_row([subject.number], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
            .optional()?;
        for ((column, fact), before) in columns.into_iter().zip(known.into_iter().flatten()) {
            let amounts = (before.map(Cents::from), subject.facts.amount(fact));
            self.change_of_amount(subject.number, column, amounts, now)?;
        }
        Ok(())
    }

    /// Makes the facts of a dossier be read again, at every evaluation until they could be.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn subject_distrust(&self, number: DossierNumber) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE subjects SET fingerprint = x'' WHERE dossier = ?1", [number])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// From what the facts of a dossier are read; none when it is not known.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn subject_source(&self, number: DossierNumber) -> Result<Option<SubjectSource>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.procedure, d.content_hash, s.fingerprint FROM dossiers d LEFT JOIN subjects s ON s.dossier = d.number
             WHERE d.number = ?1",
        )?;
        let mut rows = statement.query([number])?;
        rows.read(|row| {
            // Damaged, it is none that is wanted: the facts are read again.
            let fingerprint = row.get::<_, Option<Vec<u8>>>(2)?.and_then(|kept| read_hashes(&kept).ok());
            Ok(SubjectSource { procedure: row.get(0)?, content_hash: row.get(1)?, fingerprint })
        })
    }

    /// What the mapping read of a dossier, with what it was read from; none when nothing was.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged, or a failure of the database.
    pub fn subject(&self, number: DossierNumber) -> Result<Option<(Subject, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.subject, d.removed_reason, d.removed_at, d.procedure, s.fingerprint FROM subjects s
             JOIN dossiers d ON d.number = s.dossier WHERE s.dossier = ?1",
        )?;
        let mut rows = statement.query([number])?;
        rows.read(|row| {
            let fingerprint = read_hashes(&row.get::<_, Vec<u8>>(4)?).unwrap_or_default();
            Ok((self.read_subject(row)?, fingerprint))
        })
    }

    /// `subject, removed_reason, removed_at, procedure`. The facts do not depend on whether DS still shows the dossier, nor on the démarche
    /// that it has moved to since, so these are joined when they are read.
    pub(super) fn read_subject(&self, row: &Row<'_>) -> Result<Subject, StoreError> {
        let text = self.unpack(&row.get::<_, Vec<u8>>(0)?)?;
        let mut subject: Subject = read_json("faits d’un dossier", &text)?;
        let (reason, removed_at): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        subject.removed = read_removal(reason.as_deref(), removed_at.as_deref())?;
        subject.procedure = row.get(3)?;
        Ok(subject)
    }
}
