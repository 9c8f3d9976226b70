//! What tells two evaluations apart, and what an evaluation would change: nothing is written.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{EvaluationError, Evaluator, Wanted, legible};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::{Evaluation, Status, VerdictChange};

/// What is compared of a dossier. Amounts are serialised as decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// What the verdicts add up to.
    pub status: Status,
    /// The expenses that count.
    #[serde(serialize_with = "decimal")]
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule.
    #[serde(serialize_with = "decimal")]
    pub computed: Option<Cents>,
}

#[allow(clippy::ref_option, reason = "the signature is serde’s")]
fn decimal<S: Serializer>(amount: &Option<Cents>, output: S) -> Result<S::Ok, S::Error> {
    amount.map(Cents::to_decimal_string).serialize(output)
}

impl Figures {
    fn of(evaluation: &Evaluation) -> Self {
        Self {
            status: evaluation.status,
            eligible_expenses: evaluation.eligible_expenses,
            computed: evaluation.computed,
        }
    }
}

/// What tells the evaluations of a dossier apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The dossier.
    pub number: DossierNumber,
    /// Before; none when it was never evaluated.
    pub before: Option<Figures>,
    /// After.
    pub after: Figures,
    /// The rules that say something else, in the order of the guide.
    pub verdicts: Vec<VerdictChange>,
}

impl Difference {
    /// Between two evaluations of a dossier.
    #[must_use]
    pub fn between(number: DossierNumber, before: Option<&Evaluation>, after: &Evaluation) -> Self {
        let verdicts = before.map(|before| before.changed_verdicts(after)).unwrap_or_default();
        Self { number, before: before.map(Figures::of), after: Figures::of(after), verdicts }
    }

    /// Status, amounts and verdicts are the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.verdicts.is_empty() && self.before.as_ref() == Some(&self.after)
    }
}

impl Evaluator {
    /// The dossiers whose status, amounts or verdicts would differ from those stored, by number; and how many were compared:
    /// all that are followed and that nobody set aside.
    ///
    /// # Errors
    /// A failure of the database, or stored content that can no longer be decoded.
    pub fn differences(&self) -> Result<(Vec<Difference>, usize), EvaluationError> {
        let (mut differences, mut compared) = (Vec::new(), 0);
        self.store.read::<_, EvaluationError>(|reader| {
            // All that is stored, whatever the clocks of DS and of this machine say.
            let wanted = Wanted::Programmes(&Programme::ALL);
            self.picture(reader, Timestamp::MAX, wanted, &reader.standings()?, |judged| {
                compared += 1;
                let number = judged.subject.number;
                if !judged.subject.erased {
                    let before = legible(reader.evaluation(number))?.unwrap_or_default();
                    let difference = Difference::between(number, before.as_ref(), &judged.evaluation);
                    differences.extend((!difference.is_none()).then_some(difference));
                }
                Ok(())
            })
        })?;
        differences.sort_by_key(|difference| difference.number);
        Ok((differences, compared))
    }
}
