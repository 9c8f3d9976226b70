//! What holds for every Démat.ADS dossier.

use proptest::prelude::*;

use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, ExpenseLine, FactName, FactValue};
use crate::domain::money::Cents;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::verdict::VerdictValue::{Met, NotMet};
use crate::rules::testing::{Change, at, blank, centre, codes, fact, invoice, line, peers, rulebook};

fn expense() -> impl Strategy<Value = ExpenseLine> {
    let nature = prop::option::of(prop::sample::select(crate::domain::fact::NATURES.to_vec()));
    let origin = prop::option::of(prop::sample::select(crate::domain::fact::ORIGINS.to_vec()));
    (nature, origin, prop::option::of(-200_000_i64..3_000_000)).prop_map(|(nature, origin, amount)| ExpenseLine {
        nature: nature.map(str::to_owned),
        origin: origin.map(str::to_owned),
        amount: amount.map(Cents),
        ..ExpenseLine::default()
    })
}

fn some_codes() -> impl Strategy<Value = Vec<String>> {
    let mut pool = codes(40);
    pool.push("99999".to_owned());
    prop::collection::vec(prop::sample::select(pool), 0..45)
}

/// Any dossier: every fact there or not, every state.
fn any_dossier(number: u8) -> impl Strategy<Value = Subject> {
    let spending = prop_oneof![
        prop::collection::vec(expense(), 0..6).prop_map(|lines| (Some(lines), None)),
        (0_i64..3_000_000).prop_map(|cents| (None, Some(Cents(cents)))),
        Just((None, None)),
    ];
    let carrier = prop::option::of(prop::sample::select(vec!["centre_instructeur", "commune_autonome"]));
    let state = prop::sample::select(DossierState::KNOWN.to_vec());
    let deposited = prop::sample::select(vec!["2021-09-01T10:00:00Z", "2021-10-31T10:00:00Z", "2021-11-05T10:00:00Z"]);
    let kind =
        prop::sample::select(vec![LegalKind::Commune, LegalKind::Groupement, LegalKind::Company, LegalKind::Unknown]);
    let granted = prop::option::of(0_i64..2_000_000);
    let facts = (carrier, prop::option::of(some_codes()), spending, prop::option::of(0_usize..2), granted);
    (facts, state, deposited, kind).prop_map(move |(facts, state, deposited, kind)| {
        let (carrier, communes, (lines, total), files, granted) = facts;
        let mut subject = centre(number.into(), &[]);
        let given = [
            (FactName::ApplicantType, carrier.map(|code| FactValue::Choice(code.to_owned()))),
            (FactName::Expenses, lines.map(FactValue::Expenses)),
            (FactName::EligibleExpenses, total.map(FactValue::Amount)),
            (FactName::Invoices, files.map(|count| FactValue::Files(vec![invoice(); count]))),
            (FactName::GrantedAmount, granted.map(|cents| FactValue::Amount(Cents(cents)))),
        ];
        for (name, value) in given {
            subject.facts.set(name, value.map(|value| fact(name, value)).ok_or_else(|| blank(name)));
        }
        match communes {
            Some(communes) => subject.attach(&communes),
            None => subject.lose(FactName::AttachedCommunes, blank(FactName::AttachedCommunes)),
        }
        (subject.state, subject.deposited_at) = (state, at(deposited));
        (subject.applicant.legal_kind, subject.applicant.code_insee) =
            (kind, codes(40).get(usize::from(number)).cloned());
        subject
    })
}

