//! What holds for every Démat.ADS dossier.

use proptest::prelude::*;

use crate::domain::fact::{ExpenseLine, FactName};
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::domain::verdict::VerdictValue::{Met, NotMet};
use crate::rules::testing::any::{absences, any_request, some_codes};
use crate::rules::testing::{Change, peers, rulebook};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases * 3 / 8))]

    #[test]
    fn losing_a_fact_never_makes_a_rule_met(subject in any_request(1), other in any_request(2)) {
        let rulebook = rulebook("[[ads_envelope]]\nvalue = 9000\nunit = \"EUR\"");
        let peers = peers([&subject, &other]);
        let before = rulebook.evaluate(&subject, &peers);
        for (name, _) in subject.facts.known() {
            for absence in absences(name) {
                let mut poorer = subject.clone();
                poorer.lose(name, absence.clone());
                let after = rulebook.evaluate(&poorer, &peers);
                // Acceptance is held against what is surely broken: what is to review is only named there.
                let judged = before.verdicts.iter().zip(&after.verdicts).filter(|(old, _)| old.rule != "ADS-14");
                for (old, new) in judged {
                    prop_assert!(new.verdict != Met || old.verdict == Met, "{} without {name} ({absence}): {new:?}", old.rule);
                }
            }
        }
    }

    #[test]
    fn the_amount_has_its_limits(subject in any_request(1)) {
        let evaluation = rulebook("").evaluate(&subject, &peers([]));
        if let Some(amount) = evaluation.computed {
            prop_assert!(Cents::ZERO <= amount && amount <= Cents::euros(16_000));
            prop_assert!(evaluation.eligible_expenses.is_some_and(|expenses| amount <= expenses));
        }
    }

    #[test]
    fn a_sure_control_stays_sure_whatever_is_decided_of_the_doubts(subject in any_request(1), admitted in any::<u8>()) {
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
    fn one_commune_more_never_lowers_the_amount(subject in any_request(1), code in some_codes()) {
        let Some(communes) = subject.facts.communes(FactName::AttachedCommunes) else { return Ok(()) };
        let mut all: Vec<String> = communes.iter().filter_map(|commune| commune.code.clone()).collect();
        all.extend(code.into_iter().take(1));
        let mut more = subject.clone();
        more.attach(&all);
        let computed = |subject: &Subject| rulebook("").evaluate(subject, &peers([])).computed;
        prop_assert!(computed(&more) >= computed(&subject));
    }
}
