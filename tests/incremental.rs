//! Judging again only what changed gives what judging everything gives: after any changes on DS and any acts of agents.

mod common;

use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fastrand::Rng;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::verdict::VerdictValue;
use fitn_connector::operations::{OperationError, Signed};
use fitn_connector::sandbox::World;
use fitn_connector::sandbox::world::{Place, Value};
use fitn_connector::territory::territory;

/// Towns that lists of attached communes fight for.
const TOWNS: [&str; 3] = ["77186", "77305", "91228"];

/// Whoever changes the world and the journal, and how late it is there.
struct Author {
    rng: Rng,
    minutes: i64,
    known: Vec<i64>,
}

impl Author {
    fn new(seed: u64, world: &World) -> Self {
        let shown = [ADS, GUICHET].into_iter().flat_map(|programme| world.dossiers_of(procedure(programme)));
        Self { rng: Rng::with_seed(seed), minutes: 0, known: shown.map(|dossier| dossier.number).collect() }
    }

    fn dossier(&mut self) -> i64 {
        self.known[self.rng.usize(..self.known.len())]
    }

    /// One change on DS.
    fn change(&mut self, world: &mut World) {
        self.minutes += 1;
        let at = later(self.minutes);
        let number = self.dossier();
        let state = self.rng.choice(DossierState::KNOWN).unwrap();
        let town = Place::from(territory().commune(TOWNS[self.rng.usize(..TOWNS.len())]).unwrap());
        let field = |world: &World, key: &str| {
            let form = world.procedure(world.dossier(number).unwrap().procedure).unwrap();
            form.field(key).map(|field| field.label.clone())
        };
        let outcome = match self.rng.u8(..11) {
            0 => world.add_copy(number, at).map(|copy| self.known.push(copy)),
            1 => world.hide_by_user(number, at),
            2 => world.hide_by_administration(number, at, "instructeur_request"),
            3 => world.restore(number, at),
            4 => {
                self.known.retain(|known| *known != number);
                world.delete(number, at)
            }
            5 | 6 => world.set_state(number, state, at, None),
            7 => match field(world, "applicant_type") {
                Some(label) => {
                    let answers = ["Une association", "Un syndicat", "Un centre instructeur mutualisé"];
                    let answer = answers[self.rng.usize(..answers.len())].to_owned();
                    world.answer(number, &label, Some(Value::Choice(answer)), at)
                }
                None => world.touch(number, at),
            },
            8 => {
                let moved = world.edit(number, |dossier| {
                    for answer in dossier.answers.values_mut() {
                        let Value::Rows(rows) = &mut answer.value else { continue };
                        for cell in rows.iter_mut().flat_map(|row| row.answers.values_mut()).take(1) {
                            if let Value::Commune(place) = &mut cell.value {
                                *place = town.clone();
                            }
                        }
                    }
                });
                moved.and_then(|()| world.touch(number, at))
            }
            _ => {
                let label = field(world, "granted_amount").unwrap();
                let amount = Some(Value::Decimal(Cents(self.rng.i64(0..10_000_000)))).filter(|_| self.rng.u8(..4) > 0);
                world.answer(number, &label, amount, at)
            }
        };
        outcome.unwrap();
    }

    /// One act of an agent; what makes no sense is refused, and that is no matter.
    fn act(&mut self, office: &Office) {
        let signed = Signed { by: "Camille Dupont", reason: "essai" };
        let number = self.dossier();
        let rules = ["ADS-01", "ADS-08", "ADS-09", "A3V1-07", "A3V1-16"];
        let verdict = self.rng.choice(VerdictValue::ALL).filter(|_| self.rng.u8(..5) > 0);
        let rule = rules[self.rng.usize(..rules.len())];
        let euros = self.rng.u32(..100_000).to_string();
        let value = Some(euros.as_str()).filter(|_| self.rng.u8(..4) > 0);
        let operations = &office.operations;
        let outcome = match self.rng.u8(..4) {
            0 | 1 => operations.decide(number, rule, verdict, signed),
            2 => operations.correct(number, &"granted_amount".parse().unwrap(), None, value, signed),
            _ => operations.exclude(number, self.rng.bool(), signed),
        };
        assert!(matches!(outcome, Ok(_) | Err(OperationError::Refused { .. })), "{outcome:?}");
    }
}

#[test]
fn after_any_changes_judging_everything_again_changes_nothing() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let mut author = Author::new(31, &stand.world());
    let mut judged = 0;
    for round in 0..14 {
        for _ in 0..=round / 3 {
            author.change(&mut stand.world_mut());
        }
        office.sync(&stand);
        for _ in 0..2 + round % 4 {
            author.act(&office);
        }
        let evaluator = &office.operations.evaluator;
        assert_eq!(evaluator.differences().unwrap().0, [], "round {round}");
        let again = evaluator.refresh(later(0), true).unwrap();
        assert_eq!((again.changed, again.read_again), (0, 0), "round {round}");
        judged += again.judged;
        assert_eq!(evaluator.refresh(later(0), false).unwrap().judged, 0, "round {round}");
    }
    assert!(judged > 0);
    assert!(stand.number("SELECT count(DISTINCT kind) FROM view_journal") > 3);
    assert!(stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NOT NULL") > 0);
}
