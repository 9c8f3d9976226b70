use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::dossier::DossierState;
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::sandbox::world::{Applicant, Dossier, Field, Value};

fn world(dossiers: usize, seed: u64) -> World {
    generate(&Options { port: 0, dossiers, seed })
}

fn every_dossier(world: &World) -> Vec<&Dossier> {
    (FIRST_DOSSIER..world.next_number()).filter_map(|number| world.dossier(number)).collect()
}

fn ads(world: &World) -> Vec<&Dossier> {
    every_dossier(world).into_iter().filter(|dossier| dossier.procedure == TEMPLATES[0].number).collect()
}

fn value<'a>(world: &'a World, dossier: &'a Dossier, key: &str) -> Option<&'a Value> {
    let id = world.procedure(dossier.procedure)?.field(key)?.stable_id;
    dossier.answers.get(&id).map(|answer| &answer.value)
}

fn cells<'a>(world: &'a World, dossier: &'a Dossier, list: &str, column: &str) -> Vec<Option<&'a Value>> {
    let id = world.procedure(dossier.procedure).unwrap().field(column).unwrap().stable_id;
    match value(world, dossier, list) {
        Some(Value::Rows(rows)) => rows.iter().map(|row| row.answers.get(&id).map(|answer| &answer.value)).collect(),
        _ => Vec::new(),
    }
}

fn codes(world: &World, dossier: &Dossier) -> Vec<String> {
    cells(world, dossier, "attached_communes", "attached_commune")
        .into_iter()
        .filter_map(|value| match value {
            Some(Value::Commune(place)) => Some(place.code.clone()),
            _ => None,
        })
        .collect()
}

fn siret(dossier: &Dossier) -> Option<&str> {
    match &dossier.applicant {
        Some(Applicant::Company(company) | Applicant::Incomplete(company)) => Some(&company.siret),
        _ => None,
    }
}

#[test]
fn a_world_is_a_function_of_its_seed_and_size() {
    assert_eq!(format!("{:?}", every_dossier(&world(80, 3))), format!("{:?}", every_dossier(&world(80, 3))));
    assert_ne!(format!("{:?}", every_dossier(&world(80, 3))), format!("{:?}", every_dossier(&world(80, 4))));
    assert_eq!(world(80, 3).access.token, world(80, 3).access.token);
}

#[test]
fn as_many_dossiers_as_asked_for_erased_ones_included() {
    for count in [0, 1, 7, 60, 333] {
        let world = world(count, 5);
        let erased: usize = world.procedures().map(|procedure| procedure.deleted.len()).sum();
        assert_eq!(every_dossier(&world).len() + erased, count);
    }
}

#[test]
fn every_awkward_case_of_demat_ads_is_there_from_60_dossiers_on() {
    for seed in [1, 7, 42] {
        let world = world(60, seed);
        let ads = ads(&world);
        let count = |wanted: &dyn Fn(&Dossier) -> bool| ads.iter().filter(|dossier| wanted(dossier)).count();
        let communes = |n: usize| count(&|dossier| codes(&world, dossier).len() == n);
        assert!(communes(30) >= 1 && communes(31) >= 1 && communes(12) >= 1, "seed {seed}");

        let unknown = |code: &String| territory::commune(code).is_none();
        assert!(count(&|dossier| codes(&world, dossier).iter().any(unknown)) >= 1);
        assert!(
            count(&|dossier| {
                let codes = codes(&world, dossier);
                codes.iter().collect::<BTreeSet<_>>().len() < codes.len()
            }) >= 1
        );
        let mut centres: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for dossier in &ads {
            for code in codes(&world, dossier) {
                centres.entry(code).or_default().insert(dossier.number);
            }
        }
        assert!(centres.values().any(|numbers| numbers.len() >= 2));

        let sirets: Vec<&str> = ads.iter().filter_map(|dossier| siret(dossier)).collect();
        assert!(sirets.iter().any(|siret| sirets.iter().filter(|other| other == &siret).count() == 2));
        assert!(sirets.iter().any(|a| sirets.iter().any(|b| a[..9] == b[..9] && a != b)));

        assert!(count(&|dossier| value(&world, dossier, "invoices").is_none()) >= 1);
        let natures = |wanted: &str| {
            let is = |value: Option<&Value>| matches!(value, Some(Value::Choice(choice)) if choice == wanted);
            count(&|dossier| cells(&world, dossier, "expenses", "expense_nature").into_iter().any(is))
        };
        assert!(
            ["Matériel et équipement", "Masse salariale", "Autre dépense"].iter().all(|nature| natures(nature) >= 1)
        );
        let origins = |dossier: &Dossier| cells(&world, dossier, "expenses", "expense_origin").len();
        assert!(origins(ads[0]) >= 1);
        assert!(count(&|dossier| cells(&world, dossier, "expenses", "expense_origin").contains(&None)) >= 1);
        let abroad = Value::Choice("Hors Union européenne".to_owned());
        assert!(count(&|dossier| cells(&world, dossier, "expenses", "expense_origin").contains(&Some(&abroad))) >= 1);
        let negative = |value: Option<&Value>| matches!(value, Some(Value::Decimal(amount)) if *amount < Cents::ZERO);
        assert!(count(&|dossier| cells(&world, dossier, "expenses", "expense_amount").into_iter().any(negative)) >= 1);

        assert!(count(&|dossier| matches!(dossier.applicant, Some(Applicant::Incomplete(_)))) >= 1);
        assert!(count(&|dossier| matches!(dossier.applicant, Some(Applicant::Person { .. }))) >= 1);
        assert!(
            count(&|dossier| value(&world, dossier, "feedback") == Some(&Value::Text(awkward::FORMULA.to_owned())))
                >= 1
        );
        assert!(count(&|dossier| siret(dossier).is_some_and(|siret| siret.starts_with("212800858"))) == 1, "Chartres");
        assert!(
            count(&|dossier| {
                value(&world, dossier, "applicant_type")
                    == Some(&Value::Choice(TEMPLATES[0].champs[2].options[1].to_owned()))
                    && !codes(&world, dossier).is_empty()
            }) >= 1
        );
        for deposit in ["2021-10-30T21:30:00.123456Z", "2021-10-30T22:30:00.000001Z", "2021-10-31T23:00:00Z"] {
            assert_eq!(count(&|dossier| dossier.deposited_at == deposit.parse().unwrap()), 1, "{deposit}");
        }
        let same: Vec<_> = ads.iter().filter(|dossier| dossier.deposited_at.as_second() == 1_631_693_553).collect();
        assert_eq!(same.len(), 3);
        assert!(
            count(&|dossier| {
                dossier.state == DossierState::Accepte && value(&world, dossier, "granted_amount").is_none()
            }) >= 1
        );
    }
}

