//! What an evaluation would change: nothing is written.

use jiff::Timestamp;

use super::{EvaluationError, Evaluator};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::{Evaluation, Status, VerdictValue};
use crate::store::StoreError;

/// What is compared of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the verdicts add up to.
    pub status: Status,
    /// The expenses that count.
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule.
    pub computed: Option<Cents>,
}

impl Outcome {
    fn of(evaluation: &Evaluation) -> Self {
        Self {
            status: evaluation.status,
            eligible_expenses: evaluation.eligible_expenses,
            computed: evaluation.computed,
        }
    }
}

/// A dossier whose evaluation would differ from the one stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The dossier.
    pub number: DossierNumber,
    /// As stored; none when it was never evaluated.
    pub before: Option<Outcome>,
    /// As it would be.
    pub after: Outcome,
    /// The rules that would say something else: before (none: nothing) and after (none: the rule is gone).
    pub verdicts: Vec<(String, Option<VerdictValue>, Option<VerdictValue>)>,
}

impl Evaluator {
    /// The dossiers whose status, amounts or verdicts would differ from those stored, by number; and how many were compared.
    ///
    /// # Errors
    /// A failure of the database, or stored content that can no longer be decoded.
    pub fn differences(&self, now: Timestamp) -> Result<(Vec<Difference>, usize), EvaluationError> {
        let picture = self.as_of(now, &Programme::ALL)?;
        let mut differences = Vec::new();
        self.store.read::<_, StoreError>(|reader| {
            for judged in picture.dossiers.iter().filter(|judged| !judged.subject.erased) {
                let number = judged.subject.number;
                let before = reader.evaluation(number)?;
                let verdicts = changed(before.as_ref(), &judged.evaluation);
                let (old, after) = (before.as_ref().map(Outcome::of), Outcome::of(&judged.evaluation));
                if !verdicts.is_empty() || old.as_ref() != Some(&after) {
                    differences.push(Difference { number, before: old, after, verdicts });
                }
            }
            Ok(())
        })?;
        Ok((differences, picture.dossiers.len()))
    }
}

fn changed(
    before: Option<&Evaluation>,
    after: &Evaluation,
) -> Vec<(String, Option<VerdictValue>, Option<VerdictValue>)> {
    let said = |evaluation: &Evaluation, rule: &str| {
        evaluation.verdicts.iter().find(|verdict| verdict.rule == rule).map(|verdict| verdict.verdict)
    };
    let Some(before) = before else { return Vec::new() };
    let gone = before.verdicts.iter().filter(|verdict| said(after, &verdict.rule).is_none());
    let rules = after.verdicts.iter().chain(gone).map(|verdict| verdict.rule.as_str());
    rules
        .map(|rule| (rule.to_owned(), said(before, rule), said(after, rule)))
        .filter(|(_, before, after)| before != after)
        .collect()
}
