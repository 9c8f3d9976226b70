//! A verdict explained: what was decided or computed, the facts and parameters that were read, the passage of the guide.

use std::fmt::Write as _;

use super::super::paper::{Paper, hang};
use crate::domain::instant::french_date;
use crate::domain::journal::{Act, Entry};
use crate::domain::verdict::{FactRead, ParameterRead, RuleKind, Verdict, VerdictValue};
use crate::rules::ParameterName;

pub(super) fn explain(out: &mut Paper, verdict: &Verdict, fallen: Option<&Entry>) {
    let decided = if verdict.decided_by.is_some() { ", décidé par un agent" } else { "" };
    let _ = writeln!(
        out,
        "  {} {} : {} ({}){decided}",
        sign(verdict),
        verdict.rule,
        verdict.verdict.label_of(verdict.kind),
        verdict.kind.label()
    );
    if let Some(person) = &verdict.decided_by {
        hang(out, "      décidé par ", person);
    }
    match verdict.computed_verdict {
        Some(computed) => {
            let said = format!("{} — {}", computed.label_of(verdict.kind), verdict.explanation);
            hang(out, "      calculé    ", &said);
        }
        None => hang(out, "      ", &verdict.explanation),
    }
    if let Some((entry, Act::Decide { verdict: decided, .. })) = fallen.map(|entry| (entry, &entry.act)) {
        let said = format!(
            "« {} », décidé par {} ; ne compte plus, ce sur quoi la décision reposait a changé",
            decided.label_of(verdict.kind),
            entry.signature()
        );
        hang(out, "      avant      ", &said);
    }
    for fact in &verdict.facts {
        hang(out, if fact.needed { "      fait       " } else { "      aussi lu   " }, &fact_read(fact));
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

fn fact_read(fact: &FactRead) -> String {
    match &fact.value {
        Some(value) => format!("{} : {value} — {}", fact.label, fact.origin),
        None => format!("{} : manque — {}", fact.label, fact.origin),
    }
}

/// `date limite de dépôt Démat.ADS (ads_deadline) : 31/10/2021, valeur en vigueur le 01/11/2021, jour du dépôt ; depuis le
/// 26/01/2021 (guide)`.
fn parameter_read(parameter: &ParameterRead) -> String {
    let validity = match (parameter.valid_from.map(french_date), parameter.valid_to.map(french_date)) {
        (None, None) => "sans limite de date".to_owned(),
        (Some(from), None) => format!("depuis le {from}"),
        (None, Some(to)) => format!("jusqu’au {to}"),
        (Some(from), Some(to)) => format!("du {from} au {to}"),
    };
    let selected = parameter.selected_on.map(|day| {
        let which = parameter.selected_by.as_ref().map(|which| format!(", {which}")).unwrap_or_default();
        format!(", valeur en vigueur le {}{which}", french_date(day))
    });
    let ParameterRead { name, value, citation, .. } = parameter;
    let named =
        name.parse().map_or_else(|()| name.clone(), |known: ParameterName| format!("{} ({name})", known.label()));
    format!("{named} : {value}{} ; {validity} ({citation})", selected.unwrap_or_default())
}