#[test]
fn removed_hidden_archived_and_restored_dossiers_are_there() {
    let world = world(60, 7);
    let procedure = world.procedure(TEMPLATES[1].number).unwrap();
    let reasons: BTreeSet<_> = procedure.deleted.values().map(|tombstone| tombstone.reason).collect();
    assert_eq!(reasons, ["expired", "user_request"].into());
    assert_eq!(procedure.pending.len(), 2);
    let all = every_dossier(&world);
    assert!(all.iter().any(|dossier| dossier.hidden_by_expiry.is_some()));
    assert!(all.iter().any(|dossier| dossier.archived));
    assert!(all.iter().any(|dossier| dossier.hidden_by_user.is_some() && dossier.is_visible()));
    for state in DossierState::KNOWN {
        assert!(all.iter().any(|dossier| dossier.state == state), "{state}");
    }
}

#[test]
fn dates_lie_in_the_period_of_the_guide_and_follow_each_other() {
    for seed in [1, 2, 3] {
        for dossier in every_dossier(&world(400, seed)) {
            let of_the_period = |at| (2021..=2022).contains(&paris_date(at).year());
            assert!(of_the_period(dossier.deposited_at) && of_the_period(dossier.updated_at), "{dossier:?}");
            let steps: Vec<_> = dossier.treatments.iter().map(|treatment| treatment.at).collect();
            assert!(steps.is_sorted());
            assert!(dossier.updated_at >= *steps.last().unwrap());
            assert!(dossier.answers.values().all(|answer| answer.updated_at <= dossier.updated_at));
            assert_eq!(
                dossier.treated_at.is_some(),
                matches!(dossier.state.code(), "accepte" | "refuse" | "sans_suite")
            );
        }
    }
}

#[test]
fn nothing_looks_like_a_mailbox_and_formulas_stay_in_free_text() {
    let world = world(200, 9);
    for dossier in every_dossier(&world) {
        assert!(!format!("{dossier:?}").contains('@'));
    }
}

#[test]
fn every_question_with_a_key_is_answered_somewhere() {
    let mut answered = BTreeSet::new();
    let world = world(600, 11);
    for dossier in every_dossier(&world) {
        answered.extend(dossier.answers.keys().copied());
        for answer in dossier.answers.values() {
            if let Value::Rows(rows) = &answer.value {
                answered.extend(rows.iter().flat_map(|row| row.answers.keys().copied()));
            }
        }
    }
    let keyed = |field: &&Field| !field.key.is_empty();
    for procedure in world.procedures() {
        let fields = procedure.champs.iter().chain(&procedure.annotations);
        for field in fields.flat_map(|field| std::iter::once(field).chain(&field.columns)).filter(keyed) {
            assert!(answered.contains(&field.stable_id), "{} : {}", procedure.number, field.label);
        }
    }
}

#[test]
fn grants_are_within_what_the_rules_allow() {
    let world = world(300, 13);
    for dossier in ads(&world) {
        if let Some(Value::Decimal(granted)) = value(&world, dossier, "granted_amount") {
            let communes = i64::try_from(codes(&world, dossier).len().min(30)).unwrap();
            assert!(*granted <= Cents::euros(4_000 + 400 * communes), "{}", dossier.number);
        }
    }
}

#[test]
fn in_a_world_of_the_usual_size_only_the_awkward_cases_share_an_applicant() {
    let world = world(120, 7);
    let ads = ads(&world);
    let mut sirens: Vec<&str> = ads.iter().filter_map(|dossier| siret(dossier)).map(|siret| &siret[..9]).collect();
    let all = sirens.len();
    sirens.sort_unstable();
    sirens.dedup();
    assert_eq!(all - sirens.len(), 2, "one SIRET twice, one SIREN twice");
}
