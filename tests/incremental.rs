//! Judging again only what changed gives what judging everything gives: after any changes on DS, any acts of agents, taken back or
//! not, and under other parameters.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::chance;
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fastrand::Rng;
use fitn_connector::desk::{DeskError, FactPath, Recorded, Signed};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::fact::FactName;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::verdict::VerdictValue;
use fitn_connector::evaluation::{Evaluator, MappedProcedure};
use fitn_connector::mapping::ProcedureMapping;
use fitn_connector::raw;
use fitn_connector::rules::Rulebook;
use fitn_connector::sandbox::world::{FormCommune, Value};
use fitn_connector::sandbox::{Event, World};
use fitn_connector::store::{DossierFilter, DossierRecord, Store, StoreError};
use fitn_connector::territory;

/// How many stories are told, and how many when nothing is left out.
const STORIES: (usize, usize) = (2, 60);
/// The rounds of a story: changes on DS, a sync, acts.
const ROUNDS: usize = 12;
/// Towns that lists of attached communes fight for.
const TOWNS: [&str; 3] = ["77186", "77305", "91228"];
/// Parameters of the préfecture, one set after the other.
const PARAMETERS: [&str; 5] = [
    "",
    // Credits that a few grants use up.
    "[[ads_envelope]]\nvalue = 30000\nunit = \"EUR\"\n[[drawing_right]]\nvalue = 20000\nunit = \"EUR\"\n\
     departements = [\"75\", \"77\", \"78\", \"91\", \"92\", \"93\", \"94\", \"95\"]\n",
    "[[ads_per_commune]]\nvalue = 250\nunit = \"EUR\"\n",
    "[[v1_small_rate]]\nvalue = 40\nunit = \"%\"\n",
    "[[population_threshold]]\nvalue = 9000\nunit = \"habitants\"\n",
];

/// What somebody does. They come in turns, so that each comes often.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Decide,
    WithdrawDecision,
    Correct,
    CorrectARow,
    WithdrawCorrection,
    Exclude,
    Include,
}

const DEEDS: [Deed; 9] = [
    Deed::Decide,
    Deed::Correct,
    Deed::Exclude,
    Deed::WithdrawDecision,
    Deed::Decide,
    Deed::CorrectARow,
    Deed::WithdrawCorrection,
    Deed::Include,
    Deed::WithdrawDecision,
];

