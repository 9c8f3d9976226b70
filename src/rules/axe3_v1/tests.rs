//! Themes 1 to 3: the worked examples, and each rule with each verdict it can give.

use jiff::civil::date;

use super::control;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, ExpenseLine, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};
use crate::domain::verdict::{Status, Who};
use crate::rules::testing::{Change, at, blank, evaluate, line, peers, project, rulebook, says, subject, verdict};

fn with(change: impl FnOnce(&mut Subject)) -> Subject {
    let mut subject = project(1);
    change(&mut subject);
    subject
}

fn themes(codes: &[&str]) -> FactValue {
    FactValue::Choices(codes.iter().map(|code| (*code).to_owned()).collect())
}

fn maximum(change: impl FnOnce(&mut Subject)) -> Option<Cents> {
    evaluate(&with(change)).computed
}

#[test]
fn deciding_the_rules_that_doubt_settles_the_maximum() {
    let said = |lines: Vec<ExpenseLine>, decided: &[&str]| {
        let subject = with(|s| s.spend(lines));
        let mut evaluation = evaluate(&subject);
        for known in evaluation.verdicts.iter_mut().filter(|known| decided.contains(&known.rule.as_str())) {
            known.verdict = Met;
            known.decided_by = Some("Camille Dupont".to_owned());
        }
        rulebook("").conclude(&subject, &mut evaluation);
        let maximum = verdict(&evaluation, "A3V1-09");
        (maximum.verdict, maximum.explanation.contains("Doute tranché par un agent : A3V1-07."))
    };
    // Only A3V1-07 doubts equipment without a purpose: what A3V1-06 finds met is nobody's to decide.
    let equipped = || vec![line("services", "10000"), line("equipment", "2000")];
    assert_eq!(said(equipped(), &[]), (ToReview, false));
    assert_eq!(said(equipped(), &["A3V1-06"]), (ToReview, false));
    assert_eq!(said(equipped(), &["A3V1-07"]), (Met, true));
    let software = || equipped().into_iter().chain([line("software", "500")]).collect();
    assert_eq!(said(software(), &["A3V1-07"]), (ToReview, false), "A3V1-06 still doubts the software");
    assert_eq!(said(software(), &["A3V1-06"]), (ToReview, false));
    assert_eq!(said(software(), &["A3V1-06", "A3V1-07"]).0, Met);
}

#[test]
fn a_retained_project_is_announced_to_the_region_before_the_letter_goes() {
    let awaits = |change: &dyn Fn(&mut Subject)| {
        let subject = with(|s| {
            s.state = DossierState::EnInstruction;
            for name in [FactName::RegionInformedOn, FactName::NotifiedOn] {
                s.lose(name, blank(name));
            }
            s.put(FactName::CommitteeDate, FactValue::Date(date(2021, 9, 30)));
            change(s);
        });
        control::awaits_announcement(&subject, date(2021, 9, 30))
    };
    assert!(awaits(&|_| {}));
    assert!(!awaits(&|s| s.put(FactName::CommitteeDate, FactValue::Date(date(2021, 10, 1)))), "it is still to meet");
    assert!(!awaits(&|s| s.lose(FactName::CommitteeDate, blank(FactName::CommitteeDate))));
    assert!(awaits(&|s| {
        s.lose(FactName::CommitteeDate, blank(FactName::CommitteeDate));
        s.grant("1000");
    }));
    assert!(!awaits(&|s| s.put(FactName::RegionInformedOn, FactValue::Date(date(2021, 9, 30)))));
    assert!(!awaits(&|s| s.put(FactName::NotifiedOn, FactValue::Date(date(2021, 9, 30)))));
    assert!(!awaits(&|s| s.lose(FactName::RegionInformedOn, Absence::NotMapped)));
    assert!(!awaits(&|s| s.state = DossierState::Accepte), "A3V1-12 says it then");
}

