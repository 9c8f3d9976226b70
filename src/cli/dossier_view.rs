//! How `fitn dossier N` looks: one dossier with every verdict explained, what to ask for, the amounts as a computation.
//!
//! Pure: everything shown was read from what is stored. Nothing is judged or computed here but the sums left to pay.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::dossiers_view::DossierRow;
use super::layout::{hang, pad};
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, french_instant};
use crate::domain::money::Cents;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::{Evaluation, FactRead, Missing, ParameterRead, RuleKind, Verdict, VerdictValue};
use crate::store::DossierLine;
use crate::territory::VINTAGE;

/// Labels are aligned on this width.
const LABEL: usize = 20;

/// The document of `fitn dossier N --json`: the names of `view_dossiers`, and the judgement.
#[derive(Debug, Serialize)]
pub struct DossierDocument<'a> {
    #[serde(flatten)]
    row: DossierRow,
    verdicts: &'a [Verdict],
    missing: &'a [Missing],
    amounts: Amounts,
}

/// Decimal strings, or null.
#[derive(Debug, Serialize)]
struct Amounts {
    eligible_expenses: Option<String>,
    computed: Option<String>,
    granted: Option<String>,
    engaged: Option<String>,
    paid: Option<String>,
}

/// The dossier for programs.
#[must_use]
pub fn json(evaluation: &Evaluation, line: DossierLine) -> DossierDocument<'_> {
    let row = DossierRow::of(line);
    let decimal = |cents: Option<Cents>| cents.map(Cents::to_decimal_string);
    let amounts = Amounts {
        eligible_expenses: decimal(row.eligible_expenses_cents),
        computed: decimal(row.computed_cents),
        granted: decimal(row.granted_cents),
        engaged: decimal(row.engaged_cents),
        paid: decimal(row.paid_cents),
    };
    DossierDocument { row, verdicts: &evaluation.verdicts, missing: &evaluation.missing, amounts }
}

/// The dossier for people.
#[must_use]
pub fn text(judged: &Judged, removed_at: Option<Timestamp>, erased_at: Option<Timestamp>) -> String {
    let Judged { subject, evaluation } = judged;
    let mut out = String::new();
    identity(&mut out, subject, removed_at, erased_at);
    field(&mut out, "statut", &evaluation.status.label().to_uppercase());
    missing(&mut out, &evaluation.missing);
    amounts(&mut out, subject, evaluation);
    title(&mut out, "Avis des règles");
    for verdict in &evaluation.verdicts {
        explain(&mut out, verdict);
    }
    if !subject.facts.remarks.is_empty() {
        title(&mut out, "Remarques de lecture");
        for remark in &subject.facts.remarks {
            hang(&mut out, "  - ", &format!("{} : {}", remark.fact.label(), remark.message));
        }
    }
    out
}

fn title(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{text}");
}

fn field(out: &mut String, label: &str, value: &str) {
    hang(out, &format!("  {}", pad(label, LABEL)), value);
}

fn identity(out: &mut String, subject: &Subject, removed_at: Option<Timestamp>, erased_at: Option<Timestamp>) {
    let applicant = &subject.applicant;
    let name = subject.shown_applicant().unwrap_or("demandeur sans nom");
    hang(out, &format!("Dossier {} — ", subject.number), name);
    field(out, "programme", subject.programme.label());
    field(out, "démarche", &subject.procedure.to_string());
    field(out, "état", subject.state.label());
    if let Some(reason) = subject.removed {
        let since = removed_at.map(|instant| format!(", constaté le {}", french_instant(instant))).unwrap_or_default();
        field(out, "retiré", &format!("{}{since}", reason.label()));
    }
    if let Some(instant) = erased_at {
        field(out, "effacé le", &french_instant(instant));
    }
    field(out, "déposé le", &french_instant(subject.deposited_at));
    field(out, "modifié le", &french_instant(subject.updated_at));
    if let Some(instant) = subject.treated_at {
        field(out, "traité le", &french_instant(instant));
    }
    let without = if subject.erased { "SIRET effacé" } else { "sans SIRET" };
    let siret = applicant.siret.as_ref().map_or_else(|| without.to_owned(), |siret| format!("SIRET {siret}"));
    field(out, "demandeur", &format!("{}, {siret}", applicant.legal_kind.label()));
    let code = applicant.code_insee.as_ref().map(|code| format!("commune {code}"));
    let departement = applicant.departement.as_ref().map(|code| format!("département {code}"));
    let place: Vec<String> = [code, departement].into_iter().flatten().collect();
    field(out, "lieu", if place.is_empty() { "inconnu".to_owned() } else { place.join(", ") }.as_str());
    if let Some(population) = applicant.population {
        field(out, "population", &format!("{} habitants ({VINTAGE})", grouped(population)));
    }
}