/// Where a correction was made: the dossier, the fact and its column, the row.
type Corrected = (i64, &'static str, Option<String>);

/// Whoever changes the world and the journal, how late it is there, and what stands.
struct Author {
    rng: Rng,
    minutes: i64,
    turn: usize,
    decided: BTreeSet<(i64, String)>,
    corrected: BTreeSet<Corrected>,
    excluded: BTreeSet<i64>,
}

impl Author {
    fn new(seed: u64) -> Self {
        let (decided, corrected, excluded) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { rng: Rng::with_seed(seed), minutes: 0, turn: 0, decided, corrected, excluded }
    }

    fn any<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        self.rng.choice(of).cloned()
    }

    /// One change on DS; what is not possible for the dossier drawn does not happen.
    fn change(&mut self, world: &mut World) {
        self.minutes += 1;
        let at = later(self.minutes);
        let demarche = procedure(if self.rng.bool() { ADS } else { GUICHET });
        let known = world.known_dossiers(demarche);
        let Some(number) = self.any(&known) else { return };
        let field = |world: &World, key: &str| world.procedure(demarche).unwrap().field(key).map(|f| f.label.clone());
        let outcome = match self.rng.u8(..12) {
            0 => world.answer(number, &field(world, "granted_amount").unwrap(), self.amount(), at),
            1 => match field(world, "applicant_type") {
                Some(label) => {
                    let answers = ["Une association", "Un syndicat", "Un centre instructeur mutualisé"];
                    let answer = self.any(&answers).unwrap().to_owned();
                    world.answer(number, &label, Some(Value::Choice(answer)), at)
                }
                None => world.touch(number, at),
            },
            2 => {
                let town = FormCommune::from(territory::commune(TOWNS[self.rng.usize(..TOWNS.len())]).unwrap());
                list(world, number, &town);
                world.touch(number, at)
            }
            3 => world.set_state(number, self.any(&DossierState::KNOWN).unwrap(), at, None),
            // Removed and returned, more often than anything else.
            4 | 5 => {
                let gone = known.iter().copied().filter(|number| !world.dossier(*number).unwrap().is_visible());
                match self.any(&gone.collect::<Vec<_>>()) {
                    Some(gone) => world.restore(gone, at),
                    None => world.touch(number, at),
                }
            }
            6 => {
                world.happen(demarche, Event::Deleted, self.rng.usize(..), at);
                world.happen(demarche, Event::HiddenByUser, self.rng.usize(..), at);
                world.happen(demarche, Event::HiddenByAdministration, self.rng.usize(..), at);
                Ok(())
            }
            _ => {
                let readable: Vec<Event> = Event::ALL.into_iter().filter(|event| !event.breaks()).collect();
                let event = self.any(&readable).unwrap();
                world.happen(demarche, event, self.rng.usize(..), at);
                Ok(())
            }
        };
        outcome.unwrap();
    }

    fn amount(&mut self) -> Option<Value> {
        Some(Value::Decimal(Cents::from(self.rng.i64(0..10_000_000)))).filter(|_| self.rng.u8(..4) > 0)
    }

    /// The next deed; what makes no sense is refused, and that is no matter. Whether it was recorded.
    fn act(&mut self, office: &Office) -> bool {
        let deed = DEEDS[self.turn % DEEDS.len()];
        self.turn += 1;
        let numbers = office.desk.store.read::<_, StoreError>(|reader| {
            let mut numbers = Vec::new();
            reader.dossiers_listed::<StoreError>(&DossierFilter::default(), |line| {
                numbers.push(line.number);
                Ok(())
            })?;
            Ok(numbers)
        });
        let Some(number) = self.any(&numbers.unwrap()) else { return false };
        let outcome = self.attempt(office, deed, number);
        match outcome {
            Some(Ok(_)) => true,
            None | Some(Err(DeskError::Refused { .. })) => false,
            Some(Err(error)) => panic!("{deed:?}: {error:?}"),
        }
    }

    /// None when there is nothing to take back.
    fn attempt(&mut self, office: &Office, deed: Deed, number: i64) -> Option<Result<Recorded, DeskError>> {
        let (desk, signed) = (&office.desk, Signed { by: "Camille Dupont", reason: "essai" });
        let correct = |(number, place, row): &Corrected, value: Option<&str>| {
            desk.correct(*number, &place.parse::<FactPath>().unwrap(), row.as_deref(), value, signed)
        };
        Some(match deed {
            Deed::Decide => {
                let judged = desk.store.read::<_, StoreError>(|reader| reader.judged(number)).unwrap()?;
                let rules: Vec<String> = judged.evaluation.verdicts.into_iter().map(|verdict| verdict.rule).collect();
                let (rule, verdict) = (self.any(&rules)?, self.any(&VerdictValue::ALL)?);
                let outcome = desk.decide(number, &rule, Some(verdict), signed);
                if outcome.is_ok() {
                    self.decided.insert((number, rule));
                }
                outcome
            }
            Deed::WithdrawDecision => {
                let decided = self.decided.iter().cloned().collect::<Vec<_>>();
                let (number, rule) = self.any(&decided)?;
                self.decided.remove(&(number, rule.clone()));
                desk.decide(number, &rule, None, signed)
            }
            Deed::Correct => {
                let euros = self.rng.u32(..100_000).to_string();
                let corrections = [
                    ("granted_amount", euros.as_str()),
                    ("total_cost", &euros),
                    ("applicant_type", "commune_autonome"),
                ];
                let (place, value) = self.any(&corrections)?;
                let target = (number, place, None);
                let outcome = correct(&target, Some(value));
                if outcome.is_ok() {
                    self.corrected.insert(target);
                }
                outcome
            }
            Deed::CorrectARow => {
                let judged = desk.store.read::<_, StoreError>(|reader| reader.judged(number)).unwrap()?;
                let rows = desk.rows(&judged).unwrap();
                let place = |fact| if fact == FactName::Expenses { "expenses.origin" } else { "attached_communes" };
                let rows: Vec<(&str, String)> = rows.into_iter().map(|row| (place(row.fact), row.row_id)).collect();
                let (place, row) = self.any(&rows)?;
                let value = if place == "attached_communes" { self.any(&["aucune", "77186"])? } else { "non_eu" };
                let target = (number, place, Some(row));
                let outcome = correct(&target, Some(value));
                if outcome.is_ok() {
                    self.corrected.insert(target);
                }
                outcome
            }
            Deed::WithdrawCorrection => {
                let corrected = self.corrected.iter().cloned().collect::<Vec<_>>();
                let target = self.any(&corrected)?;
                self.corrected.remove(&target);
                correct(&target, None)
            }
            Deed::Exclude => {
                let outcome = desk.exclude(number, true, signed);
                if outcome.is_ok() {
                    self.excluded.insert(number);
                }
                outcome
            }
            Deed::Include => {
                let excluded = self.excluded.iter().copied().collect::<Vec<_>>();
                let number = self.any(&excluded)?;
                self.excluded.remove(&number);
                desk.exclude(number, false, signed)
            }
        })
    }
}

