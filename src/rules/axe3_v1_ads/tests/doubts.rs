//! What is doubtful about a dossier: how far it reaches, and that it is said first.

use super::cases::{explains, says};
use crate::domain::fact::ExpenseLine;
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::rules::testing::{Change, centre, codes, commune, evaluate, line, peers, rulebook};

#[test]
fn ads_11_is_sure_beyond_what_is_doubtful_only() {
    let judge = |lines: Vec<ExpenseLine>, communes: &[String], granted: &str| {
        let mut subject = centre(1, communes);
        subject.spend(lines);
        subject.grant(granted);
        let evaluation = evaluate(&subject);
        (says(&evaluation, "ADS-11"), explains(&evaluation, "ADS-11"))
    };
    // A doubtful line: 5 000 € without it, 7 000 € with it.
    let doubtful = || vec![line("services", "5000"), line("other", "2000")];
    for (granted, expected) in [("5000", Met), ("5000.01", ToReview), ("7000", ToReview), ("7000.01", NotMet)] {
        let (verdict, text) = judge(doubtful(), &codes(12), granted);
        assert_eq!(verdict, expected, "{granted}");
        assert!(text.contains("de 5 000,00 € à 7 000,00 €"), "{text}");
    }
    // A doubtful credit note: 4 000 € with it, 5 000 € without.
    let credited = || vec![line("services", "5000"), line("other", "-1000")];
    for (granted, expected) in [("4000", Met), ("4000.01", ToReview), ("5000", ToReview), ("5000.01", NotMet)] {
        assert_eq!(judge(credited(), &codes(12), granted).0, expected, "{granted}");
    }
    // A line without amount: the scale alone limits.
    let open = || vec![line("services", "5000"), ExpenseLine { amount: None, ..line("services", "0") }];
    for (granted, expected) in [("5000", Met), ("8800", ToReview), ("8800.01", NotMet)] {
        assert_eq!(judge(open(), &codes(12), granted).0, expected, "{granted}");
    }
    // An unknown commune: 8 000 € without it, 8 400 € with it.
    let mut communes = codes(10);
    communes.push("99999".to_owned());
    for (granted, expected) in [("8000", Met), ("8000.01", ToReview), ("8400", ToReview), ("8400.01", NotMet)] {
        assert_eq!(judge(vec![line("services", "30000")], &communes, granted).0, expected, "{granted}");
    }
    // A list left empty: up to thirty communes.
    for (granted, expected) in [("4000", Met), ("16000", ToReview), ("16000.01", NotMet)] {
        assert_eq!(judge(vec![line("services", "30000")], &[], granted).0, expected, "{granted}");
    }
}

#[test]
fn a_groupement_that_says_it_is_an_autonomous_commune_is_noticed() {
    let mut subject = commune(1, "77288");
    subject.applicant.legal_kind = LegalKind::Groupement;
    subject.grant("4400");
    let evaluation = evaluate(&subject);
    for rule in ["ADS-01", "ADS-06", "ADS-08", "ADS-11"] {
        assert_eq!(says(&evaluation, rule), ToReview, "{rule}");
    }
    assert_eq!(evaluation.computed, Some(Cents::euros(4_000)));
    assert!(explains(&evaluation, "ADS-06").starts_with("Le demandeur se dit commune autonome"));
    let listing = centre(2, &["77288".to_owned()]);
    let beside = rulebook("").evaluate(&listing, &peers([&subject, &listing]));
    assert_eq!(says(&beside, "ADS-08"), Met, "it only sits in that commune");
}

#[test]
fn communes_elsewhere_count_and_are_named() {
    let evaluation = evaluate(&centre(1, &["77288".to_owned(), "78646".to_owned(), "60057".to_owned()]));
    assert_eq!(evaluation.computed, Some(Cents::euros(5_200)));
    for rule in ["ADS-06", "ADS-08"] {
        assert_eq!(says(&evaluation, rule), Met, "{rule}");
        let text = explains(&evaluation, rule);
        assert!(
            text.contains("hors du département 77 : Versailles (78646) ; hors de la région : Beauvais (60057)"),
            "{text}"
        );
    }
}

#[test]
fn a_repeat_of_an_unknown_commune_adds_nothing() {
    let evaluation = evaluate(&centre(1, &["77288".to_owned(), "99999".to_owned(), "99999".to_owned()]));
    let text = explains(&evaluation, "ADS-06");
    assert_eq!(text.matches("le montant serait de 4 800,00 €").count(), 1, "{text}");
    assert!(text.contains("bien que listé plusieurs fois : code 99999."), "{text}");
}

#[test]
fn the_deciding_sentence_comes_first() {
    let mut subject = centre(1, &codes(2));
    subject.spend(vec![line("services", "1000"), line("payroll", "10"), line("other", "20")]);
    assert!(explains(&evaluate(&subject), "ADS-05").starts_with("Laissées de côté tant qu’un agent n’a pas tranché"));
    subject.spend(vec![line("services", "100"), line("services", "-250")]);
    let overdrawn = evaluate(&subject);
    assert_eq!(says(&overdrawn, "ADS-05"), ToReview);
    assert!(explains(&overdrawn, "ADS-05").starts_with("Les avoirs dépassent les dépenses"));
}
