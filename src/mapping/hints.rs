//! The wordings by which a label of a form announces a fact, and those by which it says something else. What
//! [`super::propose()`] and the warnings of [`super::check()`] go by; never what a dossier is read by.
//!
//! A label announces a fact plainly only when every one of its words is understood: those of one way to say it, and those that
//! change nothing. A word that is not known leaves a doubt; one that is known to mean something else settles that it is not.

mod reading;
mod sense;
#[cfg(test)]
mod tests;
mod wordings;

use super::words::Words;
use crate::domain::champ::ChampKind;
use crate::domain::fact::{FactName, FactType};
use reading::Objection;
use sense::is_money;
use wordings::{senses, wording};

pub(super) use reading::Said;
pub(super) use wordings::{criterion, expense_column};

/// What a label says of a fact.
pub(super) fn said(fact: FactName, label: &str) -> Said {
    wording(fact).said_by(label, senses(fact))
}

/// Whether a champ that means something else would falsify a sum or a verdict in silence. A choice without a code of the fact, or a
/// text for people, would be noticed.
fn falsifies(fact: FactName) -> bool {
    match fact.fact_type() {
        FactType::Choice(_) | FactType::Choices(_) | FactType::Scores => false,
        FactType::Text => matches!(fact, FactName::Lab | FactName::StateContract),
        _ => true,
    }
}

/// Why a label cannot mean a fact whose misreading would falsify a sum or a verdict in silence; none for the others.
pub(super) fn objection(fact: FactName, label: &str) -> Option<Objection> {
    if falsifies(fact) { wording(fact).refused(label, senses(fact)) } else { None }
}

/// Why a person must look first at what the labels of a champ, and of its column, say of such a fact; none for the others.
pub(super) fn doubt(fact: FactName, label: &str, column: Option<&str>) -> Option<String> {
    let said_of_it = said(fact, label);
    let said = column.map_or(said_of_it.clone(), |column| said_of_it.with_column(said(fact, column)));
    said.doubt().filter(|_| falsifies(fact))
}

/// The fact of the same type and section that the labels of a champ, and of its column, announce plainly while they say nothing of such
/// a fact.
pub(super) fn meant_instead(fact: FactName, label: &str, column: Option<&str>) -> Option<FactName> {
    let say = |fact| {
        let said_of_it = said(fact, label);
        column.map_or(said_of_it.clone(), |column| said_of_it.with_column(said(fact, column)))
    };
    let is_alike = |other: &FactName| {
        *other != fact && other.fact_type() == fact.fact_type() && sections(*other) == sections(fact)
    };
    let others = || FactName::ALL.iter().copied().filter(is_alike);
    (falsifies(fact) && say(fact) == Said::Nothing)
        .then(|| others().find(|other| say(*other) == Said::Plainly))
        .flatten()
}

/// The same of a column of the expenses.
pub(super) fn column_objection(column: &str, label: &str) -> Option<Objection> {
    let (wording, senses) = expense_column(column);
    if is_figure(column) { wording.refused(label, senses) } else { None }
}

/// The same of a column of the expenses.
pub(super) fn column_doubt(column: &str, label: &str) -> Option<String> {
    let (wording, senses) = expense_column(column);
    wording.said_by(label, senses).doubt().filter(|_| is_figure(column))
}

/// A column whose answers cannot be told from those of another one.
fn is_figure(column: &str) -> bool {
    matches!(column, "amount" | "date")
}

/// Whether a label says that it is about money.
pub(super) fn speaks_of_money(label: &str) -> bool {
    Words::of(label).telling().into_iter().any(is_money)
}

/// The sections in which a fact is expected.
pub(super) const fn sections(fact: FactName) -> &'static [ChampKind] {
    use FactName as F;
    match fact {
        F::RateException
        | F::GrantedAmount
        | F::EngagedAmount
        | F::PaidAmount
        | F::CommitteeDate
        | F::NotifiedOn
        | F::RegionInformedOn
        | F::AgreementOn
        | F::PaidOn
        | F::ActivityReportOn
        | F::EvaluatedOn
        | F::Ej
        | F::Scores => &[ChampKind::Annotation],
        F::ProjectFramework | F::EligibleExpenses | F::Feedback => &[ChampKind::Champ, ChampKind::Annotation],
        _ => &[ChampKind::Champ],
    }
}
