//! A long story told at random: months of changes on DS, some while a sync runs, some published late; whatever they are,
//! the syncs that follow leave the database equal to the world.

mod common;

use std::sync::{Arc, Mutex};

use common::chance;
use common::mirror::assert_store_equals_world;
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fastrand::Rng;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::World;
use fitn_connector::sandbox::world::Value;
use fitn_connector::sync::Progress;
use jiff::SignedDuration;

/// How many stories are told of each kind, and how many when nothing is left out.
const STORIES: (usize, usize) = (2, 40);

/// Whoever changes the world, and how late it is there.
struct Author {
    rng: Rng,
    minutes: i64,
    /// Every dossier that was ever shown and is not erased.
    known: Vec<i64>,
}

impl Author {
    fn new(seed: u64, world: &World, programme: Programme) -> Self {
        let known = world.dossiers_of(procedure(programme)).map(|dossier| dossier.number).collect();
        Self { rng: Rng::with_seed(seed), minutes: 0, known }
    }

    /// One change of those that move the date of a dossier, at this second or soon after; none where all are erased.
    fn write(&mut self, world: &mut World) {
        self.minutes += self.rng.i64(0..2);
        if self.known.is_empty() {
            return;
        }
        // DS may publish a change some minutes after the instant that it bears.
        let late = if self.rng.u8(..5) == 0 { self.rng.i64(0..9) } else { 0 };
        let at =
            later(self.minutes) - SignedDuration::from_mins(late) + SignedDuration::from_millis(self.rng.i64(0..700));
        let index = self.rng.usize(..self.known.len());
        let number = self.known[index];
        let state = self.rng.choice(DossierState::KNOWN).unwrap();
        let outcome = match self.rng.u8(..10) {
            0 => world.touch(number, at),
            1 => world.add_copy(number, at).map(|copy| self.known.push(copy)),
            2 => world.hide_by_user(number, at),
            3 => world.hide_by_administration(number, at, "instructeur_request"),
            4 => world.restore(number, at),
            5 => {
                self.known.swap_remove(index);
                world.delete(number, at)
            }
            6 => world.archive(number, self.rng.bool(), at),
            7 => world.set_state(number, state, at, Some("Motif".to_owned())),
            _ => {
                let form = world.procedure(world.dossier(number).unwrap().procedure).unwrap();
                let label = form.field("granted_amount").unwrap().label.clone();
                let amount =
                    Some(Value::Decimal(Cents::from(self.rng.i64(0..10_000_000)))).filter(|_| self.rng.u8(..4) > 0);
                world.answer(number, &label, amount, at)
            }
        };
        outcome.unwrap();
    }
}

#[test]
fn after_any_changes_an_increment_leaves_the_database_equal_to_the_world() {
    chance::stories("increments", chance::rounds(STORIES.0, STORIES.1), months_of_increments);
}

fn months_of_increments(seed: u64) {
    let stand = Stand::new(&[GUICHET]);
    stand.reconfigure("page_size = 100", "page_size = 3");
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let mut author = Author::new(seed, &stand.world(), GUICHET);
    for round in 0..12 {
        for _ in 0..=round {
            author.write(&mut stand.world_mut());
        }
        office.sync(&stand);
        assert_store_equals_world(&stand);
    }
}

#[test]
fn what_changes_while_a_sync_runs_is_there_after_the_next_one() {
    chance::stories("meanwhile", chance::rounds(STORIES.0, STORIES.1), syncs_disturbed);
}

fn syncs_disturbed(seed: u64) {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("page_size = 100", "page_size = 4");
    let author = Arc::new(Mutex::new(Author::new(seed, &stand.world(), ADS)));
    let (world, writer, quiet) = (stand.running().world(), Arc::clone(&author), Arc::new(Mutex::new(false)));
    let silent = Arc::clone(&quiet);
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").engine(|engine| {
        engine.watched_by(move |progress| {
            if matches!(progress, Progress::Stored { .. }) && !*silent.lock().unwrap() {
                writer.lock().unwrap().write(&mut world.write().unwrap());
            }
        })
    });
    for round in 0..4 {
        *quiet.lock().unwrap() = false;
        let summary = office.try_sync(&stand, round == 2).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        *quiet.lock().unwrap() = true;
        office.sync(&stand);
        assert_store_equals_world(&stand);
    }
}
