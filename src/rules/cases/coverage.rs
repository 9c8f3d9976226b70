//! The cases built in leave nothing out: every verdict that a rule can give, every day on which a parameter changes, both
//! sides of every threshold. What is lacking is computed from the tables of rules and parameters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::{BUILTIN, Case, read};
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::rules::testing::rulebook;
use crate::rules::{ParameterName, Place, Rule, Rulebook, Value};
use crate::territory;

fn builtin() -> Vec<Case> {
    BUILTIN.iter().flat_map(|(file, text)| read(file.as_ref(), text).unwrap()).collect()
}

/// The rulebook as a case has it.
fn rulebook_of(case: &Case) -> Rulebook {
    rulebook("").with_parameters(case.parameters.clone()).unwrap()
}

/// Fails with everything that is lacking, one line each.
fn nothing_lacks(lacking: &BTreeSet<String>) {
    assert!(lacking.is_empty(), "no case of:\n{}", lacking.iter().map(String::as_str).collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_rule_has_a_case_of_each_verdict_that_it_can_give() {
    let cases = builtin();
    let given: BTreeSet<_> = cases
        .iter()
        .flat_map(|case| &case.expected.verdicts)
        .map(|(rule, verdict)| (rule.as_str(), *verdict))
        .collect();
    let every = rulebook("");
    let possible = every.rules().flat_map(|rule| rule.verdicts.iter().map(|(verdict, _)| (rule.id, *verdict)));
    let lacking = possible.filter(|one| !given.contains(one)).map(|(rule, verdict)| format!("{rule} {verdict}"));
    nothing_lacks(&lacking.collect());
}

#[test]
fn no_case_gives_a_verdict_that_its_rule_does_not_declare() {
    for case in builtin() {
        let rulebook = rulebook_of(&case);
        for said in case.evaluate(&rulebook).unwrap().verdicts {
            let rule = rulebook.rules().find(|rule| rule.id == said.rule).unwrap();
            assert!(rule.can_give(said.verdict), "« {} » {said:?}", case.name);
        }
    }
}

/// The days on which a parameter takes another value, none included: the last day before and the first day after.
fn changes(name: ParameterName) -> BTreeSet<(Date, Date)> {
    let every = rulebook("");
    let bounds = every.parameters().filter(|parameter| parameter.name == name).flat_map(|parameter| {
        let first = parameter.valid_from.map(|day| (day.yesterday().unwrap(), day));
        let last = parameter.valid_to.map(|day| (day, day.tomorrow().unwrap()));
        first.into_iter().chain(last)
    });
    bounds.collect()
}

#[test]
fn every_rule_has_a_case_on_both_sides_of_each_change_of_its_parameters() {
    let cases = builtin();
    let mut lacking = BTreeSet::new();
    for rule in rulebook("").rules() {
        let expecting: Vec<&Case> = cases.iter().filter(|case| case.expected.verdicts.contains_key(rule.id)).collect();
        for used in rule.parameters {
            for (last, first) in changes(used.name) {
                for day in [last, first] {
                    if expecting.iter().all(|case| used.by.day(&case.subject) != day) {
                        lacking.insert(format!("{} on {day} ({})", rule.id, used.name.code()));
                    }
                }
            }
        }
    }
    nothing_lacks(&lacking);
}

/// What a rule holds against the value of a parameter, in the smallest unit; none when a case does not have it.
type Measure = fn(&Case) -> Option<i64>;

fn days(day: Date) -> i64 {
    (day - date(1970, 1, 1)).get_days().into()
}

fn deposit(case: &Case) -> Option<i64> {
    Some(days(paris_date(case.subject.deposited_at)))
}

fn end(case: &Case) -> Option<i64> {
    case.subject.facts.date(FactName::ProjectEnd).map(days)
}

fn month(case: &Case) -> Option<i64> {
    let committee = case.subject.facts.date(FactName::CommitteeDate)?;
    (committee.year() == 2021).then(|| committee.month().into())
}

fn committee(case: &Case) -> Option<i64> {
    case.subject.facts.date(FactName::CommitteeDate).map(days)
}

fn population(case: &Case) -> Option<i64> {
    case.subject.applicant.population
}

fn communes(case: &Case) -> Option<i64> {
    let listed = case.subject.facts.communes(FactName::AttachedCommunes)?;
    let known: BTreeSet<&str> = listed.iter().filter_map(|commune| commune.code.as_deref()).collect();
    i64::try_from(known.into_iter().filter(|code| territory::commune(code).is_some()).count()).ok()
}

/// The inhabitants of the smallest commune that the case lists.
fn smallest_commune(case: &Case) -> Option<i64> {
    let listed = case.subject.facts.communes(FactName::AttachedCommunes)?;
    listed.iter().filter_map(|commune| territory::commune(commune.code.as_deref()?)?.population).min()
}

/// What was granted in all, the dossier included.
fn granted(case: &Case) -> Option<i64> {
    let counts = |subject: &&Subject| subject.state == DossierState::Accepte && subject.is_live();
    let subjects = case.others.iter().chain([&case.subject]).filter(counts);
    let amounts: Vec<Cents> = subjects.map(Subject::granted).collect::<Option<_>>()?;
    (!amounts.is_empty()).then(|| whole(amounts.into_iter().sum()))
}

/// An amount in the smallest unit.
fn whole(amount: Cents) -> i64 {
    i64::try_from(amount.0).unwrap()
}

/// The share of equipment, in hundredths of a percent.
fn equipment(case: &Case) -> Option<i64> {
    let lines = case.subject.facts.expenses()?;
    let sum = |equipment: bool| -> Option<i64> {
        let wanted = lines.iter().filter(|line| !equipment || line.nature.as_deref() == Some("equipment"));
        wanted.map(|line| line.amount).sum::<Option<Cents>>().map(whole)
    };
    (sum(true)? * 10_000).checked_div_euclid(sum(false)?)
}

/// The rules that compare, with what and from where to where around the value: `&[0, 1]` asks for a case at the value itself and
/// one just above.
const EDGES: &[(&str, ParameterName, Measure, &[i64])] = &[
    ("ADS-02", ParameterName::AdsDeadline, deposit, &[-1, 0, 1]),
    ("ADS-06", ParameterName::AdsMaxCommunes, communes, &[-1, 0, 1]),
    ("ADS-07", ParameterName::AdsMaxCommunes, communes, &[-1, 0, 1]),
    ("ADS-11", ParameterName::AdsMaxCommunes, communes, &[0, 1]),
    ("ADS-12", ParameterName::AdsEnvelope, granted, &[0, 1]),
    ("ADS-13", ParameterName::ElectronicProcessingThreshold, smallest_commune, &[]),
    ("A3V1-04", ParameterName::ProjectEndLatest, end, &[0, 1]),
    ("A3V1-05", ParameterName::ProjectEndPriority, end, &[0, 1]),
    ("A3V1-05", ParameterName::ProjectEndLatest, end, &[0, 1]),
    ("A3V1-07", ParameterName::EquipmentAlertShare, equipment, &[0, 1]),
    ("A3V1-09", ParameterName::PopulationThreshold, population, &[0, 1]),
    ("A3V1-10", ParameterName::PopulationThreshold, population, &[0, 1]),
    ("A3V1-11", ParameterName::DrawingRight, granted, &[0, 1]),
    ("A3V2-03", ParameterName::ProjectEndLatest, end, &[0, 1]),
    ("A3V2-04", ParameterName::ProjectEndPriority, end, &[0, 1]),
    ("A3V2-04", ParameterName::ProjectEndLatest, end, &[0, 1]),
    ("A3V2-07", ParameterName::EquipmentAlertShare, equipment, &[0, 1]),
    ("A3V2-09", ParameterName::V2Envelope, granted, &[0, 1]),
    ("A3V2-10", ParameterName::CommitteeMonths, month, &[-1, 0, 1]),
    ("A3V2-10", ParameterName::V2Committees, committee, &[0, 1]),
    ("A2-01", ParameterName::Axe2Population, population, &[-1, 0]),
    ("A2V4-01", ParameterName::FcApiDeadline, deposit, &[0, 1]),
    ("A2V4-05", ParameterName::FcApiEnvelope, granted, &[0, 1]),
];

/// Parameters that no fact is held against: rates, amounts and settings, and days that are only shown.
const WITHOUT_EDGE: &[ParameterName] = &[
    ParameterName::AdsDeadlineDay,
    ParameterName::AdsBase,
    ParameterName::AdsPerCommune,
    ParameterName::AdsCapShare,
    ParameterName::AutonomousCommuneCountsAsAttached,
    ParameterName::ElectronicReceptionFrom,
    ParameterName::ResultsWithinMonths,
    ParameterName::V1SmallRate,
    ParameterName::V1LargeRate,
    ParameterName::V1ExceptionRate,
    ParameterName::V2Rate,
    ParameterName::Axe2Rate,
    // Its edges are the days on which it changes.
    ParameterName::Axe2Call,
    // A2V4-06: its edge is that of the computed amount.
    ParameterName::FcApiAmount,
];

#[test]
fn every_parameter_that_facts_are_held_against_has_its_edges_named() {
    let named: BTreeSet<_> = EDGES.iter().map(|(rule, parameter, ..)| (*rule, *parameter)).collect();
    let every = rulebook("");
    let used = every.rules().flat_map(|rule| rule.parameters.iter().map(|used| (rule.id, used.name)));
    let without = used.filter(|(_, name)| !WITHOUT_EDGE.contains(name)).filter(|one| !named.contains(one));
    // A3V1-15 only asks whether there is a drawing right.
    let without: Vec<_> = without.filter(|one| *one != ("A3V1-15", ParameterName::DrawingRight)).collect();
    assert!(without.is_empty(), "{without:?}");
}

/// The value of a parameter for a case, in the smallest unit; several for a list.
fn edges_of(rulebook: &Rulebook, rule: &Rule, name: ParameterName, case: &Case) -> Vec<i64> {
    let place = Place::of(&case.subject);
    let Some(used) = rule.uses(name) else { return Vec::new() };
    match rulebook.parameter(name, place.departement.as_deref(), used.by.day(&case.subject)).map(|found| &found.value) {
        Some(Value::Amount(cents)) => vec![whole(*cents)],
        Some(Value::Count(number)) => vec![*number],
        Some(Value::Day(day)) => vec![days(*day)],
        Some(Value::Days(listed)) => listed.iter().copied().map(days).collect(),
        Some(Value::Months(months)) => months.iter().copied().map(i64::from).collect(),
        Some(Value::Share(share)) => vec![(share * rust_decimal::Decimal::from(10_000)).try_into().unwrap()],
        _ => Vec::new(),
    }
}

#[test]
fn every_edge_has_a_case_on_both_sides() {
    let cases = builtin();
    // For each edge and each distance from it: how many values of the parameter there are, and which of them have a case.
    let mut found: BTreeMap<(&str, &str, i64), BTreeSet<i64>> = BTreeMap::new();
    let mut values: BTreeMap<(&str, &str), BTreeSet<i64>> = BTreeMap::new();
    for case in &cases {
        let rulebook = rulebook_of(case);
        for (rule, parameter, measure, distances) in EDGES {
            if !case.expected.verdicts.contains_key(*rule) {
                continue;
            }
            let table = rulebook.rules().find(|one| one.id == *rule).unwrap();
            let edges = edges_of(&rulebook, table, *parameter, case);
            values.entry((rule, parameter.code())).or_default().extend(&edges);
            for (edge, distance) in edges.iter().flat_map(|edge| distances.iter().map(move |d| (*edge, *d))) {
                if measure(case) == Some(edge + distance) {
                    found.entry((rule, parameter.code(), distance)).or_default().insert(edge);
                }
            }
        }
    }
    let mut lacking = BTreeSet::new();
    for (rule, parameter, _, distances) in EDGES {
        let every = values.get(&(*rule, parameter.code())).cloned().unwrap_or_default();
        if every.is_empty() {
            lacking.insert(format!("{rule} with {}", parameter.code()));
        }
        let lists = matches!(parameter, ParameterName::CommitteeMonths);
        for distance in *distances {
            let with = found.get(&(*rule, parameter.code(), *distance)).cloned().unwrap_or_default();
            if with.is_empty() || (lists && with != every) {
                lacking.insert(format!("{rule} at {} {distance:+}", parameter.code()));
            }
        }
    }
    nothing_lacks(&lacking);
}

/// The rules that hold the grant against what was computed.
const CEILINGS: [&str; 5] = ["ADS-11", "A3V1-10", "A3V2-09", "A2-04", "A2V4-06"];

#[test]
fn every_control_of_a_grant_has_a_case_at_the_computed_amount_and_one_a_cent_above() {
    let cases = builtin();
    let mut lacking: BTreeSet<String> =
        CEILINGS.iter().flat_map(|rule| [format!("{rule} +0"), format!("{rule} +1")]).collect();
    for case in &cases {
        let computed = case.evaluate(&rulebook("")).unwrap().computed;
        let Some((granted, computed)) = case.subject.granted().zip(computed) else { continue };
        for rule in CEILINGS.iter().filter(|rule| case.expected.verdicts.contains_key(**rule)) {
            lacking.remove(&format!("{rule} +{}", granted.0 - computed.0));
        }
    }
    nothing_lacks(&lacking);
}
