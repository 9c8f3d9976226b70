//! Tests of what holds for every rule, whatever it says.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, CommuneRef, ExpenseLine, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::VerdictValue;
use crate::rules::guide;
use crate::rules::testing::any::{absences, any_dossier, training};
use crate::rules::testing::{
    Change, centre, codes, lab_project, line, peers, project, rulebook, served, subject, verdict,
};

/// The guide, as published by the préfecture de région: the source of every passage quoted.
const GUIDE: &str = include_str!("../guide/guide-pratique-fitn7-idf.txt");

#[test]
fn every_quotation_is_in_the_guide_word_for_word() {
    let guide = GUIDE.replace("**", "");
    for rule in rules() {
        for quote in rule.passages.iter().flat_map(|passage| passage.quotes) {
            assert!(guide.contains(quote), "{} quotes « {quote} »", rule.id);
        }
        for quote in quoted(rule.interpretation.unwrap_or_default()) {
            assert!(says(&guide, quote), "{} interprets « {quote} »", rule.id);
        }
    }
    for quote in quoted(guide::EDITION).into_iter().chain(guide::CONTRADICTIONS.iter().flat_map(|text| quoted(text))) {
        assert!(says(&guide, quote), "« {quote} »");
    }
    for rule in rules() {
        assert!(depth(&rule.citation()) <= 1, "{}", rule.id);
    }
    for slip in guide::SLIPS {
        assert!(guide.contains(slip.words), "« {} »", slip.words);
    }
    let builtin = rulebook("");
    for parameter in builtin.parameters() {
        match parameter.citation.split_once('«').and_then(|(_, rest)| rest.rsplit_once('»')) {
            Some((quote, _)) => assert!(guide.contains(quote.trim()), "{} quotes « {quote} »", parameter.name.code()),
            None => assert_eq!(parameter.citation, "réglage", "{}", parameter.name.code()),
        }
    }
}

/// What stands between guillemets.
fn quoted(text: &str) -> Vec<&str> {
    text.split('«').skip(1).filter_map(|rest| rest.split('»').next()).map(str::trim).collect()
}

/// Whether the guide has these words, whatever its apostrophes and capitals.
fn says(guide: &str, words: &str) -> bool {
    let plain = |text: &str| text.replace('’', "'").to_lowercase();
    plain(guide).contains(&plain(words))
}

#[test]
fn every_rule_rests_on_words_of_the_guide_and_says_which_facts_give_each_verdict() {
    for rule in rules() {
        assert!(rule.passages.iter().any(|passage| !passage.quotes.is_empty()), "{}", rule.id);
        let mut given: Vec<VerdictValue> = rule.verdicts.iter().map(|(verdict, _)| *verdict).collect();
        given.sort();
        given.dedup();
        assert_eq!(given.len(), rule.verdicts.len(), "{}", rule.id);
        for (verdict, facts) in rule.verdicts {
            assert!(!facts.is_empty() && !facts.ends_with('.'), "{} {verdict} : {facts}", rule.id);
        }
        // A day on which a parameter has no value leaves the rule to a person.
        assert!(rule.parameters.is_empty() || rule.can_give(VerdictValue::ToReview), "{}", rule.id);
    }
}

#[test]
fn the_interpretations_of_the_digest_are_marked() {
    let marked = [
        "ADS-01", "ADS-06", "ADS-07", "ADS-12", "ADS-14", "A3V1-02", "A3V1-11", "A3V2-08", "A3V2-09", "A2-03",
        "A2V4-01", "A2V4-05", "A3V1-03", "A3V1-04", "A3V1-05", "A3V1-09", "A3V1-16", "A3V1-19", "A3V2-03", "A3V2-04",
        "A3V2-16", "A3V2-17", "A2-05", "A2V4-03", "A2V4-07", "A2V4-08",
    ];
    for id in marked {
        let rule = rules().find(|rule| rule.id == id).unwrap_or_else(|| panic!("{id}"));
        assert!(rule.interpretation.is_some(), "{id}");
    }
}

