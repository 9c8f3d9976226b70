//! Which champ for which fact.

use std::collections::BTreeMap;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::form::Descriptor;
use crate::mapping::hints::{announces, criterion_ways, expense_column_ways, sections, ways};
use crate::mapping::kinds::{Fit, fit, of_expense_column};
use crate::mapping::locate::{Catalogue, Named};

/// What is proposed for a fact.
pub(super) struct Choice<'a> {
    /// Its section.
    pub(super) kind: ChampKind,
    /// The champ.
    pub(super) descriptor: &'a Descriptor,
    /// The column to read when it is a repetition.
    pub(super) column: Option<&'a Descriptor>,
}

/// The likeliest champ for each fact, none of them twice: the plainest pairs are settled first.
pub(super) fn assign<'a>(facts: &[FactName], form: &Catalogue<'a, Descriptor>) -> BTreeMap<FactName, Choice<'a>> {
    let mut pairs = Vec::new();
    for fact in facts.iter().filter(|fact| **fact != FactName::Scores) {
        for (preference, kind) in sections(*fact).iter().enumerate() {
            for descriptor in form.section(*kind).filter(|descriptor| !descriptor.id.trim().is_empty()) {
                let plainness = announces(&descriptor.label, ways(*fact));
                let Some((rank, column)) = holds(*fact, descriptor) else { continue };
                let malus = rank * 20 + preference * 100;
                if plainness > malus {
                    pairs.push((plainness - malus, *fact, Choice { kind: *kind, descriptor, column }));
                }
            }
        }
    }
    pairs.sort_by_key(|(score, fact, _)| (std::cmp::Reverse(*score), *fact));
    let mut chosen: BTreeMap<FactName, Choice> = BTreeMap::new();
    for (_, fact, choice) in pairs {
        let taken = chosen.values().any(|other| other.descriptor.id == choice.descriptor.id);
        if !taken {
            chosen.entry(fact).or_insert(choice);
        }
    }
    chosen
}

/// A champ for one commune is a poor place for a list of them: more likely it says where the applicant is.
const ONE_COMMUNE_RANK: usize = 40;

/// How naturally a champ holds a fact (0 the most), with the column to read when it is a repetition.
fn holds(fact: FactName, descriptor: &Descriptor) -> Option<(usize, Option<&Descriptor>)> {
    let fact_type = fact.fact_type();
    let coded = matches!(fact_type, FactType::Choice(_) | FactType::Choices(_));
    if coded && !descriptor.kind().ends_with("DropDownList") {
        return None;
    }
    match (fit(fact_type, descriptor), fact_type) {
        (Fit::Yes(_), FactType::Expenses) => {
            EXPENSE_COLUMNS.iter().any(|key| expense_column(descriptor, key).is_some()).then_some((0, None))
        }
        (Fit::Yes(_), FactType::Communes) if descriptor.kind() == "Commune" => Some((ONE_COMMUNE_RANK, None)),
        (Fit::Yes(rank), _) => Some((rank, None)),
        (Fit::No, FactType::Communes | FactType::Files | FactType::Departements) => {
            let column = columns(descriptor).find(|column| fit(fact_type, column) == Fit::Yes(0));
            column.map(|column| (0, Some(column)))
        }
        (Fit::No | Fit::Unknown, _) => None,
    }
}

fn columns(repetition: &Descriptor) -> impl Iterator<Item = &Descriptor> {
    repetition.columns.iter().filter(|column| !column.is_ornament() && !column.id.trim().is_empty())
}

/// The column of a repetition that announces a column of the expenses most plainly.
pub(super) fn expense_column<'a>(repetition: &'a Descriptor, key: &str) -> Option<&'a Descriptor> {
    let fact_type = of_expense_column(key);
    let scored = columns(repetition).filter_map(|column| match fit(fact_type, column) {
        Fit::Yes(rank) => {
            announces(&column.label, expense_column_ways(key)).checked_sub(rank * 20 + 1).map(|score| (score, column))
        }
        Fit::No | Fit::Unknown => None,
    });
    // The first of equals: a form asks for the amount before its total.
    scored
        .fold(None, |best: Option<(usize, &Descriptor)>, (score, column)| match best {
            Some((highest, _)) if highest >= score => best,
            _ => Some((score, column)),
        })
        .map(|(_, column)| column)
}

/// A numeric annotation for each criterion, among those not yet used.
pub(super) fn marks<'a>(
    facts: &[FactName],
    form: &Catalogue<'a, Descriptor>,
    chosen: &BTreeMap<FactName, Choice<'a>>,
) -> BTreeMap<&'static str, &'a Descriptor> {
    let mut marks: BTreeMap<&'static str, &Descriptor> = BTreeMap::new();
    if !facts.contains(&FactName::Scores) {
        return marks;
    }
    let numeric = |descriptor: &&Descriptor| descriptor.kind().ends_with("Number") && !descriptor.id.trim().is_empty();
    // The most precise criterion first, or "impact" would take what says "impact direct".
    for criterion in CRITERIA.into_iter().rev() {
        let free = form.section(ChampKind::Annotation).filter(numeric).filter(|descriptor| {
            let id = &descriptor.id;
            !chosen.values().any(|choice| choice.descriptor.id == *id) && !marks.values().any(|mark| mark.id == *id)
        });
        let best = free.max_by_key(|descriptor| announces(&descriptor.label, criterion_ways(criterion)));
        if let Some(best) = best.filter(|best| announces(&best.label, criterion_ways(criterion)) > 0) {
            marks.insert(criterion, best);
        }
    }
    marks
}
