//! Volet 2: the worked example, and each rule of its own with each verdict it can give.

use jiff::civil::date;

use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};
use crate::rules::testing::{Change, blank, evaluate, lab_project, line, peers, rulebook, says, verdict};

fn with(change: impl FnOnce(&mut Subject)) -> Subject {
    let mut subject = lab_project(1);
    change(&mut subject);
    subject
}

#[test]
fn the_maximum_is_80_percent_rounded_down() {
    let subject = with(|s| {
        s.pay(FactName::TotalCost, "33333.33");
        s.lose(FactName::Expenses, Absence::NotMapped);
    });
    assert_eq!(evaluate(&subject).computed, Some(Cents(2_666_666)));
    assert_eq!(says(&subject, "A3V2-08"), Met);
    assert_eq!(says(&with(|s| s.lose(FactName::TotalCost, Absence::NotMapped)), "A3V2-08"), ToReview);
    assert_eq!(evaluate(&lab_project(1)).status, Status::Eligible, "{:#?}", evaluate(&lab_project(1)).verdicts);
}

#[test]
fn a_laboratory_supports_the_project() {
    let lab = |text: &str, state: DossierState| {
        says(
            &with(|s| {
                s.put(FactName::Lab, FactValue::Text(text.to_owned()));
                s.state = state;
            }),
            "A3V2-01",
        )
    };
    assert_eq!(lab("Labo d’essai", DossierState::EnInstruction), Met);
    assert_eq!(lab("Aucun", DossierState::EnInstruction), NotMet);
    assert_eq!(lab("aucun", DossierState::EnConstruction), ToReview);
    assert_eq!(lab("oui", DossierState::EnInstruction), ToReview);
    for none in ["Néant", "Pas de laboratoire", "aucun laboratoire"] {
        assert_eq!(lab(none, DossierState::EnInstruction), NotMet, "{none}");
    }
    for unclear in [
        "Aucun pour l’instant, peut-être le Lab 77",
        "à définir",
        "pas encore",
        "sans objet",
        "Non concerné",
        "-",
        "n/a",
    ] {
        assert_eq!(lab(unclear, DossierState::EnInstruction), ToReview, "{unclear}");
    }
    assert_eq!(says(&with(|s| s.lose(FactName::Lab, blank(FactName::Lab))), "A3V2-01"), ToReview);
}

#[test]
fn a_state_contract_gives_priority() {
    let contract =
        |text: &str| says(&with(|s| s.put(FactName::StateContract, FactValue::Text(text.to_owned()))), "A3V2-05");
    assert_eq!(contract("Contrat de transition écologique signé, non encore financé en totalité"), Met);
    assert_eq!(contract("oui"), ToReview);
    assert_eq!(contract("Contrat de transition écologique"), ToReview);
    assert_eq!(contract("CTE en cours d’élaboration"), ToReview);
    for none in ["Non", "Pas de contrat", "aucun contrat avec l’État", "sans objet"] {
        assert_eq!(contract(none), NotMet, "{none}");
    }
    for unclear in ["Contrat non signé", "Non, mais un CTE est envisagé", "Contrat de ville entièrement financé", "?"]
    {
        assert_eq!(contract(unclear), ToReview, "{unclear}");
    }
    assert_eq!(says(&lab_project(1), "A3V2-05"), ToReview);
}

#[test]
fn other_expenses_are_for_a_person() {
    assert_eq!(says(&lab_project(1), "A3V2-06"), Met);
    assert_eq!(says(&with(|s| s.spend(vec![line("services", "10"), line("other", "10")])), "A3V2-06"), ToReview);
    assert_eq!(says(&lab_project(1), "A3V2-07"), NotApplicable);
    assert_eq!(says(&with(|s| s.date(FactName::CommitteeDate, date(2021, 9, 20))), "A3V2-07"), Met);
    assert_eq!(says(&with(|s| s.spend(vec![line("equipment", "10")])), "A3V2-07"), ToReview);
}

fn accepted(number: i64, granted: &str, month: i8) -> Subject {
    let mut subject = lab_project(number);
    subject.state = DossierState::Accepte;
    subject.date(FactName::CommitteeDate, date(2021, month, 8));
    subject.pay(FactName::TotalCost, "300000");
    subject.spend(vec![line("services", "300000")]);
    subject.grant(granted);
    subject
}

#[test]
fn grants_stay_within_maximum_and_envelope() {
    let (first, second) = (accepted(1, "150000", 7), accepted(2, "50000.01", 10));
    let all = peers([&first, &second]);
    let judged = |subject: &Subject| verdict(&rulebook("").evaluate(subject, &all), "A3V2-09").verdict;
    assert_eq!((judged(&first), judged(&second)), (Met, NotMet));
    assert_eq!(says(&second, "A3V2-09"), Met);
    assert_eq!(says(&accepted(1, "240000.01", 7), "A3V2-09"), NotMet);
    assert_eq!(says(&lab_project(1), "A3V2-09"), NotApplicable);
    let crossing = rulebook("").evaluate(&second, &all);
    assert!(
        verdict(&crossing, "A3V2-09").explanation.starts_with("Dans l’ordre des décisions"),
        "what breaks comes first"
    );
    let mut elsewhere = accepted(3, "190000", 7);
    elsewhere.put(FactName::ProjectDepartement, FactValue::Departements(vec!["60".to_owned()]));
    let three = peers([&first, &elsewhere]);
    assert_eq!(verdict(&rulebook("").evaluate(&first, &three), "A3V2-09").verdict, Met, "another région pays");
    let outside = rulebook("").evaluate(&elsewhere, &three);
    assert!(verdict(&outside, "A3V2-09").explanation.contains("autre préfecture"));
}

#[test]
fn the_committee_decides_in_its_months() {
    assert_eq!(says(&accepted(1, "1", 7), "A3V2-10"), Met);
    assert_eq!(says(&accepted(1, "1", 9), "A3V2-10"), ToReview);
    let mut next_year = accepted(1, "1", 7);
    next_year.date(FactName::CommitteeDate, date(2022, 3, 1));
    assert_eq!(says(&next_year, "A3V2-10"), Met);
    next_year.lose(FactName::CommitteeDate, blank(FactName::CommitteeDate));
    assert_eq!(says(&next_year, "A3V2-10"), NotMet);
    assert_eq!(says(&lab_project(1), "A3V2-10"), NotApplicable);
}

#[test]
fn an_opinion_comes_with_a_decision() {
    for (given, expected) in [(Some(true), Met), (Some(false), ToReview), (None, ToReview)] {
        let mut subject = accepted(1, "1", 7);
        subject.opinion_given = given;
        assert_eq!(says(&subject, "A3V2-11"), expected, "{given:?}");
    }
    assert_eq!(says(&lab_project(1), "A3V2-11"), NotApplicable);
}

#[test]
fn the_carrier_and_the_framework() {
    assert_eq!(says(&lab_project(1), "A3V2-12"), Met);
    assert_eq!(says(&with(|s| s.applicant.legal_kind = LegalKind::Association), "A3V2-12"), ToReview);
    assert_eq!(says(&with(|s| s.applicant.name = Some("Laboratoire d’essai".to_owned())), "A3V2-12"), ToReview);
    assert_eq!(says(&lab_project(1), "A3V2-13"), Met);
    assert_eq!(says(&with(|s| s.lose(FactName::ProjectFramework, Absence::NotMapped)), "A3V2-13"), ToReview);
}