#[test]
fn no_maximum_is_left_to_settle_of_who_is_refused() {
    let left = |subject: &Subject| -> Vec<String> {
        let missing = evaluate(subject).missing.into_iter();
        missing.filter(|missing| missing.rule == "A3V1-09").map(|missing| missing.what).collect()
    };
    for kind in [LegalKind::Association, LegalKind::Company, LegalKind::State, LegalKind::Person] {
        let refused = with(|s| s.applicant.legal_kind = kind);
        assert_eq!(says(&refused, "A3V1-09"), ToReview);
        assert_eq!(left(&refused), Vec::<String>::new(), "{kind:?}");
        // A person who admits it all the same has the maximum to settle.
        let mut admitted = evaluate(&refused);
        admitted.verdicts.iter_mut().filter(|verdict| verdict.rule == "A3V1-01").for_each(|one| one.verdict = Met);
        rulebook("").conclude(&refused, &mut admitted);
        assert!(admitted.missing.iter().any(|missing| missing.rule == "A3V1-09"), "{kind:?}");
    }
    let unsure = with(|s| s.applicant.legal_kind = LegalKind::Groupement);
    assert_eq!(says(&unsure, "A3V1-09"), ToReview);
    assert!(!left(&unsure).is_empty());
}

#[test]
fn a_theme_that_is_not_known_is_asked_for_under_each_rule_that_needs_it() {
    let asked = |change: &dyn Fn(&mut Subject)| -> Vec<(String, String)> {
        let missing = evaluate(&with(|s| change(s))).missing.into_iter();
        let of_theme = missing.filter(|missing| missing.fact == Some(FactName::Theme) && missing.who == Who::Demandeur);
        of_theme.map(|missing| (missing.rule, missing.what)).collect()
    };
    let under = |what: &str| ["A3V1-02", "A3V1-13"].map(|rule| (rule.to_owned(), what.to_owned()));
    assert_eq!(asked(&|s| s.lose(FactName::Theme, blank(FactName::Theme))), under("À compléter : thème."));
    assert_eq!(asked(&|s| s.put(FactName::Theme, themes(&[]))), under("À compléter : thématique du projet."));
    let several = "À faire préciser : thématique principale du projet.";
    assert_eq!(asked(&|s| s.put(FactName::Theme, themes(&["1", "3"]))), under(several));
    assert_eq!(asked(&|s| s.put(FactName::Theme, themes(&["2"]))), []);
}

#[test]
fn the_maximum_follows_the_population() {
    assert_eq!(maximum(|_| {}), Some(Cents::euros(40_000)));
    assert_eq!(
        maximum(|s| s.spend(vec![line("services", "35000"), line("payroll", "5000")])),
        Some(Cents::euros(35_000))
    );
    assert_eq!(maximum(|s| s.applicant.population = Some(15_001)), Some(Cents::euros(20_000)));
    let exception = |theme: &str| {
        with(|s| {
            s.applicant.population = Some(15_001);
            s.put(FactName::Theme, themes(&[theme]));
            s.put(FactName::RateException, FactValue::YesNo(true));
        })
    };
    assert_eq!(evaluate(&exception("3")).computed, Some(Cents::euros(32_000)));
    assert_eq!(evaluate(&exception("1")).computed, Some(Cents::euros(20_000)));
    assert_eq!(says(&exception("1"), "A3V1-10"), NotMet);
    assert_eq!(says(&exception("3"), "A3V1-10"), NotApplicable);
    assert_eq!(maximum(|s| s.lose(FactName::TotalCost, Absence::NotMapped)), None);
    assert_eq!(evaluate(&project(1)).status, Status::Eligible);
}

