//! Tests of what holds for every rule, whatever it says.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, ExpenseLine, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::VerdictValue;
use crate::rules::testing::{
    Change, blank, centre, codes, fact, lab_project, line, peers, project, rulebook, served, subject,
};

/// The guide, as published by the préfecture de région: the source of every passage quoted.
const GUIDE: &str = include_str!("../guide/guide-pratique-fitn7-idf.txt");

#[test]
fn every_quotation_is_in_the_guide_word_for_word() {
    let guide = GUIDE.replace("**", "");
    for rule in rules() {
        for quote in rule.passage.quotes {
            assert!(guide.contains(quote), "{} quotes « {quote} »", rule.id);
        }
    }
    let builtin = rulebook("");
    for parameter in builtin.parameters() {
        match parameter.citation.split_once('«').and_then(|(_, rest)| rest.rsplit_once('»')) {
            Some((quote, _)) => assert!(guide.contains(quote.trim()), "{} quotes « {quote} »", parameter.name.code()),
            None => assert_eq!(parameter.citation, "réglage", "{}", parameter.name.code()),
        }
    }
}

#[test]
fn ids_are_unique_and_in_order_within_their_table() {
    for set in SETS {
        let ids: Vec<&str> = set.rules.iter().map(|rule| rule.id).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
        assert!(set.rules.iter().all(|rule| rule.programmes.iter().all(|one| set.programmes.contains(one))));
    }
}

#[test]
fn the_fingerprint_changes_with_parameters_and_territory_only() {
    let builtin = rulebook("");
    assert_eq!(builtin.fingerprint(), rulebook("").fingerprint());
    assert_eq!(builtin.fingerprint().len(), 64);
    let dearer = rulebook("[[ads_base]]\nvalue = 5000\nunit = \"EUR\"");
    assert_ne!(builtin.fingerprint(), dearer.fingerprint());
    assert_ne!(builtin.fingerprint(), served("84", &["69"], "").fingerprint());
}

#[test]
fn a_rule_names_every_parameter_that_it_uses() {
    let rulebook = rulebook("[[ads_envelope]]\nvalue = 100000\nunit = \"EUR\"");
    let dossiers = [
        centre(1, &codes(12)),
        project(2),
        lab_project(3),
        subject(4, Programme::Axe2V1),
        subject(5, Programme::Axe2V4),
    ];
    for dossier in dossiers {
        let evaluation = rulebook.evaluate(&dossier, &peers([&dossier]));
        assert!(!evaluation.verdicts.is_empty(), "{}", dossier.programme);
        for verdict in &evaluation.verdicts {
            let rule = rules().find(|rule| rule.id == verdict.rule).unwrap();
            for parameter in &verdict.parameters {
                let named = rule.parameters.iter().any(|used| used.name.code() == parameter.name);
                assert!(named, "{} uses {}", rule.id, parameter.name);
            }
        }
    }
}

#[test]
fn the_day_that_a_rule_declares_selects_its_parameters() {
    let mut granted = [project(2), lab_project(3), centre(1, &codes(12)), subject(4, Programme::Axe2V1)];
    for dossier in &mut granted {
        dossier.state = DossierState::Accepte;
        dossier.date(FactName::CommitteeDate, date(2021, 10, 8));
        dossier.grant("1000");
    }
    let rulebook = rulebook("[[ads_envelope]]\nvalue = 100000\nunit = \"EUR\"");
    let mut decided = 0;
    for dossier in &granted {
        for verdict in &rulebook.evaluate(dossier, &peers(&granted)).verdicts {
            let rule = rules().find(|rule| rule.id == verdict.rule).unwrap();
            for read in &verdict.parameters {
                let used = rule.uses(read.name.parse().unwrap()).unwrap();
                assert_eq!(read.selected_on, Some(used.by.day(dossier)), "{} {}", rule.id, read.name);
                assert_eq!(read.selected_by.as_deref(), Some(used.by.day_label()));
                decided += usize::from(read.selected_on == Some(date(2021, 10, 8)));
            }
        }
    }
    assert!(decided > 0);
}

#[test]
fn the_region_of_the_guide_has_every_parameter_and_another_one_must_give_its_own() {
    assert_eq!(rulebook("").missing_parameters(&Programme::ALL), []);
    let elsewhere = served("84", &["01", "69"], "");
    let missing = elsewhere.missing_parameters(&[Programme::Axe3V1]);
    let names: Vec<&str> = missing.iter().map(|missing| missing.name.code()).collect();
    assert_eq!(names, ["drawing_right", "population_threshold", "v1_small_rate", "v1_large_rate", "v1_exception_rate"]);
    assert_eq!(missing[0].departements, ["01", "69"]);
    assert_eq!(missing[0].rules, ["A3V1-11", "A3V1-15"]);
    assert_eq!(missing[1].rules, ["A3V1-09", "A3V1-10"]);
    assert_eq!(elsewhere.missing_parameters(&[Programme::Axe2V1]), [], "axe 2 is national");
}

