//! As many dossiers as asked for, of which each has as few neighbours as among a thousand.
//!
//! The first thousand are the stand-in's own. The others are copies of them, a thousand at a time, as if each thousand were of
//! another territory: applicants have other SIREN and the communes of Démat.ADS other codes, all invented. So who asks twice, or which
//! commune is attached twice, does not become commoner with the number of dossiers, which no commune of France would bear; the order
//! of decisions and the credits, which all share, do grow.

use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::instant::paris_date;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::world::{Answers, Applicant, Company, Dossier, Procedure, Value};
use fitn_connector::sandbox::{self, Options, World};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// How many dossiers the stand-in makes up itself.
const OWN: usize = 1_000;

/// By how much each thousand is later than the one before: more than a sync reads again.
const LATER: SignedDuration = SignedDuration::from_mins(21);

/// A world of so many dossiers, those erased or hidden counted.
pub fn of(dossiers: usize) -> World {
    let mut world = sandbox::generate(&Options { dossiers: dossiers.min(OWN), ..Options::default() });
    complete_applicants(&mut world);
    let patterns: Vec<Dossier> = world
        .procedures()
        .flat_map(|procedure| world.dossiers_of(procedure.number))
        .filter(|dossier| dossier.applicant.is_some())
        .cloned()
        .collect();
    let is_ads = |number| world.procedure(number).is_some_and(|found| found.programme == Programme::Axe3V1Ads);
    let ads: Vec<bool> = patterns.iter().map(|pattern| is_ads(pattern.procedure)).collect();
    let mut numbers = world.next_number()..;
    let mut left = dossiers.saturating_sub(OWN);
    for copy in 1.. {
        for (pattern, is_ads) in patterns.iter().zip(&ads).take(left) {
            if let Some(number) = numbers.next() {
                world.put(elsewhere(pattern, number, copy, *is_ads));
            }
        }
        left = left.saturating_sub(patterns.len());
        if left == 0 || patterns.is_empty() {
            break;
        }
    }
    world
}

/// Gives the registers' data of applicants that lack them: a dossier that DS has yet to complete is asked for again and again, and
/// a sync with nothing new is to have nothing to ask for.
fn complete_applicants(world: &mut World) {
    let is_incomplete = |dossier: &Dossier| matches!(dossier.applicant, Some(Applicant::Incomplete(_)));
    let shown = world.procedures().flat_map(|procedure| world.dossiers_of(procedure.number));
    let incomplete: Vec<i64> = shown.filter(|dossier| is_incomplete(dossier)).map(|dossier| dossier.number).collect();
    for number in incomplete {
        // It is there: it was just found.
        let _ = world.complete_applicant(number);
    }
}

/// A dossier as one of another territory.
fn elsewhere(pattern: &Dossier, number: i64, territory: i32, is_ads: bool) -> Dossier {
    let mut dossier = Dossier { number, ..pattern.clone() };
    let by = LATER * territory;
    let dates = [&mut dossier.deposited_at, &mut dossier.constructed_at, &mut dossier.updated_at];
    for at in dates.into_iter().chain([&mut dossier.champs_at, &mut dossier.annotations_at]) {
        *at += by;
    }
    for at in [&mut dossier.instructed_at, &mut dossier.treated_at].into_iter().flatten() {
        *at += by;
    }
    for treatment in &mut dossier.treatments {
        treatment.at += by;
    }
    if let Some(Applicant::Company(company) | Applicant::Incomplete(company)) = &mut dossier.applicant {
        move_company(company, territory, is_ads);
    }
    move_answers(&mut dossier.answers, territory, is_ads, by);
    dossier
}

fn move_answers(answers: &mut Answers, territory: i32, is_ads: bool, by: SignedDuration) {
    for answer in answers.values_mut() {
        answer.updated_at += by;
        match &mut answer.value {
            Value::Siret(company) => move_company(company, territory, is_ads),
            Value::Commune(place) if is_ads => move_code(&mut place.code, territory),
            Value::Rows(rows) => {
                for row in rows {
                    move_answers(&mut row.answers, territory, is_ads, by);
                }
            }
            _ => {}
        }
    }
}

fn move_company(company: &mut Company, territory: i32, is_ads: bool) {
    let (siren, establishment) = company.siret.split_at(9);
    let siren: i64 = siren.parse().unwrap_or_default();
    let siren = (siren + 7_654_321 * i64::from(territory)) % 1_000_000_000;
    company.siret = format!("{siren:09}{establishment}");
    if is_ads {
        move_code(&mut company.address.place.code, territory);
    }
}

/// A code that no commune has.
fn move_code(code: &mut String, territory: i32) {
    *code = format!("{code}-{territory}");
}

/// The first grant of a programme in the order of decisions, and how many come after it out of the same credits.
pub fn first_grant(world: &World, procedure: &Procedure) -> Option<(i64, u64)> {
    let mut grants: Vec<(Date, i64, Option<&Value>)> = world
        .dossiers_of(procedure.number)
        .filter(|dossier| {
            dossier.state == DossierState::Accepte && held(procedure, dossier, "granted_amount").is_some()
        })
        .filter_map(|dossier| {
            let committee = match held(procedure, dossier, "committee_date") {
                Some(Value::Date(day)) => Some(*day),
                _ => dossier.treated_at.map(paris_date),
            };
            Some((committee?, dossier.number, held(procedure, dossier, "project_departement")))
        })
        .collect();
    grants.sort_unstable_by_key(|(day, number, _)| (*day, *number));
    let (_, first, place) = grants.first()?;
    let later = grants.iter().filter(|(_, number, other)| number != first && other == place).count();
    Some((*first, later as u64))
}

/// The dossiers of a programme that wait for a decision, in order of deposit.
pub fn pending(world: &World, procedure: i64) -> impl Iterator<Item = &Dossier> {
    world.dossiers_of(procedure).filter(|dossier| dossier.state == DossierState::EnInstruction)
}

/// What a dossier answers to the question with a key.
pub fn held<'a>(procedure: &Procedure, dossier: &'a Dossier, key: &str) -> Option<&'a Value> {
    let id = procedure.field(key)?.stable_id;
    dossier.answers.get(&id).map(|answer| &answer.value)
}

/// Adds a euro to an amount of a dossier.
pub fn add_a_euro(world: &mut World, procedure: i64, number: i64, key: &str, at: Timestamp) -> Result<(), String> {
    let unknown = || format!("le dossier {number} n’a pas « {key} »");
    let form = world.procedure(procedure).ok_or_else(unknown)?;
    let dossier = world.dossier(number).ok_or_else(unknown)?;
    let label = form.field(key).ok_or_else(unknown)?.label.clone();
    let Some(Value::Decimal(amount)) = held(form, dossier, key) else { return Err(unknown()) };
    let amount = *amount + Cents::euros(1);
    world.answer(number, &label, Some(Value::Decimal(amount)), at).map_err(|error| error.to_string())
}

/// Takes the last attached commune from a dossier of Démat.ADS.
pub fn detach_a_commune(world: &mut World, procedure: i64, number: i64, at: Timestamp) -> Result<(), String> {
    let field = world.procedure(procedure).and_then(|form| form.field("attached_communes"));
    let id = field.ok_or("le formulaire n’a pas de communes rattachées")?.stable_id;
    let detached = world.edit(number, |dossier| {
        if let Some(answer) = dossier.answers.get_mut(&id) {
            if let Value::Rows(rows) = &mut answer.value {
                rows.pop();
            }
            answer.updated_at = at;
        }
        (dossier.updated_at, dossier.champs_at) = (at, at);
    });
    detached.map_err(|error| error.to_string())
}