#[test]
fn a_doubtful_population_is_to_review_and_the_maximum_still_computed() {
    let declared = |number| FactValue::Integer(number);
    let across = with(|s| s.put(FactName::Population, declared(16_000)));
    assert_eq!((says(&across, "A3V1-09"), evaluate(&across).computed), (ToReview, Some(Cents::euros(40_000))));
    assert_eq!(says(&with(|s| s.put(FactName::Population, declared(14_000))), "A3V1-09"), Met);
    let small_groupement = with(|s| s.applicant.legal_kind = LegalKind::Groupement);
    assert_eq!(
        (says(&small_groupement, "A3V1-09"), evaluate(&small_groupement).computed),
        (ToReview, Some(Cents::euros(40_000)))
    );
    let unknown = with(|s| s.applicant.population = None);
    assert_eq!((says(&unknown, "A3V1-09"), evaluate(&unknown).computed), (ToReview, None));
    let declared_only = with(|s| {
        s.applicant.population = None;
        s.put(FactName::Population, declared(20_000));
    });
    assert_eq!(
        (says(&declared_only, "A3V1-09"), evaluate(&declared_only).computed),
        (ToReview, Some(Cents::euros(20_000)))
    );
}

#[test]
fn the_applicant_is_a_collectivite() {
    for (kind, expected) in [
        (LegalKind::Commune, Met),
        (LegalKind::Departement, Met),
        (LegalKind::Groupement, Met),
        (LegalKind::Company, NotMet),
        (LegalKind::Association, NotMet),
        (LegalKind::State, NotMet),
        (LegalKind::Person, NotMet),
        (LegalKind::Syndicat, ToReview),
        (LegalKind::LocalPublicBody, ToReview),
        (LegalKind::Unknown, ToReview),
    ] {
        assert_eq!(says(&with(|s| s.applicant.legal_kind = kind), "A3V1-01"), expected, "{kind:?}");
    }
}

#[test]
fn there_is_one_theme() {
    for (codes, expected) in
        [(&["1"][..], Met), (&["3"], Met), (&["1", "2"], ToReview), (&[], ToReview), (&["4"], ToReview)]
    {
        assert_eq!(says(&with(|s| s.put(FactName::Theme, themes(codes))), "A3V1-02"), expected, "{codes:?}");
    }
    assert_eq!(says(&with(|s| s.lose(FactName::Theme, Absence::NotMapped)), "A3V1-02"), ToReview);
    assert_eq!(says(&with(|s| s.put(FactName::Theme, themes(&["3"]))), "A3V1-13"), Met);
    assert_eq!(says(&project(1), "A3V1-13"), ToReview);
    assert_eq!(says(&project(1), "A3V1-14"), ToReview);
}

#[test]
fn the_project_had_not_begun_at_deposit() {
    let day = |day| date(2021, 9, day); // deposited on 1 September 2021
    assert_eq!(says(&with(|s| s.put(FactName::AlreadyEngaged, FactValue::YesNo(true))), "A3V1-03"), NotMet);
    assert_eq!(says(&with(|s| s.date(FactName::ProjectStart, day(1))), "A3V1-03"), Met);
    assert_eq!(says(&with(|s| s.date(FactName::ProjectStart, date(2021, 8, 31))), "A3V1-03"), ToReview);
    assert_eq!(says(&with(|s| s.lose(FactName::ProjectStart, blank(FactName::ProjectStart))), "A3V1-03"), Met);
    assert_eq!(says(&with(|s| s.lose(FactName::AlreadyEngaged, Absence::NotMapped)), "A3V1-03"), Met);
    let neither = with(|s| {
        s.lose(FactName::AlreadyEngaged, Absence::NotMapped);
        s.lose(FactName::ProjectStart, Absence::NotMapped);
    });
    assert_eq!(says(&neither, "A3V1-03"), ToReview);
    let early = ExpenseLine { date: Some(date(2021, 8, 31)), ..line("services", "100") };
    assert_eq!(says(&with(|s| s.spend(vec![early])), "A3V1-03"), ToReview);
}

#[test]
fn the_end_decides_and_ranks() {
    for (end, completed, priority) in
        [(date(2021, 12, 31), Met, Met), (date(2022, 10, 31), Met, Met), (date(2022, 11, 1), NotMet, NotMet)]
    {
        let subject = with(|s| s.date(FactName::ProjectEnd, end));
        assert_eq!((says(&subject, "A3V1-04"), says(&subject, "A3V1-05")), (completed, priority), "{end}");
    }
    let endless = with(|s| s.lose(FactName::ProjectEnd, blank(FactName::ProjectEnd)));
    assert_eq!((says(&endless, "A3V1-04"), says(&endless, "A3V1-05")), (ToReview, ToReview));
    assert!(verdict(&evaluate(&project(1)), "A3V1-05").explanation.starts_with("Priorité 1"));
    assert!(verdict(&evaluate(&project(1)), "A3V1-18").explanation.contains("01/04/2023"));
}

