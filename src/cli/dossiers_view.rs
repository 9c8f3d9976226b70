//! How `fitn dossiers` looks: a table for people, rows with the names of `view_dossiers` for programs.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::layout::{Column, table};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber, RemovalReason};
use crate::domain::fact::FactName;
use crate::domain::instant::to_rfc3339;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::domain::verdict::{Evaluation, Status};

/// One dossier with the columns of `view_dossiers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the columns are documented with the view")]
pub struct DossierRow {
    pub number: DossierNumber,
    pub procedure: ProcedureNumber,
    pub programme: Programme,
    pub state: DossierState,
    #[serde(serialize_with = "instant")]
    pub deposited_at: Timestamp,
    #[serde(serialize_with = "instant")]
    pub updated_at: Timestamp,
    pub siret: Option<Siret>,
    pub applicant: Option<String>,
    pub code_insee: Option<String>,
    pub departement: Option<String>,
    pub population: Option<i64>,
    pub status: Option<Status>,
    pub eligible_expenses_cents: Option<Cents>,
    pub computed_cents: Option<Cents>,
    pub granted_cents: Option<Cents>,
    pub engaged_cents: Option<Cents>,
    pub paid_cents: Option<Cents>,
    #[serde(serialize_with = "optional_instant")]
    pub removed_at: Option<Timestamp>,
    pub removed_reason: Option<RemovalReason>,
}

impl DossierRow {
    /// The row of a dossier; no evaluation yet leaves its status and computed amounts null.
    #[must_use]
    pub fn of(subject: &Subject, evaluation: Option<&Evaluation>, removed_at: Option<Timestamp>) -> Self {
        let applicant = &subject.applicant;
        Self {
            number: subject.number,
            procedure: subject.procedure,
            programme: subject.programme,
            state: subject.state.clone(),
            deposited_at: subject.deposited_at,
            updated_at: subject.updated_at,
            siret: applicant.siret.clone(),
            applicant: applicant.name.clone(),
            code_insee: applicant.code_insee.clone(),
            departement: applicant.departement.clone(),
            population: applicant.population,
            status: evaluation.map(|evaluation| evaluation.status),
            eligible_expenses_cents: evaluation.and_then(|evaluation| evaluation.eligible_expenses),
            computed_cents: evaluation.and_then(|evaluation| evaluation.computed),
            granted_cents: subject.facts.amount(FactName::GrantedAmount),
            engaged_cents: subject.facts.amount(FactName::EngagedAmount),
            paid_cents: subject.facts.amount(FactName::PaidAmount),
            removed_at,
            removed_reason: subject.removed,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde’s")]
fn instant<S: Serializer>(instant: &Timestamp, output: S) -> Result<S::Ok, S::Error> {
    output.serialize_str(&to_rfc3339(*instant))
}

#[allow(clippy::ref_option, reason = "the signature is serde’s")]
fn optional_instant<S: Serializer>(instant: &Option<Timestamp>, output: S) -> Result<S::Ok, S::Error> {
    instant.map(to_rfc3339).serialize(output)
}

/// The list for people. The amount is the one granted, else the one computed, marked `≈` as nobody decided it.
#[must_use]
pub fn text(rows: &[DossierRow]) -> String {
    if rows.is_empty() {
        return "Aucun dossier.\n".to_owned();
    }
    let lines: Vec<[String; 7]> = rows.iter().map(line).collect();
    let columns = [
        ("n°", Column::Right),
        ("programme", Column::Left),
        ("dép.", Column::Left),
        ("état", Column::Left),
        ("statut", Column::Left),
        ("montant", Column::Right),
        ("demandeur", Column::Flexible),
    ];
    let count = if rows.len() == 1 { "1 dossier".to_owned() } else { format!("{} dossiers", rows.len()) };
    let shown = rows.iter();
    let computed = shown.filter(|row| row.granted_cents.is_none() && row.computed_cents.is_some()).count();
    let legend = if computed == 0 { "" } else { " (≈ : montant calculé, non accordé)" };
    format!("{}\n{count}{legend}\n", table(columns, &lines))
}

fn line(row: &DossierRow) -> [String; 7] {
    let amount = match (row.granted_cents, row.computed_cents) {
        (Some(granted), _) => granted.to_string(),
        (None, Some(computed)) => format!("≈ {computed}"),
        (None, None) => "–".to_owned(),
    };
    let state = match (&row.removed_reason, &row.state) {
        (Some(_), _) => "retiré",
        (None, DossierState::EnConstruction) => "en constr.",
        (None, DossierState::EnInstruction) => "en instr.",
        (None, state) => state.label(),
    };
    [
        row.number.to_string(),
        row.programme.code().to_owned(),
        row.departement.clone().unwrap_or_else(|| "?".to_owned()),
        state.to_owned(),
        row.status.map_or("non évalué", Status::label).to_owned(),
        amount,
        row.applicant.clone().unwrap_or_else(|| "(sans nom)".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::sample::sample;
    use super::*;

    #[test]
    fn the_list_fits_80_columns_and_tells_granted_from_computed() {
        let judged = sample();
        let first = DossierRow::of(&judged.subject, Some(&judged.evaluation), None);
        let rows = [
            first.clone(),
            DossierRow { number: 12_345_678, granted_cents: Some(Cents::euros(297_000)), ..first.clone() },
            DossierRow { state: DossierState::EnConstruction, status: None, computed_cents: None, ..first.clone() },
            DossierRow { removed_reason: Some(RemovalReason::Deleted), applicant: None, departement: None, ..first },
        ];
        let text = text(&rows);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
        assert_eq!(super::text(&[]), "Aucun dossier.\n");
    }
}
