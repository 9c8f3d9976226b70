//! What tells two evaluations apart, and what an evaluation would change: nothing is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{EvaluationError, Evaluator, Wanted, legible};
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::domain::verdict::{Evaluation, Status, VerdictChange};
use crate::store::{Scratch, StoreError};

/// What is compared of a dossier. Amounts are serialised as decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What the verdicts add up to.
    pub status: Status,
    /// The expenses that count.
    #[serde(serialize_with = "decimal", deserialize_with = "read_decimal")]
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule.
    #[serde(serialize_with = "decimal", deserialize_with = "read_decimal")]
    pub computed: Option<Cents>,
}

#[allow(clippy::ref_option, reason = "the signature is serde’s")]
fn decimal<S: Serializer>(amount: &Option<Cents>, output: S) -> Result<S::Ok, S::Error> {
    amount.map(Cents::to_decimal_string).serialize(output)
}

fn read_decimal<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Cents>, D::Error> {
    let text = Option::<String>::deserialize(input)?;
    text.map(|text| Cents::parse(&text).map_err(D::Error::custom)).transpose()
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The dossier.
    pub number: DossierNumber,
    /// It was granted on DS already: people have acted on what was said before.
    pub accepted: bool,
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
    pub fn between(subject: &Subject, before: Option<&Evaluation>, after: &Evaluation) -> Self {
        let verdicts = before.map(|before| before.changed_verdicts(after)).unwrap_or_default();
        let (number, accepted) = (subject.number, subject.state == DossierState::Accepte);
        Self { number, accepted, before: before.map(Figures::of), after: Figures::of(after), verdicts }
    }

    /// Status, amounts and verdicts are the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.verdicts.is_empty() && self.before.as_ref() == Some(&self.after)
    }
}

/// What the dossiers that would change come to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// How many of them were granted already.
    pub accepted: u64,
    /// How many go from one status to another; before is none where a dossier was never evaluated.
    #[serde(serialize_with = "moves")]
    pub statuses: BTreeMap<(Option<Status>, Status), u64>,
    /// Of their expenses that count.
    pub eligible_expenses: Moved,
    /// Of the amounts of their programmes' rules.
    pub computed: Moved,
}

/// A sum before and after; an amount that is not known adds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Moved {
    /// Before.
    #[serde(serialize_with = "sum")]
    pub before: Cents,
    /// After.
    #[serde(serialize_with = "sum")]
    pub after: Cents,
    /// How many of the dossiers have no such amount before, or none after.
    pub unknown: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde’s")]
fn sum<S: Serializer>(sum: &Cents, output: S) -> Result<S::Ok, S::Error> {
    sum.to_decimal_string().serialize(output)
}

fn moves<S: Serializer>(moves: &BTreeMap<(Option<Status>, Status), u64>, output: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Move {
        before: Option<Status>,
        after: Status,
        dossiers: u64,
    }
    output.collect_seq(moves.iter().map(|(&(before, after), &dossiers)| Move { before, after, dossiers }))
}

impl Totals {
    fn add(&mut self, difference: &Difference) {
        let Difference { accepted, before, after, .. } = difference;
        self.accepted += u64::from(*accepted);
        let status = before.as_ref().map(|before| before.status);
        if status != Some(after.status) {
            *self.statuses.entry((status, after.status)).or_default() += 1;
        }
        let was = |amount: fn(&Figures) -> Option<Cents>| before.as_ref().and_then(amount);
        self.eligible_expenses.add(was(|figures| figures.eligible_expenses), after.eligible_expenses);
        self.computed.add(was(|figures| figures.computed), after.computed);
    }
}

impl Moved {
    fn add(&mut self, before: Option<Cents>, after: Option<Cents>) {
        self.before += before.unwrap_or_default();
        self.after += after.unwrap_or_default();
        self.unknown += u64::from(before.is_none() || after.is_none());
    }
}

/// What an evaluation would change. What differs lies in a scratch database, however many dossiers that are.
#[derive(Debug)]
pub struct Differences {
    /// How many dossiers were compared: all that are followed, not erased, and that nobody set aside.
    pub compared: u64,
    /// How many of them would change.
    pub changed: u64,
    /// What these come to.
    pub totals: Totals,
    /// Those whose stored content cannot be read, by number: they are not compared.
    pub unreadable: Vec<DossierNumber>,
    found: Scratch,
}

/// The only pile there is.
const FOUND: &str = "differences";

impl Differences {
    /// Calls `each` with every dossier that would change, by number.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn each<E: From<StoreError>>(&self, each: impl FnMut(Difference) -> Result<(), E>) -> Result<(), E> {
        self.found.values(FOUND, each)
    }
}

impl Evaluator {
    /// The dossiers whose status, amounts or verdicts would differ from those stored.
    ///
    /// # Errors
    /// A failure of the database, or stored content that can no longer be decoded.
    pub fn differences(&self) -> Result<Differences, EvaluationError> {
        let mut differences = Differences {
            compared: 0,
            changed: 0,
            totals: Totals::default(),
            unreadable: Vec::new(),
            found: Scratch::new()?,
        };
        let picture = self.store.read::<_, EvaluationError>(|reader| {
            // All that is stored, whatever the clocks of DS and of this machine say.
            let wanted = Wanted::Programmes(&Programme::ALL);
            self.picture(reader, Timestamp::MAX, wanted, &reader.standings()?, |judged| {
                differences.compared += 1;
                let number = judged.subject.number;
                if !judged.subject.erased {
                    let before = legible(reader.evaluation(number))?.unwrap_or_default();
                    let difference = Difference::between(&judged.subject, before.as_ref(), &judged.evaluation);
                    if !difference.is_none() {
                        differences.changed += 1;
                        differences.totals.add(&difference);
                        differences.found.value_put(FOUND, "", number, &difference)?;
                    }
                }
                Ok(())
            })
        })?;
        differences.unreadable.extend(picture.unreadable.iter().map(|one| one.number));
        Ok(differences)
    }
}