#[test]
fn exclusions_and_equipment() {
    let spend = |lines: Vec<ExpenseLine>, purpose: Option<&str>| {
        with(|s| {
            s.spend(lines);
            if let Some(code) = purpose {
                s.choose(FactName::EquipmentPurpose, code);
            }
        })
    };
    let other = spend(vec![line("services", "1000"), line("other", "500")], None);
    assert_eq!((says(&other, "A3V1-06"), evaluate(&other).eligible_expenses), (Met, Some(Cents::euros(1_500))));
    assert_eq!(says(&other, "A3V1-07"), NotApplicable);
    let lines = |equipment: &str| vec![line("services", "1000"), line("equipment", equipment)];
    for (purpose, amount, expected, eligible) in [
        (Some("training"), "1000", Met, 2_000),
        (Some("accessibility"), "1001", ToReview, 2_001),
        (Some("other"), "1000", Met, 1_000),
        (None, "100", ToReview, 1_000),
    ] {
        let subject = spend(lines(amount), purpose);
        assert_eq!(says(&subject, "A3V1-07"), expected, "{purpose:?} {amount}");
        assert_eq!(evaluate(&subject).eligible_expenses, Some(Cents::euros(eligible)), "{purpose:?} {amount}");
    }
    let software = spend(vec![line("software", "10")], None);
    assert_eq!(says(&software, "A3V1-06"), ToReview);
}

#[test]
fn expenses_count_from_the_committee_on() {
    assert_eq!(says(&project(1), "A3V1-08"), NotApplicable);
    let dated = |day| ExpenseLine { date: Some(date(2021, 9, day)), ..line("services", "1000") };
    let decided = with(|s| {
        s.date(FactName::CommitteeDate, date(2021, 9, 20));
        s.spend(vec![dated(19), dated(20)]);
    });
    assert_eq!((says(&decided, "A3V1-08"), evaluate(&decided).eligible_expenses), (Met, Some(Cents::euros(1_000))));
    let begun = with(|s| s.date(FactName::CommitteeDate, date(2021, 10, 2)));
    assert_eq!(says(&begun, "A3V1-08"), ToReview);
    let on_20 = |lines: Vec<ExpenseLine>, start: bool| {
        let subject = with(|s| {
            s.date(FactName::CommitteeDate, date(2021, 9, 20));
            s.spend(lines);
            if !start {
                s.lose(FactName::ProjectStart, blank(FactName::ProjectStart));
            }
        });
        says(&subject, "A3V1-08")
    };
    let undated = || line("services", "10");
    assert_eq!(on_20(vec![undated()], true), Met, "the start vouches for lines without a date");
    assert_eq!(on_20(vec![undated(), dated(19)], true), ToReview, "unless other lines belie it");
    assert_eq!(on_20(vec![undated()], false), ToReview, "without a start nothing vouches for them");
    assert_eq!(on_20(vec![dated(19), dated(20)], false), Met, "lines that tell their day need no start");
    assert_eq!(says(&with(|s| s.state = DossierState::Accepte), "A3V1-08"), ToReview);
}

fn accepted(number: i64, day: i8, granted: Option<&str>) -> Subject {
    let mut subject = project(number);
    subject.state = DossierState::Accepte;
    subject.date(FactName::CommitteeDate, date(2021, 9, day));
    if let Some(amount) = granted {
        subject.grant(amount);
    }
    subject
}