/// Puts a town in the place of the first commune of each list of a dossier.
fn list(world: &mut World, number: i64, town: &FormCommune) {
    let edited = world.edit(number, |dossier| {
        for answer in dossier.answers.values_mut() {
            let Value::Rows(rows) = &mut answer.value else { continue };
            for cell in rows.iter_mut().flat_map(|row| row.answers.values_mut()).take(1) {
                if let Value::Commune(place) = &mut cell.value {
                    *place = town.clone();
                }
            }
        }
    });
    edited.unwrap();
}

/// The préfecture judges by other parameters from now on, and follows these démarches, each with its mapping.
fn judge_by(office: &mut Office, parameters: &str, followed: Vec<MappedProcedure>) {
    let desk = &mut office.desk;
    let own = [("parametres.toml", parameters)];
    let rulebook = Rulebook::with_overrides("11", &desk.served, &own).unwrap();
    desk.evaluator = Evaluator::new(Arc::clone(&desk.store), rulebook, followed);
}

/// All that evaluation keeps, table by table.
fn kept(stand: &Stand) -> Vec<(&'static str, Vec<Vec<Option<String>>>)> {
    let tables = [
        ("facts", "SELECT dossier, siret, departement, granted_cents FROM subjects ORDER BY dossier"),
        (
            "judgements",
            "SELECT dossier, status, eligible_expenses_cents, computed_cents, missing IS NULL, counted_cents, hex(basis) FROM evaluations
             ORDER BY dossier",
        ),
        (
            "verdicts",
            "SELECT dossier, rule, verdict, explanation, decided_by FROM view_verdicts ORDER BY dossier, rule",
        ),
        ("neighbours", "SELECT * FROM neighbours ORDER BY dossier"),
        ("communes", "SELECT * FROM neighbour_communes ORDER BY commune, dossier"),
        ("grants", "SELECT * FROM grants ORDER BY programme, decided_on, dossier"),
        ("alerts", "SELECT key, message, hint, dossier FROM alerts WHERE key LIKE 'evaluation:%' ORDER BY key"),
    ];
    let store = Store::open_to_read(&stand.path("fitn.sqlite")).unwrap();
    // What is compressed may be so by another dictionary each time.
    let judged =
        stand.rows("SELECT dossier FROM subjects ORDER BY dossier").into_iter().flatten().flatten().map(|number| {
            let judged = store.read(|reader| reader.judged(number.parse().unwrap())).unwrap();
            vec![judged.map(|judged| format!("{judged:?}"))]
        });
    let tables = tables.into_iter().map(|(name, sql)| (name, stand.rows(sql)));
    tables.chain([("judged", judged.collect())]).collect()
}

/// Forgets what dossiers are to each other, what was judged but of erased ones, and what was told: it is to be made from nothing.
fn forget_what_can_be_made_again(stand: &Stand) {
    #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who query the database have")]
    let connection = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
    let forget = "DELETE FROM grants; DELETE FROM neighbour_communes; DELETE FROM neighbours;
         DELETE FROM alerts WHERE key LIKE 'evaluation:%';
         DELETE FROM verdicts WHERE id >> 20 IN (SELECT number FROM dossiers d WHERE erased_at IS NULL
             AND d.procedure IN (SELECT CAST(substr(name, 9) AS INTEGER) FROM marks WHERE name LIKE 'reading:%'));
         UPDATE evaluations SET basis = x'' WHERE dossier NOT IN (SELECT id >> 20 FROM verdicts);
         UPDATE subjects SET fingerprint = x'' WHERE dossier IN (SELECT number FROM dossiers WHERE erased_at IS NULL);";
    connection.execute_batch(forget).unwrap();
}