/// Ways for a fact to be missing. An empty list of communes is an answer, so that blank is no absence for it.
fn absences(name: FactName) -> Vec<Absence> {
    let mut absences = vec![
        Absence::NotMapped,
        Absence::NotOnForm { wanted: "x".to_owned() },
        Absence::Unreadable { label: "x".to_owned(), reason: "y".to_owned() },
    ];
    if name != FactName::AttachedCommunes {
        absences.push(blank(name));
    }
    absences
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn losing_a_fact_never_makes_a_rule_met(subject in any_dossier(1), other in any_dossier(2)) {
        let rulebook = rulebook("[[ads_envelope]]\nvalue = 9000\nunit = \"EUR\"");
        let peers = peers([&subject, &other]);
        let before = rulebook.evaluate(&subject, &peers);
        for (name, _) in subject.facts.known() {
            for absence in absences(name) {
                let mut poorer = subject.clone();
                poorer.lose(name, absence.clone());
                let after = rulebook.evaluate(&poorer, &peers);
                for (old, new) in before.verdicts.iter().zip(&after.verdicts) {
                    prop_assert!(new.verdict != Met || old.verdict == Met, "{} without {name} ({absence}): {new:?}", old.rule);
                }
            }
        }
    }

    #[test]
    fn the_amount_has_its_limits(subject in any_dossier(1)) {
        let evaluation = rulebook("").evaluate(&subject, &peers([]));
        if let Some(amount) = evaluation.computed {
            prop_assert!(Cents::ZERO <= amount && amount <= Cents::euros(16_000));
            prop_assert!(evaluation.eligible_expenses.is_some_and(|expenses| amount <= expenses));
        }
    }

    #[test]
    fn a_sure_control_stays_sure_whatever_is_decided_of_the_doubts(subject in any_dossier(1), admitted in any::<u8>()) {
        // The instructor decides of every doubtful line: admitted as a service, or excluded as payroll.
        let Some(lines) = subject.facts.expenses() else { return Ok(()) };
        let sure = |line: &ExpenseLine| match line.nature.as_deref() {
            Some("other") | None => false,
            Some("software") => matches!(line.origin.as_deref(), Some("eu" | "non_eu")),
            Some("payroll" | "equipment") => true,
            Some(_) => line.amount.is_some(),
        };
        let decided = lines.iter().enumerate().map(|(at, one)| {
            if sure(one) { return one.clone(); }
            let nature = if admitted >> at & 1 == 1 { "services" } else { "payroll" };
            ExpenseLine { nature: Some(nature.to_owned()), amount: one.amount.or(Some(Cents(100_000))), ..one.clone() }
        });
        let mut settled = subject.clone();
        settled.spend(decided.collect());
        let verdict = |subject: &Subject| {
            let evaluation = rulebook("").evaluate(subject, &peers([]));
            evaluation.verdicts.into_iter().find(|verdict| verdict.rule == "ADS-11").map(|verdict| verdict.verdict)
        };
        let (before, after) = (verdict(&subject), verdict(&settled));
        if matches!(before, Some(Met | NotMet)) {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn one_commune_or_one_expense_more_never_lowers_the_amount(subject in any_dossier(1), code in some_codes(), cents in 1_i64..1_000_000) {
        let rulebook = rulebook("");
        let before = rulebook.evaluate(&subject, &peers([])).computed;
        let mut more = subject.clone();
        if let Some(communes) = subject.facts.communes(FactName::AttachedCommunes) {
            let mut all: Vec<String> = communes.iter().filter_map(|commune| commune.code.clone()).collect();
            all.extend(code.into_iter().take(1));
            more.attach(&all);
            prop_assert!(rulebook.evaluate(&more, &peers([])).computed >= before);
        }
        if let Some(lines) = subject.facts.expenses() {
            let bonus = ExpenseLine { amount: Some(Cents(cents)), ..line("training", "0") };
            more.spend(lines.iter().cloned().chain([bonus]).collect());
            prop_assert!(rulebook.evaluate(&more, &peers([])).computed >= before);
        }
    }

    #[test]
    fn the_order_of_dossiers_changes_nothing(subjects in (any_dossier(1), any_dossier(2), any_dossier(3), any_dossier(4))) {
        let rulebook = rulebook("[[ads_envelope]]\nvalue = 9000\nunit = \"EUR\"");
        let all = [&subjects.0, &subjects.1, &subjects.2, &subjects.3];
        let (forth, back) = (peers(all), peers(all.into_iter().rev()));
        for subject in all {
            prop_assert_eq!(rulebook.evaluate(subject, &forth), rulebook.evaluate(subject, &back));
            let others = peers(all.into_iter().filter(|other| other.number != subject.number));
            prop_assert_eq!(rulebook.evaluate(subject, &forth), rulebook.evaluate(subject, &others), "its own entry does not count");
        }
    }
}