#[test]
fn grants_stay_within_maximum_and_drawing_right() {
    assert_eq!(says(&accepted(1, 5, Some("40000")), "A3V1-10"), Met);
    assert_eq!(says(&accepted(1, 5, Some("40000.01")), "A3V1-10"), NotMet);
    assert_eq!(says(&accepted(1, 5, None), "A3V1-10"), ToReview);
    assert_eq!(says(&project(1), "A3V1-11"), NotApplicable);

    let mut all = vec![
        accepted(1, 5, Some("290000")),
        accepted(2, 6, Some("7000")),
        accepted(3, 7, Some("0.01")),
        accepted(4, 1, Some("999999")),
    ];
    all[3].put(FactName::ProjectDepartement, FactValue::Departements(vec!["78".to_owned()]));
    let together = |rulebook: crate::rules::Rulebook| {
        let peers = peers(&all);
        all.iter().map(|s| verdict(&rulebook.evaluate(s, &peers), "A3V1-11").verdict).collect::<Vec<_>>()
    };
    assert_eq!(together(rulebook("")), [Met, Met, NotMet, NotMet]);
    let transfer =
        "[[drawing_right]]\ndepartements = [\"77\"]\nvalue = 300000\nunit = \"EUR\"\nvalid_from = 2021-09-07";
    assert_eq!(together(rulebook(transfer)), [Met, Met, Met, NotMet]);

    let paris = |s: &mut Subject| s.applicant.departement = Some("75".to_owned());
    let mut in_paris = accepted(1, 5, Some("100"));
    paris(&mut in_paris);
    assert_eq!((says(&in_paris, "A3V1-11"), says(&in_paris, "A3V1-15")), (NotMet, ToReview));
}

#[test]
fn a_grant_is_judged_against_every_maximum_that_remains_possible() {
    let judge = |granted: &str, change: &dyn Fn(&mut Subject)| {
        let mut subject = accepted(1, 5, Some(granted));
        change(&mut subject);
        let evaluation = evaluate(&subject);
        let found = verdict(&evaluation, "A3V1-10");
        (found.verdict, found.explanation.clone())
    };
    // The table says 15 000 inhabitants, the applicant 16 000: 40 000 € or 20 000 €.
    let across = |s: &mut Subject| s.put(FactName::Population, FactValue::Integer(16_000));
    for (granted, expected) in [("20000", Met), ("20000.01", ToReview), ("40000", ToReview), ("40000.01", NotMet)] {
        let (verdict, text) = judge(granted, &across);
        assert_eq!(verdict, expected, "{granted}");
        assert!(text.replace(['\u{a0}', '\u{202f}'], " ").contains("de 20 000,00 € à 40 000,00 €"), "{text}");
    }
    // Equipment whose purpose is not said: 30 000 € or 40 000 €.
    let equipment = |s: &mut Subject| s.spend(vec![line("services", "30000"), line("equipment", "10000")]);
    for (granted, expected) in [("30000", Met), ("30000.01", ToReview), ("40000.01", NotMet)] {
        assert_eq!(judge(granted, &equipment).0, expected, "{granted}");
    }
    // Expenses that cannot be read: up to the share of the cost.
    let unreadable = |s: &mut Subject| s.lose(FactName::Expenses, unreadable());
    for (granted, expected) in [("1", ToReview), ("40000", ToReview), ("40000.01", NotMet)] {
        assert_eq!(judge(granted, &unreadable).0, expected, "{granted}");
    }
    // An exception whose theme is not known: 50 % or 80 %, and never in order.
    let exception = |s: &mut Subject| {
        s.applicant.population = Some(15_001);
        s.put(FactName::RateException, FactValue::YesNo(true));
        s.lose(FactName::Theme, blank(FactName::Theme));
    };
    for (granted, expected) in [("20000", ToReview), ("32000", ToReview), ("32000.01", NotMet)] {
        assert_eq!(judge(granted, &exception).0, expected, "{granted}");
    }
    assert_eq!(judge("-1", &|_| {}).0, ToReview);
}

fn unreadable() -> Absence {
    Absence::Unreadable { label: "x".to_owned(), reason: "y".to_owned() }
}

