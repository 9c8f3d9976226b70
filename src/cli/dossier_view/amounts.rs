//! The amounts as a computation, the credits that are left, and what the selection criteria rest on.

use std::fmt::Write as _;

use super::super::layout::pad;
use super::super::paper::{Paper, hang};
use super::{Detail, LABEL, field, has_criteria, title};
use crate::domain::fact::{FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::domain::text::{counted, grouped};
use crate::domain::verdict::{Evaluation, RuleKind};
use crate::rules::Credits;

/// The amounts, with the rules that computed them and what is left of each.
pub(super) fn amounts(
    out: &mut Paper,
    subject: &Subject,
    evaluation: &Evaluation,
    left: Option<&Credits>,
    detail: Detail,
) {
    title(out, "Montants");
    amount(out, "dépenses éligibles", evaluation.eligible_expenses);
    let computing = evaluation.verdicts.iter().filter(|verdict| verdict.kind == RuleKind::Amount);
    for verdict in computing.filter(|_| detail == Detail::Full) {
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
    if let Some(left) = left {
        credits(out, left);
    }
}

/// What is left of the credits that a pending dossier would draw on.
fn credits(out: &mut Paper, credits: &Credits) {
    let Credits { named, total, granted, unsettled, without_amount, .. } = credits;
    let mut text = format!("{named} : reste {} sur {total} ({granted} accordés)", credits.left());
    if *unsettled != Cents::ZERO {
        let _ = write!(text, " ; {unsettled} accordés sans que le département soit tranché");
    }
    if *without_amount > 0 {
        let without = counted(*without_amount, "attribution sans montant", "attributions sans montant");
        let _ = write!(text, " ; {without} en plus");
    }
    field(out, "crédits restants", &text);
}

pub(super) fn amount(out: &mut Paper, label: &str, cents: Option<Cents>) {
    let value = cents.map_or_else(|| "inconnu".to_owned(), |cents| cents.to_string());
    let _ = writeln!(out, "  {}{value:>16}", pad(label, LABEL));
}

fn difference(out: &mut Paper, label: &str, from: Option<Cents>, less: Option<Cents>) {
    if let (Some(from), Some(less)) = (from, less) {
        amount(out, label, Some(from - less));
    }
}

/// What the selection criteria rest on, as far as the dossier says it; nothing is computed from it.
pub(super) fn criteria(out: &mut Paper, subject: &Subject) {
    if !has_criteria(subject) {
        return;
    }
    title(out, "Critères de sélection (montrés, jamais calculés)");
    for name in [FactName::TargetUsers, FactName::AgentsTrained, FactName::Scores] {
        let said = match subject.facts.get(name) {
            Ok(fact) => match &fact.value {
                FactValue::Integer(number) => grouped(*number),
                value => value.to_string(),
            },
            Err(absence) => format!("non renseigné ({absence})"),
        };
        field(out, name.label(), &said);
    }
}
