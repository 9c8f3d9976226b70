//! Tests of what holds for every rule, whatever it says.

use super::*;
use crate::domain::programme::Programme;
use crate::rules::testing::{centre, codes, lab_project, peers, project, rulebook, subject};

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
    assert_ne!(builtin.fingerprint(), rulebook("").serving("84", &["69".to_owned()]).fingerprint());
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
                let named = rule.parameters.iter().any(|name| name.code() == parameter.name);
                assert!(named, "{} uses {}", rule.id, parameter.name);
            }
        }
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
