//! Making up a world: a pure function of a seed and of the number of dossiers.
//!
//! All dates lie in 2021 and 2022, the period of the guide. Applicants are real communes and groupements of Île-de-France;
//! what they are said to ask for is made up.

mod ads;
mod awkward;
mod draft;
mod life;
mod places;
mod projects;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use fastrand::Rng;

use self::awkward::{ADS_CASES, Memory, PROJECT_CASES, ProjectCase};
use self::draft::Draft;
use self::life::{Fate, live};
use self::places::{DEPARTEMENTS, Places};
use super::Options;
use super::forms::{TEMPLATES, Template};
use super::world::{Group, Procedure, World, fields};
use crate::domain::instant::start_of_paris_day;
use crate::domain::programme::Programme;
use crate::territory;

const FIRST_DOSSIER: i64 = 5_210_000;
const LABELS: [(&str, &str); 3] =
    [("Complet", "green_menthe"), ("Pièces à demander", "yellow_tournesol"), ("Prioritaire", "pink_macaron")];

/// The world of a seed, with so many dossiers: those erased, hidden or in the bin are counted.
#[must_use]
pub fn generate(options: &Options) -> World {
    let mut rng = Rng::with_seed(options.seed);
    let mut world = World::default();
    world.access.token = token(&mut rng);
    let mut places = Places::of_the_region(&mut rng, awkward::is_reserved);
    let rest: usize = TEMPLATES.iter().skip(1).map(|template| options.dossiers * template.share / 100).sum();
    let mut number = FIRST_DOSSIER;
    for (index, template) in TEMPLATES.iter().enumerate() {
        let procedure = procedure(template);
        let count = if index == 0 { options.dossiers - rest } else { options.dossiers * template.share / 100 };
        let made = dossiers(&procedure, count, &mut number, &mut places, &mut rng);
        world.add_procedure(procedure);
        for (dossier, aftermath) in made {
            let dossier_number = dossier.number;
            world.put(dossier);
            if let Some(aftermath) = aftermath {
                awkward::afterwards(&mut world, dossier_number, aftermath, &mut rng);
            }
        }
    }
    world
}

/// The dossiers of a démarche: first the awkward ones, then as they come.
fn dossiers(
    procedure: &Procedure,
    count: usize,
    number: &mut i64,
    places: &mut Places,
    rng: &mut Rng,
) -> Vec<(super::world::Dossier, Option<awkward::Aftermath>)> {
    let mut memory = Memory::default();
    let mut made = Vec::with_capacity(count);
    for index in 0..count {
        *number += rng.i64(1..9);
        let mut aftermath = None;
        let plain = Fate::draw(rng);
        let drawn: Option<(Draft, Fate)> = match procedure.programme {
            Programme::Axe3V1Ads => match ADS_CASES.get(index) {
                Some(case) => awkward::ads_case(*case, procedure, *number, (places, &mut memory), rng),
                None => ads::draft(procedure, *number, places, rng).map(|draft| (draft, plain)),
            },
            Programme::Axe3V1 => projects::draft(procedure, *number, places, rng).map(|mut draft| {
                let case = PROJECT_CASES.get(index);
                if let Some(ProjectCase::Then(then)) = case {
                    aftermath = Some(*then);
                }
                let fate = case.map_or(plain, |case| awkward::project_case(*case, &mut draft));
                (draft, fate)
            }),
            _ => projects::draft(procedure, *number, places, rng).map(|draft| (draft, plain)),
        };
        if let Some((mut draft, fate)) = drawn {
            draft.fill_sides();
            draft.set_support_and_feedback();
            live(&mut draft, fate);
            made.push((draft.dossier, aftermath));
        }
    }
    made
}

/// A démarche with its form and nothing in it.
fn procedure(template: &Template) -> Procedure {
    let mut next = template.number * 1_000;
    let groups = DEPARTEMENTS.iter().enumerate().filter_map(|(index, code)| {
        let departement = territory::departement(code)?;
        let number = template.number * 10 + i64::try_from(index).ok()?;
        Some(Group { number, label: format!("{code} – {}", departement.name) })
    });
    let created_at = start_of_paris_day(jiff::civil::date(2021, 1, 20));
    Procedure {
        number: template.number,
        programme: template.programme,
        title: template.title.to_owned(),
        fields_toml: template.fields_toml,
        created_at,
        revised_at: created_at,
        revision: 1,
        champs: fields(template.champs, &mut next),
        annotations: fields(template.annotations, &mut next),
        groups: groups.collect(),
        labels: LABELS.map(|(name, color)| (name.to_owned(), color)).into(),
        discarded: false,
        by_deposit: BTreeSet::new(),
        by_update: BTreeSet::new(),
        pending: BTreeSet::new(),
        deleted: BTreeMap::new(),
    }
}

/// A token of the API's shape: base64 of `<uuid>;<secret>`.
fn token(rng: &mut Rng) -> String {
    let mut hex =
        |digits: usize| (0..digits).map(|_| char::from_digit(rng.u32(..16), 16).unwrap_or('0')).collect::<String>();
    let uuid = format!("{}-{}-4{}-8{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12));
    BASE64_URL_SAFE.encode(format!("{uuid};{}", hex(24)))
}
