//! Each rule with each verdict it can give, at its boundaries.

use std::collections::BTreeSet;

use jiff::civil::date;

use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::fact::{Absence, CommuneRef, ExpenseLine, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::siret::Siret;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::verdict::VerdictValue::{self, Met, NotApplicable, NotMet, ToReview};
use crate::domain::verdict::{Evaluation, Status};
use crate::rules::testing::{
    Change, at, blank, centre, codes, commune, evaluate, invoice, line, peers, removed, rulebook, served, software,
    verdict,
};

/// The facts that something is to be done about.
fn asked(evaluation: &Evaluation) -> BTreeSet<Option<FactName>> {
    evaluation.missing.iter().map(|missing| missing.fact).collect()
}

pub(super) fn says(evaluation: &Evaluation, rule: &str) -> VerdictValue {
    verdict(evaluation, rule).verdict
}

pub(super) fn explains(evaluation: &Evaluation, rule: &str) -> String {
    verdict(evaluation, rule).explanation.replace(['\u{a0}', '\u{202f}'], " ")
}

fn not_mapped(mut subject: Subject, name: FactName) -> Subject {
    subject.lose(name, Absence::NotMapped);
    subject
}

fn emptied(mut subject: Subject, name: FactName) -> Subject {
    subject.lose(name, blank(name));
    subject
}

// The worked examples of the digest.

#[test]
fn a_centre_of_12_communes_gets_8_800_euros() {
    let evaluation = evaluate(&centre(1, &codes(12)));
    assert_eq!(evaluation.computed, Some(Cents::euros(8_800)));
    assert_eq!(evaluation.eligible_expenses, Some(Cents::euros(30_000)));
    assert_eq!(evaluation.status, Status::Eligible);
    assert_eq!(evaluation.missing, []);
    assert_eq!(
        explains(&evaluation, "ADS-06"),
        "4 000,00 € pour le centre instructeur, plus 400,00 € × 12 communes : 8 800,00 €."
    );
}

#[test]
fn communes_beyond_thirty_add_nothing() {
    for (count, euros) in [(29, 15_600), (30, 16_000), (31, 16_000), (45, 16_000)] {
        assert_eq!(evaluate(&centre(1, &codes(count))).computed, Some(Cents::euros(euros)), "{count} communes");
    }
    assert!(
        explains(&evaluate(&centre(1, &codes(31))), "ADS-06")
            .contains("400,00 € × 30 communes (sur 31 rattachées, 30 au plus")
    );
}

#[test]
fn the_amount_stops_at_the_eligible_expenses() {
    let mut subject = centre(1, &codes(12));
    subject.spend(vec![line("services", "5250.40")]);
    let evaluation = evaluate(&subject);
    assert_eq!(evaluation.computed, Some(Cents(525_040)));
    assert_eq!(says(&evaluation, "ADS-07"), Met);
    assert!(
        explains(&evaluation, "ADS-07").starts_with(
            "Le barème donne 8 800,00 €, ce qui dépasse les dépenses éligibles (5 250,40 €) : 5 250,40 €."
        )
    );
}

#[test]
fn a_repeated_and_an_unknown_code_are_not_counted() {
    let mut listed = codes(10);
    listed.push(listed[0].clone());
    listed.push("99999".to_owned());
    let evaluation = evaluate(&centre(1, &listed));
    assert_eq!(evaluation.computed, Some(Cents::euros(8_000)));
    assert_eq!((says(&evaluation, "ADS-06"), says(&evaluation, "ADS-08")), (ToReview, ToReview));
    assert_eq!(explains(&evaluation, "ADS-06").matches("le montant serait de 8 400,00 €").count(), 2);
    assert!(explains(&evaluation, "ADS-08").contains("code 99999"));
    assert_eq!(asked(&evaluation), [Some(FactName::AttachedCommunes)].into());
}

#[test]
fn an_autonomous_commune_gets_4_000_euros_in_paris_too() {
    for code in ["77288", "75056"] {
        let mut subject = commune(1, code);
        subject.spend(vec![line("services", "6000")]);
        let evaluation = evaluate(&subject);
        assert_eq!(evaluation.computed, Some(Cents::euros(4_000)));
        assert_eq!(evaluation.status, Status::Eligible, "{evaluation:#?}");
        assert!(explains(&evaluation, "ADS-06").contains("Interprétation"));
    }
}

#[test]
fn servers_leave_the_eligible_expenses() {
    let mut subject = centre(1, &codes(12));
    subject.spend(vec![line("services", "6000"), line("equipment", "4000")]);
    let evaluation = evaluate(&subject);
    assert_eq!(evaluation.eligible_expenses, Some(Cents::euros(6_000)));
    assert_eq!(evaluation.computed, Some(Cents::euros(6_000)));
    assert_eq!((says(&evaluation, "ADS-04"), says(&evaluation, "ADS-05")), (Met, Met));
    assert!(explains(&evaluation, "ADS-05").contains("ligne 2 « equipment », 4 000,00 € (équipement ou matériel)"));
}

#[test]
fn the_deadline_is_a_day_in_paris() {
    for (deposited, expected) in [
        ("2021-10-30T21:30:00Z", Met),
        ("2021-10-30T21:59:59Z", Met),
        ("2021-10-30T22:00:00Z", ToReview),
        ("2021-10-30T22:30:00Z", ToReview),
        ("2021-10-31T22:59:59Z", ToReview),
        ("2021-10-31T23:00:00Z", NotMet),
    ] {
        let mut subject = centre(1, &codes(12));
        subject.deposited_at = at(deposited);
        assert_eq!(says(&evaluate(&subject), "ADS-02"), expected, "{deposited}");
    }
}

// Each rule.

#[test]
fn ads_01_wants_a_carrier() {
    let full = || centre(1, &codes(12));
    assert_eq!(says(&evaluate(&full()), "ADS-01"), Met);
    assert_eq!(says(&evaluate(&commune(1, "77288")), "ADS-01"), Met);
    assert_eq!(says(&evaluate(&not_mapped(full(), FactName::ApplicantType)), "ADS-01"), ToReview);
    let mut both = commune(1, "77288");
    both.attach(&codes(2));
    assert_eq!(says(&evaluate(&both), "ADS-01"), ToReview);
    assert_eq!(evaluate(&both).computed, Some(Cents::euros(4_000)));
    assert_eq!(says(&evaluate(&not_mapped(commune(1, "77288"), FactName::AttachedCommunes)), "ADS-01"), ToReview);
    let mut company = full();
    company.applicant.legal_kind = LegalKind::Company;
    assert_eq!(says(&evaluate(&company), "ADS-01"), ToReview);
}

#[test]
fn a_centre_without_commune_gets_the_base_and_is_to_review() {
    let unknown_only = centre(1, &["99999".to_owned()]);
    for lonely in [centre(1, &[]), emptied(centre(1, &codes(3)), FactName::AttachedCommunes), unknown_only] {
        let evaluation = evaluate(&lonely);
        assert_eq!(evaluation.computed, Some(Cents::euros(4_000)));
        assert_eq!((says(&evaluation, "ADS-06"), says(&evaluation, "ADS-07")), (ToReview, ToReview));
        assert!(explains(&evaluation, "ADS-06").starts_with("Aucune commune rattachée connue : 4 000,00 €"));
        assert_eq!(evaluation.status, Status::AVerifier);
    }
    let unknown = evaluate(&not_mapped(centre(1, &[]), FactName::AttachedCommunes));
    assert_eq!((unknown.computed, says(&unknown, "ADS-06"), says(&unknown, "ADS-07")), (None, ToReview, ToReview));
}

#[test]
fn ads_02_follows_the_setting_on_the_day_itself() {
    for (setting, expected) in [("unset", ToReview), ("included", Met), ("excluded", NotMet)] {
        let rulebook = rulebook(&format!("[[ads_deadline_day]]\nvalue = \"{setting}\"\nunit = \"choix\""));
        let mut subject = centre(1, &codes(12));
        subject.deposited_at = at("2021-10-31T12:00:00Z");
        let evaluation = rulebook.evaluate(&subject, &peers([]));
        assert_eq!(says(&evaluation, "ADS-02"), expected, "{setting}");
        let decides = explains(&evaluation, "ADS-02").split_once(". ").is_none();
        assert!(decides, "one sentence: {}", explains(&evaluation, "ADS-02"));
        let parameters: Vec<&str> = verdict(&evaluation, "ADS-02").parameters.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(parameters, ["ads_deadline", "ads_deadline_day"]);
    }
}

#[test]
fn ads_03_asks_for_invoices_until_instruction_begins() {
    for (state, expected) in [
        (DossierState::EnConstruction, ToReview),
        (DossierState::EnInstruction, NotMet),
        (DossierState::Accepte, NotMet),
        (DossierState::Refuse, NotMet),
        (DossierState::SansSuite, NotMet),
        (DossierState::Other("suspendu".to_owned()), ToReview),
    ] {
        let mut subject = emptied(centre(1, &codes(12)), FactName::Invoices);
        subject.state = state.clone();
        let evaluation = evaluate(&subject);
        assert_eq!(says(&evaluation, "ADS-03"), expected, "{state}");
        assert_eq!(evaluation.missing.iter().filter(|missing| missing.fact == Some(FactName::Invoices)).count(), 1);
        subject.put(FactName::Invoices, FactValue::Files(vec![invoice()]));
        assert_eq!(says(&evaluate(&subject), "ADS-03"), Met);
    }
    let unmapped = evaluate(&not_mapped(centre(1, &codes(12)), FactName::Invoices));
    assert_eq!(says(&unmapped, "ADS-03"), ToReview);
    assert_eq!(unmapped.status, Status::AVerifier);
}

#[test]
fn ads_04_and_05_sort_the_lines() {
    let judge = |lines| {
        let mut subject = centre(1, &codes(30));
        subject.spend(lines);
        evaluate(&subject)
    };
    let excluded = judge(vec![line("payroll", "100"), software(Some("non_eu"), "200"), line("equipment", "300")]);
    assert_eq!((says(&excluded, "ADS-04"), says(&excluded, "ADS-05")), (NotMet, Met));
    assert_eq!((excluded.status, excluded.computed), (Status::NonEligible, Some(Cents::ZERO)));

    let admitted = judge(vec![software(Some("eu"), "100"), line("services", "200"), line("training", "300")]);
    assert_eq!((says(&admitted, "ADS-04"), says(&admitted, "ADS-05")), (Met, Met));
    assert_eq!(admitted.eligible_expenses, Some(Cents::euros(600)));

    for doubt in [
        software(None, "200"),
        software(Some("none"), "200"),
        line("other", "200"),
        ExpenseLine { nature: None, ..line("services", "200") },
    ] {
        let evaluation = judge(vec![line("services", "1000"), doubt.clone()]);
        assert_eq!((says(&evaluation, "ADS-04"), says(&evaluation, "ADS-05")), (Met, ToReview), "{doubt:?}");
        assert_eq!(evaluation.eligible_expenses, Some(Cents::euros(1_000)));
        assert!(explains(&evaluation, "ADS-05").contains("seraient de 1 200,00 €."));
        assert!(explains(&evaluation, "ADS-07").contains("étaient admises : 1 200,00 €"));
        assert_eq!(says(&judge(vec![doubt]), "ADS-04"), ToReview);
    }

    let without_amount = ExpenseLine { amount: None, ..line("services", "0") };
    let unknown = judge(vec![without_amount.clone()]);
    assert_eq!((unknown.eligible_expenses, unknown.computed), (None, None), "no line surely counts: no amount");
    assert_eq!(verdict(&unknown, "ADS-07").verdict, VerdictValue::ToReview);
    let evaluation = judge(vec![line("services", "1000"), without_amount]);
    assert_eq!(says(&evaluation, "ADS-05"), ToReview);
    assert!(explains(&evaluation, "ADS-05").contains("1 000,00 € au moins"));
}

#[test]
fn the_origin_matters_for_software_only() {
    let mut subject = centre(1, &codes(30));
    subject.spend(vec![ExpenseLine { origin: Some("non_eu".to_owned()), ..line("services", "700") }]);
    let evaluation = evaluate(&subject);
    assert_eq!((evaluation.eligible_expenses, says(&evaluation, "ADS-05")), (Some(Cents::euros(700)), Met));
}

#[test]
fn credit_notes_are_subtracted_and_never_below_zero() {
    let mut subject = centre(1, &codes(30));
    subject.spend(vec![line("services", "1000"), line("services", "-250.50"), line("equipment", "-100")]);
    assert_eq!(evaluate(&subject).eligible_expenses, Some(Cents(74_950)));
    subject.spend(vec![line("services", "100"), line("services", "-250")]);
    let evaluation = evaluate(&subject);
    assert_eq!((evaluation.eligible_expenses, evaluation.computed), (Some(Cents::ZERO), Some(Cents::ZERO)));
    assert_eq!(says(&evaluation, "ADS-04"), ToReview);
    assert!(explains(&evaluation, "ADS-05").contains("solde de −150,00 €"));
}

#[test]
fn a_total_without_lines_gives_an_amount_and_asks_a_person() {
    for absence in [Absence::NotMapped, blank(FactName::Expenses)] {
        let mut subject = centre(1, &codes(12));
        subject.lose(FactName::Expenses, absence);
        subject.put(FactName::EligibleExpenses, FactValue::Amount(Cents::euros(5_000)));
        let evaluation = evaluate(&subject);
        assert_eq!(
            (evaluation.eligible_expenses, evaluation.computed),
            (Some(Cents::euros(5_000)), Some(Cents::euros(5_000)))
        );
        assert_eq!(
            (says(&evaluation, "ADS-04"), says(&evaluation, "ADS-05"), says(&evaluation, "ADS-07")),
            (ToReview, ToReview, Met)
        );
        assert_eq!(asked(&evaluation), [Some(FactName::Expenses)].into());
    }
}

#[test]
fn without_expenses_there_is_no_amount() {
    let unreadable = Absence::Unreadable { label: "Dépenses".to_owned(), reason: "texte".to_owned() };
    for absence in [Absence::NotMapped, blank(FactName::Expenses), unreadable] {
        let mut subject = centre(1, &codes(12));
        subject.lose(FactName::Expenses, absence);
        let evaluation = evaluate(&subject);
        assert_eq!((evaluation.eligible_expenses, evaluation.computed), (None, None));
        for rule in ["ADS-04", "ADS-05", "ADS-07"] {
            assert_eq!(says(&evaluation, rule), ToReview, "{rule}");
        }
        assert_eq!(says(&evaluation, "ADS-06"), Met);
        assert_eq!(asked(&evaluation).len(), 1, "{:?}", evaluation.missing);
        let rules: Vec<&str> = evaluation.missing.iter().map(|missing| missing.rule.as_str()).collect();
        assert_eq!(rules, ["ADS-04", "ADS-05", "ADS-07"], "each rule that needs it says so");
    }
    let mut empty = centre(1, &codes(12));
    empty.spend(Vec::new());
    assert_eq!(says(&evaluate(&empty), "ADS-04"), ToReview);
}

#[test]
fn ads_06_may_count_an_autonomous_commune_as_attached_to_itself() {
    let rulebook = rulebook("[[autonomous_commune_counts_as_attached]]\nvalue = true\nunit = \"oui/non\"");
    let evaluation = rulebook.evaluate(&commune(1, "77288"), &peers([]));
    assert_eq!(evaluation.computed, Some(Cents::euros(4_400)));
}

#[test]
fn ads_07_follows_the_share_and_can_be_off() {
    let mut subject = centre(1, &codes(12));
    subject.spend(vec![line("services", "1000.01")]);
    let half = rulebook("[[ads_cap_share]]\nvalue = 50\nunit = \"%\"").evaluate(&subject, &peers([]));
    assert_eq!((half.computed, says(&half, "ADS-07")), (Some(Cents(50_000)), Met));
    let off = rulebook("[[ads_cap_share]]\nvalue = \"off\"\nunit = \"%\"");
    let evaluation = off.evaluate(&subject, &peers([]));
    assert_eq!((evaluation.computed, says(&evaluation, "ADS-07")), (Some(Cents::euros(8_800)), NotApplicable));
    let unknown = off.evaluate(&not_mapped(subject, FactName::Expenses), &peers([]));
    assert_eq!((unknown.computed, unknown.eligible_expenses), (Some(Cents::euros(8_800)), None));
}

#[test]
fn ads_08_sees_communes_shared_between_live_dossiers() {
    let (one, mut two) = (centre(1, &codes(5)), centre(2, &codes(1)));
    let together = |two: &Subject| rulebook("").evaluate(&one, &peers([&one, two]));
    assert_eq!(says(&together(&two), "ADS-08"), ToReview);
    assert!(explains(&together(&two), "ADS-08").contains("dossier n° 2"));
    assert_eq!(together(&two).computed, Some(Cents::euros(6_000)), "it counts in both until a person decides");
    two.state = DossierState::Refuse;
    assert_eq!(says(&together(&two), "ADS-08"), Met);
    assert_eq!(says(&rulebook("").evaluate(&two, &peers([&one, &two])), "ADS-08"), NotApplicable);
    two.state = DossierState::EnInstruction;
    two.removed = removed(RemovalReason::Deleted);
    assert_eq!(says(&together(&two), "ADS-08"), Met);
}

#[test]
fn ads_08_sees_an_autonomous_commune_attached_elsewhere() {
    let code = codes(1).remove(0);
    let (alone, other) = (commune(1, &code), centre(2, &codes(3)));
    let all = peers([&alone, &other]);
    assert_eq!(says(&rulebook("").evaluate(&alone, &all), "ADS-08"), ToReview);
    assert_eq!(says(&rulebook("").evaluate(&other, &all), "ADS-08"), ToReview);
    assert_eq!(says(&evaluate(&alone), "ADS-08"), Met);
    let mut nowhere = alone;
    nowhere.applicant.code_insee = None;
    assert_eq!(says(&evaluate(&nowhere), "ADS-08"), ToReview);
}

#[test]
fn ads_08_sees_a_commune_that_lists_itself() {
    let mut town = centre(1, &codes(3));
    town.applicant.code_insee = Some(codes(1).remove(0));
    assert_eq!(says(&evaluate(&town), "ADS-08"), Met, "a groupement may sit in a commune attached to it");
    town.applicant.legal_kind = LegalKind::Commune;
    assert_eq!(says(&evaluate(&town), "ADS-08"), ToReview);
}

#[test]
fn a_city_is_one_commune_by_whichever_of_its_districts_it_is_told() {
    let district = || CommuneRef { code: Some("75104".to_owned()), text: "Paris 4e".to_owned() };
    let mut city = commune(1, "75056");
    city.applicant.code_insee = Some("75101".to_owned());
    let mut other = centre(2, &codes(3));
    other.put(FactName::AttachedCommunes, FactValue::Communes(vec![district()]));
    let all = peers([&city, &other]);
    let said = |subject: &Subject| {
        let evaluation = rulebook("").evaluate(subject, &all);
        (says(&evaluation, "ADS-08"), explains(&evaluation, "ADS-08"))
    };
    let (of_city, of_other) = (said(&city), said(&other));
    assert_eq!((of_city.0, of_other.0), (ToReview, ToReview));
    assert!(of_city.1.contains("listée comme rattachée dans le dossier n° 2"), "{}", of_city.1);
    assert!(of_other.1.contains("demande aussi l’aide comme commune autonome"), "{}", of_other.1);
    assert!(explains(&evaluate(&city), "ADS-13").contains("Paris (75056), 2 165 423 habitants"));
    let third = {
        let mut third = centre(3, &codes(3));
        let arrondissement = CommuneRef { code: Some("75120".to_owned()), text: "Paris 20e".to_owned() };
        third.put(FactName::AttachedCommunes, FactValue::Communes(vec![arrondissement]));
        third
    };
    let shared = rulebook("").evaluate(&third, &peers([&other, &third]));
    assert!(
        explains(&shared, "ADS-08").contains("Paris (75056) est aussi rattachée"),
        "{}",
        explains(&shared, "ADS-08")
    );
}

#[test]
fn a_commune_known_by_its_text_alone_is_asked_for() {
    let mut subject = centre(1, &codes(1));
    let text = |text: &str| CommuneRef { code: None, text: text.to_owned() };
    subject.put(FactName::AttachedCommunes, FactValue::Communes(vec![text("Saint-Denis"), text("saint denis")]));
    let evaluation = evaluate(&subject);
    assert_eq!((evaluation.computed, says(&evaluation, "ADS-08")), (Some(Cents::euros(4_000)), ToReview));
    assert!(explains(&evaluation, "ADS-06").contains("le montant serait de 4 400,00 €"));
    assert_eq!(says(&evaluate(&centre(1, &[])), "ADS-08"), NotApplicable);
}

#[test]
fn ads_09_tells_duplicates_from_agencies() {
    let (one, mut two) = (centre(1, &codes(2)), centre(2, &[]));
    assert_eq!(says(&rulebook("").evaluate(&one, &peers([&one, &two])), "ADS-09"), Met);
    two.applicant.siret.clone_from(&one.applicant.siret);
    let twice = rulebook("").evaluate(&one, &peers([&one, &two]));
    assert_eq!(says(&twice, "ADS-09"), ToReview);
    assert!(explains(&twice, "ADS-09").starts_with("Doublon probable"));
    let siren = one.applicant.siret.as_ref().unwrap().siren().to_owned();
    two.applicant.siret = Siret::parse(&format!("{siren}00029")).ok();
    let agencies = rulebook("").evaluate(&one, &peers([&one, &two]));
    assert!(explains(&agencies, "ADS-09").starts_with("Agences distinctes ?"));
    two.programme = crate::domain::programme::Programme::Axe3V1;
    assert_eq!(says(&rulebook("").evaluate(&one, &peers([&one, &two])), "ADS-09"), Met);
    let mut anonymous = one.clone();
    anonymous.applicant.siret = None;
    assert_eq!(says(&evaluate(&anonymous), "ADS-09"), ToReview);
    anonymous.state = DossierState::SansSuite;
    assert_eq!(says(&evaluate(&anonymous), "ADS-09"), NotApplicable);
}

#[test]
fn ads_10_sends_other_regions_away() {
    let mut subject = centre(1, &codes(2));
    assert_eq!(says(&evaluate(&subject), "ADS-10"), Met);
    subject.applicant.departement = Some("60".to_owned());
    let elsewhere = evaluate(&subject);
    assert_eq!(says(&elsewhere, "ADS-10"), ToReview);
    assert!(explains(&elsewhere, "ADS-10").contains("Oise (60) : le dossier relève d’une autre préfecture"));
    subject.applicant.departement = None;
    assert_eq!(says(&evaluate(&subject), "ADS-10"), ToReview);
    let nobody = served("", &[], "");
    assert_eq!(says(&nobody.evaluate(&centre(1, &codes(2)), &peers([])), "ADS-10"), ToReview);
    let by_region = served("11", &[], "");
    assert_eq!(says(&by_region.evaluate(&centre(1, &codes(2)), &peers([])), "ADS-10"), Met);
}

#[test]
fn ads_11_compares_what_was_granted() {
    let mut subject = centre(1, &codes(12));
    assert_eq!(says(&evaluate(&subject), "ADS-11"), NotApplicable);
    subject.state = DossierState::Accepte;
    let evaluation = evaluate(&subject);
    assert_eq!(says(&evaluation, "ADS-11"), ToReview);
    assert_eq!(evaluation.status, Status::Eligible, "a control does not change the status");
    for (granted, expected) in [("8800", Met), ("8800.01", NotMet), ("0", Met)] {
        subject.grant(granted);
        assert_eq!(says(&evaluate(&subject), "ADS-11"), expected, "{granted}");
    }
    for (granted, expected) in [("8800", ToReview), ("8800.01", NotMet)] {
        subject.grant(granted);
        let without_expenses = evaluate(&not_mapped(subject.clone(), FactName::Expenses));
        assert_eq!(says(&without_expenses, "ADS-11"), expected, "the scale is the most that it can be");
    }
    subject.grant("-1");
    assert_eq!(says(&evaluate(&subject), "ADS-11"), ToReview);
    subject.state = DossierState::Refuse;
    assert_eq!(says(&evaluate(&subject), "ADS-11"), NotApplicable);
}

fn accepted(number: i64, committee: Option<i8>, granted: Option<&str>) -> Subject {
    let mut subject = centre(number, &codes(12));
    subject.state = DossierState::Accepte;
    subject.treated_at = Some(at("2021-10-15T12:00:00Z"));
    if let Some(day) = committee {
        subject.date(FactName::CommitteeDate, date(2021, 10, day));
    }
    if let Some(granted) = granted {
        subject.grant(granted);
    }
    subject
}

const ENVELOPE: &str = "[[ads_envelope]]\nvalue = 10000\nunit = \"EUR\"";

#[test]
fn ads_12_falls_on_the_dossier_that_crosses_the_line_and_on_those_after() {
    let mut all = [
        accepted(9, Some(1), Some("6000")),
        accepted(3, None, Some("4000")), // decided on DS on the 15th
        accepted(4, None, Some("0.01")), // the same day, later number
        accepted(1, Some(20), Some("100")),
        accepted(2, Some(1), Some("5000")), // of another région
    ];
    all[4].applicant.departement = Some("60".to_owned());
    let peers = peers(&all);
    let verdicts: Vec<VerdictValue> =
        all.iter().map(|subject| says(&rulebook(ENVELOPE).evaluate(subject, &peers), "ADS-12")).collect();
    assert_eq!(verdicts, [Met, Met, NotMet, NotMet, NotApplicable]);
    assert_eq!(says(&rulebook("").evaluate(&all[2], &peers), "ADS-12"), NotApplicable);
    let waiting = centre(5, &codes(1));
    assert_eq!(says(&rulebook(ENVELOPE).evaluate(&waiting, &peers), "ADS-12"), NotApplicable);
}

#[test]
fn ads_12_goes_by_the_envelope_of_the_day_of_decision() {
    let raised = "[[ads_envelope]]\nvalue = 5000\nunit = \"EUR\"\nvalid_to = 2021-10-09\n\
                  [[ads_envelope]]\nvalue = 10000\nunit = \"EUR\"\nvalid_from = 2021-10-10";
    let all = [accepted(1, Some(9), Some("6000")), accepted(2, Some(10), Some("4000"))];
    let peers = peers(&all);
    let verdicts: Vec<VerdictValue> =
        all.iter().map(|subject| says(&rulebook(raised).evaluate(subject, &peers), "ADS-12")).collect();
    assert_eq!(verdicts, [NotMet, Met]);
}

#[test]
fn ads_12_does_not_let_a_negative_amount_make_room() {
    let all =
        [accepted(1, Some(1), Some("9000")), accepted(2, Some(2), Some("-5000")), accepted(3, Some(3), Some("2000"))];
    let peers = peers(&all);
    let verdicts: Vec<VerdictValue> =
        all.iter().map(|subject| says(&rulebook(ENVELOPE).evaluate(subject, &peers), "ADS-12")).collect();
    assert_eq!(verdicts, [Met, ToReview, NotMet]);
}

#[test]
fn ads_12_takes_an_unknown_amount_for_a_lower_bound() {
    let all = [
        accepted(1, Some(1), Some("6000")),
        accepted(2, Some(2), None),
        accepted(3, Some(3), Some("1000")),
        accepted(4, Some(4), Some("9000")),
    ];
    let peers = peers(&all);
    let verdicts: Vec<VerdictValue> =
        all.iter().map(|subject| says(&rulebook(ENVELOPE).evaluate(subject, &peers), "ADS-12")).collect();
    assert_eq!(verdicts, [Met, ToReview, ToReview, NotMet]);
}

#[test]
fn ads_13_names_the_communes_above_the_threshold() {
    let mut subject = centre(1, &[]);
    subject.attach(&["77288".to_owned(), "77001".to_owned()]);
    let evaluation = evaluate(&subject);
    assert_eq!(says(&evaluation, "ADS-13"), Met);
    assert!(
        explains(&evaluation, "ADS-13").contains("1 commune : Melun (77288)"),
        "{}",
        explains(&evaluation, "ADS-13")
    );
    assert!(explains(&evaluate(&commune(1, "75056")), "ADS-13").contains("Paris (75056)"));
    subject.attach(&["77001".to_owned(), "75101".to_owned(), "75120".to_owned(), "99999".to_owned()]);
    let districts = explains(&evaluate(&subject), "ADS-13");
    assert!(districts.contains("1 commune : Paris (75056)"), "{districts}");
    assert!(districts.contains("Population inconnue pour 1 commune."), "{districts}");
    assert_eq!(says(&evaluate(&not_mapped(subject, FactName::AttachedCommunes)), "ADS-13"), ToReview);
}

#[test]
fn a_verdict_shows_what_it_rests_on() {
    let evaluation = evaluate(&centre(1, &codes(12)));
    let amount = verdict(&evaluation, "ADS-06");
    assert!(amount.citation.contains("pour un maximum de 30 communes rattachées »"), "{}", amount.citation);
    let read: Vec<(&str, &str)> = amount.facts.iter().map(|fact| (fact.fact.as_str(), fact.origin.as_str())).collect();
    assert_eq!(
        read,
        [
            ("applicant_type", "champ « type de demandeur »"),
            ("date_depot", "dossier"),
            ("attached_communes", "champ « communes rattachées »"),
            ("communes", "tables INSEE/DGCL"),
            ("departement", "dossier"),
        ]
    );
    let base = &amount.parameters[0];
    assert_eq!((base.name.as_str(), base.value.as_str()), ("ads_base", "4\u{202f}000,00\u{a0}€"));
    assert!(base.citation.contains("« un montant de 4000€ par centre instructeur »"));
}

#[test]
fn a_removed_dossier_is_still_judged() {
    let mut subject = centre(1, &codes(12));
    subject.removed = removed(RemovalReason::Pending);
    let evaluation = evaluate(&subject);
    assert_eq!((evaluation.computed, evaluation.verdicts.len()), (Some(Cents::euros(8_800)), 14));
}
