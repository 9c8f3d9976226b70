//! What the rules say of a dossier, as short texts for the list.

use crate::domain::verdict::{Evaluation, RuleKind, Verdict, VerdictValue, Who};

/// The verdicts that the list gives as reasons.
pub(super) fn reasons(evaluation: &Evaluation) -> Vec<&Verdict> {
    evaluation.verdicts.iter().filter(|verdict| is_reason(verdict)).collect()
}

/// Rule, verdict and first sentence of each.
pub(super) fn in_short(reasons: &[&Verdict]) -> String {
    reasons.iter().map(|verdict| reason(verdict)).collect::<Vec<_>>().join(" | ")
}

/// Priorities and information are never faults.
fn is_reason(verdict: &Verdict) -> bool {
    matches!(verdict.verdict, VerdictValue::NotMet | VerdictValue::ToReview)
        && !matches!(verdict.kind, RuleKind::Priority | RuleKind::Information)
}

fn reason(verdict: &Verdict) -> String {
    format!("{} {} : {}", verdict.rule, verdict.verdict.label_of(verdict.kind), first_sentence(&verdict.explanation))
}

/// What is quoted may have sentences of its own: it stays whole.
fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let is_start = |rest: &str| rest.trim_start().starts_with(|c: char| c.is_uppercase() || c == '«');
    let is_quoted = |before: &str| before.matches('«').count() > before.matches('»').count();
    text.match_indices(". ")
        .map(|(at, stop)| text.split_at(at + stop.len()))
        .find(|(sentence, rest)| is_start(rest) && !is_quoted(sentence))
        .map_or(text, |(sentence, _)| sentence.trim_end())
}

pub(super) fn rules(reasons: &[&Verdict], value: VerdictValue) -> Vec<String> {
    reasons.iter().filter(|verdict| verdict.verdict == value).map(|verdict| verdict.rule.clone()).collect()
}

pub(super) fn decided(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .verdicts
        .iter()
        .filter(|verdict| verdict.decided_by.is_some())
        .map(|verdict| verdict.rule.clone())
        .collect()
}

/// What to ask the applicant, each thing once.
pub(super) fn to_ask(evaluation: &Evaluation) -> String {
    let mut asks: Vec<&str> = Vec::new();
    for missing in evaluation.missing.iter().filter(|missing| missing.who == Who::Demandeur) {
        if !asks.contains(&missing.what.as_str()) {
            asks.push(&missing.what);
        }
    }
    asks.join(" ; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_first_sentence() {
        assert_eq!(first_sentence("Aucune facture. Pièces à demander."), "Aucune facture.");
        assert_eq!(
            first_sentence("Montant : 8 800,00 €, soit 4 000 + 12 × 400"),
            "Montant : 8 800,00 €, soit 4 000 + 12 × 400"
        );
        assert_eq!(first_sentence("Cf. la liste. « Autre »."), "Cf. la liste.");
        assert_eq!(
            first_sentence("Exclu : « Achat. Serveur » (ligne 1). Le reste."),
            "Exclu : « Achat. Serveur » (ligne 1)."
        );
    }
}