/// A number with its thousands apart, as amounts are.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn missing(out: &mut String, missing: &[Missing]) {
    if missing.is_empty() {
        return;
    }
    title(out, "À demander");
    for Missing { rule, ask, .. } in missing {
        hang(out, "  - ", &format!("{ask} ({rule})"));
    }
}

/// The amounts, with the rules that computed them and what is left of each.
fn amounts(out: &mut String, subject: &Subject, evaluation: &Evaluation) {
    title(out, "Montants");
    amount(out, "dépenses éligibles", evaluation.eligible_expenses);
    for verdict in evaluation.verdicts.iter().filter(|verdict| verdict.kind == RuleKind::Amount) {
        hang(out, &format!("    {}  ", verdict.rule), &verdict.explanation);
    }
    let decided = |name| subject.facts.amount(name);
    let (granted, engaged, paid) =
        (decided(FactName::GrantedAmount), decided(FactName::EngagedAmount), decided(FactName::PaidAmount));
    amount(out, "montant calculé", evaluation.computed);
    amount(out, "montant accordé", granted);
    amount(out, "montant engagé", engaged);
    amount(out, "montant payé", paid);
    difference(out, "accordé − calculé", granted, evaluation.computed);
    difference(out, "accordé − engagé", granted, engaged);
    difference(out, "engagé − payé", engaged, paid);
}

fn amount(out: &mut String, label: &str, cents: Option<Cents>) {
    let value = cents.map_or_else(|| "inconnu".to_owned(), |cents| cents.to_string());
    let _ = writeln!(out, "  {}{value:>16}", pad(label, LABEL));
}

fn difference(out: &mut String, label: &str, from: Option<Cents>, less: Option<Cents>) {
    if let (Some(from), Some(less)) = (from, less) {
        amount(out, label, Some(from - less));
    }
}

fn explain(out: &mut String, verdict: &Verdict) {
    let _ = writeln!(
        out,
        "  {} {} : {} ({})",
        sign(verdict),
        verdict.rule,
        outcome(verdict.kind, verdict.verdict),
        verdict.kind.label()
    );
    hang(out, "      ", &verdict.explanation);
    if let Some(person) = &verdict.decided_by {
        hang(out, "      décidé par ", person);
    }
    for fact in &verdict.facts {
        hang(out, "      fait       ", &fact_read(fact));
    }
    for parameter in &verdict.parameters {
        hang(out, "      paramètre  ", &parameter_read(parameter));
    }
    hang(out, "      référence  ", &verdict.citation);
}

/// A priority is never a fault.
fn sign(verdict: &Verdict) -> char {
    match (verdict.verdict, verdict.kind) {
        (VerdictValue::Met, _) => '✓',
        (VerdictValue::NotMet, RuleKind::Priority) | (VerdictValue::NotApplicable, _) => '–',
        (VerdictValue::NotMet, _) => '✗',
        (VerdictValue::ToReview, _) => '?',
    }
}

fn outcome(kind: RuleKind, verdict: VerdictValue) -> &'static str {
    match (kind, verdict) {
        (RuleKind::Priority, VerdictValue::Met) => "prioritaire",
        (RuleKind::Priority, VerdictValue::NotMet) => "non prioritaire",
        (RuleKind::Amount, VerdictValue::Met) => "calculé",
        (RuleKind::Information, VerdictValue::Met) => "signalé",
        _ => verdict.label(),
    }
}

fn fact_read(fact: &FactRead) -> String {
    match &fact.value {
        Some(value) => format!("{} : {value} — {}", fact.label, fact.origin),
        None => format!("{} : manque — {}", fact.label, fact.origin),
    }
}

fn parameter_read(parameter: &ParameterRead) -> String {
    let validity = match (parameter.valid_from.map(french_date), parameter.valid_to.map(french_date)) {
        (None, None) => "sans limite de date".to_owned(),
        (Some(from), None) => format!("depuis le {from}"),
        (None, Some(to)) => format!("jusqu’au {to}"),
        (Some(from), Some(to)) => format!("du {from} au {to}"),
    };
    format!("{} = {}, {validity} ({})", parameter.name, parameter.value, parameter.citation)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::sample::{sample, sample_line};
    use super::*;
    use crate::domain::dossier::RemovalReason;

    #[test]
    fn every_verdict_is_explained_within_80_columns() {
        let shown = text(&sample(), None, None);
        assert!(shown.lines().all(|line| line.width() <= 80), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn a_removed_dossier_says_so_first() {
        let mut judged = sample();
        judged.subject.removed = Some(RemovalReason::Absent);
        let shown = text(&judged, Some("2021-12-01T10:00:00Z".parse().unwrap()), None);
        assert!(
            shown.contains("retiré              masqué ou expiré sur DS, constaté le 01/12/2021 à 11:00"),
            "{shown}"
        );
    }

    #[test]
    fn the_document_has_the_names_of_the_view() {
        let judged = sample();
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&judged.evaluation, sample_line())).unwrap());
    }
}