/// A limit that a rule applies stands in the guide, in a parameter, or is told as an interpretation.
#[test]
fn no_year_is_applied_that_neither_the_guide_nor_an_interpretation_gives() {
    let years = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 4);
        words.filter(|word| word.starts_with("20")).map(str::to_owned).collect()
    };
    let builtin = rulebook("");
    for rule in rules() {
        let used = builtin.parameters().filter(|one| rule.parameters.iter().any(|used| used.name == one.name));
        let set = used.map(|one| format!("{:?} {:?} {}", one.valid_from, one.valid_to, one.citation));
        let told = [rule.citation(), rule.interpretation.unwrap_or_default().to_owned()].into_iter().chain(set);
        let told: Vec<String> = told.flat_map(|text| years(&text)).collect();
        let applied = rule.verdicts.iter().flat_map(|(_, facts)| years(facts)).chain(years(rule.statement));
        let untold: Vec<String> = applied.filter(|year| !told.contains(year)).collect();
        assert_eq!(untold, Vec::<String>::new(), "{}", rule.id);
    }
}

/// What is proper to one région is a parameter of it, or a word of its guide that is quoted.
#[test]
fn rules_name_no_place_of_one_region() {
    for rule in rules() {
        let told = rule.verdicts.iter().map(|(_, facts)| *facts).chain([rule.title, rule.statement]);
        for text in told.chain(rule.interpretation) {
            let text = text.replace("heure de Paris", "").replace("jour de Paris", "");
            assert!(
                !["Paris", "Île-de-France", "Ile-de-France"].iter().any(|place| text.contains(place)),
                "{} : {text}",
                rule.id
            );
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
    for rule in rules() {
        assert!(rules().all(|other| other.id != rule.id || other.citation() == rule.citation()), "{}", rule.id);
    }
}

#[test]
fn the_rule_of_an_envelope_is_a_control_that_is_judged_with_the_others() {
    for set in SETS {
        let rule = set.rules.iter().find(|rule| Some(rule.id) == set.envelope);
        assert_eq!(rule.is_some(), set.envelope.is_some(), "{:?}", set.envelope);
        assert!(rule.is_none_or(|rule| rule.kind == RuleKind::Control && !set.judges_last(rule)), "{:?}", set.envelope);
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

/// How deep guillemets stand in each other at most.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for character in text.chars() {
        match character {
            '«' => depth += 1,
            '»' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[test]
fn what_an_applicant_writes_is_quoted_short_and_without_nested_guillemets() {
    let long = "Achat « serveur ». Puis ".repeat(50_000);
    let lines = |number: usize| -> Vec<ExpenseLine> {
        (0..number).map(|_| ExpenseLine { nature_text: long.clone(), ..line("other", "10") }).collect()
    };
    let mut lab = lab_project(1);
    lab.put(FactName::Lab, FactValue::Text(long.clone()));
    lab.put(FactName::StateContract, FactValue::Text(long.clone()));
    lab.spend(lines(1));
    let mut centre = centre(2, &codes(3));
    centre.spend(lines(1).into_iter().chain((0..5_000).map(|_| line("other", "10"))).collect());
    let unknown = |number: usize| CommuneRef { code: None, text: format!("{number} {long}") };
    centre.put(FactName::AttachedCommunes, FactValue::Communes((0..3).map(unknown).collect()));
    centre
        .lose(FactName::Invoices, Absence::Unreadable { label: format!("Pièces « {long} »"), reason: "x".to_owned() });
    for dossier in [&lab, &centre] {
        let evaluation = rulebook("").evaluate(dossier, &peers([dossier]));
        for said in &evaluation.verdicts {
            let read = said.facts.iter().flat_map(|read| [read.value.as_deref().unwrap_or_default(), &read.origin]);
            for text in read.chain([said.explanation.as_str()]) {
                assert!(text.chars().count() < 10_000, "{} : {}", said.rule, text.len());
                assert!(depth(text) <= 1, "{}", said.rule);
            }
        }
        for missing in &evaluation.missing {
            assert!(missing.what.chars().count() < 2_000 && depth(&missing.what) <= 1, "{}", missing.rule);
        }
    }
}

#[test]
fn what_the_configuration_designates_badly_is_neither_asked_nor_to_be_read_again() {
    let mut centre = centre(1, &codes(3));
    centre.lose(FactName::Invoices, Absence::Misplaced { label: "Factures".to_owned(), reason: "bloc".to_owned() });
    centre.spend(vec![line("services", "10"), ExpenseLine { amount: None, misplaced: true, ..line("services", "0") }]);
    let missing = rulebook("").evaluate(&centre, &peers([&centre])).missing;
    let about = |name: FactName| missing.iter().filter(move |missing| missing.fact == Some(name));
    for (name, what) in [
        (FactName::Invoices, format!("{} (à corriger dans la configuration : bloc).", FactName::Invoices.label())),
        (
            FactName::Expenses,
            "ligne de dépense 2 (à corriger dans la configuration : colonnes mal désignées).".to_owned(),
        ),
    ] {
        assert!(about(name).count() > 0, "{missing:?}");
        for missing in about(name) {
            assert_eq!(
                (missing.who, missing.what.as_str()),
                (Who::Instructeur, format!("À chercher dans le dossier sur DS : {what}").as_str())
            );
        }
    }
}

/// The rules with every envelope set, so that none is without object.
fn enveloped() -> Rulebook {
    let set = |name: &str| format!("[[{name}]]\nvalue = 9000\nunit = \"EUR\"\n");
    rulebook(&(set("ads_envelope") + &set("fc_api_envelope")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases * 3 / 4))]

    #[test]
    fn without_a_fact_that_it_needs_a_rule_is_never_met(subject in any_dossier(1), other in any_dossier(2)) {
        let rulebook = enveloped();
        for rule in rulebook.rules().filter(|rule| rule.programmes.contains(&subject.programme)) {
            for need in rule.needs.iter().filter(|need| need.concerns(&subject)) {
                for absence in absences(need.one_of[0]) {
                    let mut poorer = subject.clone();
                    need.one_of.iter().for_each(|fact| poorer.lose(*fact, absence.clone()));
                    let said = verdict(&rulebook.evaluate(&poorer, &peers([&poorer, &other])), rule.id).clone();
                    prop_assert!(said.verdict != VerdictValue::Met, "without {:?} ({absence}): {said:?}", need.one_of);
                }
            }
        }
    }

    #[test]
    fn a_verdict_rests_on_what_its_rule_names(subject in any_dossier(1), other in any_dossier(2)) {
        let rulebook = enveloped();
        for said in rulebook.evaluate(&subject, &peers([&subject, &other])).verdicts {
            let rule = rulebook.rules().find(|rule| rule.id == said.rule).unwrap();
            prop_assert!(rule.can_give(said.verdict), "{said:?}");
            for fact in said.facts.iter().filter_map(|read| read.fact.parse::<FactName>().ok()) {
                prop_assert!(rule.facts().any(|named| named == fact), "{} reads {fact}", rule.id);
            }
            for read in &said.parameters {
                let used = rule.parameters.iter().find(|used| used.name.code() == read.name).unwrap();
                prop_assert_eq!(read.selected_on, Some(used.by.day(&subject)), "{} selects {}", rule.id, read.name);
            }
        }
    }

    #[test]
    fn an_amount_is_never_above_the_cost_nor_the_eligible_expenses(subject in any_dossier(1)) {
        let evaluation = rulebook("").evaluate(&subject, &peers([]));
        if let Some(amount) = evaluation.computed {
            prop_assert!(amount >= Cents::ZERO);
            prop_assert!(evaluation.eligible_expenses.is_none_or(|expenses| amount <= expenses));
            if rulebook("").rules().any(|rule| rule.id == computed_by(&subject) && rule.facts().any(|fact| fact == FactName::TotalCost)) {
                prop_assert!(subject.facts.amount(FactName::TotalCost).is_some_and(|cost| amount <= cost));
            }
        }
    }

    #[test]
    fn one_eligible_expense_more_never_lowers_the_amount(subject in any_dossier(1), cents in 1_i64..1_000_000) {
        let Some(lines) = subject.facts.expenses() else { return Ok(()) };
        let mut more = subject.clone();
        more.spend(lines.iter().cloned().chain([training(cents)]).collect());
        let computed = |subject: &Subject| rulebook("").evaluate(subject, &peers([])).computed;
        // Without any line the cost alone limits a project: its first line may be smaller.
        prop_assume!(!lines.is_empty());
        prop_assert!(computed(&more) >= computed(&subject));
    }

    #[test]
    fn the_order_of_dossiers_changes_nothing(subjects in (any_dossier(1), any_dossier(2), any_dossier(3), any_dossier(4))) {
        let rulebook = enveloped();
        let all = [&subjects.0, &subjects.1, &subjects.2, &subjects.3];
        let (forth, back) = (peers(all), peers(all.into_iter().rev()));
        for subject in all {
            prop_assert_eq!(rulebook.evaluate(subject, &forth), rulebook.evaluate(subject, &back));
            let others = peers(all.into_iter().filter(|other| other.number != subject.number));
            prop_assert_eq!(rulebook.evaluate(subject, &forth), rulebook.evaluate(subject, &others), "its own entry does not count");
        }
    }
}

fn computed_by(subject: &Subject) -> &'static str {
    SETS.iter().find(|set| set.programmes.contains(&subject.programme)).map_or("", |set| set.computed_by)
}