#[test]
fn expenses_that_are_lost_leave_no_maximum() {
    for absence in [unreadable(), blank(FactName::Expenses), Absence::NotOnForm { wanted: "x".to_owned() }] {
        let subject = with(|s| s.lose(FactName::Expenses, absence.clone()));
        assert_eq!((says(&subject, "A3V1-09"), evaluate(&subject).computed), (ToReview, None), "{absence:?}");
    }
    let doubtful = with(|s| s.spend(vec![line("software", "100")]));
    assert_eq!((says(&doubtful, "A3V1-09"), evaluate(&doubtful).computed), (ToReview, None));
    let no_lines = with(|s| s.lose(FactName::Expenses, Absence::NotMapped));
    assert_eq!((says(&no_lines, "A3V1-09"), evaluate(&no_lines).computed), (Met, Some(Cents::euros(40_000))));
    let declared = with(|s| {
        s.lose(FactName::Expenses, Absence::NotMapped);
        s.pay(FactName::EligibleExpenses, "30000");
    });
    assert_eq!(evaluate(&declared).computed, Some(Cents::euros(30_000)));
    assert!(verdict(&evaluate(&declared), "A3V1-09").explanation.contains("total déclaré sans détail"));
}

#[test]
fn the_deciding_sentence_comes_first() {
    let starts = |subject: &Subject, rule: &str, text: &str| {
        let evaluation = evaluate(subject);
        let explanation = &verdict(&evaluation, rule).explanation;
        assert!(explanation.starts_with(text), "{rule}: {explanation}");
    };
    starts(
        &with(|s| s.put(FactName::Population, FactValue::Integer(16_000))),
        "A3V1-09",
        "À vérifier : la population déclarée",
    );
    starts(
        &with(|s| s.date(FactName::CommitteeDate, date(2021, 10, 2))),
        "A3V1-08",
        "Le projet commence le 01/10/2021, avant",
    );
    let mut misused = accepted(1, 5, Some("1"));
    misused.put(FactName::RateException, FactValue::YesNo(true));
    starts(&misused, "A3V1-10", "Un taux exceptionnel est enregistré, alors");
}

#[test]
fn the_project_has_one_departement() {
    for kind in [LegalKind::Region, LegalKind::Syndicat] {
        let nowhere = with(|s| s.applicant.legal_kind = kind);
        assert_eq!(says(&nowhere, "A3V1-15"), ToReview, "{kind:?}");
        let mut granted = accepted(1, 5, Some("1"));
        granted.applicant.legal_kind = kind;
        assert_eq!(says(&granted, "A3V1-11"), ToReview, "{kind:?}");
    }
    let mut hidden = accepted(1, 5, Some("1"));
    hidden.lose(FactName::ProjectDepartement, unreadable());
    assert_eq!((says(&hidden, "A3V1-15"), says(&hidden, "A3V1-11")), (ToReview, ToReview));

    assert_eq!(says(&project(1), "A3V1-15"), Met);
    let several =
        with(|s| s.put(FactName::ProjectDepartement, FactValue::Departements(vec!["77".to_owned(), "78".to_owned()])));
    assert_eq!(says(&several, "A3V1-15"), ToReview);
    assert_eq!(says(&with(|s| s.applicant.departement = Some("60".to_owned())), "A3V1-15"), ToReview);
    let spread = with(|s| s.applicant.siret = Siret::parse("20005478100022").ok()); // métropole du Grand Paris
    assert_eq!(says(&spread, "A3V1-15"), ToReview);
}

