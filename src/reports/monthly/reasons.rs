//! What the rules say of a dossier, as short texts for the list.

use std::collections::HashSet;

use crate::domain::text::counted;
use crate::domain::verdict::{Evaluation, RuleKind, Status, Verdict, VerdictValue, Who};
use crate::reports::cell::LONGEST;

/// The verdicts that the list gives as reasons, those that decide the status first; in each group those not met first, in the
/// order of the rules.
pub(super) fn reasons(evaluation: &Evaluation) -> Vec<&Verdict> {
    let mut reasons: Vec<&Verdict> = evaluation.verdicts.iter().filter(|verdict| is_reason(verdict)).collect();
    reasons.sort_by_key(|verdict| (!decides(verdict, evaluation.status), verdict.verdict != VerdictValue::NotMet));
    reasons
}

/// Rule, verdict and explanation of each, within what a cell holds: those that do not fit are counted.
pub(super) fn in_full(reasons: &[&Verdict]) -> String {
    let mut text = String::new();
    let mut units = 0;
    for (index, verdict) in reasons.iter().enumerate() {
        let reason = reason(verdict);
        let left = reasons.len() - index;
        let others = format!("… et {}", counted(left, "autre", "autres"));
        let separator = if index == 0 { "" } else { " | " };
        let longer = units + length(separator) + length(&reason);
        // Unless it is the last, what may have to be said after it has its place.
        let reserve = if left == 1 { 0 } else { length(" | ") + length(&others) };
        if longer + reserve > LONGEST {
            text.push_str(separator);
            text.push_str(&others);
            break;
        }
        text.push_str(separator);
        text.push_str(&reason);
        units = longer;
    }
    text
}

/// In UTF-16 units, as cells count.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Priorities and information are never faults.
fn is_reason(verdict: &Verdict) -> bool {
    matches!(verdict.verdict, VerdictValue::NotMet | VerdictValue::ToReview)
        && !matches!(verdict.kind, RuleKind::Priority | RuleKind::Information)
}

/// Whether the status is what it is because of this verdict: without those that decide, it would be another one.
fn decides(verdict: &Verdict, status: Status) -> bool {
    Status::of(std::slice::from_ref(verdict)) == status
}

fn reason(verdict: &Verdict) -> String {
    format!("{} {} : {}", verdict.rule, verdict.verdict.label_of(verdict.kind), verdict.explanation.trim())
}

pub(super) fn rules(reasons: &[&Verdict], value: VerdictValue) -> Vec<String> {
    let mut rules: Vec<String> =
        reasons.iter().filter(|verdict| verdict.verdict == value).map(|verdict| verdict.rule.clone()).collect();
    rules.sort();
    rules
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
    let of_applicant = evaluation.missing.iter().filter(|missing| missing.who == Who::Demandeur);
    let mut known = HashSet::new();
    let asks: Vec<&str> =
        of_applicant.map(|missing| missing.what.as_str()).filter(|what| known.insert(*what)).collect();
    asks.join(" ; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use RuleKind::{Blocking, Control, Information, Priority, Review};
    use VerdictValue::{Met, NotMet, ToReview};

    fn verdict(rule: &str, kind: RuleKind, verdict: VerdictValue, explanation: &str) -> Verdict {
        Verdict {
            rule: rule.to_owned(),
            kind,
            verdict,
            explanation: explanation.to_owned(),
            citation: String::new(),
            facts: Vec::new(),
            parameters: Vec::new(),
            decided_by: None,
            computed_verdict: None,
        }
    }

    fn order(verdicts: Vec<Verdict>) -> Vec<String> {
        let status = Status::of(&verdicts);
        let evaluation = Evaluation { verdicts, status, eligible_expenses: None, computed: None, missing: Vec::new() };
        reasons(&evaluation).into_iter().map(|verdict| verdict.rule.clone()).collect()
    }

    #[test]
    fn what_decides_the_status_comes_first() {
        let review = [
            verdict("1", Control, NotMet, ""),
            verdict("2", Review, ToReview, ""),
            verdict("3", Priority, NotMet, ""),
            verdict("4", Review, NotMet, ""),
            verdict("5", Information, ToReview, ""),
            verdict("6", Blocking, ToReview, ""),
            verdict("7", Blocking, Met, ""),
        ];
        assert_eq!(order(review.to_vec()), ["4", "2", "6", "1"]);
        let refused: Vec<Verdict> = review.into_iter().chain([verdict("8", Blocking, NotMet, "")]).collect();
        assert_eq!(order(refused), ["8", "1", "4", "2", "6"]);
        assert_eq!(order(vec![verdict("1", Control, ToReview, ""), verdict("2", Control, NotMet, "")]), ["2", "1"]);
    }

    #[test]
    fn a_reason_is_told_whole_and_those_that_do_not_fit_are_counted() {
        let told = |verdicts: &[Verdict]| in_full(&verdicts.iter().collect::<Vec<_>>());
        let short = verdict("ADS-03", Blocking, NotMet, "Aucune facture. Pièces à demander.");
        assert_eq!(told(std::slice::from_ref(&short)), "ADS-03 non respectée : Aucune facture. Pièces à demander.");
        let long = verdict("ADS-05", Review, ToReview, &"é".repeat(15_000));
        let three = told(&[long.clone(), long.clone(), long.clone()]);
        assert!(three.ends_with(" | … et 1 autre") && length(&three) <= LONGEST, "{}", &three[three.len() - 40..]);
        let fits = told(&[long.clone(), long.clone(), short.clone()]);
        assert!(fits.ends_with("Pièces à demander."));
        let huge = verdict("ADS-08", Review, ToReview, &"é".repeat(1_000_000));
        assert_eq!(told(&[huge, short]), "… et 2 autres");
    }
}