#[test]
fn a_rule_without_its_parameter_leaves_the_dossier_to_a_person() {
    let ours = "[[drawing_right]]\ndepartements = [\"69\"]\nvalue = 150000\nunit = \"EUR\"\n";
    let (bare, equipped) = (served("84", &["01", "69"], ""), served("84", &["01", "69"], ours));
    let mut dossier = project(1);
    dossier.applicant.departement = Some("69".to_owned());
    dossier.state = DossierState::Accepte;
    dossier.grant("1000");
    let says = |rulebook: &Rulebook, rule: &str| {
        let evaluation = rulebook.evaluate(&dossier, &peers([&dossier]));
        let verdict = crate::rules::testing::verdict(&evaluation, rule);
        (verdict.verdict, verdict.explanation.clone())
    };
    for rule in ["A3V1-09", "A3V1-10", "A3V1-11", "A3V1-15"] {
        let (verdict, explanation) = says(&bare, rule);
        assert_eq!(verdict, VerdictValue::ToReview, "{rule}");
        assert!(explanation.contains("n’a pas de valeur au 01/09/2021"), "{explanation}");
    }
    assert_eq!(says(&equipped, "A3V1-15").0, VerdictValue::Met);
    let ads = centre(2, &codes(12));
    let evaluation = bare.evaluate(&ads, &peers([&ads]));
    assert_eq!((evaluation.computed, evaluation.status), (None, Status::AVerifier));
}

#[test]
fn a_circular_counts_for_dossiers_deposited_from_its_day_on() {
    let circular = "[[ads_base]]\nvalue = 5000\nunit = \"EUR\"\nvalid_from = 2021-09-15\n";
    for (deposited, amount) in [("2021-09-14T21:59:59Z", 8_800), ("2021-09-14T22:00:00Z", 9_800)] {
        let mut dossier = centre(1, &codes(12));
        dossier.deposited_at = crate::rules::testing::at(deposited);
        let evaluation = rulebook(circular).evaluate(&dossier, &peers([&dossier]));
        assert_eq!(evaluation.computed, Some(Cents::euros(amount)), "{deposited}");
    }
}

#[test]
fn a_programme_without_rules_is_left_to_a_person() {
    for programme in Programme::ALL.into_iter().filter(|one| SETS.iter().all(|set| !set.programmes.contains(one))) {
        let subject = subject(1, programme);
        let evaluation = rulebook("").evaluate(&subject, &peers([&subject]));
        assert_eq!((evaluation.status, evaluation.verdicts.len(), evaluation.computed), (Status::AVerifier, 0, None));
    }
}

/// Facts that a rule takes into account when they are recorded, but does not need: without them it says what it says of a dossier that
/// never had them.
const NOT_NEEDED: &[(&str, &[FactName])] = &[
    ("A3V1-03", &[FactName::AlreadyEngaged, FactName::ProjectStart, FactName::Expenses]),
    ("A3V2-02", &[FactName::AlreadyEngaged, FactName::ProjectStart, FactName::Expenses]),
    ("A3V1-08", &[FactName::Expenses, FactName::ProjectStart]),
    ("A3V1-09", &[FactName::Population, FactName::RateException, FactName::Expenses, FactName::CommitteeDate]),
    (
        "A3V1-10",
        &[
            FactName::Population,
            FactName::RateException,
            FactName::CommitteeDate,
            FactName::Expenses,
            FactName::EquipmentPurpose,
        ],
    ),
    ("A3V1-11", &[FactName::CommitteeDate, FactName::ProjectDepartement]),
    ("A3V1-15", &[FactName::ProjectDepartement]),
    ("A3V1-12", &[FactName::NotifiedOn]),
    (
        "A3V1-17",
        &[FactName::NotifiedOn, FactName::PaidOn, FactName::PaidAmount, FactName::EngagedAmount, FactName::AgreementOn],
    ),
    (
        "A3V2-14",
        &[FactName::NotifiedOn, FactName::PaidOn, FactName::PaidAmount, FactName::EngagedAmount, FactName::AgreementOn],
    ),
    ("A3V2-07", &[FactName::CommitteeDate, FactName::ProjectStart]),
    ("A3V2-08", &[FactName::Expenses, FactName::CommitteeDate]),
    ("A3V2-09", &[FactName::CommitteeDate, FactName::Expenses]),
];