/// Judging everything again changes nothing, and what is kept is what is made from nothing; how much was judged.
fn assert_nothing_is_left(stand: &Stand, office: &Office, when: &str) -> u64 {
    let evaluator = &office.desk.evaluator;
    assert_eq!(stand.number("SELECT count(*) FROM dirty"), 0, "{when}");
    assert_eq!(evaluator.differences().unwrap().changed, 0, "{when}");
    let known = kept(stand);
    let again = evaluator.refresh(later(0), true).unwrap();
    assert_eq!((again.changed, again.read_again), (0, 0), "{when}");
    assert_same(&known, &kept(stand), when);
    forget_what_can_be_made_again(stand);
    evaluator.refresh(later(0), true).unwrap();
    assert_same(&known, &kept(stand), when);
    let idle = evaluator.refresh(later(0), false).unwrap();
    assert_eq!((idle.looked_at, idle.judged), (0, 0), "{when}");
    again.judged
}

/// Shows only the rows that differ.
#[track_caller]
fn assert_same(
    known: &[(&'static str, Vec<Vec<Option<String>>>)],
    made: &[(&'static str, Vec<Vec<Option<String>>>)],
    when: &str,
) {
    for ((name, known), (_, made)) in known.iter().zip(made) {
        let (known, made): (BTreeSet<_>, BTreeSet<_>) = (known.iter().collect(), made.iter().collect());
        let (lost, new): (Vec<_>, Vec<_>) = (known.difference(&made).collect(), made.difference(&known).collect());
        assert!(lost.is_empty() && new.is_empty(), "{when}, {name}: kept {lost:?}, made {new:?}");
    }
}

/// Moves a dossier to the other démarche, as DS might.
fn move_one(office: &Office, author: &mut Author) {
    let store = &office.desk.store;
    let procedures = [procedure(ADS), procedure(GUICHET)];
    let from = author.rng.usize(..2);
    let shown = store.read::<_, StoreError>(|reader| reader.dossiers_shown(procedures[from])).unwrap();
    let Some(number) = author.any(&shown) else { return };
    let raw = store.read::<_, StoreError>(|reader| reader.dossier_raw(number)).unwrap().unwrap();
    receive(store, procedures[1 - from], &raw, author.minutes);
}

/// Stores a dossier as a sync does.
fn receive(store: &Store, procedure: i64, raw: &str, minutes: i64) {
    let dossier = raw::decode(raw).unwrap();
    let (champs, content_hash) = (raw::champ_rows(&dossier), raw::content_hash(raw).unwrap());
    let record = DossierRecord { procedure, dossier: &dossier, champs: &champs, raw, content_hash };
    store.write::<_, StoreError>(|writer| writer.dossier_upsert(&record, later(minutes))).unwrap();
}

fn a_history(seed: u64) {
    let stand = Stand::new(&[ADS, GUICHET]);
    // What DS erased is erased here by the next full sync.
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    let mut office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let mut author = Author::new(seed);
    let both = office.desk.evaluator.procedures().to_vec();
    let (mut judged, mut recorded) = (0, 0);
    // Whatever chance brings: one that comes back, and one that is erased.
    let granted = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte);
    let (back, gone) = (granted[0], granted[1]);
    stand.change(|w| w.hide_by_administration(back, later(0), "instructeur_request"));
    stand.change(|w| w.delete(gone, later(0)));
    office.at(&later(1).to_string()).sync(&stand);
    stand.change(|w| w.restore(back, later(2)));
    office.at(&later(3).to_string()).sync(&stand);
    author.minutes = 3;
    for round in 0..ROUNDS {
        for _ in 0..=round / 2 {
            author.change(&mut stand.world_mut());
        }
        office.at(&later(author.minutes + 1).to_string());
        // What moves no date is found by a full sync, and what DS erased is erased after it.
        let summary = office.try_sync(&stand, round % 4 == 3).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        judged += assert_nothing_is_left(&stand, &office, &format!("round {round}, synced"));
        move_one(&office, &mut author);
        office.desk.evaluate(false).unwrap();
        judged += assert_nothing_is_left(&stand, &office, &format!("round {round}, moved"));
        for _ in 0..3 + round % 4 {
            recorded += u32::from(author.act(&office));
        }
        judged += assert_nothing_is_left(&stand, &office, &format!("round {round}, acted"));
        if round % 3 == 2 {
            let parameters = PARAMETERS[author.rng.usize(..PARAMETERS.len())];
            for followed in [some_of(&both, &mut author.rng), both.clone()] {
                judge_by(&mut office, parameters, followed);
                office.desk.evaluate(false).unwrap();
                judged += assert_nothing_is_left(&stand, &office, &format!("round {round}, another configuration"));
            }
        }
    }
    assert!(judged > 0 && recorded > 20, "{judged}, {recorded}");
    let acts: BTreeMap<String, i64> = stand
        .rows("SELECT kind, count(*) FROM view_journal GROUP BY kind")
        .into_iter()
        .map(|row| (row[0].clone().unwrap(), row[1].as_deref().unwrap().parse().unwrap()))
        .collect();
    assert_eq!(acts.len(), 6, "every kind of act: {acts:?}");
    assert!(stand.number("SELECT count(*) FROM view_erasures") > 0);
    let returned = "SELECT count(*) FROM removal_events WHERE reason IS NULL";
    assert!(stand.number(returned) > 0 && stand.number("SELECT count(removed_at) FROM view_dossiers") > 0);
}

/// One of the démarches less, or none of its facts mapped.
fn some_of(both: &[MappedProcedure], rng: &mut Rng) -> Vec<MappedProcedure> {
    let mut followed = both.to_vec();
    let which = rng.usize(..followed.len());
    if rng.bool() {
        followed.remove(which);
    } else {
        followed[which].mapping = ProcedureMapping::default();
    }
    followed
}

/// The same dossiers, received in another order and judged in between.
fn another_order(seed: u64) {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let mut author = Author::new(seed);
    for _ in 0..20 {
        author.change(&mut stand.world_mut());
    }
    office.sync(&stand);
    let mut received = Vec::new();
    office
        .desk
        .store
        .read::<_, StoreError>(|reader| {
            for number in [procedure(ADS), procedure(GUICHET)] {
                for dossier in reader.dossiers_shown(number)? {
                    received.extend(reader.dossier_raw(dossier)?.map(|raw| (number, raw)));
                }
            }
            Ok(())
        })
        .unwrap();
    let mut made = Vec::new();
    for _ in 0..3 {
        author.rng.shuffle(&mut received);
        stand.forget_the_database();
        let other = Office::open(&stand, "2023-01-10T09:00:00Z");
        let (store, evaluator) = (&other.desk.store, &other.desk.evaluator);
        store
            .write::<_, StoreError>(|writer| {
                let mut procedures = evaluator.procedures().iter();
                procedures.try_for_each(|known| writer.procedure_declare(known.number, known.programme))
            })
            .unwrap();
        for (procedure, raw) in &received {
            receive(store, *procedure, raw, 0);
            if author.rng.u8(..8) == 0 {
                evaluator.refresh(later(0), false).unwrap();
            }
        }
        evaluator.refresh(later(0), false).unwrap();
        assert_nothing_is_left(&stand, &other, "received in another order");
        made.push(kept(&stand));
    }
    for other in &made[1..] {
        assert_same(&made[0], other, "received in another order");
    }
}

/// All that a programme is asked for is granted, each some thousands of euros.
fn grant_all(stand: &Stand, programme: Programme) -> Vec<i64> {
    let all = stand.dossiers(programme, |dossier| dossier.is_visible());
    let mut world = stand.world_mut();
    let label = world.procedure(procedure(programme)).unwrap().field("granted_amount").unwrap().label.clone();
    for (minutes, number) in (1..).zip(&all) {
        world.set_state(*number, DossierState::Accepte, later(minutes), None).unwrap();
        let amount = Value::Decimal(Cents::euros(1_000 + 10 * minutes));
        world.answer(*number, &label, Some(amount), later(minutes)).unwrap();
    }
    all
}

/// Grants and removals come where sums are near what there is.
fn judged_by_little_credits(seed: u64) {
    let stand = Stand::new(&[ADS, GUICHET]);
    let granted = [grant_all(&stand, GUICHET), grant_all(&stand, ADS)].concat();
    let mut office = Office::open(&stand, &later(600).to_string()).sync_first(&stand);
    let both = office.desk.evaluator.procedures().to_vec();
    judge_by(&mut office, PARAMETERS[1], both);
    office.desk.evaluate(false).unwrap();
    let said = |verdict: &str| {
        let of = "SELECT count(*) FROM view_verdicts WHERE rule IN ('A3V1-11', 'ADS-12') AND verdict = ";
        stand.number(&format!("{of}'{verdict}'"))
    };
    assert!(said("met") > 0 && said("not_met") > 0, "the credits end somewhere among the grants");
    let mut rng = Rng::with_seed(seed);
    let signed = Signed { by: "Camille Dupont", reason: "essai" };
    for round in 0..ROUNDS {
        let number = *rng.choice(&granted).unwrap();
        let (place, euros) = ("granted_amount".parse::<FactPath>().unwrap(), rng.u32(..15_000).to_string());
        let done = match rng.u8(..4) {
            0 => office.desk.exclude(number, round % 2 == 0, signed),
            _ => office.desk.correct(number, &place, None, Some(&euros), signed),
        };
        assert!(matches!(done, Ok(_) | Err(DeskError::Refused { .. })), "{done:?}");
        assert_nothing_is_left(&stand, &office, &format!("round {round}"));
    }
}

/// A later grant out of the same credits is judged by the rule of the sum alone, and one out of others is not looked at.
#[test]
fn a_grant_that_moves_costs_the_later_ones_their_sum_and_the_others_nothing() {
    let stand = Stand::new(&[GUICHET]);
    grant_all(&stand, GUICHET);
    let office = Office::open(&stand, &later(600).to_string()).sync_first(&stand);
    let of_first = "programme = 'axe3-v1' AND counts = 1 AND place ->> 'departement' = (
        SELECT place ->> 'departement' FROM grants WHERE place ->> 'departement' IS NOT NULL AND counts = 1 AND cents IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)";
    let grants = stand.rows(&format!("SELECT dossier FROM grants WHERE {of_first} ORDER BY decided_on, dossier"));
    let grants: Vec<i64> = grants.into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect();
    let (first, others) = grants.split_first().unwrap();
    let all = stand.number("SELECT count(*) FROM grants");
    assert!(!others.is_empty() && all > i64::try_from(grants.len()).unwrap(), "{grants:?} of {all}");
    // What nobody computed, to see who is judged as a whole.
    #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who query the database have")]
    let connection = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
    connection.execute_batch("UPDATE evaluations SET computed_cents = 12345").unwrap();
    let said = || stand.rows("SELECT dossier, explanation FROM view_verdicts WHERE rule = 'A3V1-11' ORDER BY dossier");
    let before = said();
    stand.change(|world| {
        let label = world.procedure(procedure(GUICHET)).unwrap().field("granted_amount").unwrap().label.clone();
        world.answer(*first, &label, Some(Value::Decimal(Cents::euros(1_234))), later(700))
    });
    let refreshed = office.at(&later(700).to_string()).synced(&stand);
    assert_eq!(
        refreshed.looked_at,
        2 + u64::try_from(others.len()).unwrap(),
        "its facts, its verdicts, and those of the later ones"
    );
    let whole = "SELECT dossier FROM evaluations WHERE computed_cents IS NOT 12345";
    assert_eq!(stand.rows(whole), [[Some(first.to_string())]]);
    let moved: BTreeSet<String> =
        before.iter().zip(said()).filter(|(old, new)| *old != new).map(|(_, new)| new[0].clone().unwrap()).collect();
    assert_eq!(moved, grants.iter().map(ToString::to_string).collect(), "each of them says another sum");
}

#[test]
fn where_credits_end_judging_everything_again_changes_nothing() {
    chance::stories("credits", chance::rounds(1, 10), judged_by_little_credits);
}

/// Two processes with other configurations evaluate at once while dossiers arrive; the one that has the last word is right.
fn two_configurations(seed: u64) {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let mut other = Office::open(&stand, "2023-01-10T09:00:00Z");
    let mut author = Author::new(seed);
    let both = office.desk.evaluator.procedures().to_vec();
    for round in 0..4 {
        judge_by(&mut other, PARAMETERS[1 + round % 3], some_of(&both, &mut author.rng));
        let (one, another) = (&office.desk.evaluator, &other.desk.evaluator);
        std::thread::scope(|threads| {
            for evaluator in [one, another] {
                threads.spawn(move || {
                    for _ in 0..5 {
                        evaluator.refresh(later(0), false).unwrap();
                    }
                });
            }
            for _ in 0..10 {
                move_one(&office, &mut author);
            }
        });
        let (last, name) = if author.rng.bool() { (&office, "ours") } else { (&other, "the other") };
        last.desk.evaluate(false).unwrap();
        assert_nothing_is_left(&stand, last, &format!("round {round}, {name} has the last word"));
    }
}

#[test]
fn two_processes_with_other_configurations_lose_nothing() {
    chance::stories("two configurations", chance::rounds(1, 20), two_configurations);
}

#[test]
fn the_order_in_which_dossiers_arrive_changes_nothing() {
    chance::stories("order", chance::rounds(1, 20), another_order);
}

#[test]
fn after_any_history_judging_everything_again_changes_nothing() {
    chance::stories("incremental", chance::rounds(STORIES.0, STORIES.1), a_history);
}