#[test]
fn the_region_is_informed_first() {
    let informed = |day: Option<i8>| {
        let mut subject = accepted(1, 5, Some("100"));
        subject.date(FactName::NotifiedOn, date(2021, 9, 10));
        match day {
            Some(day) => subject.date(FactName::RegionInformedOn, date(2021, 9, day)),
            None => subject.lose(FactName::RegionInformedOn, blank(FactName::RegionInformedOn)),
        }
        subject
    };
    for (day, expected) in [(Some(9), Met), (Some(10), ToReview), (Some(11), NotMet), (None, NotMet)] {
        assert_eq!(says(&informed(day), "A3V1-12"), expected, "{day:?}");
    }
    assert_eq!(says(&project(1), "A3V1-12"), NotApplicable);
    for state in [DossierState::Refuse, DossierState::SansSuite] {
        let mut refused = informed(None);
        refused.state = state;
        assert_eq!(says(&refused, "A3V1-12"), NotApplicable, "only projects kept are told to the région");
        refused.lose(FactName::CommitteeDate, blank(FactName::CommitteeDate));
        assert_ne!(says(&refused, "A3V1-17"), ToReview, "a refusal needs no commission");
    }
    let mut illegible = informed(Some(9));
    illegible.lose(FactName::NotifiedOn, unreadable());
    assert_eq!(says(&illegible, "A3V1-12"), ToReview);
    let mut on_ds = informed(Some(9));
    on_ds.lose(FactName::NotifiedOn, blank(FactName::NotifiedOn));
    on_ds.treated_at = Some(at("2021-09-08T22:30:00Z")); // the 9th in Paris
    assert_eq!(says(&on_ds, "A3V1-12"), ToReview);
}

#[test]
fn other_requests_of_the_collectivite_are_shown() {
    let own = project(1);
    let mut other = subject(2, Programme::Axe2V1);
    other.applicant.siret.clone_from(&own.applicant.siret);
    let judged = |other: &Subject| verdict(&rulebook("").evaluate(&own, &peers([&own, other])), "A3V1-16").verdict;
    assert_eq!(judged(&other), ToReview);
    other.state = DossierState::Refuse;
    assert_eq!(judged(&other), Met);
    assert_eq!(says(&with(|s| s.applicant.siret = None), "A3V1-16"), ToReview);
}

#[test]
fn the_decision_unfolds_in_order() {
    assert_eq!(says(&project(1), "A3V1-17"), NotApplicable);
    let base = || {
        let mut subject = accepted(1, 5, Some("1000"));
        subject.date(FactName::NotifiedOn, date(2021, 9, 5));
        subject.date(FactName::AgreementOn, date(2021, 9, 20));
        subject.date(FactName::PaidOn, date(2021, 9, 21));
        subject.pay(FactName::EngagedAmount, "1000");
        subject.pay(FactName::PaidAmount, "1000");
        subject
    };
    assert_eq!(says(&base(), "A3V1-17"), Met);
    let spoilt = |change: &dyn Fn(&mut Subject)| {
        let mut subject = base();
        change(&mut subject);
        says(&subject, "A3V1-17")
    };
    assert_eq!(spoilt(&|s| s.date(FactName::NotifiedOn, date(2021, 9, 4))), NotMet);
    assert_eq!(spoilt(&|s| s.date(FactName::PaidOn, date(2021, 9, 19))), NotMet);
    assert_eq!(spoilt(&|s| s.date(FactName::PaidOn, date(2021, 9, 20))), ToReview);
    assert_eq!(spoilt(&|s| s.pay(FactName::PaidAmount, "1000.01")), NotMet);
    assert_eq!(spoilt(&|s| s.pay(FactName::EngagedAmount, "1000.01")), NotMet);
    assert_eq!(spoilt(&|s| s.lose(FactName::CommitteeDate, blank(FactName::CommitteeDate))), NotMet);
    assert_eq!(spoilt(&|s| s.lose(FactName::CommitteeDate, Absence::NotMapped)), ToReview);
    assert_eq!(spoilt(&|s| s.lose(FactName::AgreementOn, blank(FactName::AgreementOn))), ToReview);
    assert_eq!(spoilt(&|s| s.lose(FactName::EngagedAmount, blank(FactName::EngagedAmount))), ToReview);
    let paid_too_much = |s: &mut Subject| {
        s.lose(FactName::EngagedAmount, blank(FactName::EngagedAmount));
        s.pay(FactName::PaidAmount, "1000.01");
    };
    assert_eq!(spoilt(&paid_too_much), NotMet, "paid beyond what was granted, whatever was engaged");
}
