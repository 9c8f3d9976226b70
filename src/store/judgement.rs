//! Facts and verdicts: what evaluation made of each dossier. All of it can be rebuilt from the stored content.

use rusqlite::{OptionalExtension, params};

use super::codec::{json, read_json};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, RemovalReason};
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::siret::Siret;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::{Evaluation, RuleKind, Status, Verdict};

impl Writer<'_> {
    /// Puts what the mapping read of a dossier; `fingerprint` names the content and mapping it was read with.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn subject_put(&self, subject: &Subject, fingerprint: &str) -> Result<(), StoreError> {
        let amount = |name| subject.facts.amount(name).map(|cents: Cents| cents.0);
        let applicant = &subject.applicant;
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
                fingerprint,
                json(subject)?,
                applicant.siret.as_ref().map(Siret::as_str),
                applicant.name,
                applicant.code_insee,
                applicant.departement,
                applicant.population,
                amount(FactName::GrantedAmount),
                amount(FactName::EngagedAmount),
                amount(FactName::PaidAmount),
            ])?;
        Ok(())
    }

    /// Puts the verdicts of a dossier when they differ from those stored; whether they did.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation_put(
        &self,
        dossier: DossierNumber,
        evaluation: &Evaluation,
        rulebook: &str,
    ) -> Result<bool, StoreError> {
        if self.reader().evaluation(dossier)?.as_ref() == Some(evaluation) {
            return Ok(false);
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO evaluations (dossier, rulebook, status, eligible_expenses_cents, computed_cents, missing)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (dossier) DO UPDATE SET rulebook = excluded.rulebook, status = excluded.status,
                 eligible_expenses_cents = excluded.eligible_expenses_cents, computed_cents = excluded.computed_cents,
                 missing = excluded.missing",
            )?
            .execute(params![
                dossier,
                rulebook,
                evaluation.status.code(),
                evaluation.eligible_expenses.map(|cents| cents.0),
                evaluation.computed.map(|cents| cents.0),
                json(&evaluation.missing)?
            ])?;
        self.transaction.prepare_cached("DELETE FROM verdicts WHERE dossier = ?1")?.execute([dossier])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO verdicts (dossier, position, rule, kind, verdict, explanation, citation, facts, parameters, decided_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (position, verdict) in (0_i64..).zip(&evaluation.verdicts) {
            insert.execute(params![
                dossier,
                position,
                verdict.rule,
                verdict.kind.code(),
                verdict.verdict.code(),
                verdict.explanation,
                verdict.citation,
                json(&verdict.facts)?,
                json(&verdict.parameters)?,
                verdict.decided_by
            ])?;
        }
        Ok(true)
    }
}

impl Reader<'_> {
    /// Calls `each` with what the mapping read of every dossier, removed ones included, by number.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn subjects<E: From<StoreError>>(&self, mut each: impl FnMut(Subject) -> Result<(), E>) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT s.subject, d.removed_reason FROM subjects s JOIN dossiers d ON d.number = s.dossier ORDER BY s.dossier",
            )
            .map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let text: String = row.get(0).map_err(StoreError::from)?;
            let reason: Option<String> = row.get(1).map_err(StoreError::from)?;
            each(read_subject(&text, reason.as_deref())?)?;
        }
        Ok(())
    }

    /// A dossier with what the rules say of it; none when it was never judged.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn judged(&self, number: DossierNumber) -> Result<Option<Judged>, StoreError> {
        let row: Option<(String, Option<String>)> = self
            .connection
            .prepare_cached(
                "SELECT s.subject, d.removed_reason FROM subjects s JOIN dossiers d ON d.number = s.dossier WHERE s.dossier = ?1",
            )?
            .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((text, reason)) = row else { return Ok(None) };
        let subject = read_subject(&text, reason.as_deref())?;
        Ok(self.evaluation(number)?.map(|evaluation| Judged { subject, evaluation }))
    }

    /// What the rules say of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation(&self, dossier: DossierNumber) -> Result<Option<Evaluation>, StoreError> {
        let row: Option<(String, Option<i64>, Option<i64>, String)> = self
            .connection
            .prepare_cached(
                "SELECT status, eligible_expenses_cents, computed_cents, missing FROM evaluations WHERE dossier = ?1",
            )?
            .query_row([dossier], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((status, eligible, computed, missing)) = row else { return Ok(None) };
        let status: Status = status.parse().map_err(|code: String| StoreError::unreadable("statut", &code))?;
        Ok(Some(Evaluation {
            verdicts: self.verdicts(dossier)?,
            status,
            eligible_expenses: eligible.map(Cents),
            computed: computed.map(Cents),
            missing: read_json("pièces manquantes", &missing)?,
        }))
    }

    fn verdicts(&self, dossier: DossierNumber) -> Result<Vec<Verdict>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT rule, kind, verdict, explanation, citation, facts, parameters, decided_by FROM verdicts
             WHERE dossier = ?1 ORDER BY position",
        )?;
        let mut rows = statement.query([dossier])?;
        let mut verdicts = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, value): (String, String) = (row.get(1)?, row.get(2)?);
            let kind: RuleKind = read_json("nature de règle", &json(&kind)?)?;
            verdicts.push(Verdict {
                rule: row.get(0)?,
                kind,
                verdict: value.parse().map_err(|code: String| StoreError::unreadable("verdict", &code))?,
                explanation: row.get(3)?,
                citation: row.get(4)?,
                facts: read_json("faits lus", &row.get::<_, String>(5)?)?,
                parameters: read_json("paramètres lus", &row.get::<_, String>(6)?)?,
                decided_by: row.get(7)?,
            });
        }
        Ok(verdicts)
    }
}

/// The facts do not depend on whether DS still shows the dossier, so that is joined when they are read.
fn read_subject(text: &str, reason: Option<&str>) -> Result<Subject, StoreError> {
    let mut subject: Subject = read_json("faits d’un dossier", text)?;
    subject.removed = reason.and_then(RemovalReason::from_code);
    Ok(subject)
}