fn any_project() -> impl Strategy<Value = Subject> {
    let days = || {
        prop::option::of(prop::sample::select(vec![
            date(2021, 8, 1),
            date(2021, 9, 15),
            date(2021, 10, 8),
            date(2022, 12, 1),
        ]))
    };
    let amounts = || prop::option::of(0_i64..40_000_000);
    let lines = prop::option::of(prop::collection::vec(
        (prop::sample::select(crate::domain::fact::NATURES.to_vec()), 1_i64..5_000_000, days()),
        0..4,
    ));
    let choices = (
        prop::option::of(prop::sample::select(vec!["accessibility", "other"])),
        prop::option::of(prop::sample::select(vec!["Labo d’essai", "aucun"])),
        prop::option::of(any::<bool>()),
        prop::option::of(any::<bool>()),
        prop::option::of(prop::sample::select(vec![vec!["1"], vec!["3"], vec!["1", "2"]])),
        any::<bool>(),
        any::<bool>(),
    );
    let dates = (days(), days(), days(), days(), days(), days(), days());
    (choices, dates, (amounts(), amounts(), amounts(), amounts()), lines, prop::option::of(14_999_i64..15_003))
        .prop_map(|((purpose, lab, engaged, exception, themes, accepted, second), dates, money, lines, declared)| {
            let mut one = if second { lab_project(1) } else { project(1) };
            if accepted {
                one.state = DossierState::Accepte;
            }
            one.applicant.population = Some(15_001);
            let days = [
                (FactName::ProjectStart, dates.0),
                (FactName::ProjectEnd, dates.1),
                (FactName::CommitteeDate, dates.2),
                (FactName::NotifiedOn, dates.3),
                (FactName::RegionInformedOn, dates.4),
                (FactName::AgreementOn, dates.5),
                (FactName::PaidOn, dates.6),
            ];
            let amounts = [
                (FactName::TotalCost, money.0),
                (FactName::GrantedAmount, money.1),
                (FactName::EngagedAmount, money.2),
                (FactName::PaidAmount, money.3),
            ];
            let lines = lines.map(|lines| {
                let line =
                    |(nature, amount, date)| ExpenseLine { amount: Some(Cents(amount)), date, ..line(nature, "0") };
                FactValue::Expenses(lines.into_iter().map(line).collect())
            });
            let values = days.map(|(name, day)| (name, day.map(FactValue::Date)));
            let values = values
                .into_iter()
                .chain(amounts.map(|(name, cents)| (name, cents.map(|c| FactValue::Amount(Cents(c))))));
            let values = values.chain([
                (FactName::EquipmentPurpose, purpose.map(|code| FactValue::Choice(code.to_owned()))),
                (FactName::Lab, lab.map(|text| FactValue::Text(text.to_owned()))),
                (FactName::AlreadyEngaged, engaged.map(FactValue::YesNo)),
                (FactName::RateException, exception.map(FactValue::YesNo)),
                (
                    FactName::Theme,
                    themes.map(|codes| FactValue::Choices(codes.into_iter().map(str::to_owned).collect())),
                ),
                (FactName::Population, declared.map(FactValue::Integer)),
                (FactName::Expenses, lines),
            ]);
            for (name, value) in values {
                one.facts.set(name, value.map(|value| fact(name, value)).ok_or_else(|| blank(name)));
            }
            one
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn losing_a_needed_fact_never_makes_a_rule_met(subject in any_project()) {
        let rulebook = rulebook("");
        let peers = peers([&subject]);
        let before = rulebook.evaluate(&subject, &peers);
        for (name, _) in subject.facts.known() {
            for absence in [Absence::NotMapped, blank(name), Absence::Unreadable { label: "x".to_owned(), reason: "y".to_owned() }] {
                let mut poorer = subject.clone();
                poorer.lose(name, absence);
                let after = rulebook.evaluate(&poorer, &peers);
                for (old, new) in before.verdicts.iter().zip(&after.verdicts) {
                    let needed = NOT_NEEDED.iter().all(|(rule, facts)| *rule != old.rule || !facts.contains(&name));
                    prop_assert!(!needed || new.verdict != VerdictValue::Met || old.verdict == VerdictValue::Met, "{} without {name}: {old:?} {new:?}", old.rule);
                }
            }
        }
    }

    #[test]
    fn a_maximum_is_never_above_the_cost_nor_the_eligible_expenses(subject in any_project()) {
        let evaluation = rulebook("").evaluate(&subject, &peers([]));
        if let Some(maximum) = evaluation.computed {
            prop_assert!(subject.facts.amount(FactName::TotalCost).is_some_and(|cost| maximum <= cost));
            prop_assert!(evaluation.eligible_expenses.is_none_or(|expenses| maximum <= expenses));
        }
    }
}
